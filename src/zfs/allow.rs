//! What an administrator has allowed us on a dataset (`zfs-allow(8)`).

use super::{Host, ask};
use crate::error::Result;
use crate::name::Dataset;
use crate::pipeline::Cmd;

/// Which of these a user lacks on a dataset. What a group has counts, as nobody here knows who is in it, and so does a set.
pub fn lacking<'a>(dataset: &Dataset, user: &str, wanted: &[&'a str]) -> Result<Vec<&'a str>> {
    let cmd = Cmd::new("zfs").arg("allow").arg(dataset.as_str());
    Ok(lacking_in(&ask(&Host::Local, cmd)?.stdout, user, wanted))
}

pub(super) fn lacking_in<'a>(text: &str, user: &str, wanted: &[&'a str]) -> Vec<&'a str> {
    let ours = |line: &'_ str| -> Option<String> {
        let words: Vec<&str> = line.split_whitespace().collect();
        match *words.as_slice() {
            ["user", name, permissions] if name == user => Some(permissions.to_owned()),
            ["group", _, permissions] | ["everyone", permissions] => Some(permissions.to_owned()),
            _ => None,
        }
    };
    let given: Vec<String> = text.lines().filter_map(ours).collect();
    let has = |wanted: &str| {
        let mut all = given.iter().flat_map(|one| one.split(','));
        all.any(|one| one == wanted || one.starts_with('@'))
    };
    wanted.iter().copied().filter(|one| !has(one)).collect()
}
