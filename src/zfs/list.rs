//! The snapshots of a dataset.

use super::{Host, ask, existing, get, shown};
use crate::error::{Error, Result};
use crate::name::{Dataset, SnapName, Within};

const PROPERTIES: &str = "guid,createtxg,creation,referenced,userrefs";

/// A snapshot on a pool, with the properties that zfs keeps of it (`zfsprops(7)`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalSnapshot {
    /// The name after the `@`.
    pub name: SnapName,
    /// Its identity, the same in every pool that has received it.
    pub guid: u64,
    /// The transaction group that made it, which orders the snapshots of one dataset.
    pub createtxg: Option<u64>,
    /// When it was made, in seconds since 1970.
    pub creation: u64,
    /// Bytes that it refers to on the disks.
    pub referenced: u64,
    /// How many holds it has (`userrefs`).
    pub holds: u64,
}

#[cfg(test)]
impl LocalSnapshot {
    /// One of which nothing else counts.
    pub fn named(name: &str) -> Self {
        Self {
            name: name.into(),
            guid: 1,
            createtxg: None,
            creation: 0,
            referenced: 0,
            holds: 0,
        }
    }
}

/// The dataset's own snapshots, the oldest first; none if there is no such dataset.
pub fn list_snapshots(host: &Host, dataset: &Dataset) -> Result<Vec<LocalSnapshot>> {
    let cmd = get(["-d", "1", "-o", "name,property,value", PROPERTIES]).arg(dataset.as_str());
    match existing(ask(host, cmd), dataset.as_str())? {
        Some(text) => snapshots_in(&text, dataset),
        None => Ok(Vec::new()),
    }
}

/// What was said about one snapshot so far; `-` is zfs's word for nothing.
struct Heard<'a> {
    name: &'a str,
    guid: &'a str,
    createtxg: &'a str,
    creation: &'a str,
    referenced: &'a str,
    userrefs: &'a str,
}

/// The answer has the dataset itself, its children, snapshots and bookmarks; without the first it is no answer. It may be
/// another machine's, so that no more is kept of it than snapshots of whom everything is known: all lines of one follow
/// each other.
pub(super) fn snapshots_in(text: &str, dataset: &Dataset) -> Result<Vec<LocalSnapshot>> {
    let mut answered = false;
    let mut open: Option<Heard<'_>> = None;
    let mut snapshots = Vec::new();
    for line in text.lines() {
        let fields: Vec<&str> = line.splitn(4, '\t').collect();
        let [full_name, property, value] = *fields else {
            return Err(odd(dataset, line, "name, property and value"));
        };
        match dataset.within(full_name) {
            Some(Within::Snapshot(name)) => {
                if let Some(whole) = open.take_if(|row| row.name != name) {
                    snapshots.push(whole.read(dataset)?);
                }
                let row = open.get_or_insert_with(|| Heard::of(name));
                if let Some(place) = row.place(property) {
                    *place = value;
                }
            }
            Some(Within::Itself) => answered = true,
            Some(Within::Bookmark(_) | Within::Below) => {}
            None => return Err(odd(dataset, line, "names that belong to the dataset")),
        }
    }
    if !answered {
        return Err(odd(dataset, "", "the dataset itself"));
    }
    if let Some(last) = open {
        snapshots.push(last.read(dataset)?);
    }
    sort(&mut snapshots);
    Ok(snapshots)
}

/// The oldest first; those of one second by their names.
fn sort(snapshots: &mut [LocalSnapshot]) {
    let numbered = snapshots.iter().all(|one| one.createtxg.is_some());
    let moment = |one: &LocalSnapshot| match one.createtxg {
        Some(group) if numbered => group,
        _ => one.creation,
    };
    let of = |one: &LocalSnapshot, other: &LocalSnapshot| moment(one).cmp(&moment(other));
    snapshots.sort_by(|one, other| of(one, other).then_with(|| one.name.cmp(&other.name)));
}

impl<'a> Heard<'a> {
    fn of(name: &'a str) -> Self {
        Self {
            name,
            guid: "-",
            createtxg: "-",
            creation: "-",
            referenced: "-",
            userrefs: "-",
        }
    }

    fn place(&mut self, property: &str) -> Option<&mut &'a str> {
        Some(match property {
            "guid" => &mut self.guid,
            "createtxg" => &mut self.createtxg,
            "creation" => &mut self.creation,
            "referenced" => &mut self.referenced,
            "userrefs" => &mut self.userrefs,
            _ => return None,
        })
    }

    fn read(&self, dataset: &Dataset) -> Result<LocalSnapshot> {
        let number = |property: &str, text: &str| {
            let what = || format!("@{} {property} {text}", self.name);
            text.parse::<u64>()
                .map_err(|_| odd(dataset, &what(), "a number"))
        };
        Ok(LocalSnapshot {
            name: self.name.into(),
            guid: number("guid", self.guid)?,
            createtxg: match self.createtxg {
                "-" => None,
                text => Some(number("createtxg", text)?),
            },
            creation: number("creation", self.creation)?,
            referenced: number("referenced", self.referenced)?,
            holds: match self.userrefs {
                "-" => 0,
                text => number("userrefs", text)?,
            },
        })
    }
}

fn odd(dataset: &Dataset, got: &str, expected: &str) -> Error {
    Error::refused(format!(
        "zfs get {PROPERTIES} {dataset}: expected {expected}, got '{}'",
        shown(got)
    ))
}
