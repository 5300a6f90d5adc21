//! The datasets below one.

use std::collections::BTreeMap;

use super::{Host, ask, shown};
use crate::error::{Error, Result};
use crate::name::Dataset;
use crate::pipeline::Cmd;

/// A dataset and a user property of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// The dataset.
    pub dataset: Dataset,
    /// The value, and where it comes from: `local`, `received`, `inherited from tank`.
    pub property: Option<(String, String)>,
}

impl Listed {
    /// One without the property.
    pub fn new(dataset: Dataset) -> Self {
        Self {
            dataset,
            property: None,
        }
    }
}

/// The file systems and volumes at and below a dataset, as zfs lists them (parents first), each with a user property.
pub fn list_datasets(host: &Host, root: &Dataset, property: &str) -> Result<Vec<Listed>> {
    let kinds = ["-t", "filesystem,volume"];
    let list = Cmd::new("zfs").args(["list", "-H", "-r", "-o", "name"]);
    let names = ask(host, list.args(kinds).arg(root.as_str()))?.stdout;
    let get = || Cmd::new("zfs").args(["get", "-H", "-r"]);
    let rest = ["-o", "name,value,source", property, root.as_str()];
    let values = match ask(host, get().args(kinds).args(rest)) {
        // zfs-fuse has no -t here, and tells of snapshots as well.
        Err(Error::Child { stderr, .. }) if stderr.contains("invalid option 't'") => {
            ask(host, get().args(rest))?
        }
        answer => answer?,
    };
    listed_in(&names, &values.stdout, root)
}

/// What both answers say together. One that was made or destroyed between them has no property, or is not there.
pub(super) fn listed_in(names: &str, values: &str, root: &Dataset) -> Result<Vec<Listed>> {
    let mut properties = BTreeMap::new();
    for line in values.lines() {
        let fields: Vec<&str> = line.split('\t').collect();
        let [name, value, source] = *fields else {
            return Err(odd(root, line, "name, value and source"));
        };
        if source != "-" {
            properties.insert(name, (value.to_owned(), source.to_owned()));
        }
    }
    let listed = names.lines().map(|name| {
        let below = name.strip_prefix(root.as_str());
        let belongs = below.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        if !belongs {
            return Err(odd(root, name, "datasets at or below it"));
        }
        Ok(Listed {
            dataset: Dataset::parse(name)?,
            property: properties.remove(name),
        })
    });
    listed.collect()
}

fn odd(root: &Dataset, got: &str, expected: &str) -> Error {
    Error::refused(format!(
        "zfs list -r {root}: expected {expected}, got '{}'",
        shown(got)
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_answers_are_joined() {
        let root = Dataset::parse("tank").unwrap();
        let names = "tank\ntank/a\ntank/a b\ntank/new\n";
        let values = "tank\toff\treceived\ntank/a\toff\tinherited from tank\ntank/a b\t-\t-\ntank/a@s\t-\t-\ntank/gone\ton\tlocal\n";
        let listed = listed_in(names, values, &root).unwrap();
        let told = listed.iter().map(|one| match &one.property {
            None => one.dataset.to_string(),
            Some((value, source)) => format!("{} {value} {source}", one.dataset),
        });
        assert_eq!(
            told.collect::<Vec<_>>(),
            [
                "tank off received",
                "tank/a off inherited from tank",
                "tank/a b",
                "tank/new"
            ]
        );
    }

    #[test]
    fn an_odd_answer_is_none() {
        let root = Dataset::parse("tank/a").unwrap();
        for (names, values) in [
            ("tank/ab\n", ""),
            ("other\n", ""),
            ("tank/a/$x\n", ""),
            ("tank/a\n", "tank/a\ton\n"),
        ] {
            assert!(listed_in(names, values, &root).is_err(), "{names}{values}");
        }
    }
}
