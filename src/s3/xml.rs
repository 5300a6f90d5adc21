//! The XML documents of the S3 API, read flat: the root's own texts, and its children that have children, as rows.
//!
//! Every answer that z3 reads has this shape. Servers leave elements out, put them in another order and add their own,
//! which is why nothing here is mandatory: the verbs say what they cannot do without. Texts keep their blanks.

use std::collections::BTreeMap;

use quick_xml::Reader;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesRef, Event};

/// The texts of an element's children by name.
pub(super) type Fields = BTreeMap<String, String>;

/// A document of the S3 API.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Document {
    /// The name of the root element, for example `ListBucketResult`.
    pub root: String,
    /// The root's children that are text.
    pub fields: Fields,
    rows: Vec<(String, Fields)>,
}

impl Document {
    /// Reads a whole document; `None` if it is none, or cut off.
    pub fn parse(xml: &[u8]) -> Option<Self> {
        let mut reader = Reader::from_reader(xml);
        reader.config_mut().expand_empty_elements = true;
        let (mut document, mut depth) = (Self::default(), 0_u32);
        let (mut text, mut row) = (String::new(), Fields::new());
        loop {
            match reader.read_event().ok()? {
                Event::Start(tag) => {
                    depth += 1;
                    text.clear();
                    if depth == 1 {
                        document.root = utf8(tag.local_name().as_ref())?;
                    }
                }
                Event::Text(piece) => text.push_str(&piece.decode().ok()?),
                Event::CData(piece) => text.push_str(&piece.decode().ok()?),
                Event::GeneralRef(reference) => text.push_str(&resolve(&reference)?),
                Event::End(tag) => {
                    let name = utf8(tag.local_name().as_ref())?;
                    document.close(depth, name, &mut text, &mut row);
                    depth = depth.checked_sub(1)?;
                }
                Event::Eof => return (depth == 0 && !document.root.is_empty()).then_some(document),
                _ => {}
            }
        }
    }

    /// The rows of that name, in the order of the server.
    pub fn rows<'a>(&'a self, name: &'a str) -> impl DoubleEndedIterator<Item = &'a Fields> {
        let of_name =
            move |(found, fields): &'a (String, Fields)| (found == name).then_some(fields);
        self.rows.iter().filter_map(of_name)
    }

    /// The root's text of that name; empty if there is none.
    pub fn text(&self, name: &str) -> &str {
        self.fields.get(name).map_or("", String::as_str)
    }

    fn close(&mut self, depth: u32, name: String, text: &mut String, row: &mut Fields) {
        let text = std::mem::take(text);
        match depth {
            3 => drop(row.insert(name, text)),
            2 if row.is_empty() => drop(self.fields.insert(name, text)),
            2 => self.rows.push((name, std::mem::take(row))),
            _ => {}
        }
    }
}

fn resolve(reference: &BytesRef<'_>) -> Option<String> {
    match reference.resolve_char_ref().ok()? {
        Some(letter) => Some(letter.to_string()),
        None => Some(resolve_predefined_entity(&reference.decode().ok()?)?.to_owned()),
    }
}

fn utf8(bytes: &[u8]) -> Option<String> {
    String::from_utf8(bytes.to_vec()).ok()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn texts_keep_blanks_entities_and_control_characters() {
        let document = Document::parse(
            b"<?xml version=\"1.0\"?>\n<R xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\n <Empty/>\n \
              <Row><Key>a &amp; b&#x20;&#13;&#1; </Key><Owner><ID>x</ID></Owner></Row>\
              <Other>&quot;e&quot;</Other><Row><Key><![CDATA[<c>]]></Key></Row></R>\n",
        )
        .unwrap();
        assert_eq!(document.root, "R");
        assert_eq!(document.text("Other"), "\"e\"");
        assert_eq!(document.text("Empty"), "");
        let keys: Vec<_> = document
            .rows("Row")
            .map(|row| row["Key"].as_str())
            .collect();
        assert_eq!(keys, ["a & b \r\u{1} ", "<c>"]);
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
        ] {
            assert_eq!(Document::parse(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn blanks_before_the_document_are_a_server_keeping_the_line_alive() {
        let document =
            Document::parse(b"   \n\n<Error><Code>InternalError</Code></Error>").unwrap();
        assert_eq!(document.text("Code"), "InternalError");
    }
}
