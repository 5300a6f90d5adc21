//! Commands print on standard output what they printed in the Python, byte for byte; a dry run, once our additions are
//! taken away.

use super::{Peer, recorded};
use crate::support::ENV;

/// Answers estimates as the recording's zfs did: the streams of these tests are small.
const ESTIMATES: &str = r#"
day=zpeer/fs@zfs-auto-snap:daily-2026-11-0
case "$*" in
"send -nvP ${day}1") size=16832688 ;;
"send -nvP ${day}3") size=23143744 ;;
"send -nvP ${day}4") size=10529992 ;;
"send -nvP zpeer/fs@manual-1") size=23142032 ;;
"send -nvP -i ${day}1 ${day}2") size=6319248 ;;
"send -nvP -i ${day}2 ${day}3") size=15928 ;;
"send -nvP -i ${day}3 ${day}4") size=13704 ;;
*) exec zfs "$@" ;;
esac
printf 'full\t%s\nsize\t%s\n' "$4" "$size""#;

/// The command of that name and what it printed.
fn transcript(name: &str) -> (String, String) {
    let text = String::from_utf8(recorded("transcripts.txt")).unwrap();
    let text = text.replace("peerbucket", &ENV.bucket);
    let mut sections = text.split("\n== ");
    let section = sections.find_map(|section| section.strip_prefix(&format!("{name}\n$ ")));
    let (command, printed) = section.unwrap().split_once('\n').unwrap();
    let printed = printed.trim_end_matches('\n');
    let end = if printed.is_empty() { "" } else { "\n" };
    (command.to_owned(), printed.to_owned() + end)
}

/// The text without what we add to the lines of a dry run.
fn without_additions(told: &str) -> String {
    let ours = |word: &str| {
        ["guid=", "parentguid=", "creation=", "z3version="]
            .iter()
            .any(|name| word.starts_with(name))
    };
    let mut plain = String::new();
    for line in told
        .split_inclusive('\n')
        .filter(|line| !line.starts_with("zfs mount "))
    {
        let parts: Vec<&str> = line.split(" --meta ").collect();
        for (index, part) in parts.iter().enumerate() {
            let (word, rest) = part.split_once(' ').unwrap_or((part, ""));
            match index {
                0 => plain += part,
                _ if ours(word) && rest.is_empty() => {}
                _ if ours(word) => plain += &format!(" {rest}"),
                _ => plain += &format!(" --meta {part}"),
            }
        }
    }
    plain.replace("| zfs recv -u ", "| zfs recv ")
}

/// Gives the command, and expects what it printed.
fn expect(peer: &Peer, name: &str) {
    let (command, printed) = transcript(name);
    let told = peer.shell(&command).run().expect_ok();
    assert_eq!(without_additions(told.text()), printed, "{name}: {command}");
}

fn day(number: usize) -> String {
    format!("zfs-auto-snap:daily-2026-11-0{number}")
}

fn expect_all(peer: &Peer, names: &[&str]) {
    names.iter().for_each(|name| expect(peer, name));
}

#[test]
fn the_commands_print_what_they_always_printed() {
    let peer = Peer::new("transcripts");
    let dataset = &peer.z3.dataset;
    peer.z3.replace("zfs", ESTIMATES);
    dataset.create();
    expect(&peer, "status-no-snapshots");
    dataset.history(&["manual-1", &day(1), &day(2), &day(3)]);
    expect_all(
        &peer,
        &[
            "status-nothing-on-s3",
            "full-dry-run",
            "full-named",
            "full-again",
            "status-one",
        ],
    );
    expect_all(
        &peer,
        &[
            "incremental-dry",
            "incremental-dry-none",
            "incremental-named",
        ],
    );
    dataset.history(&[&day(4)]);
    expect_all(
        &peer,
        &["incremental-rest", "incremental-noop", "status-all"],
    );
    expect_all(&peer, &["parseable", "incremental-parseable"]);
    expect_all(
        &peer,
        &[
            "snapshot-prefix",
            "snapshot-prefix-full",
            "status-empty-prefix",
            "dataset-flag",
        ],
    );
    expect_all(
        &peer,
        &[
            "comp-none-dry",
            "comp-pigz1-dry",
            "comp-pigz4-dry",
            "comp-gpg-dry",
            "s3-prefix-slashes",
        ],
    );
    dataset.destroy();
    expect(&peer, "restore-dry");
}

#[test]
fn broken_chains_are_listed_as_they_always_were() {
    let peer = Peer::new("broken-transcripts");
    let (dataset, bucket) = (&peer.z3.dataset, &peer.z3.bucket);
    peer.z3.replace("zfs", ESTIMATES);
    dataset.history(&[&day(1), &day(2), &day(3), &day(4)]);
    // What is not in the pool is not looked into; the others are what their snapshots were.
    let put = |number: usize, metadata: &[(&str, &str)]| {
        let key = format!("z3-backup/{}@{}", dataset.name, day(number));
        let parent = metadata.iter().find(|(name, _)| *name == "parent");
        let base = parent.and_then(|(_, name)| name.split_once('@'));
        let stream = match number {
            1..=4 => dataset.send(base.map(|(_, base)| base), &day(number)),
            _ => b"data".to_vec(),
        };
        let stored = match metadata.contains(&("compressor", "pigz1")) {
            true => peer.z3.piped("gzip", stream),
            false => stream,
        };
        bucket.put(&key, &stored, metadata);
    };
    let of = |number: usize| format!("{}@{}", dataset.name, day(number));
    put(1, &[("isfull", "true"), ("size", "1234")]);
    put(3, &[("parent", &of(2))]);
    expect_all(&peer, &["gap-in-chain", "gap-backup-older"]);
    peer.clear();
    put(
        1,
        &[
            ("isfull", "true"),
            ("size", "16832688"),
            ("compressor", "pigz1"),
        ],
    );
    put(
        2,
        &[
            ("parent", &of(1)),
            ("size", "6319248"),
            ("compressor", "pigz1"),
        ],
    );
    let expired = format!("{}@zfs-auto-snap:daily-2026-11-0-expired", dataset.name);
    put(5, &[("parent", &expired), ("size", "1")]);
    put(6, &[("parent", &of(5))]);
    put(7, &[("parent", &of(8))]);
    put(8, &[("parent", &of(7))]);
    put(9, &[("parent", &of(9))]);
    expect(&peer, "broken-status");
    peer.clear();
    dataset.history(&[&day(5), &day(6), &day(7)]);
    put(1, &[("isfull", "True"), ("parent", "x")]);
    expect(&peer, "isfull-True");
    peer.clear();
}
