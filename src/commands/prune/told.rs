//! The words of `z3 prune`: what was decided, and what became of it.

use serde_json::{Value, json};

use crate::catalog::Stored;
use crate::commands::report::{Item, Report};
use crate::commands::several::Gap;
use crate::error::Result;
use crate::prune::{Plan, PruneDone, PruneRow};
use crate::retention::Totals;
use crate::size;
use crate::terminal::plain;

const HEADER: [&str; 7] = [
    "SNAPSHOT", "KIND", "CREATED", "SIZE", "CLASS", "ACTION", "REASON",
];
/// Tells what was decided: each object, each class, and the whole in words.
pub fn show(gap: Option<&mut Gap>, dataset: &str, plan: &Plan, report: &Report) -> Result<()> {
    let rows: Vec<ShownObject> = plan.rows().map(|row| ShownObject(dataset, row)).collect();
    if !rows.is_empty() {
        let title = gap.map(|gap| format!("{}backups of {dataset}\n", gap.next()));
        report.table(
            &title.unwrap_or_default(),
            HEADER,
            &rows,
            ShownObject::cells,
        )?;
    }
    for (class, totals) in plan.totals() {
        report.tell(&Class(dataset, class, totals))?;
    }
    report.say(&plan.words())
}

/// An object, and what becomes of it.
struct ShownObject<'a>(&'a str, PruneRow<'a>);

impl ShownObject<'_> {
    /// Its row of the table.
    fn cells(&self) -> [String; 7] {
        let Self(_, row) = self;
        [
            row.stored.name.to_string(),
            row.kind().to_owned(),
            row.created(),
            size::humanize(row.stored.head.size_bytes),
            row.class().to_owned(),
            row.verdict.action.word().to_owned(),
            row.reasons().join(", "),
        ]
    }
}

impl Item for ShownObject<'_> {
    const TYPE: &'static str = "object";

    fn fields(&self) -> Value {
        let Self(dataset, row) = self;
        let created = row.object.created;
        json!({
            "dataset": dataset,
            "name": row.stored.name,
            "key": row.stored.key,
            "kind": row.kind(),
            "creation": created.map(|created| created.seconds),
            "creation_exact": created.map(|created| created.exact),
            "stored_bytes": row.stored.head.size_bytes,
            "storage_class": row.class(),
            "action": row.verdict.action.word(),
            "reasons": row.reasons(),
        })
    }
}

/// What the objects of a storage class cost, before and after.
pub struct Class<'a>(pub &'a str, pub &'a str, pub Totals);

impl Item for Class<'_> {
    const TYPE: &'static str = "class";

    fn fields(&self) -> Value {
        let Self(dataset, class, totals) = self;
        json!({
            "dataset": dataset,
            "storage_class": class,
            "kept_objects": totals.kept,
            "kept_bytes": totals.kept_bytes,
            "freed_objects": totals.freed,
            "freed_bytes": totals.freed_bytes,
            "later_objects": totals.later,
            "later_bytes": totals.later_bytes,
        })
    }

    fn text(&self) -> String {
        let Self(_, class, totals) = self;
        let size = size::humanize;
        let later = match totals.later {
            0 => String::new(),
            later => format!(
                ", {later} of them ({}) only because they are paid for",
                size(totals.later_bytes)
            ),
        };
        format!(
            "{}: {} to go ({}), {} stay ({}){later}\n",
            plain(class),
            totals.freed,
            size(totals.freed_bytes),
            totals.kept,
            size(totals.kept_bytes),
        )
    }
}

/// One that is gone.
pub struct Deleted<'a>(pub &'a str, pub &'a Stored);

impl Item for Deleted<'_> {
    const TYPE: &'static str = "deleted";

    fn fields(&self) -> Value {
        let Self(dataset, stored) = self;
        json!({
            "dataset": dataset,
            "name": stored.name,
            "key": stored.key,
            "stored_bytes": stored.head.size_bytes,
        })
    }
}

/// One that was to go.
pub struct Stayed<'a>(pub &'a str, pub &'a Stored, pub &'a str);

impl Item for Stayed<'_> {
    const TYPE: &'static str = "stayed";

    fn fields(&self) -> Value {
        let Self(dataset, stored, problem) = self;
        json!({
            "dataset": dataset,
            "name": stored.name,
            "key": stored.key,
            "problem": problem,
        })
    }
}

/// The end of it.
pub struct Pruned<'a> {
    /// The dataset.
    pub dataset: &'a str,
    /// What is gone, or would be.
    pub done: PruneDone,
    /// Nothing was deleted.
    pub dry: bool,
}

impl Item for Pruned<'_> {
    const TYPE: &'static str = "pruned";

    fn fields(&self) -> Value {
        json!({
            "dataset": self.dataset,
            "dry_run": self.dry,
            "objects": self.done.objects,
            "bytes": self.done.bytes,
            "version_bytes": self.done.version_bytes,
        })
    }

    fn text(&self) -> String {
        let (objects, bytes) = (self.done.objects, size::humanize(self.done.bytes));
        let done = match (self.dry, objects) {
            (_, 0) => return "nothing to delete\n".to_owned(),
            (true, _) => format!("{objects} objects ({bytes}) would be deleted\n"),
            (false, _) => format!("{objects} objects ({bytes}) deleted\n"),
        };
        match size::humanize(self.done.version_bytes) {
            _ if self.done.version_bytes == 0 => done,
            kept => format!(
                "{done}the bucket keeps versions: {kept} stay until a lifecycle rule removes noncurrent versions\n"
            ),
        }
    }
}
