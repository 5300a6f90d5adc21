//! Command lines that are refused, and what help shows.

use super::*;
use crate::calendar::When;
use crate::receive_options::PutBack;

#[test]
fn exclusive_flags_are_refused() {
    for (line, text) in [
        ("--progress --quiet k", "--progress and --quiet"),
        ("-s 5M --estimated 1T k", "--chunk-size and --estimated"),
        ("-v --qui k", "--verbose and --quiet"),
    ] {
        let expected = format!("pput: {text} exclude each other");
        assert_eq!(refused(parse::<Pput>("pput", argv(line))), expected);
    }
    assert_eq!(
        refused(parse::<Z3>("z3", argv("backup --incremental --full"))),
        "z3 backup: --full and --incremental exclude each other"
    );
    assert_eq!(
        refused(parse::<Z3>("z3", argv("-qv status"))),
        "z3 status: --verbose and --quiet exclude each other"
    );
}

#[test]
fn a_negative_number_is_a_value_as_argparse_has_it() {
    let told = |value: &str| {
        let line = format!("backup --snapshot {value}");
        parse::<Z3>("z3", argv(&line)).map(drop).err()
    };
    for value in ["-1", "-1.5", "-.5"] {
        assert!(told(value).is_none(), "{value}");
    }
    for value in ["-1.", "-1e3", "-inf", "-1.5.0", "--1"] {
        assert!(told(value).is_some(), "{value}");
    }
}

#[test]
fn wrong_words_are_usage_errors() {
    for (line, problem) in [("", "no command"), ("-- stats", "'stats' is no command")] {
        let told = refused(parse::<Z3>("z3", argv(line)));
        let begin = format!(
            "z3: {problem}, expected status or backup or restore or thaw or verify or prune"
        );
        assert!(told.starts_with(&begin), "{told}");
    }
    assert_eq!(
        refused(parse::<Z3>("z3", argv("restore"))),
        "z3 restore: expected SNAPSHOT or --at"
    );
    assert_eq!(
        refused(parse::<Pput>("pput", argv("a b"))),
        "pput: unrecognized argument: b"
    );
    assert_eq!(
        refused(parse::<Pput>("pput", argv("--estimated 5.5M k"))),
        "pput: --estimated: expected a size like 256M, got '5.5M'"
    );
    assert_eq!(
        refused(parse::<Pput>("pput", argv("--metadata it's': k"))),
        "pput: --metadata: expected KEY=VALUE, got 'it's':'"
    );
}

#[test]
fn an_empty_word_is_no_name() {
    let empty = |words: &[&str]| words.iter().map(OsString::from).collect();
    let told = refused(parse::<Z3Get>("z3_get", empty(&["z3_get", ""])));
    assert_eq!(told, "z3_get: expected NAME, got an empty word");
    let told = refused(parse::<Pput>("pput", empty(&["pput", "--quiet", ""])));
    assert_eq!(told, "pput: expected NAME, got an empty word");
    let told = refused(parse::<Z3>("z3", empty(&["z3", "restore", "--", ""])));
    assert_eq!(told, "z3 restore: expected SNAPSHOT, got an empty word");
    let told = refused(parse::<Z3>("z3", empty(&["z3", "status", ""])));
    assert_eq!(told, "z3 status: expected dataset, got an empty word");
}

#[test]
fn what_verify_takes() {
    let verify = |line: &str| match parse::<Z3>("z3", argv(&format!("verify {line}")))?.command {
        Subcommand::Verify(verify) => Ok(verify),
        other => panic!("{other:?}"),
    };
    let some = verify("--lev=receive --sc tank/x --sub 2/30 a tank/a@b").unwrap();
    let subset = Subset { wanted: 2, of: 30 };
    assert_eq!(some.level, Some(Level::Receive));
    assert_eq!(some.subset, Some(subset));
    assert_eq!(some.scratch.as_deref(), Some("tank/x"));
    assert_eq!(some.snapshots(), ["a", "tank/a@b"]);
    let some = verify("tank/a monday tank/b tank/b@c").unwrap();
    assert_eq!(some.datasets(), ["tank/a", "tank/b"]);
    assert_eq!(some.snapshots(), ["monday", "tank/b@c"]);
    assert_eq!(verify("--str -").unwrap().stream.as_deref(), Some("-"));
    for (line, words) in [
        (
            "--level all",
            "--level: expected list, data or receive, got 'all'",
        ),
        (
            "--subset 0/3",
            "--subset: expected K/N with K from 1 to N, got '0/3'",
        ),
        (
            "--subset 3",
            "--subset: expected K/N with K from 1 to N, got '3'",
        ),
        (
            "--stream f --subset 1/3",
            "--stream and --subset exclude each other",
        ),
        ("--stream f --all", "--stream and --all exclude each other"),
        ("--s x", "--s could mean --scratch or --subset or --stream"),
    ] {
        assert_eq!(refused(verify(line)), format!("z3 verify: {words}"));
    }
}

