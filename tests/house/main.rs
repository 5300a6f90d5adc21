//! The rules of the house, read from the sources themselves: what may depend on what, and how much there may be of it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod functions;
mod names;
mod source;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use source::{heights, place, root, rust_files, shipped, uses, word};

/// The most lines of one file, tests included.
const FILE_LINES: usize = 280;
/// The most lines of code in one room of `src`, without tests, comments and blank lines.
const ROOM_LINES: usize = 1_000;
/// The rooms that need more: all of S3's protocol with what real servers make of it, a file for each command, every
/// source of a setting, the upload with what becomes of those that were cut off, a command line for each command, every
/// decision, a diagnosis with a judgement of each thing, a restore with all that may be in its way, the ways into the middle of an object,
/// the formats in which a file system keeps its files and how to read few of them, what old and new
/// zfs have to be asked and what a pool has written down, and the check of streams with the reader of records that all share
/// who look into one.
const LARGE_ROOMS: [(&str, usize); 12] = [
    ("args", 1_420),
    ("doctor", 1_605),
    ("enter", 1_105),
    ("files", 1_200),
    ("s3", 1_885),
    ("commands", 3_940),
    ("config", 1_300),
    ("upload", 1_060),
    ("restore", 1_035),
    ("plan", 1_200),
    ("zfs", 1_285),
    ("stream", 1_160),
];
/// The most lines of code in a file of a command: arguments and settings in, glue, report. One that is about to need more has
/// work in it that belongs to the glue, or tells of things that have a file beside it.
const COMMAND_LINES: usize = 80;
/// The most lines of code in any other file of `commands`, which says how things are told or serves several commands.
const TOLD_LINES: usize = 190;
/// What is a command, a program or a subcommand of z3: `NAME.rs` or `NAME/mod.rs`.
const COMMANDS: [&str; 17] = [
    "ls",
    "cat",
    "extract",
    "doctor",
    "backup",
    "check",
    "keep",
    "mp_cleanup",
    "pput",
    "prune",
    "restore",
    "ssh_sync",
    "status",
    "thaw",
    "verify",
    "z3",
    "z3_get",
];
/// What z3 does without, in what it ships.
const UNWANTED: [&str; 7] = [
    "tokio",
    "hyper",
    "reqwest",
    "anyhow",
    "clap",
    "chrono",
    "async-std",
];

#[test]
fn no_unwanted_dependency() {
    let tree = Command::new(env!("CARGO"))
        .args([
            "tree",
            "-e",
            "normal",
            "--prefix",
            "none",
            "--locked",
            "--offline",
        ])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let text = String::from_utf8(tree.stdout).unwrap();
    assert!(tree.status.success() && text.contains("crossbeam-channel"));
    let found: Vec<&str> = text
        .lines()
        .filter(|line| UNWANTED.contains(&line.split(' ').next().unwrap()))
        .collect();
    assert!(found.is_empty(), "in the shipping tree: {found:?}");
}

#[test]
fn imports_go_downward() {
    let heights = heights();
    let mut wrong = Vec::new();
    for file in rust_files("src") {
        let Some((module, depth)) = place(&file) else {
            continue;
        };
        let own = heights[&module];
        for (used, item) in uses(&shipped(&file), depth) {
            // `error` is the sum of all errors, so it names the types that it wraps, and nothing else of their modules.
            let wraps = module == "error" && item.ends_with("Error");
            let height = *heights
                .get(&used)
                .unwrap_or_else(|| panic!("{}: no module {used}", file.display()));
            if used != module && height >= own && !wraps {
                wrong.push(format!(
                    "{}: {module} uses {used}::{item}, which is not below it",
                    file.display()
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What a system is like, `src/system` alone knows.
#[test]
fn one_place_knows_the_system() {
    let words = ["target_os", "os::linux", "\"/proc", "\"/sys/", "\"/run/"];
    for file in rust_files("src") {
        let is_system = place(&file).is_some_and(|(module, _)| module == "system");
        let text = shipped(&file).join("\n");
        let found: Vec<&str> = words
            .into_iter()
            .filter(|word| text.contains(word))
            .collect();
        assert!(
            is_system || found.is_empty(),
            "{}: {found:?}",
            file.display()
        );
    }
}

#[test]
fn programs_know_commands_only() {
    for file in rust_files("src/bin") {
        let text = shipped(&file).join("\n");
        for (at, _) in text.match_indices("z3::") {
            let used = word(&text[at + 4..]);
            assert_eq!(used, "commands", "{}", file.display());
        }
    }
}

#[test]
fn every_module_is_in_the_table() {
    let declared: Vec<String> = fs::read_to_string(root().join("src/lib.rs"))
        .unwrap()
        .lines()
        .filter_map(|line| line.trim_start_matches("pub ").strip_prefix("mod "))
        .map(|rest| word(rest).to_owned())
        .collect();
    let heights = heights();
    assert!(declared.len() > 10);
    for module in &declared {
        assert!(heights.contains_key(module), "{module} is in no row");
    }
    assert_eq!(heights.len(), declared.len(), "the table names {heights:?}");
}

#[test]
fn files_and_rooms_stay_small() {
    for file in rust_files("src").into_iter().chain(rust_files("tests")) {
        let lines = fs::read_to_string(&file).unwrap().lines().count();
        assert!(
            lines <= FILE_LINES,
            "{} has {lines} lines, at most {FILE_LINES}",
            file.display()
        );
    }
    let mut rooms: BTreeMap<String, usize> = BTreeMap::new();
    for file in rust_files("src") {
        let Some((room, _)) = place(&file) else {
            continue;
        };
        let code = |line: &&String| !line.trim().is_empty() && !line.trim().starts_with("//");
        let lines = shipped(&file).iter().filter(code).count();
        if room == "commands" {
            let most = most_of_command(&file);
            assert!(
                lines <= most,
                "{} has {lines} lines of code, at most {most}",
                file.display()
            );
        }
        *rooms.entry(room).or_default() += lines;
    }
    for (room, lines) in rooms {
        let large = LARGE_ROOMS.iter().find(|(name, _)| *name == room);
        let most = large.map_or(ROOM_LINES, |(_, most)| *most);
        assert!(
            lines <= most,
            "src/{room} has {lines} lines of code, at most {most}"
        );
    }
}

/// How many lines of code a file of `commands` may have.
fn most_of_command(file: &Path) -> usize {
    let inner = file.strip_prefix(root().join("src/commands")).unwrap();
    let name = inner.to_str().unwrap().trim_end_matches(".rs");
    match COMMANDS.contains(&name.trim_end_matches("/mod")) {
        true => COMMAND_LINES,
        false => TOLD_LINES,
    }
}
