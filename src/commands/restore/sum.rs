//! The last lines of `z3 restore --list`: how much is fetched, what that costs, and whether there is room for it.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::list::length;
use crate::commands::report::Item;
use crate::price::{Money, Price, Prices};
use crate::restore::{LinkState, RestoreSurvey};
use crate::size::humanize;
use crate::terminal::plain;

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

/// What is fetched, all together.
pub struct Sum<'a> {
    /// The chain.
    pub survey: &'a RestoreSurvey,
    /// What somebody has said that it costs.
    pub prices: &'a Prices,
}

impl Sum<'_> {
    /// How many objects, bytes and requests.
    fn counts(&self) -> [u64; 3] {
        self.survey
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
        let frosts = self.survey.fetched().filter_map(|link| match link.state {
            LinkState::Frost(frost) => Some(frost),
            _ => None,
        });
        frosts.filter(|frost| !frost.is_readable()).count()
    }

    /// What is read, and has a fee for that or a price: class by class.
    fn classes(&self) -> BTreeMap<&str, u64> {
        let mut classes: BTreeMap<&str, u64> = BTreeMap::new();
        for link in self.survey.fetched() {
            let head = &link.stored.head;
            let bytes = classes.entry(head.class()).or_default();
            *bytes = bytes.saturating_add(head.size_bytes);
        }
        classes.retain(|class, _| FEES.contains(class) || self.prices.retrieval.names(class));
        classes
    }

    /// What is paid for beside the requests: a line for each class, and one for the way here.
    fn fees(&self) -> String {
        let line = |(class, bytes): (&str, u64)| {
            let price = self.prices.retrieval.of(class);
            let cost = price.map(|price| format!(", {} at {price} a GiB", price.of(bytes)));
            let (read, cost) = (humanize(bytes), cost.unwrap_or_default());
            format!(
                "{} has a fee for what is read: {read}{cost}\n",
                plain(class)
            )
        };
        let fees: String = self.classes().into_iter().map(line).collect();
        let [_, bytes, _] = self.counts();
        let way =
            |price: Price| format!("the way here costs {} at {price} a GiB\n", price.of(bytes));
        fees + &self.prices.egress.map(way).unwrap_or_default()
    }

    /// What the way here costs, and what all fees come to; unknown if one of them is.
    fn costs(&self) -> [Option<f64>; 2] {
        let [_, bytes, _] = self.counts();
        let fee = |(class, bytes): (&str, u64)| Some(self.prices.retrieval.of(class)?.of(bytes));
        let fees = self.classes().into_iter().map(fee);
        let retrieval = fees.sum::<Option<Money>>();
        let egress = self.prices.egress.map(|price| price.of(bytes));
        [egress, retrieval].map(|money| money.map(Money::number))
    }

    fn room(&self) -> String {
        let Some((name, free)) = &self.survey.free else {
            return "how much room there is, is not known here\n".to_owned();
        };
        let verdict = match self.survey.stream_bytes() {
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
        let stream = self.survey.stream_bytes();
        let [egress_cost, retrieval_cost] = self.costs();
        json!({
            "dataset": self.survey.dataset.as_str(),
            "objects": objects,
            "stored_bytes": stored_bytes,
            "stream_bytes": stream.map(|(bytes, _)| bytes),
            "stream_exact": stream.map(|(_, exact)| exact),
            "requests": requests,
            "frozen": self.frozen(),
            "egress_cost": egress_cost,
            "retrieval_cost": retrieval_cost,
            "free_bytes": self.survey.free.as_ref().map(|(_, bytes)| bytes),
        })
    }

    fn text(&self) -> String {
        let [objects, bytes, requests] = self.counts();
        if objects == 0 {
            return format!(
                "nothing to fetch: {} has that snapshot\n",
                self.survey.dataset
            );
        }
        let plural = |count: u64| if count == 1 { "" } else { "s" };
        let (stored, stream) = (humanize(bytes), length(self.survey.stream_bytes()));
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
