//! The parsers of this module for `make fuzz`; not compiled otherwise.

use super::bookmark::bookmarks_in;
use super::estimate::estimate_in;
use super::list::snapshots_in;
use super::mount::mountable;
use super::past::{Past, past_in};
use super::{LocalSnapshot, existing, guid_in};
use crate::error::Error;
use crate::name::Dataset;
use crate::pipeline::Captured;

/// Gives every parser the same text, as if `zfs` had printed it about `tank/spam`.
///
/// # Panics
/// If one of them breaks its word.
pub fn answers(text: &str) {
    let Ok(dataset) = Dataset::parse("tank/spam") else {
        return;
    };
    if let Ok(snapshots) = snapshots_in(text, &dataset) {
        let rows = |snapshot: &&LocalSnapshot| {
            let row = format!("{}\tguid\t", dataset.full_name(&snapshot.name).as_str());
            text.lines().any(|line| line.starts_with(&row))
        };
        assert_eq!(snapshots.iter().filter(rows).count(), snapshots.len());
        let all_known = snapshots.iter().all(|one| one.createtxg.is_some());
        assert!(!all_known || snapshots.is_sorted_by_key(|one| one.createtxg));
    }
    if let Ok(guid) = guid_in(text, "tank/spam@a") {
        assert_eq!(
            text.trim().trim_start_matches(['+', '0']),
            match guid {
                0 => String::new(),
                guid => guid.to_string(),
            }
        );
    }
    mountable(text);
    if let Ok(bookmarks) = bookmarks_in(text, &dataset) {
        assert!(bookmarks.len() <= text.lines().count());
        assert!(bookmarks.is_sorted_by_key(|one| one.createtxg));
    }
    let told = past_in(text.as_bytes(), &dataset, 7);
    let known = told.is_ok_and(|past| past != Past::Forgotten);
    assert!(!known || text.contains("[txg:7] snapshot "));
    estimated(text);
    let failed = Error::Child {
        command: "zfs get".to_owned(),
        status: "exit 1".to_owned(),
        stderr: text.to_owned(),
    };
    if existing(Err(failed), "tank/spam").is_ok() {
        assert!(text.contains("cannot open 'tank/spam': dataset does not exist"));
    }
}

fn estimated(text: &str) {
    let local = LocalSnapshot {
        name: "a".into(),
        guid: 1,
        createtxg: None,
        creation: 0,
        referenced: 0,
        holds: 0,
    };
    let captured = Captured {
        stdout: String::new(),
        stderr: text.to_owned(),
    };
    assert!(estimate_in(Ok(captured), &local).is_ok_and(|bytes| bytes > 0));
}
