//! `z3 thaw`, and what `z3 restore --thaw` does before it restores.

use std::collections::BTreeMap;
use std::time::{Instant, SystemTime};

use serde_json::{Value, json};

use super::dated::wanted;
use super::report::Item;
use super::session::Session;
use crate::args;
use crate::error::Result;
use crate::name::Dataset;
use crate::plan::Frost;
use crate::size;
use crate::terminal::plain;
use crate::thaw::{self, ChainObject, ThawRequest};
use crate::tier::Tier;

const HEADER: [&str; 5] = ["NAME", "CLASS", "STATE", "UNTIL", "STORED"];
/// How many days the copies that a restore has asked for stay.
const DAYS: u32 = 7;

/// Runs the command.
pub fn run(session: &Session, options: &args::ThawArgs) -> Result<()> {
    let name = options.snapshot.as_deref();
    let name = wanted(session, name, options.at, false)?.name()?;
    let timeout = options.timeout;
    let request = ThawRequest {
        snapshot: &name,
        to: None,
        tier: options.tier,
        days: options.days,
        wait: options.wait,
        until: timeout.and_then(|time| Instant::now().checked_add(time)),
        dry: options.dry_run,
    };
    let (report, mut shown) = (session.report, false);
    told(session, &request, &mut |rows| {
        if std::mem::replace(&mut shown, true) {
            return rows.iter().try_for_each(|row| report.note(row));
        }
        report.table("", HEADER, rows, ObjectRow::cells)?;
        report.say(&summary(rows))
    })
}

/// Waits until all that a restore of the snapshot will fetch can be read.
pub fn before_restore(
    session: &Session,
    snapshot: &str,
    to: Option<&Dataset>,
    tier: Tier,
) -> Result<()> {
    let request = ThawRequest {
        snapshot,
        to,
        tier,
        days: DAYS,
        wait: true,
        until: None,
        dry: false,
    };
    let note = |rows: &[ObjectRow<'_>]| rows.iter().try_for_each(|row| session.report.note(row));
    told(session, &request, &mut |rows| note(rows))
}

fn told(
    session: &Session,
    request: &ThawRequest<'_>,
    tell: &mut dyn FnMut(&[ObjectRow<'_>]) -> Result<()>,
) -> Result<()> {
    let dataset = &session.settings.dataset;
    thaw::run(&session.run(), request, &mut |objects| {
        let rows: Vec<ObjectRow<'_>> = objects
            .iter()
            .map(|object| ObjectRow(dataset, object))
            .collect();
        tell(&rows)
    })
}

/// What is paid for: bytes of each class, and how much of them has to come out of it.
fn summary(rows: &[ObjectRow<'_>]) -> String {
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
struct ObjectRow<'a>(&'a Dataset, &'a ChainObject);

impl ObjectRow<'_> {
    fn cells(&self) -> [String; 5] {
        let ChainObject { stored, frost, .. } = self.1;
        let until = frost.until().and_then(date).unwrap_or_default();
        [
            stored.name.clone(),
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
        let (name, word) = (&self.1.stored.name, self.1.frost.word());
        match self.1.frost {
            Frost::UnderWay if self.1.asked => format!("{}@{name}: asked for", self.0),
            _ => format!("{}@{name}: {word}", self.0),
        }
    }
}
