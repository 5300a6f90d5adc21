//! Bookmarks: what zfs keeps of a snapshot so that an increment can start from it when it is gone (`zfs-bookmark(8)`).
//!
//! Responsible for listing, making and destroying them. Not responsible for whether an increment from one is sound
//! ([`mod@super::past`]).

use super::{Host, ask, get, guid_in, shown};
use crate::error::{Error, Result};
use crate::name::{Bookmark, Dataset, Snapshot, Within};
use crate::order::sort_by_key;
use crate::pipeline::{Cmd, Pipeline};

const COLUMNS: &str = "name,guid,createtxg";

/// A bookmark on a pool. Both numbers are those of the snapshot that it is of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalBookmark {
    /// Its name, which says nothing of the snapshot.
    pub bookmark: Bookmark,
    /// The snapshot's identity.
    pub guid: u64,
    /// The transaction group that made the snapshot.
    pub createtxg: u64,
}

/// The dataset's own bookmarks, those of the newest snapshots last. A zfs that knows of none refuses, in every run.
pub fn list_bookmarks(dataset: &Dataset) -> Result<Vec<LocalBookmark>> {
    let list = Cmd::new("zfs").args(["list", "-H", "-p", "-t", "bookmark", "-d", "1"]);
    let cmd = list.args(["-o", COLUMNS]).arg(dataset.as_str());
    let listed = Pipeline::from(cmd).capture_if_known()?;
    bookmarks_in(&listed.stdout, dataset)
}

/// Whether [`list_bookmarks`] failed because this zfs is older than bookmarks: it does not understand the question.
pub fn has_no_bookmarks(error: &Error) -> bool {
    let begins = |stderr: &str| {
        ["invalid option", "invalid type"]
            .iter()
            .any(|words| stderr.starts_with(words))
    };
    matches!(error, Error::Child { stderr, .. } if begins(stderr))
}

/// One whose name we would not write is of no use, and left out.
pub(super) fn bookmarks_in(text: &str, dataset: &Dataset) -> Result<Vec<LocalBookmark>> {
    let mut bookmarks = Vec::new();
    for line in text.lines() {
        let odd = || {
            Error::refused(format!(
                "zfs list -t bookmark {dataset}: expected {COLUMNS}, got '{}'",
                shown(line)
            ))
        };
        let fields: Vec<&str> = line.splitn(4, '\t').collect();
        let [full_name, guid, createtxg] = *fields else {
            return Err(odd());
        };
        let number = |text: &str| text.parse::<u64>().map_err(|_| odd());
        let (guid, createtxg) = (number(guid)?, number(createtxg)?);
        let Within::Bookmark(name) = dataset.within(full_name).ok_or_else(odd)? else {
            continue;
        };
        bookmarks.extend(dataset.bookmark(name).ok().map(|bookmark| LocalBookmark {
            bookmark,
            guid,
            createtxg,
        }));
    }
    sort_by_key(&mut bookmarks, |one| one.createtxg);
    Ok(bookmarks)
}

/// Makes a bookmark of a snapshot.
pub fn bookmark(snapshot: &Snapshot, bookmark: &Bookmark) -> Result<()> {
    let names = [snapshot.to_string(), bookmark.to_string()];
    Pipeline::from(Cmd::new("zfs").arg("bookmark").args(names)).run()
}

/// Destroys a bookmark, which costs nothing but the bookmark.
pub fn destroy_bookmark(bookmark: &Bookmark) -> Result<()> {
    Pipeline::from(Cmd::new("zfs").arg("destroy").arg(bookmark.to_string())).run()
}

/// Fails unless the bookmark is there and marks the snapshot of this guid.
pub fn expect_marked(bookmark: &Bookmark, expected: u64) -> Result<()> {
    let name = bookmark.to_string();
    let answer = ask(&Host::Local, get(["-o", "value", "guid"]).arg(&name))?;
    match guid_in(&answer.stdout, &name)? {
        found if found == expected => Ok(()),
        _ => Err(Error::refused(format!("{name} marks another snapshot now"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bookmarks_are_listed_by_the_age_of_their_snapshots() {
        let dataset = Dataset::parse("tank/a").unwrap();
        let text = "tank/a#new: .-_\t18446744073709551615\t20\ntank/a#a\t1\t7\ntank/a#od%d\t2\t8\ntank/a/b#x\t3\t9\n";
        let listed = bookmarks_in(text, &dataset).unwrap();
        let told: Vec<String> = listed
            .iter()
            .map(|one| format!("{} {} {}", one.bookmark, one.guid, one.createtxg))
            .collect();
        let wanted = ["tank/a#a 1 7", "tank/a#new: .-_ 18446744073709551615 20"];
        assert_eq!(told, wanted);
        for odd in [
            "tank/a#a\t1\n",
            "tank/a#a\t1\t2\t3\n",
            "tank/a#a\t9.01E\t2\n",
            "tank/a#a\t1\t-\n",
            "tank/b#a\t1\t2\n",
            "\n",
        ] {
            let error = bookmarks_in(odd, &dataset).unwrap_err().to_string();
            assert!(
                error.contains("expected name,guid,createtxg, got '"),
                "{error}"
            );
        }
    }
}
