//! Whether a dataset has gone back behind one of its snapshots, by what its pool has written down (`zpool history -i`).
//!
//! `zfs send -i` from a bookmark sends the blocks that were born after the bookmark's snapshot. That is all of the difference
//! only as long as the dataset has never gone back behind that snapshot: `zfs receive -F` destroys newer snapshots and leaves their
//! bookmarks (`zfs rollback -r` destroys both), and blocks that are older again than the bookmark are not sent. Tried with
//! OpenZFS 2.1 and 2.3 (`tests/openzfs/bookmarks.rs`): zfs sends, the other side receives, and has other files. No property of
//! dataset, snapshot or bookmark tells of it.
//!
//! Responsible for reading that history, which only root can. Not responsible for what follows from it ([`crate::plan`]).

use std::collections::BTreeSet;
use std::io::{self, BufRead, BufReader, Read};

use crate::error::{Error, Result};
use crate::name::{self, Dataset};
use crate::pipeline::{Cmd, Pipeline};

/// The most that is kept of a line; what z3 looks for is much shorter.
const LINE_BYTES: u64 = 64 << 10;

/// What the history tells of a dataset since one of its snapshots was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Past {
    /// Whatever the dataset holds came about on top of that snapshot.
    Straight,
    /// It may have gone back behind the snapshot.
    WentBack,
    /// It had another name then: what happened to it is not told of this one.
    Renamed,
    /// The history does not reach back so far.
    Forgotten,
}

/// What has happened to the dataset since its snapshot of that transaction group.
pub fn past(dataset: &Dataset, createtxg: u64) -> Result<Past> {
    let pool = dataset.as_str().split('/').next().unwrap_or_default();
    let cmd = Cmd::new("zpool").args(["history", "-i"]).arg(pool);
    let history = Pipeline::from(cmd.clone()).reader()?;
    past_in(BufReader::new(history), dataset, createtxg)
        .map_err(|error| Error::io(format!("read {cmd}"), error))
}

/// A history is read line by line: it may have a gigabyte.
pub(super) fn past_in(
    mut history: impl BufRead,
    dataset: &Dataset,
    createtxg: u64,
) -> io::Result<Past> {
    let mut trace = Trace::of(dataset, createtxg);
    let mut line = Vec::new();
    loop {
        line.clear();
        let mut some = (&mut history).take(LINE_BYTES);
        if some.read_until(b'\n', &mut line)? == 0 {
            return Ok(trace.verdict);
        }
        if let Some(event) = PoolEvent::read(&String::from_utf8_lossy(&line)) {
            trace.see(&event);
        }
    }
}

/// What zfs has written down of something that it did, and in which transaction group:
/// `2026-11-28.14:38:27 [txg:23] clone swap tank/a/%recv (108) parent=a`.
struct PoolEvent {
    txg: u64,
    /// `clone swap tank/a/%recv`: names have no parentheses.
    what: String,
    id: u64,
    rest: String,
}

impl PoolEvent {
    fn read(line: &str) -> Option<Self> {
        let (date, told) = line.split_once(' ')?;
        let (txg, told) = told.strip_prefix("[txg:")?.split_once("] ")?;
        let (what, told) = told.split_once(" (")?;
        let (id, rest) = told.split_once(')')?;
        let dated = date.starts_with(|first: char| first.is_ascii_digit());
        dated.then_some(())?;
        Some(Self {
            txg: txg.parse().ok()?,
            what: what.to_owned(),
            id: id.parse().ok()?,
            rest: rest.trim().to_owned(),
        })
    }

    /// What it was done to, if it was this.
    fn object(&self, verb: &str) -> Option<&str> {
        self.what.strip_prefix(verb)?.strip_prefix(' ')
    }
}

/// What is known after some of the events.
struct Trace<'a> {
    /// The dataset's name without that of the pool, which an import may change without a word.
    path: &'a str,
    createtxg: u64,
    /// Those of its snapshots that cannot be older than the one that this is about. While there is one, the dataset stands on
    /// it: what goes back behind it destroys it first.
    standing: BTreeSet<u64>,
    verdict: Past,
}

impl<'a> Trace<'a> {
    fn of(dataset: &'a Dataset, createtxg: u64) -> Self {
        Self {
            path: below_pool(dataset.as_str()),
            createtxg,
            standing: BTreeSet::new(),
            verdict: Past::Forgotten,
        }
    }

    fn see(&mut self, event: &PoolEvent) {
        if let Some(made) = event.object("snapshot") {
            let dataset = name::split(made).map_or(made, |(dataset, _)| dataset);
            let own = below_pool(dataset) == self.path;
            if own && event.txg == self.createtxg && self.verdict == Past::Forgotten {
                self.verdict = Past::Straight;
            }
            if own && self.verdict == Past::Straight {
                self.standing.insert(event.id);
            }
        } else if event.object("rename").is_some() && self.is_new_name(&event.rest) {
            if event.txg >= self.createtxg {
                self.verdict = Past::Renamed;
            }
        } else if self.verdict == Past::Straight {
            self.verdict = self.after(event);
        }
    }

