//! Which snapshots there are, where none is the one that is meant.

use std::collections::BTreeMap;

use super::{Grade, Judged};
use crate::name::SnapName;
use crate::selection::Selection;

/// So many kinds of names are shown.
const SHOWN: usize = 8;

/// The newest that is meant; else the kinds that there are, as patterns that SNAPSHOT_GLOB takes.
pub fn judge(names: &[SnapName], selection: &Selection, may_be_empty: bool) -> Judged {
    let mut meant = names.iter().filter(|name| selection.matches(name));
    if let Some(newest) = meant.next_back() {
        let (count, all) = (meant.count() + 1, names.len());
        let found = format!("{count} of {all} are meant, the newest is {newest}");
        return (Grade::Ok, found, String::new());
    }
    let grade = if may_be_empty {
        Grade::Ok
    } else {
        Grade::Failure
    };
    let found = format!(
        "none of {} is meant by {}={}",
        names.len(),
        selection.key(),
        selection.text()
    );
    let kinds = kinds(names);
    let shown = kinds
        .iter()
        .take(SHOWN)
        .map(|(kind, count)| format!("{kind} ({count})"));
    let shown: Vec<String> = shown.collect();
    let hint = match shown.is_empty() {
        true => {
            "something has to make snapshots: zfs-auto-snapshot, sanoid, or 'zfs snapshot' by cron"
                .to_owned()
        }
        false => format!(
            "set SNAPSHOT_GLOB to the one that is meant: {}",
            shown.join(", ")
        ),
    };
    (grade, found, hint)
}

/// Names that differ in their numbers alone are of one kind: `autosnap_2026-11-28_00:00:01_daily` is `autosnap_*_daily`. The
/// most frequent first.
pub fn kinds(names: &[SnapName]) -> Vec<(String, usize)> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for name in names.iter().map(SnapName::as_str) {
        let digit = |letter: char| letter.is_ascii_digit();
        let kind = match (name.find(digit), name.rfind(digit)) {
            (Some(first), Some(last)) => {
                let (begin, end) = (name.get(..first), name.get(last + 1..));
                format!("{}*{}", begin.unwrap_or_default(), end.unwrap_or_default())
            }
            _ => name.to_owned(),
        };
        *counts.entry(kind).or_default() += 1;
    }
    let mut kinds = Vec::from_iter(counts);
    kinds.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    kinds
}
