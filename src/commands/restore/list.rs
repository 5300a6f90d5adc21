//! `z3 restore --list`: what it would fetch, as a table with sums, or as lines.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::calendar;
use crate::catalog::epoch_seconds;
use crate::commands::report::{Item, Report};
use crate::error::Result;
use crate::restore::{Link, LinkState, RestoreSurvey};
use crate::size::humanize;
use crate::terminal::plain;

const HEADER: [&str; 6] = ["NAME", "KIND", "STORED", "STREAM", "CLASS", "STATE"];
/// The classes whose bytes cost something when they are read (S3's price list).
const FEES: [&str; 7] = [
    "STANDARD_IA",
    "ONEZONE_IA",
    "GLACIER_IR",
    "GLACIER",
    "DEEP_ARCHIVE",
    "ARCHIVE_ACCESS",
    "DEEP_ARCHIVE_ACCESS",
];

/// Tells of all objects of the chain, then what they amount to.
pub fn tell(survey: &RestoreSurvey, report: &Report) -> Result<()> {
    let rows: Vec<LinkRow<'_>> = survey
        .links
        .iter()
        .map(|link| LinkRow(survey, link))
        .collect();
    report.table("", HEADER, &rows, LinkRow::cells)?;
    report.tell(&Sum(survey))
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
fn length(bytes: Option<(u64, bool)>) -> String {
    match bytes {
        Some((bytes, true)) => humanize(bytes),
        Some((bytes, false)) => format!("~{}", humanize(bytes)),
        None => "-".to_owned(),
    }
}

/// What is fetched, all together.
struct Sum<'a>(&'a RestoreSurvey);

impl Sum<'_> {
    /// How many objects, bytes and requests.
    fn counts(&self) -> [u64; 3] {
        self.0
            .fetched()
            .fold([0; 3], |[objects, bytes, requests], link| {
                let stored = link.stored.head.size_bytes;
                [
                    objects + 1,
                    bytes.saturating_add(stored),
                    requests + link.requests,
                ]
            })
    }

    fn frozen(&self) -> usize {
        let frosts = self.0.fetched().filter_map(|link| match link.state {
            LinkState::Frost(frost) => Some(frost),
            _ => None,
        });
        frosts.filter(|frost| !frost.is_readable()).count()
    }

    /// What is paid for beside the requests: a line for each class.
    fn fees(&self) -> String {
        let mut classes: BTreeMap<&str, u64> = BTreeMap::new();
        for link in self.0.fetched() {
            let head = &link.stored.head;
            let bytes = classes.entry(head.class()).or_default();
            *bytes = bytes.saturating_add(head.size_bytes);
        }
        let dear = classes
            .into_iter()
            .filter(|(class, _)| FEES.contains(class));
        let line =
            |(class, bytes)| format!("{class} has a fee for what is read: {}\n", humanize(bytes));
        dear.map(line).collect()
    }

    fn room(&self) -> String {
        let Some((name, free)) = &self.0.free else {
            return "how much room there is, is not known here\n".to_owned();
        };
        let verdict = match self.0.stream_bytes() {
            None => "",
            Some((bytes, _)) if bytes <= *free => ", which is enough",
            Some(_) => {
                ", which may be TOO LITTLE: a pool that compresses needs less than the streams are long"
            }
        };
        format!("{name} has {} free{verdict}\n", humanize(*free))
    }
}

impl Item for Sum<'_> {
    const TYPE: &'static str = "fetch";

    fn fields(&self) -> Value {
        let [objects, stored_bytes, requests] = self.counts();
        let stream = self.0.stream_bytes();
        json!({
            "dataset": self.0.dataset.as_str(),
            "objects": objects,
            "stored_bytes": stored_bytes,
            "stream_bytes": stream.map(|(bytes, _)| bytes),
            "stream_exact": stream.map(|(_, exact)| exact),
            "requests": requests,
            "frozen": self.frozen(),
            "free_bytes": self.0.free.as_ref().map(|(_, bytes)| bytes),
        })
    }

    fn text(&self) -> String {
        let [objects, bytes, requests] = self.counts();
        if objects == 0 {
            return format!("nothing to fetch: {} has that snapshot\n", self.0.dataset);
        }
        let plural = |count: u64| if count == 1 { "" } else { "s" };
        let (stored, stream) = (humanize(bytes), length(self.0.stream_bytes()));
        let fetched = format!(
            "to fetch: {objects} object{}, {stored}, in {requests} request{}; {stream} for zfs receive\n",
            plural(objects),
            plural(requests)
        );
        let frozen = match self.frozen() {
            0 => String::new(),
            some => format!("{some} of them cannot be read yet: they have to be thawed\n"),
        };
        fetched + &frozen + &self.fees() + &self.room()
    }
}
