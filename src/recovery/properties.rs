//! Which of a receipt's properties a restored dataset gets.
//!
//! A receipt is anybody's word: only names that are known are taken, of users' those that zfs would take.

use std::collections::BTreeSet;

use crate::receive_options::PutBack;
use crate::zfs::Property;

/// How its data is kept and read.
const USUAL: [&str; 32] = [
    "aclinherit",
    "aclmode",
    "acltype",
    "atime",
    "checksum",
    "compression",
    "copies",
    "dedup",
    "devices",
    "direct",
    "dnodesize",
    "exec",
    "logbias",
    "nbmand",
    "overlay",
    "prefetch",
    "primarycache",
    "readonly",
    "recordsize",
    "redundant_metadata",
    "relatime",
    "secondarycache",
    "setuid",
    "snapdev",
    "snapdir",
    "special_small_blocks",
    "sync",
    "volmode",
    "volthreading",
    "vscan",
    "xattr",
    "longname",
];
/// What it does beyond itself: where it appears, whom it is shared with, how much room it takes from others.
const ALL: [&str; 9] = [
    "mountpoint",
    "canmount",
    "sharenfs",
    "sharesmb",
    "quota",
    "refquota",
    "reservation",
    "refreservation",
    "filesystem_limit",
];
/// The marks of z3 itself.
const OURS: [&str; 2] = ["z3:unmounted", "z3:restoring-"];

/// Limits of zfs, in bytes (`ZAP_MAXNAMELEN`, `ZAP_MAXVALUELEN`).
const MOST_NAME_BYTES: usize = 255;
const MOST_VALUE_BYTES: usize = 8191;

/// What a dataset gets, and the names of what it does not.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Returned {
    /// Names and values.
    pub set: Vec<(String, String)>,
    /// Only with `--properties=all`.
    pub asked_for: Vec<String>,
    /// This zfs does not know them.
    pub unknown: Vec<String>,
}

/// What is put back of these. A mount point is never that of `elsewhere`, where another dataset may be at home. `known` are the
/// properties that this zfs has, if it tells.
pub fn returned(
    properties: &[Property],
    wish: PutBack,
    elsewhere: bool,
    known: Option<&BTreeSet<String>>,
) -> Returned {
    let mut returned = Returned::default();
    let own = properties
        .iter()
        .filter(|one| matches!(one.source.as_str(), "local" | "received"));
    for Property { name, value, .. } in own.filter(|one| is_sound(one)) {
        let usual = USUAL.contains(&name.as_str()) || is_of_user(name);
        if !usual && !ALL.contains(&name.as_str()) {
            continue;
        }
        if !usual && (wish != PutBack::All || elsewhere && name == "mountpoint") {
            returned.asked_for.push(name.clone());
        } else if !is_of_user(name) && known.is_some_and(|known| !known.contains(name)) {
            returned.unknown.push(name.clone());
        } else {
            returned.set.push((name.clone(), value.clone()));
        }
    }
    returned
}

fn is_sound(property: &Property) -> bool {
    let Property { name, value, .. } = property;
    let fits = name.len() <= MOST_NAME_BYTES && value.len() <= MOST_VALUE_BYTES;
    fits && !value.contains('\0') && !OURS.iter().any(|mark| name.starts_with(mark))
}

/// As zfs has it (`zfsprops(7)`): lower case with a colon in it.
fn is_of_user(name: &str) -> bool {
    let allowed = |letter: char| {
        letter.is_ascii_lowercase() || letter.is_ascii_digit() || ":+._-".contains(letter)
    };
    let begins = name.starts_with(|letter: char| letter.is_ascii_alphanumeric());
    begins && name.contains(':') && name.chars().all(allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn property((name, value, source): &(&str, &str, &str)) -> Property {
        Property {
            name: (*name).to_owned(),
            value: (*value).to_owned(),
            source: (*source).to_owned(),
        }
    }

    /// `NAME=VALUE` of what is set, then the two lists.
    fn told(properties: &[(&str, &str, &str)], wish: PutBack, elsewhere: bool) -> String {
        let properties: Vec<Property> = properties.iter().map(property).collect();
        let known = ["compression", "atime", "mountpoint", "quota"]
            .map(str::to_owned)
            .into();
        let Returned {
            set,
            asked_for,
            unknown,
        } = returned(&properties, wish, elsewhere, Some(&known));
        let set: Vec<String> = set
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        format!(
            "{}; {}; {}",
            set.join(" "),
            asked_for.join(" "),
            unknown.join(" ")
        )
    }

    const SOME: [(&str, &str, &str); 7] = [
        ("compression", "zstd-3", "local"),
        ("atime", "off", "received"),
        ("exec", "off", "inherited from tank"),
        ("mountpoint", "/srv", "local"),
        ("quota", "1073741824", "local"),
        ("com.sun:auto-snapshot", "a\tb\n", "local"),
        ("direct", "always", "local"),
    ];

    #[test]
    fn what_was_set_comes_back_but_for_what_reaches_beyond_it() {
        let usual =
            "compression=zstd-3 atime=off com.sun:auto-snapshot=a\tb\n; mountpoint quota; direct";
        assert_eq!(told(&SOME, PutBack::Usual, false), usual);
        let all = "compression=zstd-3 atime=off mountpoint=/srv quota=1073741824 com.sun:auto-snapshot=a\tb\n; ; direct";
        assert_eq!(told(&SOME, PutBack::All, false), all);
        let elsewhere = "compression=zstd-3 atime=off quota=1073741824 com.sun:auto-snapshot=a\tb\n; mountpoint; direct";
        assert_eq!(told(&SOME, PutBack::All, true), elsewhere);
    }

    #[test]
    fn a_strangers_word_sets_nothing_else() {
        let long = "x".repeat(MOST_VALUE_BYTES + 1);
        let odd = [
            ("keylocation", "https://evil/key", "local"),
            ("encryption", "off", "local"),
            ("used", "7", "local"),
            ("z3:unmounted", "by z3", "local"),
            ("z3:restoring-0123abcd", "tank/x", "received"),
            ("-o:x", "y", "local"),
            ("a:b=c", "y", "local"),
            ("a:\u{1b}[2J", "y", "local"),
            ("a b:c", "y", "local"),
            ("atime", "a\0b", "local"),
            ("u:x", &long, "local"),
            ("u:default", "y", "default"),
            ("", "", "local"),
        ];
        assert_eq!(told(&odd, PutBack::All, false), "; ; ");
    }
}
