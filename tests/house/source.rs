//! Reads our Rust sources as far as the rules need it, by the layout that rustfmt gives them; it is no parser.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The height of each module: the table of `src/lib.rs` has the top floor first, and within a floor each module stands on
/// those to its right.
pub fn heights() -> BTreeMap<String, usize> {
    let text = fs::read_to_string(root().join("src/lib.rs")).unwrap();
    let mut modules: Vec<String> = text
        .lines()
        .filter_map(|line| line.strip_prefix("//! |"))
        .filter_map(|row| row.split('|').nth(1))
        .flat_map(|cell| cell.split('`').skip(1).step_by(2))
        .map(str::to_owned)
        .collect();
    modules.reverse();
    modules.into_iter().zip(0..).collect()
}

/// The top-level module that a file of `src` belongs to and how deep below the crate it lies; none for `lib.rs`, the
/// programs, and files that only tests and fuzzing see.
pub fn place(file: &Path) -> Option<(String, usize)> {
    let path = file
        .strip_prefix(root().join("src"))
        .unwrap()
        .with_extension("");
    let mut parts: Vec<String> = path
        .iter()
        .map(|part| part.to_str().unwrap().to_owned())
        .filter(|part| part != "mod")
        .collect();
    if parts[0] == "lib" || parts[0] == "bin" || only_tests(file) {
        return None;
    }
    let depth = parts.len();
    Some((parts.swap_remove(0), depth))
}

/// Whether a file, or a module that it lies in, is declared under `#[cfg(test)]`, `#[cfg(fuzzing)]` or either.
fn only_tests(file: &Path) -> bool {
    let (name, folder) = match file.file_stem().unwrap().to_str().unwrap() {
        "mod" => (
            file.parent().unwrap(),
            file.parent().unwrap().parent().unwrap(),
        ),
        _ => (file, file.parent().unwrap()),
    };
    let name = name.file_stem().unwrap().to_str().unwrap();
    [
        folder.join("mod.rs"),
        folder.with_extension("rs"),
        folder.join("lib.rs"),
    ]
    .iter()
    .filter_map(|parent| Some((parent, fs::read_to_string(parent).ok()?)))
    .any(|(parent, text)| {
        declared_for_tests(&text, name) || (!parent.ends_with("lib.rs") && only_tests(parent))
    })
}

fn declared_for_tests(text: &str, name: &str) -> bool {
    let lines: Vec<&str> = text.lines().collect();
    let declaration = ["", "pub ", "pub(crate) "].map(|seen| format!("{seen}mod {name};"));
    let Some(at) = lines
        .iter()
        .position(|line| declaration.iter().any(|one| one == line))
    else {
        return false;
    };
    // Its attributes, which may take several lines, follow the end of another item.
    let attributes = lines[..at]
        .iter()
        .rev()
        .take_while(|line| !line.is_empty() && !line.ends_with([';', '}']));
    attributes
        .into_iter()
        .any(|line| line.contains("cfg(test)") || line.contains("fuzzing)"))
}

/// The lines of a file that are compiled into the programs: without what stands under `#[cfg(test)]`. As rustfmt writes it,
/// such an item ends with the first line of its own indentation that closes it.
pub fn shipped(file: &Path) -> Vec<String> {
    if only_tests(file) {
        return Vec::new();
    }
    without_tests(&fs::read_to_string(file).unwrap())
}

fn without_tests(text: &str) -> Vec<String> {
    let mut lines = text.lines();
    let mut kept = Vec::new();
    while let Some(line) = lines.next() {
        let Some(indent) = line.find("#[cfg(test)]") else {
            kept.push(line.to_owned());
            continue;
        };
        let ends = |line: &str| {
            line.get(indent..).is_some_and(|rest| {
                rest.starts_with('}')
                    || (!rest.starts_with([' ', '#']) && rest.ends_with([';', '}']))
            })
        };
        lines.by_ref().find(|line| ends(line));
    }
    kept
}