#[test]
fn arguments_that_are_no_utf8_are_refused() {
    let argv = vec!["pput".into(), OsString::from_vec(b"k\xff".to_vec())];
    assert_eq!(
        refused(parse::<Pput>("pput", argv)),
        "pput: 'k\u{fffd}' is not UTF-8, expected arguments in UTF-8"
    );
}

#[test]
fn flags_reach_their_keys() {
    let z3 = z3("--dataset tank/a --s3-prefix p backup --compressor gpg --gpg-recipient me");
    let pput = pput("-s 5M --concurrency 4 --storage-class STANDARD k");
    let sync = parse::<SshSync>(
        "z3_ssh_sync",
        argv("--dataset tank/a --snapshot-prefix p host"),
    )
    .unwrap();
    for given in pput.settings().iter().chain(&sync.settings()) {
        let mut rows = crate::config::keys::ALL.iter();
        assert!(rows.any(|row| row.name == given.key), "{given:?}");
    }
    let flags: Vec<(&str, String, &str)> = z3
        .settings()
        .into_iter()
        .map(|flag| (flag.key, flag.value, flag.flag))
        .collect();
    assert_eq!(
        flags,
        [
            ("FILESYSTEM", "tank/a".to_owned(), "--dataset"),
            ("S3_PREFIX", "p".to_owned(), "--s3-prefix"),
            ("COMPRESSOR", "gpg".to_owned(), "--compressor"),
            ("GPG_RECIPIENT", "me".to_owned(), "--gpg-recipient"),
        ]
    );
}

#[test]
fn help_fits_a_terminal_and_names_everything() {
    let z3_flags = "--dataset --filesystem --snapshot-prefix --s3-prefix --config --json -v -q --help --version";
    let known = [
        z3_flags,
        "--help --version",
        "--snapshot --full --incremental --compressor --gpg-recipient --dry-run --parseable",
        "SNAPSHOT --dry-run --force",
        "SNAPSHOT --level --scratch --subset --stream",
        "-s, --chunk-size --estimated --file-descriptor --concurrency --metadata --storage-class --progress --quiet --json",
        "NAME --config --json",
        "--dataset --filesystem --remote-dataset --remote-filesystem --snapshot-prefix --pull --quiet --dry-run --json",
        "--max-age --dry --config --json --version",
    ];
    for (help, words) in every_help().iter().zip(known) {
        for word in words.split(' ') {
            assert!(help.contains(word), "{word} is missing in\n{help}");
        }
    }
    for help in every_help() {
        for line in help.lines() {
            assert!(line.len() <= 80 && line == line.trim_end(), "{line}");
        }
    }
}

#[test]
fn what_restore_takes() {
    let restore = |line: &str| match parse::<Z3>("z3", argv(&format!("restore {line}")))?.command {
        Subcommand::Restore(restore) => Ok(restore),
        other => panic!("{other:?}"),
    };
    let some = restore("--to b/c -o atime=off -ou:x==1 -x quota --proper -xexec --no-m monday");
    let some = some.unwrap();
    let set = [("atime", "off"), ("u:x", "=1")];
    assert_eq!(
        some.set,
        set.map(|(name, value)| (name.to_owned(), value.to_owned()))
    );
    assert_eq!(some.unset, ["quota", "exec"]);
    assert_eq!(some.properties, Some(PutBack::Usual));
    assert_eq!(some.to.as_deref(), Some("b/c"));
    assert!(some.no_mount && !some.is_dry());
    let all = restore("--at=3d --properties=all --list").unwrap();
    assert_eq!(
        (all.at, all.properties),
        (Some(When::Ago(259_200)), Some(PutBack::All))
    );
    assert!(all.is_dry());
    for (line, words) in [
        ("--at 3d monday", "--at and SNAPSHOT exclude each other"),
        (
            "--at monday",
            "--at: expected a time like 2026-11-28 (its end), 2026-11-28T14:05 (UTC), 2026-11-28T14:05:00+01:00, 3d (ago) or now, got 'monday'",
        ),
        ("--list --thaw a", "--list and --thaw exclude each other"),
        (
            "--recursive --thaw --at 3d",
            "--recursive and --thaw exclude each other",
        ),
        ("-o atime a", "--set: expected NAME=VALUE, got 'atime'"),
        (
            "--properties=some a",
            "--properties: expected usual or all, got 'some'",
        ),
        ("-x", "-x needs a value"),
    ] {
        assert_eq!(refused(restore(line)), format!("z3 restore: {words}"));
    }
    let ranges = |text: &str| {
        parse::<Z3Get>("z3_get", argv(&format!("--range={text} k")))
            .unwrap()
            .range
    };
    for (text, of, expected) in [
        ("0-0", 9, Some(0..1)),
        ("3-99", 9, Some(3..9)),
        ("3-", 9, Some(3..9)),
        ("-3", 9, Some(6..9)),
        ("-99", 9, Some(0..9)),
        ("9-", 9, None),
        ("9-12", 9, None),
        ("-1", 0, None),
        ("0-18446744073709551615", 9, Some(0..9)),
    ] {
        assert_eq!(ranges(text).unwrap().of(of), expected, "{text}");
    }
}
