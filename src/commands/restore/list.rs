//! `z3 restore --list`: what it would fetch, as a table, or as lines.

use serde_json::{Value, json};

use super::sum::Sum;
use crate::calendar;
use crate::catalog::epoch_seconds;
use crate::commands::report::{Item, Report};
use crate::error::Result;
use crate::price::Prices;
use crate::restore::{Link, LinkState, RestoreSurvey};
use crate::size::humanize;
use crate::terminal::plain;

const HEADER: [&str; 6] = ["NAME", "KIND", "STORED", "STREAM", "CLASS", "STATE"];
/// Tells of all objects of the chain, then what they amount to.
pub fn tell(survey: &RestoreSurvey, prices: &Prices, report: &Report) -> Result<()> {
    let rows: Vec<LinkRow<'_>> = survey
        .links
        .iter()
        .map(|link| LinkRow(survey, link))
        .collect();
    report.table("", HEADER, &rows, LinkRow::cells)?;
    report.tell(&Sum { survey, prices })
}

/// An object of the chain.
struct LinkRow<'a>(&'a RestoreSurvey, &'a Link);

impl LinkRow<'_> {
    fn cells(&self) -> [String; 6] {
        let link = self.1;
        let state = match (&link.state, self.until()) {
            (LinkState::Broken(reason), _) => format!("broken: {reason}"),
            (_, Some(until)) => format!("{} until {}", self.word(), calendar::show(until)),
            _ => self.word().to_owned(),
        };
        [
            link.stored.name.to_string(),
            self.kind().to_owned(),
            humanize(link.stored.head.size_bytes),
            length(link.stream_bytes),
            plain(link.stored.head.class()),
            state,
        ]
    }

    fn kind(&self) -> &'static str {
        if self.1.stored.label.full {
            "full"
        } else {
            "incremental"
        }
    }

    fn word(&self) -> &'static str {
        match &self.1.state {
            LinkState::Here => "here",
            LinkState::Broken(_) => "broken",
            LinkState::Frost(frost) => frost.word(),
        }
    }

    fn until(&self) -> Option<u64> {
        match &self.1.state {
            LinkState::Frost(frost) => frost.until().map(epoch_seconds),
            _ => None,
        }
    }
}

impl Item for LinkRow<'_> {
    const TYPE: &'static str = "link";

    fn fields(&self) -> Value {
        let Self(survey, link) = self;
        let problem = match &link.state {
            LinkState::Broken(reason) => Some(reason),
            _ => None,
        };
        json!({
            "dataset": survey.dataset.as_str(),
            "name": link.stored.name,
            "key": link.stored.key,
            "kind": self.kind(),
            "stored_bytes": link.stored.head.size_bytes,
            "stream_bytes": link.stream_bytes.map(|(bytes, _)| bytes),
            "stream_exact": link.stream_bytes.map(|(_, exact)| exact),
            "storage_class": link.stored.head.class(),
            "state": self.word(),
            "until": self.until(),
            "problem": problem,
            "requests": link.requests,
        })
    }
}

/// `12.3 M`, `~12.3 M` if it is only estimated.
pub(super) fn length(bytes: Option<(u64, bool)>) -> String {
    match bytes {
        Some((bytes, true)) => humanize(bytes),
        Some((bytes, false)) => format!("~{}", humanize(bytes)),
        None => "-".to_owned(),
    }
}
