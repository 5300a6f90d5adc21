//! What a restore costs: what has to go from the pool before the first step can be received.

use std::fmt;

use crate::catalog::Stored;
use crate::error::{Error, Result};
use crate::name::Dataset;
use crate::terminal::plain;
use crate::zfs::LocalSnapshot;

/// What `zfs receive -F` makes an end of.
#[derive(Debug, PartialEq, Eq)]
pub enum Cost<'a> {
    /// Nothing: there is nothing yet.
    None,
    /// All that is in the dataset; these are its snapshots.
    Everything(&'a [LocalSnapshot]),
    /// What came after this snapshot: changes, and the snapshots made since.
    After(&'a str, &'a [LocalSnapshot]),
}

/// What the steps cost in a pool that has these snapshots, oldest first, and has the dataset or not.
pub fn cost<'a>(locals: &'a [LocalSnapshot], exists: bool, steps: &'a [&Stored]) -> Cost<'a> {
    let Some(first) = steps.first().filter(|_| exists) else {
        return Cost::None;
    };
    let is_base = |local: &LocalSnapshot| !first.full && local.name == first.parent_name();
    match locals.iter().position(is_base) {
        Some(at) => Cost::After(
            first.parent_name(),
            locals.get(at + 1..).unwrap_or_default(),
        ),
        None => Cost::Everything(locals),
    }
}

impl Cost<'_> {
    /// Stops what zfs would refuse after the download: always, or without `--force`.
    pub fn allowed(&self, dataset: &Dataset, force: bool) -> Result<()> {
        match self {
            Self::Everything(locals) if !locals.is_empty() => Err(has_snapshots(dataset, locals)),
            Self::Everything(_) if !force => Err(Error::refused(format!(
                "{dataset} exists, and the first backup to receive is a full"
            ))
            .hint(format!(
                "'z3 restore --force' overwrites it, all that is in it is lost; {}",
                rename(dataset)
            ))),
            Self::After(base, later) if !force && !later.is_empty() => {
                Err(has_later(dataset, base, later))
            }
            Self::After(_, later) if later.iter().any(|one| one.holds > 0) => {
                Err(has_held(dataset, later))
            }
            _ => Ok(()),
        }
    }

    /// What is lost, a line for each thing.
    pub fn lines(&self, dataset: &Dataset) -> Vec<String> {
        match self {
            Self::None => Vec::new(),
            Self::Everything(_) => vec![format!("--force: everything in {dataset} is destroyed")],
            Self::After(base, later) => {
                let base = plain(base);
                let changes =
                    format!("--force: what was changed in {dataset} since @{base} is lost");
                let gone = |one: &LocalSnapshot| {
                    format!("--force: {dataset}@{} is destroyed", plain(&one.name))
                };
                [changes]
                    .into_iter()
                    .chain(later.iter().map(gone))
                    .collect()
            }
        }
    }
}

/// `zfs receive -F` destroys what a snapshot cannot be rolled back to, but never a file system's snapshots for a full.
fn has_snapshots(dataset: &Dataset, locals: &[LocalSnapshot]) -> Error {
    Error::refused(format!(
        "{dataset} has {} of its own, which zfs receive never overwrites, and none that the backup builds on",
        Names(locals)
    ))
    .hint(rename(dataset))
}

fn has_later(dataset: &Dataset, base: &str, later: &[LocalSnapshot]) -> Error {
    let base = plain(base);
    Error::refused(format!(
        "{dataset} has {} made after @{base}, which the next backup builds on",
        Names(later)
    ))
    .hint(format!(
        "'z3 restore --force' rolls {dataset} back to @{base} first: they are destroyed, and what was changed since is lost"
    ))
}

fn has_held(dataset: &Dataset, later: &[LocalSnapshot]) -> Error {
    let held = later.iter().filter(|one| one.holds > 0);
    let held: Vec<LocalSnapshot> = held.cloned().collect();
    Error::refused(format!(
        "{dataset} has {} with a hold in the way of the rollback",
        Names(&held)
    ))
    .hint(format!(
        "'zfs list -r -t snapshot -o name,userrefs {dataset}' shows the holds, 'zfs holds' whose they are"
    ))
}

fn rename(dataset: &Dataset) -> String {
    format!("'zfs rename {dataset} {dataset}.before' keeps it, and makes room for the restore")
}

/// How many names of snapshots a message has.
const NAMED: usize = 5;

/// `2 snapshots (@a, @b)`.
struct Names<'a>(&'a [LocalSnapshot]);

impl fmt::Display for Names<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(all) = self;
        let some = all.iter().take(NAMED);
        let mut names: Vec<String> = some.map(|one| format!("@{}", plain(&one.name))).collect();
        names.extend((all.len() > NAMED).then(|| "...".to_owned()));
        let plural = if all.len() == 1 { "" } else { "s" };
        write!(f, "{} snapshot{plural} ({})", all.len(), names.join(", "))
    }
}
