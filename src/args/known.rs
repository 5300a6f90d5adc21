//! The flags that a program or one of its commands knows.
//!
//! Responsible for what argh does not know about flags: second names, which of them the original has, and what a prefix
//! means. Not responsible for their values.

use argh::{CommandInfoWithArgs, FlagInfo, FlagInfoKind, Optionality};

/// Flags that the Python original lacks. A prefix means one of its flags first, so that `pput --co 4` stays
/// `--concurrency` although there is a `--config` now.
const OURS: [&str; 27] = [
    "--config",
    "--verbose",
    "--version",
    "--json",
    "--no-check",
    "--snapshot-glob",
    "--send-flags",
    "--all",
    "--recursive",
    "--exclude",
    "--full-every",
    "--thaw",
    "--to",
    "--properties",
    "--list",
    "--range",
    "--at",
    "--set",
    "--unset",
    "--no-mount",
    "--create-parents",
    "--prometheus",
    "--long",
    "--below",
    "--setuid",
    "--init",
    "--iam-policy",
];

/// Second names of flags, as the original has them.
const OTHER_NAMES: [(&str, &str); 2] = [
    ("--filesystem", "--dataset"),
    ("--remote-filesystem", "--remote-dataset"),
];

/// `--version`, which argh does not know.
const VERSION: &FlagInfo<'static> = &FlagInfo {
    kind: FlagInfoKind::Switch,
    optionality: Optionality::Optional,
    long: "--version",
    short: None,
    description: "",
    hidden: true,
};

/// A flag, and whether it is the command's or the program's own.
#[derive(Debug, Clone, Copy)]
pub struct Flag {
    /// The flag as argh describes it.
    pub flag: &'static FlagInfo<'static>,
    /// It belongs to the command.
    pub of_command: bool,
}

/// Every flag that may stand behind `command`, its own before the program's.
pub fn all(
    top: &CommandInfoWithArgs,
    command: Option<&CommandInfoWithArgs>,
) -> impl Iterator<Item = Flag> + use<> {
    let of = |info: Option<&CommandInfoWithArgs>, of_command| {
        let flags = info.map_or(&[] as &[_], |info| info.flags);
        flags.iter().map(move |flag| Flag { flag, of_command })
    };
    of(command, true).chain(of(Some(top), false)).chain([Flag {
        flag: VERSION,
        of_command: false,
    }])
}

/// The flag that was meant: an exact name, else the only one that it is a prefix of, looked up among the command's own flags
/// before the program's and among the original's flags before ours. The error says why there is none.
pub fn find(all: impl Iterator<Item = Flag>, typed: &str) -> Result<Flag, String> {
    let mut best = usize::MAX;
    let mut found: Vec<Flag> = Vec::new();
    for known in all {
        if names(known.flag).any(|name| name == typed) {
            return Ok(known);
        }
        let ours = OURS.contains(&known.flag.long);
        let rank = 2 * usize::from(!known.of_command) + usize::from(ours);
        if rank > best || !names(known.flag).any(|name| name.starts_with(typed)) {
            continue;
        }
        if rank < best {
            found.clear();
        }
        best = rank;
        found.push(known);
    }
    match found.as_slice() {
        [one] => Ok(*one),
        [] => Err(format!("there is no flag {typed}")),
        several => {
            let could: Vec<&str> = several.iter().map(|known| known.flag.long).collect();
            Err(format!("{typed} could mean {}", could.join(" or ")))
        }
    }
}

/// Whether an argument follows it.
pub fn takes_value(flag: &FlagInfo) -> bool {
    flag.kind != FlagInfoKind::Switch
}

/// What a flag means that has a value or none: that only stands behind a `=`.
pub fn value_of_none(flag: &str) -> Option<&'static str> {
    match flag {
        "--thaw" => Some("standard"),
        "--properties" => Some("usual"),
        _ => None,
    }
}

/// Its letter.
pub fn short(flag: &FlagInfo) -> Option<char> {
    match flag.long {
        "--help" => Some('h'),
        _ => flag.short,
    }
}

/// All long names of a flag.
fn names(flag: &FlagInfo<'static>) -> impl Iterator<Item = &'static str> {
    let long = flag.long;
    let others = OTHER_NAMES.iter().filter(move |(_, name)| *name == long);
    others.map(|(other, _)| *other).chain([long])
}
