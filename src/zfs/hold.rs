//! Holds: a snapshot that is held cannot be destroyed (`zfs-hold(8)`). Each hold has a tag, and is released by it.

use crate::error::{Error, Result};
use crate::name::Snapshot;
use crate::pipeline::{Cmd, Pipeline};

/// So many names fit into one command line, whatever their length (`ARG_MAX` is 128 KiB at the least).
const AT_ONCE: usize = 400;

/// What zfs says of a name that is not there.
const GONE: &str = "dataset does not exist";

/// Holds the snapshots. That the tag is there already is no error.
pub fn hold(tag: &str, snapshots: &[Snapshot]) -> Result<()> {
    each(
        "hold",
        tag,
        snapshots,
        &["tag already exists on this dataset"],
    )
}

/// Releases the tag from the snapshots. That there is no such tag or snapshot is no error.
pub fn release(tag: &str, snapshots: &[Snapshot]) -> Result<()> {
    let gone = ["no such tag on this dataset", GONE];
    each("release", tag, snapshots, &gone)
}

/// The same in the undo of a signal. What zfs says is lost.
pub fn release_in_undo(tag: &str, snapshots: &[Snapshot]) {
    for some in snapshots.chunks(AT_ONCE) {
        cmd("release", tag, some).run_in_undo();
    }
}

fn cmd(verb: &str, tag: &str, snapshots: &[Snapshot]) -> Cmd {
    let names = snapshots.iter().map(ToString::to_string);
    Cmd::new("zfs").args([verb, tag]).args(names)
}

/// All of them, whatever becomes of one; the first error.
fn each(verb: &str, tag: &str, snapshots: &[Snapshot], harmless: &[&str]) -> Result<()> {
    let mut outcome = Ok(());
    for some in snapshots.chunks(AT_ONCE) {
        let ended = Pipeline::from(cmd(verb, tag, some)).run();
        outcome = outcome.and(ended.or_else(|error| judged(error, harmless)));
    }
    outcome
}

/// zfs goes on after a name that it cannot serve, and has one line for each. The first line that matters is the error.
fn judged(error: Error, harmless: &[&str]) -> Result<()> {
    let Error::Child {
        status,
        stderr,
        command,
    } = error
    else {
        return Err(error);
    };
    // Of many lines only the last 4 KiB are known: the first of them may be the end of one.
    let expected = |line: &&str| {
        harmless
            .iter()
            .any(|words| line.ends_with(words) || words.ends_with(line))
    };
    let lines = stderr.lines().map(str::trim);
    let lines: Vec<&str> = lines.filter(|line| !line.is_empty()).collect();
    let said = match lines.iter().find(|line| !expected(line)) {
        None if !lines.is_empty() => {
            tell_of_a_vanished(&lines);
            return Ok(());
        }
        said => said.copied().unwrap_or_default().to_owned(),
    };
    let command = command.split(' ').take(3).collect::<Vec<_>>().join(" ");
    Err(Error::Child {
        command,
        status,
        stderr: said,
    })
}

/// A snapshot that is held cannot be destroyed: one that is not there any more has another name, and its hold with it.
fn tell_of_a_vanished(lines: &[&str]) {
    if let Some(line) = lines.iter().find(|line| line.ends_with(GONE)) {
        log::info!(
            "zfs release: {line}; if it was renamed, the next backup of it there lets its hold go"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What becomes of `zfs VERB` that exits 1 with these words (OpenZFS 2.1.11, 2.3.9 and zfs-fuse 0.7 have the same).
    fn after(stderr: &str) -> Result<()> {
        let error = Error::Child {
            command: "zfs hold z3tag t/a@1 t/a@2".into(),
            status: "exit 1".into(),
            stderr: stderr.into(),
        };
        judged(error, &["tag already exists on this dataset"])
    }

    #[test]
    fn only_the_expected_is_no_error() {
        let there = "cannot hold snapshot 't/a@1': tag already exists on this dataset\n";
        assert!(after(there).is_ok());
        assert!(
            after(&format!("on this dataset\n{there}")).is_ok(),
            "cut at the front"
        );
        assert!(
            after("cannot hold 't/a@1': tag already exists on this dataset\n").is_ok(),
            "zfs-fuse"
        );
        for (stderr, said) in [
            ("", ""),
            (
                "cannot hold: permission denied\ncannot hold: permission denied\n",
                ": cannot hold: permission denied",
            ),
            (
                "cannot hold: pool is read-only\n",
                ": cannot hold: pool is read-only",
            ),
            (
                "unrecognized command 'hold'\nusage: zfs command args ...\n",
                ": unrecognized command 'hold'",
            ),
            (
                &format!("{there}cannot hold snapshot 't/a@2': dataset does not exist\n"),
                ": cannot hold snapshot 't/a@2': dataset does not exist",
            ),
        ] {
            let error = after(stderr).unwrap_err().to_string();
            assert_eq!(error, format!("zfs hold z3tag: exit 1{said}"));
        }
    }
}
