//! What an administrator has allowed us on a dataset (`zfs-allow(8)`).

use std::collections::BTreeMap;

use super::{Host, ask};
use crate::error::Result;
use crate::name::Dataset;
use crate::pipeline::{Cmd, Pipeline};

/// Whoever this process runs as, by the names that `zfs allow` shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Who {
    /// The user.
    pub user: String,
    /// All groups, with a blank before and behind each: a name may have blanks itself.
    pub(super) groups: String,
}

impl Who {
    /// Asks the system, which may have its users and groups from anywhere.
    pub fn am_i() -> Result<Self> {
        let told = |what: &str| Pipeline::from(Cmd::new("id").arg(what)).capture();
        Ok(Self {
            user: told("-un")?.stdout.trim().to_owned(),
            groups: format!(" {} ", told("-Gn")?.stdout.trim()),
        })
    }

    fn is(&self, kind: &str, name: &str) -> bool {
        match kind {
            "user" => name == self.user,
            "group" => self.groups.contains(&format!(" {name} ")),
            _ => kind == "everyone",
        }
    }
}

/// Which of these rights on a dataset somebody lacks.
pub fn lacking<'a>(dataset: &Dataset, who: &Who, wanted: &[&'a str]) -> Result<Vec<&'a str>> {
    let cmd = Cmd::new("zfs").arg("allow").arg(dataset.as_str());
    let told = ask(&Host::Local, cmd)?.stdout;
    Ok(lacking_in(&told, dataset.as_str(), who, wanted))
}

/// The command by which root gives them.
pub fn allow_cmd(dataset: &Dataset, who: &Who, rights: &[&str]) -> Cmd {
    let cmd = Cmd::new("zfs").args(["allow", "-u"]);
    cmd.arg(&who.user)
        .arg(rights.join(","))
        .arg(dataset.as_str())
}

/// The same of an answer: a part for the dataset and for each above it that has something to say, with a title for each place
/// where permissions hold.
pub(super) fn lacking_in<'a>(
    text: &str,
    dataset: &str,
    who: &Who,
    wanted: &[&'a str],
) -> Vec<&'a str> {
    let (mut own, mut title) = (false, "");
    let mut given: Vec<&str> = Vec::new();
    let mut sets: BTreeMap<&str, &str> = BTreeMap::new();
    for line in text.lines() {
        let Some(permission) = line.strip_prefix('\t') else {
            if let Some(name) = line.strip_prefix("---- Permissions on ") {
                own = name.trim_end_matches('-').trim_end() == dataset;
            }
            title = line.trim_end_matches(':');
            continue;
        };
        let Some((whose, permissions)) = permission.trim_end().rsplit_once(' ') else {
            continue;
        };
        let (kind, name) = whose.split_once(' ').unwrap_or((whose, ""));
        let here = match title {
            "Local permissions" => own,
            "Descendent permissions" => !own,
            "Local+Descendent permissions" => true,
            _ => false,
        };
        if title == "Permission sets" {
            sets.insert(whose, permissions);
        } else if here && who.is(kind, name) {
            given.push(permissions);
        }
    }
    let has = |wanted: &str| {
        let mut all = given.iter().flat_map(|some| some.split(','));
        all.any(|one| {
            let set = sets.get(one).copied().unwrap_or(one);
            set.split(',').any(|one| one == wanted)
        })
    };
    wanted.iter().copied().filter(|one| !has(one)).collect()
}
