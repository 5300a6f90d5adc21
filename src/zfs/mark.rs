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
pub fn marked(dataset: &Dataset) -> Vec<String> {
    let cmd = get(["-r", "-s", "local", "-o", "name", MARK]).arg(dataset.as_str());
    let text = ask(&Host::Local, cmd).map(|captured| captured.stdout);
    let names = text.unwrap_or_default();
    let own = |name: &&str| !name.contains(['@', '#']);
    let mut names: Vec<String> = names.lines().filter(own).map(str::to_owned).collect();
    let name = dataset.to_string();
    if !names.contains(&name) && is_marked_above(dataset) {
        names.insert(0, name);
    }
    names
}

/// Whether [`mark_above`] speaks of this dataset.
pub fn is_marked_above(dataset: &Dataset) -> bool {
    above(dataset).is_some_and(|above| {
        let answer = ask(
            &Host::Local,
            get(["-o", "value", &mark_of(dataset)]).arg(above),
        );
        answer.is_ok_and(|captured| captured.stdout.trim() == dataset.as_str())
    })
}

/// Marks them. A zfs that refuses, for want of a right for example, costs nothing but the mark.
pub fn mark(names: &[String]) {
    quietly(set(MARK, BY_US), names);
}

/// Marks what is about to be made.
pub fn mark_above(dataset: &Dataset) {
    let above = above(dataset).map(str::to_owned);
    quietly(set(&mark_of(dataset), dataset.as_str()), above.as_slice());
}

/// Takes the mark off.
pub fn unmark(names: &[String]) {
    quietly(inherit(MARK), names);
}

/// Takes off what [`mark_above`] has put there: the dataset has its own mark, or was not made.
pub fn unmark_above(dataset: &Dataset) {
    let above = above(dataset).map(str::to_owned);
    quietly(inherit(&mark_of(dataset)), above.as_slice());
}

/// [`unmark`] in the undo of a signal.
pub fn unmark_in_undo(name: &str) {
    inherit(MARK).arg(name).run_in_undo();
}

/// [`unmark_above`] in the undo of a signal, unless the dataset was made, and not only half of it, which goes by itself: the
/// snapshot is there. Tells whether it is.
pub fn unmark_above_in_undo(dataset: &Dataset, first: &Snapshot) -> bool {
    let list = Cmd::new("zfs").args(["list", "-H", "-o", "name"]);
    let there = list.arg(first.to_string()).run_in_undo();
    if let Some(above) = above(dataset).filter(|_| !there) {
        inherit(&mark_of(dataset)).arg(above).run_in_undo();
    }
    there
}

fn above(dataset: &Dataset) -> Option<&str> {
    dataset.as_str().rsplit_once('/').map(|(above, _)| above)
}

fn set(property: &str, value: &str) -> Cmd {
    Cmd::new("zfs").args(["set", &format!("{property}={value}")])
}

fn inherit(property: &str) -> Cmd {
    Cmd::new("zfs").args(["inherit", property])
}

fn quietly(cmd: Cmd, names: &[String]) {
    if names.is_empty() {
        return;
    }
    if let Err(error) = Pipeline::from(cmd.args(names)).capture() {
        log::info!("{error}");
    }
}