    /// What is known after something that made no snapshot and gave no name. Of receive and rollback, the last act is a swap with a clone.
    fn after(&mut self, event: &PoolEvent) -> Past {
        if event.object("destroy").is_some() {
            self.standing.remove(&event.id);
        } else if event.object("promote").is_some() {
            // Its snapshots may have become those of another dataset, where they say nothing of this one.
            self.standing.clear();
        } else if let Some(clone) = event.object("clone swap") {
            let own = clone.rsplit_once("/%").map(|(name, _)| below_pool(name));
            if own == Some(self.path) && self.standing.is_empty() {
                return Past::WentBack;
            }
        }
        Past::Straight
    }

    /// `-> tank/a`: whether that is the dataset, or one above it.
    fn is_new_name(&self, rest: &str) -> bool {
        let name = below_pool(rest.trim_start_matches("-> "));
        let below = self.path.strip_prefix(name);
        !name.is_empty() && below.is_some_and(|below| below.is_empty() || below.starts_with('/'))
    }
}

fn below_pool(name: &str) -> &str {
    name.split_once('/').map_or("", |(_, path)| path)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is known of `tank/a b` since transaction group 17 after these events.
    fn told(events: &[&str]) -> Past {
        let lines = events
            .iter()
            .map(|event| format!("2026-11-28.14:38:27 [txg:{event}\n"));
        let text: String = lines.collect();
        let dataset = Dataset::parse("tank/a b").unwrap();
        past_in(text.as_bytes(), &dataset, 17).unwrap()
    }

    const MADE: &str = "17] snapshot old name/a b@c x (92)  ";
    const DESTROYED: &str = "20] destroy tank/a b@c x (92)  ";
    const RECEIVED: &str = "23] clone swap tank/a b/%recv (108) parent=a b";

    #[test]
    fn a_dataset_that_stands_on_it_has_not_gone_back() {
        assert_eq!(told(&[MADE]), Past::Straight);
        assert_eq!(told(&[MADE, RECEIVED, DESTROYED]), Past::Straight);
        let next = "19] snapshot tank/a b@d (93)  ";
        assert_eq!(told(&[MADE, next, DESTROYED, RECEIVED]), Past::Straight);
        let others = "23] clone swap tank/a b/c/%recv (108) parent=c";
        assert_eq!(told(&[MADE, DESTROYED, others]), Past::Straight);
        let others = "23] clone swap tank/%rollback (108) parent=tank";
        assert_eq!(told(&[MADE, DESTROYED, others]), Past::Straight);
    }

    #[test]
    fn a_swap_with_nothing_left_to_stand_on_may_have_gone_back() {
        let rolled = "23] clone swap tank/a b/%rollback (108) parent=a b";
        for swap in [RECEIVED, rolled] {
            assert_eq!(told(&[MADE, DESTROYED, swap]), Past::WentBack);
            let next = "19] snapshot tank/a b@d (93)  ";
            let gone = "21] destroy tank/a b@d (93)  ";
            let all = [MADE, next, DESTROYED, gone, swap, next];
            assert_eq!(told(&all), Past::WentBack);
            let promoted = "21] promote tank/clone (5)  ";
            assert_eq!(told(&[MADE, promoted, swap]), Past::WentBack);
        }
    }

    #[test]
    fn what_happened_under_another_name_is_not_known() {
        let renamed = |to: &str| told(&[MADE, &format!("18] rename tank/x (7) -> {to}")]);
        assert_eq!(renamed("tank/a b"), Past::Renamed);
        let old = [
            "17] snapshot tank/x@c (92)",
            "18] rename tank/x (7) -> tank/a b",
        ];
        assert_eq!(told(&old), Past::Renamed);
        let earlier = "16] rename tank/x (7) -> tank/a b";
        assert_eq!(told(&[earlier, MADE]), Past::Straight);
        assert_eq!(renamed("tank/a"), Past::Straight);
        assert_eq!(renamed("tank/a b/c"), Past::Straight);
        assert_eq!(renamed("@a b"), Past::Straight);
        let dataset = Dataset::parse("tank/up/a").unwrap();
        let above =
            "1 [txg:17] snapshot tank/up/a@c (1)\n1 [txg:18] rename tank/x (7) -> tank/up\n";
        assert_eq!(
            past_in(above.as_bytes(), &dataset, 17).unwrap(),
            Past::Renamed
        );
    }

    #[test]
    fn what_begins_later_knows_nothing() {
        for events in [
            &[][..],
            &["18] snapshot tank/a b@c (92)"],
            &["17] snapshot tank/other@c (92)"],
            &["17] snapshot tank/a b@c"],
            &["17] destroy tank/a b@c (92)"],
            &["x] snapshot tank/a b@c (92)"],
        ] {
            assert_eq!(told(events), Past::Forgotten, "{events:?}");
        }
        // What a command was given is no event.
        let dataset = Dataset::parse("tank/a").unwrap();
        let quoted = "        [txg:17] snapshot tank/a@c (1)\nzfs [txg:17] snapshot tank/a@c (1)\n";
        assert_eq!(
            past_in(quoted.as_bytes(), &dataset, 17).unwrap(),
            Past::Forgotten
        );
    }
}
