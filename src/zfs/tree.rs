//! The datasets below one.

use std::collections::{BTreeMap, BTreeSet};

use super::shown;
use crate::error::{Error, Result};
use crate::name::Dataset;
use crate::pipeline::{Cmd, Pipeline};

/// A dataset and user properties of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// The dataset.
    pub dataset: Dataset,
    /// Those that it has: the value, and where it comes from: `local`, `received`, `inherited from tank`.
    pub properties: BTreeMap<String, (String, String)>,
}

impl Listed {
    /// One without any.
    pub fn new(dataset: Dataset) -> Self {
        Self {
            dataset,
            properties: BTreeMap::new(),
        }
    }
}

/// The most that zfs may say of a tree, in bytes: a hundred thousand datasets. Both answers are in memory at once.
const TREE_BYTES: u64 = 8 << 20;

const KINDS: [&str; 2] = ["-t", "filesystem,volume"];

/// The file systems and volumes at and below a dataset, as zfs lists them (parents first), each with these user properties.
pub fn list_datasets(root: &Dataset, properties: &BTreeSet<String>) -> Result<Vec<Listed>> {
    let names = dataset_names(root.as_str())?;
    let get = || Cmd::new("zfs").args(["get", "-H", "-r"]);
    let wanted = Vec::from_iter(properties.iter().map(String::as_str)).join(",");
    let rest = ["-o", "name,property,value,source", &wanted, root.as_str()];
    let values = match answer(get().args(KINDS).args(rest)) {
        // zfs-fuse has no -t here, and tells of snapshots as well.
        Err(Error::Child { stderr, .. }) if stderr.contains("invalid option 't'") => {
            answer(get().args(rest))?
        }
        values => values?,
    };
    listed_in(&names, &values, properties, root)
}

/// The names alone, a line each.
pub fn dataset_names(root: &str) -> Result<String> {
    let list = Cmd::new("zfs").args(["list", "-H", "-r", "-o", "name"]);
    answer(list.args(KINDS).arg(root))
}

/// The snapshots of every pool, a line each.
pub fn snapshot_names() -> Result<String> {
    answer(Cmd::new("zfs").args(["list", "-H", "-t", "snapshot", "-o", "name"]))
}

fn answer(cmd: Cmd) -> Result<String> {
    let captured = Pipeline::from(cmd).capture_at_most(TREE_BYTES)?;
    Ok(captured.stdout)
}

/// What both answers say together. One that was made or destroyed between them has no property, or is not there.
pub(super) fn listed_in(
    names: &str,
    values: &str,
    wanted: &BTreeSet<String>,
    root: &Dataset,
) -> Result<Vec<Listed>> {
    let mut properties = properties_in(values, wanted);
    let listed = names.lines().map(|name| match Dataset::parse(name) {
        Ok(dataset) if dataset.is_at_or_below(root) => Ok(Listed {
            dataset,
            properties: properties.remove(name).unwrap_or_default(),
        }),
        _ => Err(odd(root, name, "datasets at or below it")),
    });
    listed.collect()
}

type PropertyTable = BTreeMap<String, (String, String)>;

/// The properties of each name. Whoever may set one may put tabs and line feeds into it, and so make lines of other datasets: of
/// one that has not exactly one whole line, all that was said is its value, which is neither on nor off then. What names no
/// property that is wanted goes on with the line before it, and is of no more use than that.
fn properties_in<'a>(
    values: &'a str,
    wanted: &BTreeSet<String>,
) -> BTreeMap<&'a str, PropertyTable> {
    let mut said: BTreeMap<(&str, &str), Option<(String, String)>> = BTreeMap::new();
    for line in values.lines() {
        let mut fields = line.splitn(3, '\t');
        let (name, property) = (fields.next().unwrap_or_default(), fields.next());
        let (Some(property), rest) = (property, fields.next().unwrap_or_default()) else {
            continue;
        };
        if !wanted.contains(property) {
            continue;
        }
        let value = match rest.rsplit_once('\t') {
            Some(("-", "-")) => None,
            Some((value, source)) => Some((value.to_owned(), source.to_owned())),
            None => Some((format!("{rest}..."), "local".to_owned())),
        };
        said.entry((name, property))
            .and_modify(|earlier| *earlier = Some((format!("... {rest}"), "local".to_owned())))
            .or_insert(value);
    }
    let mut properties: BTreeMap<&str, PropertyTable> = BTreeMap::new();
    for ((name, property), value) in said {
        let of_name = properties.entry(name).or_default();
        of_name.extend(value.map(|value| (property.to_owned(), value)));
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

    /// What is told of each dataset, with its properties.
    fn told(root: &str, names: &str, values: &str) -> Vec<String> {
        let root = Dataset::parse(root).unwrap();
        let listed = listed_in(
            names,
            values,
            &BTreeSet::from(["p:a", "p:b"].map(str::to_owned)),
            &root,
        )
        .unwrap();
        let one = |one: Listed| {
            let properties = one.properties.into_iter();
            let words =
                properties.map(|(name, (value, source))| format!(" {name}={value} {source}"));
            format!("{}{}", one.dataset, words.collect::<String>())
        };
        listed.into_iter().map(one).collect()
    }

    #[test]
    fn both_answers_are_joined() {
        let names = "tank\ntank/a\ntank/a b\ntank/new\n";
        let values = "tank\tp:a\toff\treceived\ntank\tp:b\ton\tlocal\ntank/a\tp:a\toff\tinherited from tank\ntank/a b\tp:a\t-\t-\ntank/a@s\tp:a\t-\t-\ntank/gone\tp:a\ton\tlocal\n";
        assert_eq!(
            told("tank", names, values),
            [
                "tank p:a=off received p:b=on local",
                "tank/a p:a=off inherited from tank",
                "tank/a b",
                "tank/new"
            ]
        );
    }

    #[test]
    fn an_odd_property_is_its_own_datasets() {
        let names = "t\nt/a\nt/b\nt/c\nt/d\n";
        // t/a says `x`, a line feed, and a line of t/b; t/d says something with a tab.
        let values = "t\tp:a\t-\t-\nt/a\tp:a\tx\nt/b\tp:a\toff\tlocal\nt/b\tp:a\t-\t-\nt/c\tp:a\ton\nt/d\tp:a\ton\toff\tlocal\n";
        assert_eq!(
            told("t", names, values),
            [
                "t",
                "t/a p:a=x... local",
                "t/b p:a=... -\t- local",
                "t/c p:a=on... local",
                "t/d p:a=on\toff local"
            ]
        );
        let other = "t\tp:a\ton\nt\tother\toff\tlocal\nnothing\n";
        assert_eq!(told("t", "t\n", other), ["t p:a=on... local"]);
    }

    #[test]
    fn an_odd_answer_is_none() {
        let root = Dataset::parse("tank/a").unwrap();
        for (names, values) in [("tank/ab\n", ""), ("other\n", ""), ("tank/a/$x\n", "")] {
            assert!(
                listed_in(names, values, &BTreeSet::new(), &root).is_err(),
                "{names}{values}"
            );
        }
    }
}
