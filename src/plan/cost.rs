//! What a restore costs: what has to go from the pool before the first step can be received.

use std::collections::BTreeMap;
use std::fmt;

use crate::catalog::Stored;
use crate::error::{Error, Result};
use crate::name::{Dataset, SnapName};
use crate::terminal::plain;
use crate::zfs::{LocalSnapshot, Target};

/// What `zfs receive -F` makes an end of.
#[derive(Debug, PartialEq, Eq)]
pub enum Cost<'a> {
    /// Nothing: there is nothing yet.
    None,
    /// All that is in the dataset; these are its snapshots.
    Everything(Target, &'a [LocalSnapshot]),
    /// What came after this snapshot: changes, and the snapshots made since.
    After(&'a SnapName, &'a [LocalSnapshot]),
}

/// The clones of snapshots, by their names.
type Clones = BTreeMap<SnapName, String>;

/// What the steps cost in a pool that has these snapshots, oldest first, and this dataset or none.
pub fn cost<'a>(
    locals: &'a [LocalSnapshot],
    target: Option<Target>,
    steps: &'a [&Stored],
) -> Cost<'a> {
    let (Some(first), Some(target)) = (steps.first(), target) else {
        return Cost::None;
    };
    let label = &first.label;
    let is_base = |local: &LocalSnapshot| {
        let is_guid = Some(local.guid) == label.parent_guid;
        !label.full && (local.name.as_str() == label.parent_name() || is_guid)
    };
    let at = locals.iter().position(is_base);
    match at.and_then(|at| Some((locals.get(at)?, locals.get(at + 1..)?))) {
        Some((base, later)) => Cost::After(&base.name, later),
        None => Cost::Everything(target, locals),
    }
}

impl Cost<'_> {
    /// Stops what zfs would refuse after the download: always, or without `--force`. The `clones` are asked for where snapshots
    /// have to go.
    pub fn allowed(
        &self,
        dataset: &Dataset,
        force: bool,
        clones: impl FnOnce() -> Clones,
    ) -> Result<()> {
        match self {
            Self::None => Ok(()),
            Self::Everything(target, locals) => replaceable(dataset, target, locals, force),
            Self::After(_, []) => Ok(()),
            Self::After(base, later) if !force => Err(has_later(dataset, base, later, &clones())),
            Self::After(_, later) => removable(dataset, later, &clones()),
        }
    }

    /// What is lost, a line for each thing.
    pub fn lines(&self, dataset: &Dataset) -> Vec<String> {
        match self {
            Self::None => Vec::new(),
            Self::Everything(Target { volume: true, .. }, _) => vec![format!(
                "--force: the volume {dataset} is replaced, everything in it is destroyed"
            )],
            Self::Everything(..) => vec![format!("--force: everything in {dataset} is destroyed")],
            Self::After(base, later) => {
                let changes =
                    format!("--force: what was changed in {dataset} since @{base} is lost");
                let gone = |one: &LocalSnapshot| {
                    format!("--force: {} is destroyed", dataset.full_name(&one.name))
                };
                [changes]
                    .into_iter()
                    .chain(later.iter().map(gone))
                    .collect()
            }
        }
    }
}

/// `zfs receive -F` destroys what a snapshot cannot be rolled back to, but for a full neither a file system's snapshots, nor
/// a clone, nor what is encrypted (zfs_receive_one() in OpenZFS's libzfs).
fn replaceable(
    dataset: &Dataset,
    target: &Target,
    locals: &[LocalSnapshot],
    force: bool,
) -> Result<()> {
    let full = "and the first backup to receive is a full";
    let problem = match target {
        _ if !locals.is_empty() => format!(
            "{dataset} has {} of its own, which zfs receive never overwrites, and none that the backup builds on",
            Names(locals)
        ),
        Target {
            origin: Some(origin),
            ..
        } => format!(
            "{dataset} is a clone of {}, which zfs receive never overwrites, {full}",
            plain(origin)
        ),
        Target {
            encrypted: true, ..
        } => format!("{dataset} is encrypted, which zfs receive never overwrites, {full}"),
        _ if force => return Ok(()),
        _ => {
            return Err(
                Error::refused(format!("{dataset} exists, {full}")).hint(format!(
                    "'z3 restore --force' overwrites it, all that is in it is lost; {}",
                    rename(dataset)
                )),
            );
        }
    };
    Err(Error::refused(problem).hint(rename(dataset)))
}

fn has_later(
    dataset: &Dataset,
    base: &SnapName,
    later: &[LocalSnapshot],
    clones: &Clones,
) -> Error {
    let refused = Error::refused(format!(
        "{dataset} has {} made after @{base}, which the next backup builds on",
        Names(later)
    ));
    match removable(dataset, later, clones) {
        Ok(()) => refused.hint(format!(
            "'z3 restore --force' rolls {dataset} back to @{base} first: they are destroyed, and what was changed since is lost"
        )),
        Err(error) => refused.hint(format!("--force would not help: {error}")),
    }
}

/// Whether zfs can destroy all of these: not one that is held, or that has a clone.
fn removable<'a>(dataset: &Dataset, later: &'a [LocalSnapshot], clones: &Clones) -> Result<()> {
    let held = |one: &&LocalSnapshot| one.holds > 0;
    let held: Vec<LocalSnapshot> = later.iter().filter(held).cloned().collect();
    if !held.is_empty() {
        return Err(Error::refused(format!(
            "{dataset} has {} with a hold in the way of the rollback",
            Names(&held)
        ))
        .hint(format!(
            "'zfs list -r -t snapshot -o name,userrefs {dataset}' shows the holds, 'zfs holds' whose they are"
        )));
    }
    let cloned = |one: &'a LocalSnapshot| Some((&one.name, clones.get(&one.name)?));
    match later.iter().find_map(cloned) {
        None => Ok(()),
        Some((name, clone)) => Err(has_clone(dataset, name, clone)),
    }
}

/// `zfs promote` is no way out: it takes the snapshots before the clone's origin along, and so the base.
fn has_clone(dataset: &Dataset, name: &SnapName, clone: &str) -> Error {
    let clone = plain(clone);
    Error::refused(format!(
        "{dataset} has a snapshot (@{name}) with a clone ({clone}) in the way of the rollback"
    ))
    .hint(format!(
        "'zfs destroy' of the clone makes way; {}",
        rename(dataset)
    ))
}

fn rename(dataset: &Dataset) -> String {
    match dataset.as_str().contains('/') {
        true => format!(
            "'zfs rename {dataset} {dataset}.before' keeps it, and makes room for the restore"
        ),
        false => format!(
            "a pool's own dataset cannot be renamed: '--to {dataset}/NAME' receives below it"
        ),
    }
}

/// How many names of snapshots a message has.
const NAMED: usize = 5;

/// `2 snapshots (@a, @b)`.
struct Names<'a>(&'a [LocalSnapshot]);

impl fmt::Display for Names<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(all) = self;
        let some = all.iter().take(NAMED);
        let mut names: Vec<String> = some.map(|one| format!("@{}", one.name)).collect();
        names.extend((all.len() > NAMED).then(|| "...".to_owned()));
        let plural = if all.len() == 1 { "" } else { "s" };
        write!(f, "{} snapshot{plural} ({})", all.len(), names.join(", "))
    }
}
