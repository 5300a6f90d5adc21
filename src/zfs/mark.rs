//! The mark of a mount that is owed: a user property (`zfsprops(7)`) that stays on a file system as long as a restore owes it
//! its mount. So the run that completes what `kill -9` has ended knows it. Not responsible for mounting ([`mod@super::mount`]).

use sha2::{Digest, Sha256};

use super::{Host, ask, get};
use crate::name::{Dataset, Snapshot};
use crate::pipeline::{Cmd, Pipeline};

/// The mark. Its value says to an administrator whose it is.
const MARK: &str = "z3:unmounted";
const BY_US: &str = "by z3 restore, until it is complete";

/// The mark of a file system that is not there yet, on the one above it: each has its own, its value is the name. A run that is
/// killed right behind its first receive had no time to mark what that has made.
fn mark_of(dataset: &Dataset) -> String {
    let hash = hex::encode(Sha256::digest(dataset.as_str()));
    let short: String = hash.chars().take(8).collect();
    format!("z3:restoring-{short}")
}

/// The file systems that bear the mark, of this dataset and all below it. Who cannot be asked bears none.
pub fn marked(dataset: &Dataset) -> Vec<Dataset> {
    let cmd = get(["-r", "-s", "local", "-o", "name", MARK]).arg(dataset.as_str());
    let text = ask(&Host::Local, cmd).map(|captured| captured.stdout);
    // Snapshots and bookmarks have their dataset's.
    let names = text.unwrap_or_default();
    let mut marked: Vec<Dataset> = names.lines().flat_map(Dataset::parse).collect();
    if !marked.contains(dataset) && is_marked_above(dataset) {
        marked.insert(0, dataset.clone());
    }
    marked
}

/// Whether [`mark_above`] speaks of this dataset.
pub fn is_marked_above(dataset: &Dataset) -> bool {
    dataset.above().is_some_and(|above| {
        let get = get(["-o", "value", &mark_of(dataset)]).arg(above.as_str());
        let answer = ask(&Host::Local, get);
        answer.is_ok_and(|captured| captured.stdout.trim() == dataset.as_str())
    })
}

/// Marks them. A zfs that refuses, for want of a right for example, costs nothing but the mark.
pub fn mark(datasets: &[Dataset]) {
    quietly(set(MARK, BY_US), datasets);
}

/// Marks what is about to be made.
pub fn mark_above(dataset: &Dataset) {
    let mark = set(&mark_of(dataset), dataset.as_str());
    quietly(mark, dataset.above().as_slice());
}

/// Takes the mark off.
pub fn unmark(datasets: &[Dataset]) {
    quietly(inherit(MARK), datasets);
}

/// Takes off what [`mark_above`] has put there: the dataset has its own mark, or was not made.
pub fn unmark_above(dataset: &Dataset) {
    quietly(inherit(&mark_of(dataset)), dataset.above().as_slice());
}

/// [`unmark`] in the undo of a signal.
pub fn unmark_in_undo(dataset: &Dataset) {
    inherit(MARK).arg(dataset.as_str()).run_in_undo();
}

/// [`unmark_above`] in the undo of a signal, unless the dataset was made, and not only half of it, which goes by itself: the
/// snapshot is there. Tells whether it is.
pub fn unmark_above_in_undo(dataset: &Dataset, first: &Snapshot) -> bool {
    let list = Cmd::new("zfs").args(["list", "-H", "-o", "name"]);
    let there = list.arg(first.to_string()).run_in_undo();
    if let Some(above) = dataset.above().filter(|_| !there) {
        inherit(&mark_of(dataset)).arg(above.as_str()).run_in_undo();
    }
    there
}

fn set(property: &str, value: &str) -> Cmd {
    Cmd::new("zfs").args(["set", &format!("{property}={value}")])
}

fn inherit(property: &str) -> Cmd {
    Cmd::new("zfs").args(["inherit", property])
}

fn quietly(cmd: Cmd, datasets: &[Dataset]) {
    if datasets.is_empty() {
        return;
    }
    let cmd = cmd.args(datasets.iter().map(Dataset::as_str));
    if let Err(error) = Pipeline::from(cmd).capture() {
        log::info!("{error}");
    }
}
