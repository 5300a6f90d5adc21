//! What is not written, by kinds, with some of the files that it belongs to.

use crate::files::{FileKind, shown};

/// How many files of a kind are named.
const NAMED: usize = 5;

/// What is left out.
#[derive(Debug, Default)]
pub struct LeftOut(Vec<(&'static str, u64, Vec<String>)>);

impl LeftOut {
    pub const ACL: &'static str = "ACLs";
    pub const XATTRS: &'static str =
        "extended attributes that are not of users, or that this file system cannot have";
    pub const SETUID: &'static str = "setuid and setgid bits (--setuid sets them)";
    pub const OWNER: &'static str = "owners that this system cannot have";

    /// What a file of a kind that is not written is called.
    pub fn of_kind(kind: FileKind) -> &'static str {
        match kind {
            FileKind::Device(_) => "devices",
            FileKind::Socket => "sockets",
            _ => "files of an unknown kind",
        }
    }

    /// Notes that this was left out of that file.
    pub fn note(&mut self, what: &'static str, path: &[u8]) {
        let place = self.0.iter().position(|(known, ..)| *known == what);
        let place = place.unwrap_or(self.0.len());
        if place == self.0.len() {
            self.0.push((what, 0, Vec::new()));
        }
        if let Some((_, count, named)) = self.0.get_mut(place) {
            *count += 1;
            if named.len() < NAMED {
                named.push(shown(path));
            }
        }
    }

    /// Says so.
    pub fn say(&self) {
        for (what, count, named) in &self.0 {
            let more = if *count > NAMED as u64 { ", ..." } else { "" };
            log::warn!(
                "not restored: {what}, of {count}: {}{more}",
                named.join(", ")
            );
        }
    }
}
