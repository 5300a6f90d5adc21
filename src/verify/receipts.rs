//! What was written down when a backup was stored, beside what is there now.

use super::Fault;
use crate::catalog::Stored;
use crate::receipt::Receipt;
use crate::stream::StreamSummary;

/// What is compared, what it is now, and what was noted.
type Row = (&'static str, String, String);

/// Fails if the object or its metadata is not what was stored. Another ETag alone is no damage: a copy that was made in parts
/// has one.
pub fn compare_object(receipt: &Receipt, stored: &Stored) -> Result<(), Fault> {
    let (head, guid, parent) = (&stored.head, receipt.guid, receipt.parent_guid);
    differences(&[
        row("length", head.size_bytes, receipt.stored_bytes),
        row("guid", stored.label.guid.unwrap_or(guid), guid),
        row(
            "parentguid",
            stored.label.parent_guid.unwrap_or(parent),
            parent,
        ),
    ])?;
    let etag = row("ETag", bare(&head.etag), bare(&receipt.etag));
    differences(&[etag]).map_err(|fault| {
        Fault::unread(format!(
            "{}: it was copied or replaced, --level data tells whether it is good",
            fault.problem
        ))
    })
}

/// Fails if the stream is another one than what was sent.
pub fn compare_stream(receipt: &Receipt, report: &StreamSummary) -> Result<(), Fault> {
    let checksum = report.end_checksum.map(|word| format!("{word:016x}"));
    let (now, noted) = (checksum.concat(), receipt.end_checksum.concat());
    differences(&[
        row("stream's length", report.stream_bytes, receipt.stream_bytes),
        row("stream's checksum", now, noted),
    ])
}

fn row<T: ToString>(what: &'static str, now: T, noted: T) -> Row {
    (what, now.to_string(), noted.to_string())
}

/// The first thing that differs. An ETag that a server does not tell says nothing.
fn differences(rows: &[Row]) -> Result<(), Fault> {
    let differs = |(_, now, noted): &&Row| ![now, noted].contains(&&String::new()) && now != noted;
    rows.iter()
        .find(differs)
        .map_or(Ok(()), |(what, now, noted)| {
            Err(Fault::damage(format!(
                "its {what} is {now}, by its receipt it was {noted} when it was stored"
            )))
        })
}

fn bare(etag: &str) -> String {
    etag.trim_matches('"').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Head;

    #[test]
    fn whatever_differs_is_named() {
        let receipt = Receipt {
            stored_bytes: 5,
            etag: "\"e\"".into(),
            guid: 7,
            parent_guid: 3,
            ..Receipt::default()
        };
        let stored = |size_bytes, etag: &str, guid, parent_guid| Stored {
            head: Head {
                size_bytes,
                etag: etag.into(),
                ..Head::default()
            },
            label: crate::label::Label {
                guid,
                parent_guid,
                ..Default::default()
            },
            ..Stored::default()
        };
        for good in [stored(5, "e", Some(7), Some(3)), stored(5, "", None, None)] {
            assert_eq!(compare_object(&receipt, &good), Ok(()));
        }
        for (bad, what) in [
            (stored(6, "e", Some(7), Some(3)), "its length is 6"),
            (stored(5, "e", Some(8), Some(3)), "its guid is 8"),
            (stored(5, "e", Some(7), Some(4)), "its parentguid is 4"),
        ] {
            let fault = compare_object(&receipt, &bad).unwrap_err();
            assert!(
                fault.damaged && fault.problem.starts_with(what),
                "{fault:?}"
            );
        }
        let copied = compare_object(&receipt, &stored(5, "f", Some(7), Some(3))).unwrap_err();
        assert!(
            !copied.damaged && copied.problem.starts_with("its ETag is f, "),
            "{copied:?}"
        );
    }
}
