//! The text of a first configuration: on top the lines that a first backup needs, to be filled in, with what this machine has
//! beside them; below that every other key of the sample.
//!
//! Not responsible for the file (`init`).

use std::collections::BTreeMap;

use super::snapshots;
use crate::name::{Dataset, SnapName, split};
use crate::zfs;

pub(super) const SAMPLE: &str = include_str!("../../z3.conf.sample");

/// What is to be filled in, in this order.
pub(super) const NEEDED: [&str; 6] = [
    "BUCKET",
    "S3_KEY_ID",
    "S3_SECRET",
    "S3_ENDPOINT",
    "FILESYSTEM",
    "SNAPSHOT_GLOB",
];

const HEAD: &str = "\
# The configuration of z3: a first backup needs what stands below [main] without
# a #. 'z3 doctor' looks at all of it, and says what to do. It holds a secret:
# mode 0600.

[main]
";

const REST: &str = "\
# Every other key, with its default. Each further dataset has a section at the
# end of the file, with the keys that are different there:
#
#   [fs:tank/spam]
#   SNAPSHOT_GLOB=weekly-*

";

/// So many datasets are shown, and of each so many kinds of snapshots.
pub(super) const SHOWN: (usize, usize) = (8, 3);

/// The names of the snapshots of each dataset.
pub(super) type Inventory = BTreeMap<Dataset, Vec<SnapName>>;

/// The text, with the datasets that have snapshots here. Where zfs says nothing, it says nothing of them.
pub fn configuration() -> String {
    let names = zfs::snapshot_names().unwrap_or_default();
    with(&inventory_of(&names))
}

pub(super) fn inventory_of(names: &str) -> Inventory {
    let mut found = Inventory::new();
    let parsed = names.lines().filter_map(|line| {
        let (dataset, name) = split(line)?;
        let (dataset, name) = (Dataset::parse(dataset).ok()?, SnapName::from(name));
        dataset.may_have(&name).then_some((dataset, name))
    });
    for (dataset, name) in parsed {
        found.entry(dataset).or_default().push(name);
    }
    found
}

pub(super) fn with(found: &Inventory) -> String {
    let (_, keys) = SAMPLE.split_once("[main]\n").unwrap_or_default();
    let entries = || keys.trim_end().split("\n\n");
    let mut text = HEAD.to_owned();
    for key in NEEDED {
        let line = format!("#{key}=");
        let Some(explained) = entries().find_map(|entry| entry.strip_suffix(&line)) else {
            continue;
        };
        if key == "FILESYSTEM" {
            text.push_str(&shown(found));
        }
        text.push_str(&format!("{explained}{key}=\n\n"));
    }
    text.push_str(REST);
    let is_needed = |entry: &&str| {
        NEEDED
            .iter()
            .any(|key| entry.ends_with(&format!("#{key}=")))
    };
    let rest: Vec<&str> = entries().filter(|entry| !is_needed(entry)).collect();
    text + &rest.join("\n\n") + "\n"
}

/// The datasets with the most snapshots, each with its most frequent kinds, as SNAPSHOT_GLOB takes them.
fn shown(found: &Inventory) -> String {
    let mut most = Vec::from_iter(found);
    most.sort_by_key(|(_, names)| std::cmp::Reverse(names.len()));
    let lines = most.iter().take(SHOWN.0).map(|(dataset, names)| {
        let kinds = snapshots::kinds(names);
        let kinds = kinds.iter().take(SHOWN.1);
        let kinds = Vec::from_iter(kinds.map(|(kind, count)| format!("{kind} ({count})")));
        format!("#   {dataset}: {}\n", kinds.join(", "))
    });
    let lines: String = lines.collect();
    match lines.is_empty() {
        true => "# (No snapshots are here now, or zfs does not tell.)\n#\n".to_owned(),
        false => format!(
            "# Here are snapshots of these; a pattern of theirs, without the number, is for\n# SNAPSHOT_GLOB below:\n{lines}#\n"
        ),
    }
}
