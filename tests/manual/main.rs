//! The manual pages in `doc/man`: made from what `--help` and `z3.conf.sample` say, so that no word stands in two places.
//!
//! `make man` writes them; the tests say which differ. Whoever packages or reads z3 needs neither.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod conf;
mod help;
mod mdoc;
mod page;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use help::Help;

/// The four other names of the program, each with a page of its own.
const LINKS: [&str; 4] = ["pput", "z3_get", "z3_ssh_sync", "s3_mp_cleanup"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// What z3 prints with these arguments and `--help`.
fn shown(words: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_z3"));
    let output = command.args(words).arg("--help").output().unwrap();
    assert!(output.status.success(), "z3 {words:?} --help");
    String::from_utf8(output.stdout).unwrap()
}

/// Every page: its file's name, its text.
fn pages() -> Vec<(String, String)> {
    let z3 = Help::read(&shown(&[]));
    let commands: Vec<String> = z3.commands.iter().map(|item| item.names.clone()).collect();
    let mut all = vec![("z3".to_owned(), z3)];
    for command in &commands {
        let help = Help::read(&shown(&[command]));
        all.push((format!("z3-{command}"), help));
    }
    for link in LINKS {
        all.push((link.to_owned(), Help::read(&shown(&[link]))));
    }
    let names: Vec<String> = all.iter().map(|(name, _)| name.clone()).collect();
    let program =
        |(name, help): &(String, Help)| (format!("{name}.1"), page::of(name, help, &names));
    let mut pages: Vec<(String, String)> = all.iter().map(program).collect();
    let sample = fs::read_to_string(root().join("z3.conf.sample")).unwrap();
    pages.push(("z3.conf.5".to_owned(), conf::page(&sample)));
    pages
}

fn file(name: &str) -> PathBuf {
    root().join("doc/man").join(name)
}

#[test]
fn the_pages_are_the_words_of_help_and_of_the_sample() {
    let writes = std::env::var_os("Z3T_MANUAL").is_some();
    let mut other = Vec::new();
    for (name, text) in pages() {
        if writes {
            fs::write(file(&name), &text).unwrap();
        }
        if fs::read_to_string(file(&name)).unwrap_or_default() != text {
            other.push(name);
        }
    }
    assert!(other.is_empty(), "not as `make man` writes them: {other:?}");
}

#[test]
fn no_page_is_left_over() {
    let pages = pages();
    for entry in fs::read_dir(file("")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let known = pages.iter().any(|(page, _)| *page == name);
        assert!(known, "doc/man/{name} is of no program and no command");
    }
}

/// Each option of a help is on its page, with the word for its value where it has one.
#[test]
fn every_option_is_told() {
    let help = Help::read(&shown(&["restore"]));
    let page = page::of("z3-restore", &help, &[]);
    for option in [
        "Fl -to Ar dataset",
        "Fl o Ar name Ns = Ns Ar value",
        "Fl -force",
    ] {
        assert!(page.contains(option), "{option} in\n{page}");
    }
    assert!(help.options.len() >= 12, "{:?}", help.options);
}
