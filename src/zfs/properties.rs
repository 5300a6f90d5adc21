//! The properties of a dataset: what a backup has to know before it sends, and what a person wants back with the data.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{Host, ask, get};
use crate::error::Result;
use crate::name::Dataset;
use crate::order::gathered;
use crate::pipeline::Cmd;

/// One property, as `zfs get -p` tells it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Property {
    /// zfs's own, or a user's with a colon in it.
    pub name: String,
    /// Sizes in bytes; a user's may be anything.
    pub value: String,
    /// Where it comes from: `local`, `received`, `inherited from tank`.
    pub source: String,
}

/// All of a dataset's properties.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Properties(Vec<Property>);

impl Properties {
    /// Those that the dataset has now.
    pub fn of(dataset: &Dataset) -> Result<Self> {
        let cmd = get(["-o", "property,value,source", "all"]).arg(dataset.as_str());
        Ok(Self::read(&ask(&Host::Local, cmd)?.stdout))
    }

    /// A value may have tabs and line feeds of its own: a line that does not end with a source goes on in the next one.
    pub(super) fn read(text: &str) -> Self {
        let mut found = Vec::new();
        let mut open = String::new();
        for line in text.split_inclusive('\n') {
            open += line;
            if let Some(property) = property(&open) {
                found.push(property);
                open.clear();
            }
        }
        Self(found)
    }

    /// Its blocks are encrypted. A zfs that cannot encrypt does not know the property.
    pub fn encrypted(&self) -> bool {
        self.value("encryption")
            .is_some_and(|cipher| cipher != "off")
    }

    /// Its blocks cannot be decrypted now.
    pub fn locked(&self) -> bool {
        self.value("keystatus") == Some("unavailable")
    }

    /// The dataset whose key it is encrypted with.
    pub fn encryption_root(&self) -> Option<&str> {
        self.value("encryptionroot")
    }

    /// What was set for this very dataset, here or where it was received from.
    pub fn own(self) -> impl Iterator<Item = Property> {
        let all = self.0.into_iter();
        all.filter(|one| matches!(one.source.as_str(), "local" | "received"))
    }

    /// zfs's own stand before those of users, so that the first of a name is zfs's. `-` is its word for nothing.
    fn value(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|property| property.name == name)?;
        Some(found.value.as_str()).filter(|value| !matches!(*value, "" | "-"))
    }
}

/// The names of the properties that this zfs has, as far as a pool's own dataset shows them; `None` if it cannot be asked.
pub fn known_properties(dataset: &Dataset) -> Option<BTreeSet<String>> {
    let cmd = get(["-o", "property", "all"]).arg(dataset.pool());
    let answer = ask(&Host::Local, cmd).ok()?;
    Some(gathered(answer.stdout.lines().map(str::to_owned)))
}

/// `zfs set atime=off tank/a`.
pub fn set_cmd(dataset: &Dataset, name: &str, value: &str) -> Cmd {
    let set = Cmd::new("zfs").arg("set").arg(format!("{name}={value}"));
    set.arg(dataset.as_str())
}

/// Whether this is an encrypted dataset whose key is not loaded.
pub fn is_locked(dataset: &Dataset) -> bool {
    Properties::of(dataset).is_ok_and(|properties| properties.locked())
}

/// A property that is complete.
fn property(text: &str) -> Option<Property> {
    let (name, rest) = text.strip_suffix('\n')?.split_once('\t')?;
    let (value, source) = rest.rsplit_once('\t')?;
    let known = matches!(
        source,
        "-" | "local" | "default" | "received" | "temporary" | "none"
    ) || source.starts_with("inherited from ");
    known.then(|| Property {
        name: name.to_owned(),
        value: value.to_owned(),
        source: source.to_owned(),
    })
}