/// Every `crate::module::item` of a text outside of comments, as (module, item); `super::` counts where it leads to the crate.
pub fn uses(lines: &[String], depth: usize) -> Vec<(String, String)> {
    let code: String = lines
        .iter()
        .filter_map(|line| line.split("//").next())
        .collect::<Vec<_>>()
        .join("\n")
        .replace(&"super::".repeat(depth), "crate::");
    let mut found = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        let rest = &code[at + 7..];
        let paths = match rest.strip_prefix('{') {
            Some(group) => top_level(group),
            None => vec![rest],
        };
        for path in paths {
            let module = word(path);
            let after = path[module.len()..].strip_prefix("::").unwrap_or("");
            // The last word of the path: `store::StoreError`; a list in braces has no such word.
            let path = after
                .split(|c: char| c != ':' && c != '_' && !c.is_alphanumeric())
                .next();
            let item = path.unwrap_or("").rsplit("::").next().unwrap_or("");
            found.push((module.to_owned(), item.to_owned()));
        }
    }
    found
}

/// The paths of `{a, b::{c, d}}`, given what follows the first brace.
fn top_level(group: &str) -> Vec<&str> {
    let (mut paths, mut deep, mut from) = (Vec::new(), 0, 0);
    for (at, letter) in group.char_indices() {
        match letter {
            '{' => deep += 1,
            '}' if deep > 0 => deep -= 1,
            '}' | ',' if deep == 0 => {
                paths.push(group[from..at].trim());
                from = at + 1;
                if letter == '}' {
                    break;
                }
            }
            _ => (),
        }
    }
    paths.retain(|path| !path.is_empty());
    paths
}

/// The identifier that a text begins with.
pub fn word(text: &str) -> &str {
    let end = text.find(|c: char| c != '_' && !c.is_alphanumeric());
    &text[..end.unwrap_or(text.len())]
}

/// All `.rs` files under a directory of the project.
pub fn rust_files(directory: &str) -> Vec<PathBuf> {
    let (mut files, mut open) = (Vec::new(), vec![root().join(directory)]);
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|end| end == "rs") {
                files.push(path);
            }
        }
    }
    assert!(!files.is_empty(), "no .rs file under {directory}");
    files
}

pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn tests_are_left_out() {
    let text = "use a;\n#[cfg(test)]\npub mod memory;\nfn b() {}\n#[cfg(test)]\n#[allow(x)]\nmod tests {\n    use super::*;\n\n    fn c() {\n    }\n}\nfn d() {}\n";
    assert_eq!(without_tests(text), ["use a;", "fn b() {}", "fn d() {}"]);
}

#[test]
fn every_way_to_write_a_use_is_found() {
    let lines = [
        "use crate::{name::Dataset, zfs::{send, list}};",
        "use crate::store::StoreError; // crate::comment::Only",
        "//! [`crate::commands::exit`]",
        "fn f() -> crate::size::Bytes { super::super::s3::Client::new() }",
    ]
    .map(str::to_owned);
    let found: Vec<String> = uses(&lines, 2)
        .into_iter()
        .map(|(module, item)| format!("{module}/{item}"))
        .collect();
    assert_eq!(
        found,
        [
            "name/Dataset",
            "zfs/",
            "store/StoreError",
            "size/Bytes",
            "s3/new"
        ]
    );
}

#[test]
fn modules_of_tests_are_known_however_deep() {
    let known: Vec<bool> = [
        "store/memory.rs",
        "config/tests/mod.rs",
        "codec/tests.rs",
        "signals/tests.rs",
        "config/tests/file.rs",
        "store.rs",
        "config/mod.rs",
        "lib.rs",
        "stream/build.rs",
        "zfs/fuzz.rs",
    ]
    .iter()
    .map(|file| only_tests(&root().join("src").join(file)))
    .collect();
    assert_eq!(
        known,
        [
            true, true, true, true, true, false, false, false, true, true
        ]
    );
}
