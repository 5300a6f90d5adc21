//! The datasets below one.

use std::collections::BTreeMap;

use super::shown;
use crate::error::{Error, Result};
use crate::name::Dataset;
use crate::pipeline::{Cmd, Pipeline};

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

/// The most that zfs may say of a tree, in bytes: a hundred thousand datasets. Both answers are in memory at once.
const TREE_BYTES: u64 = 8 << 20;

/// The file systems and volumes at and below a dataset, as zfs lists them (parents first), each with a user property.
pub fn list_datasets(root: &Dataset, property: &str) -> Result<Vec<Listed>> {
    let kinds = ["-t", "filesystem,volume"];
    let list = Cmd::new("zfs").args(["list", "-H", "-r", "-o", "name"]);
    let names = answer(list.args(kinds).arg(root.as_str()))?;
    let get = || Cmd::new("zfs").args(["get", "-H", "-r"]);
    let rest = ["-o", "name,value,source", property, root.as_str()];
    let values = match answer(get().args(kinds).args(rest)) {
        // zfs-fuse has no -t here, and tells of snapshots as well.
        Err(Error::Child { stderr, .. }) if stderr.contains("invalid option 't'") => {
            answer(get().args(rest))?
        }
        values => values?,
    };
    listed_in(&names, &values, root)
}

fn answer(cmd: Cmd) -> Result<String> {
    let captured = Pipeline::from(cmd).capture_at_most(TREE_BYTES)?;
    Ok(captured.stdout)
}

/// What both answers say together. One that was made or destroyed between them has no property, or is not there.
pub(super) fn listed_in(names: &str, values: &str, root: &Dataset) -> Result<Vec<Listed>> {
    let mut properties = properties_in(values);
    let listed = names.lines().map(|name| match Dataset::parse(name) {
        Ok(dataset) if dataset.is_at_or_below(root) => Ok(Listed {
            dataset,
            property: properties.remove(name).flatten(),
        }),
        _ => Err(odd(root, name, "datasets at or below it")),
    });
    listed.collect()
}

/// The property of each name. Whoever may set it may put tabs and line feeds into it, and so make lines of other datasets: of one
/// that has not exactly one whole line, all that was said is its value, which is neither on nor off then.
fn properties_in(values: &str) -> BTreeMap<&str, Option<(String, String)>> {
    let mut properties = BTreeMap::new();
    for line in values.lines() {
        let (name, rest) = line.split_once('\t').unwrap_or((line, ""));
        let property = match rest.rsplit_once('\t') {
            Some(("-", "-")) => None,
            Some((value, source)) => Some((value.to_owned(), source.to_owned())),
            None => Some((format!("{rest}..."), "local".to_owned())),
        };
        properties
            .entry(name)
            .and_modify(|earlier| *earlier = Some((format!("... {rest}"), "local".to_owned())))
            .or_insert(property);
    }
    properties
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
    fn an_odd_property_is_its_own_datasets() {
        let root = Dataset::parse("t").unwrap();
        let names = "t\nt/a\nt/b\nt/c\nt/d\n";
        // t/a says `x`, a line feed, and a line of t/b; t/d says something with a tab.
        let values = "t\t-\t-\nt/a\tx\nt/b\toff\tlocal\nt/b\t-\t-\nt/c\ton\nt/d\ton\toff\tlocal\n";
        let listed = listed_in(names, values, &root).unwrap();
        let told = listed.into_iter().map(|one| one.property);
        let values = told.map(|property| property.map_or("-".to_owned(), |(value, _)| value));
        assert_eq!(
            values.collect::<Vec<_>>(),
            ["-", "x...", "... -\t-", "on...", "on\toff"]
        );
    }

    #[test]
    fn an_odd_answer_is_none() {
        let root = Dataset::parse("tank/a").unwrap();
        for (names, values) in [("tank/ab\n", ""), ("other\n", ""), ("tank/a/$x\n", "")] {
            assert!(listed_in(names, values, &root).is_err(), "{names}{values}");
        }
    }
}
