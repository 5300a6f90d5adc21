//! The XML documents of the S3 API, read flat: the root's own texts, and its rows, of which it has many.
//!
//! Every answer that z3 reads has this shape. Servers leave elements out, put them in another order and add their own,
//! which is why nothing here is mandatory: the verbs say what they cannot do without. Texts keep their blanks.
//! Only what is in [`TEXTS`] and [`ROWS`] is kept, and no more of it than any server gives: a document is a stranger's.

use std::collections::BTreeMap;

use crate::xml::{Step, walk};

/// The children of the root that have children, one for each thing that is listed.
const ROWS: [&str; 3] = ["Contents", "Part", "Upload"];
/// The elements whose text is read.
const TEXTS: [&str; 19] = [
    "ChecksumSHA256",
    "Code",
    "ETag",
    "EncodingType",
    "Endpoint",
    "Initiated",
    "IsTruncated",
    "Key",
    "LastModified",
    "Message",
    "NextContinuationToken",
    "NextKeyMarker",
    "NextMarker",
    "NextPartNumberMarker",
    "NextUploadIdMarker",
    "PartNumber",
    "Region",
    "Size",
    "UploadId",
];
/// S3 gives 1,000 rows a page, and some servers more.
const MOST_ROWS: usize = 10_000;
/// A key has at most 1,024 bytes, each of them three letters in an encoded listing.
const LONGEST_TEXT_BYTES: usize = 8 << 10;
/// What a row costs besides its texts, for [`Document::weight`].
const ROW_BYTES: usize = 64;

/// The texts of an element's children by name.
pub(super) type Fields = BTreeMap<&'static str, String>;

/// A document of the S3 API.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Document {
    /// The name of the root element, for example `ListBucketResult`.
    pub root: String,
    /// The root's children that are text.
    pub fields: Fields,
    rows: Vec<(&'static str, Fields)>,
}

impl Document {
    /// Reads a whole document; `None` if it is none, cut off, or beyond all measure.
    pub fn parse(xml: &[u8]) -> Option<Self> {
        let (mut document, mut row) = (Self::default(), Fields::new());
        walk(xml, &mut |step| match step {
            Step::Begin(1, name) => {
                document.root = name.to_owned();
                Some(())
            }
            Step::Begin(..) => Some(()),
            Step::End(depth, name, text) => document.close(depth, name, text, &mut row),
        })?;
        Some(document).filter(|document| !document.root.is_empty())
    }

    /// The rows of that name, in the order of the server.
    pub fn rows<'a>(&'a self, name: &'a str) -> impl DoubleEndedIterator<Item = &'a Fields> {
        let of_name = move |(found, fields): &'a (&str, Fields)| (*found == name).then_some(fields);
        self.rows.iter().filter_map(of_name)
    }

    /// The root's text of that name; empty if there is none.
    pub fn text(&self, name: &str) -> &str {
        self.fields.get(name).map_or("", String::as_str)
    }

    /// About as much memory as whoever keeps its rows needs, in bytes.
    pub fn weight(&self) -> usize {
        let fields = self.rows.iter().flat_map(|(_, row)| row.values());
        fields.map(String::len).sum::<usize>() + self.rows.len() * ROW_BYTES
    }

    /// `None` if there is more than anybody sends.
    fn close(&mut self, depth: usize, name: &str, text: String, row: &mut Fields) -> Option<()> {
        let one_of = |names: &[&'static str]| {
            let found = names.iter().find(|known| **known == name);
            found.copied()
        };
        match (depth, one_of(&TEXTS), one_of(&ROWS)) {
            (2, _, Some(name)) => self.rows.push((name, std::mem::take(row))),
            (2, Some(name), _) => drop(self.fields.insert(name, text)),
            (3, Some(name), _) if text.len() <= LONGEST_TEXT_BYTES => drop(row.insert(name, text)),
            (3, Some(_), _) => return None,
            (2, ..) => row.clear(),
            _ => {}
        }
        (self.rows.len() <= MOST_ROWS).then_some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_keep_blanks_entities_and_control_characters() {
        let document = Document::parse(
            b"<?xml version=\"1.0\"?>\n<R xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\n <Empty/>\n \
              <Part><Key>a &amp; b&#x20;&#13;&#1; </Key><Owner><ID>x</ID></Owner></Part>\
              <ETag>&quot;e&quot;</ETag><Part><Key><![CDATA[<c>]]></Key></Part><Part/></R>\n",
        )
        .unwrap();
        assert_eq!(document.root, "R");
        assert_eq!(document.text("ETag"), "\"e\"");
        assert_eq!(document.text("Empty"), "");
        let rows = document.rows("Part");
        let keys: Vec<_> = rows.map(|row| row.get("Key").map(String::as_str)).collect();
        assert_eq!(keys, [Some("a & b \r\u{1} "), Some("<c>"), None]);
    }

    #[test]
    fn what_is_cut_off_or_no_xml_is_no_document() {
        for text in [
            "",
            "  \n ",
            "<R><A>x</A>",
            "<R",
            "500 oops",
            "<R></S>",
            "<R>&nope;</R>",
            "<!DOCTYPE r [<!ENTITY a \"aaaa\">]><R>&a;</R>",
        ] {
            assert_eq!(Document::parse(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn what_nobody_asked_for_is_not_kept() {
        let other = "<r><c>x</c></r><Prefix>p</Prefix><Contents><ID>x</ID></Contents>";
        let document = Document::parse(format!("<R>{}</R>", other.repeat(9)).as_bytes()).unwrap();
        assert_eq!(document.fields, Fields::new());
        assert_eq!(document.rows("r").count(), 0);
        assert_eq!(
            document
                .rows("Contents")
                .filter(|row| row.is_empty())
                .count(),
            9
        );
        assert_eq!(document.weight(), 9 * ROW_BYTES);
    }

    #[test]
    fn what_is_beyond_all_measure_is_no_document() {
        let parsed = |body: String| Document::parse(format!("<R>{body}</R>").as_bytes());
        let deep = |levels| "<a>".repeat(levels) + &"</a>".repeat(levels);
        let rows = |count| "<Part/>".repeat(count);
        let key = |bytes| format!("<Part><Key>{}</Key></Part>", "k".repeat(bytes));
        assert!(parsed(deep(15)).is_some() && parsed(deep(16)).is_none());
        assert!(parsed(rows(MOST_ROWS)).is_some() && parsed(rows(MOST_ROWS + 1)).is_none());
        assert!(parsed(key(LONGEST_TEXT_BYTES)).is_some());
        assert!(parsed(key(LONGEST_TEXT_BYTES + 1)).is_none());
    }

    #[test]
    fn blanks_before_the_document_are_a_server_keeping_the_line_alive() {
        let document =
            Document::parse(b"   \n\n<Error><Code>InternalError</Code></Error>").unwrap();
        assert_eq!(document.text("Code"), "InternalError");
    }
}
