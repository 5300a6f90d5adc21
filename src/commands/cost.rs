//! The last line of `z3 status --cost`: what is stored of a dataset, and what pruning would change of that.

use serde_json::{Value, json};

use super::prune::Class;
use super::report::Item;
use super::session::Session;
use crate::error::Result;
use crate::prune::{self, Forecast};
use crate::retention::Totals;
use crate::size::{self, humanize};
use crate::terminal::plain;

/// What a dataset costs.
struct DatasetCost<'a>(&'a str, Forecast);

/// Tells it: programs get a line for each class, too.
pub fn tell(session: &Session) -> Result<()> {
    let dataset = session.settings.dataset.as_str();
    let forecast = prune::forecast(&session.run())?;
    for (class, totals) in &forecast.classes {
        session.report.line(&Class(dataset, class, *totals))?;
    }
    session.report.tell(&DatasetCost(dataset, forecast))
}

impl DatasetCost<'_> {
    /// `51 objects (1.4T) in STANDARD`, class by class.
    fn stored(&self) -> String {
        let class = |(class, totals): (&String, &Totals)| {
            let objects = totals.kept + totals.freed;
            let bytes = humanize(size::total([totals.kept_bytes, totals.freed_bytes]));
            format!("{} ({bytes}) in {}", counted(objects), plain(class))
        };
        let classes: Vec<String> = self.1.classes.iter().map(class).collect();
        classes.join(", ")
    }

    /// Over all classes.
    fn sum(&self, of: fn(&Totals) -> u64) -> u64 {
        size::total(self.1.classes.values().map(of))
    }

    /// What would go, and what would go later.
    fn retention(&self) -> String {
        let sum = |of| self.sum(of);
        let (freed, later) = (sum(|one| one.freed), sum(|one| one.later));
        match (&self.1.refusal, self.1.ruled) {
            (_, false) => return "no rule lets anything go".to_owned(),
            (Some(refusal), _) => return format!("z3 prune refuses: {refusal}"),
            (None, true) => {}
        }
        let bytes = humanize(sum(|one| one.freed_bytes));
        let mut text = format!("z3 prune would free {freed} ({bytes})");
        if self.1.version_bytes > 0 {
            text += ", which the bucket keeps as former versions";
        }
        if later > 0 {
            let bytes = humanize(sum(|one| one.later_bytes));
            text += &format!(", {later} more ({bytes}) are paid for until later");
        }
        text
    }
}

fn counted(objects: u64) -> String {
    let plural = if objects == 1 { "" } else { "s" };
    format!("{objects} object{plural}")
}

impl Item for DatasetCost<'_> {
    const TYPE: &'static str = "cost";

    /// Each class has a line of its own.
    fn fields(&self) -> Value {
        let Self(dataset, cost) = self;
        json!({
            "dataset": dataset,
            "objects": self.sum(|one| one.kept + one.freed),
            "bytes": self.sum(|one| one.kept_bytes.saturating_add(one.freed_bytes)),
            "freed_objects": self.sum(|one| one.freed),
            "freed_bytes": self.sum(|one| one.freed_bytes),
            "later_objects": self.sum(|one| one.later),
            "later_bytes": self.sum(|one| one.later_bytes),
            "chain": cost.newest,
            "deepest": cost.deepest,
            "ruled": cost.ruled,
            "refusal": cost.refusal,
        })
    }

    fn text(&self) -> String {
        let Self(dataset, cost) = self;
        match cost.classes.is_empty() {
            true => format!("{dataset}: nothing is stored\n"),
            false => format!(
                "{dataset}: {}; a restore fetches {} for the newest, {} at most; {}\n",
                self.stored(),
                cost.newest,
                cost.deepest,
                self.retention()
            ),
        }
    }
}
