//! What is told of the objects of a chain.

use std::collections::BTreeMap;
use std::time::SystemTime;

use serde_json::{Value, json};

use crate::commands::report::Item;
use crate::name::Dataset;
use crate::plan::Frost;
use crate::size;
use crate::terminal::plain;
use crate::thaw::ChainObject;

/// Over the rows.
pub const HEADER: [&str; 5] = ["NAME", "CLASS", "STATE", "UNTIL", "STORED"];
/// What is paid for: bytes of each class, and how much of them has to come out of it.
pub fn summary(rows: &[ObjectRow<'_>]) -> String {
    let mut classes: BTreeMap<&str, [u64; 3]> = BTreeMap::new();
    for ObjectRow(_, object) in rows {
        let head = &object.stored.head;
        let [count, bytes, frozen] = classes.entry(head.class()).or_default();
        *count += 1;
        *bytes = bytes.saturating_add(head.size_bytes);
        *frozen += u64::from(!object.frost.is_readable());
    }
    let line = |(class, [count, bytes, frozen]): (&str, [u64; 3])| {
        let (class, bytes) = (plain(class), size::humanize(bytes));
        let objects = if count == 1 { "object" } else { "objects" };
        let state = match frozen {
            0 => "all of it can be read".to_owned(),
            some => format!("{some} of them cannot be read yet"),
        };
        format!("{class}: {count} {objects}, {bytes}; {state}\n")
    };
    classes.into_iter().map(line).collect()
}

/// An object of the chain.
pub struct ObjectRow<'a>(pub &'a Dataset, pub &'a ChainObject);

impl ObjectRow<'_> {
    /// As a row of the table.
    pub fn cells(&self) -> [String; 5] {
        let ChainObject { stored, frost, .. } = self.1;
        let until = frost.until().and_then(date).unwrap_or_default();
        [
            stored.name.to_string(),
            plain(stored.head.class()),
            frost.word().to_owned(),
            until,
            size::humanize(stored.head.size_bytes),
        ]
    }
}

/// `2026-11-28 12:00 UTC`.
fn date(time: SystemTime) -> Option<String> {
    let format = time::macros::format_description!("[year]-[month]-[day] [hour]:[minute] UTC");
    time::OffsetDateTime::from(time).format(format).ok()
}

fn seconds(time: SystemTime) -> Option<u64> {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).ok()?;
    Some(since.as_secs())
}

impl Item for ObjectRow<'_> {
    const TYPE: &'static str = "thaw";

    fn fields(&self) -> Value {
        let ChainObject {
            stored,
            frost,
            asked,
        } = self.1;
        json!({
            "dataset": self.0.as_str(),
            "name": stored.name,
            "key": stored.key,
            "storage_class": stored.head.class(),
            "state": frost.word(),
            "until": frost.until().and_then(seconds),
            "asked": asked,
            "stored_bytes": stored.head.size_bytes,
        })
    }

    fn text(&self) -> String {
        let (snapshot, word) = (self.0.full_name(&self.1.stored.name), self.1.frost.word());
        match self.1.frost {
            Frost::UnderWay if self.1.asked => format!("{snapshot}: asked for"),
            _ => format!("{snapshot}: {word}"),
        }
    }
}
