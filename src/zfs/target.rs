//! What a dataset that is to receive looks like to `zfs receive`.

use std::collections::BTreeMap;

use super::{Host, ask, existing, get};
use crate::error::Result;
use crate::name::{Dataset, SnapName, Within};
use crate::order::gathered;
use crate::pipeline::Cmd;

/// What `zfs receive` looks at in a dataset that is there.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Target {
    /// It is a volume.
    pub volume: bool,
    /// The snapshot that it is a clone of.
    pub origin: Option<String>,
    /// Its blocks are encrypted.
    pub encrypted: bool,
    /// Its key is not loaded.
    pub locked: bool,
    /// The token of half a snapshot that a `zfs receive -s` has left there.
    pub resume_token: Option<String>,
    /// How much was written to it since its last snapshot, in bytes.
    pub written: Option<u64>,
}

impl Target {
    /// The dataset as it is; `None` if there is none. What a zfs does not know of, it has not.
    pub fn of(dataset: &Dataset) -> Result<Option<Self>> {
        let cmd = get(["-o", "property,value", "all"]).arg(dataset.as_str());
        let answer = existing(ask(&Host::Local, cmd), dataset.as_str())?;
        Ok(answer.map(|text| Self::read(&text)))
    }

    /// zfs's own properties stand before those of users, whose values may be anything.
    pub(super) fn read(text: &str) -> Self {
        let value = |property: &str| {
            let mut lines = text.lines().filter_map(|line| line.split_once('\t'));
            let found = lines.find_map(|(name, value)| (name == property).then_some(value));
            found.filter(|value| !matches!(*value, "" | "-"))
        };
        Self {
            volume: value("type") == Some("volume"),
            origin: value("origin").map(str::to_owned),
            encrypted: value("encryption").is_some_and(|cipher| cipher != "off"),
            locked: value("keystatus") == Some("unavailable"),
            resume_token: value("receive_resume_token").map(str::to_owned),
            written: value("written").and_then(|bytes| bytes.parse().ok()),
        }
    }
}

/// The clones of the dataset's snapshots, by the name after the `@`, as zfs lists them. A zfs that cannot be asked (zfs-fuse)
/// tells of none.
pub fn clones(dataset: &Dataset) -> BTreeMap<SnapName, String> {
    let cmd = get(["-d", "1", "-o", "name,value", "clones"]).arg(dataset.as_str());
    let text = ask(&Host::Local, cmd).map(|captured| captured.stdout);
    clones_in(&text.unwrap_or_default(), dataset)
}

pub(super) fn clones_in(text: &str, dataset: &Dataset) -> BTreeMap<SnapName, String> {
    let clones = |line: &str| {
        let (full_name, clones) = line.split_once('\t')?;
        let Within::Snapshot(name) = dataset.within(full_name)? else {
            return None;
        };
        (!matches!(clones, "" | "-")).then(|| (name.into(), clones.to_owned()))
    };
    gathered(text.lines().filter_map(clones))
}

/// `zfs create -o canmount=off tank/a`: a dataset that is there for those below it.
pub fn create_cmd(dataset: &Dataset) -> Cmd {
    let create = Cmd::new("zfs").args(["create", "-o", "canmount=off"]);
    create.arg(dataset.as_str())
}

/// The nearest dataset above another one that is there.
#[derive(Debug, Clone)]
pub struct Above {
    /// The dataset.
    pub dataset: Dataset,
    /// What it looks like.
    pub target: Target,
}

/// The nearest dataset above this one that is there, and those between that are not, the uppermost first.
pub fn missing_parents(dataset: &Dataset) -> Result<(Option<Above>, Vec<Dataset>)> {
    let mut missing = Vec::new();
    for dataset in std::iter::successors(dataset.above(), Dataset::above) {
        if let Some(target) = Target::of(&dataset)? {
            return Ok((Some(Above { dataset, target }), missing));
        }
        missing.insert(0, dataset);
    }
    Ok((None, missing))
}
