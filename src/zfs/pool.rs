//! What a pool can keep: its features, and how much room there is in it.

use std::collections::BTreeMap;

use super::{Host, ask, get};
use crate::error::Result;
use crate::name::Dataset;
use crate::order::gathered;
use crate::pipeline::Cmd;

/// The features of a pool (`zpool-features(7)`), and where each stands. A pool of old has none.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Features(BTreeMap<String, String>);

impl Features {
    /// Whether it can be used.
    pub fn has(&self, name: &str) -> bool {
        matches!(self.state(name), Some("enabled" | "active"))
    }

    /// `disabled`, `enabled` or `active`; `None` if this zfs does not know it.
    pub fn state(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    pub(crate) fn read(text: &str) -> Self {
        let feature = |line: &str| {
            let (property, state) = line.split_once('\t')?;
            let name = property.strip_prefix("feature@")?;
            Some((name.to_owned(), state.trim().to_owned()))
        };
        Self(gathered(text.lines().filter_map(feature)))
    }
}

/// The features of the pool that a dataset is or would be in.
pub fn features(dataset: &Dataset) -> Result<Features> {
    let cmd = Cmd::new("zpool").args(["get", "-H", "-o", "property,value", "all"]);
    let answer = ask(&Host::Local, cmd.arg(dataset.pool()))?;
    Ok(Features::read(&answer.stdout))
}

/// How many bytes a dataset may still write; `None` if nobody knows.
pub fn available(dataset: &Dataset) -> Option<u64> {
    let cmd = get(["-o", "value", "available"]).arg(dataset.as_str());
    let answer = ask(&Host::Local, cmd).ok()?;
    answer.stdout.trim().parse().ok()
}
