mod wrong;

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;

use super::*;

fn argv(line: &str) -> Vec<OsString> {
    ["program"]
        .into_iter()
        .chain(line.split_whitespace())
        .map(OsString::from)
        .collect()
}

fn z3(line: &str) -> Z3 {
    parse::<Z3>("z3", argv(line)).unwrap()
}

fn backup(line: &str) -> BackupArgs {
    match z3(line).command {
        Subcommand::Backup(backup) => backup,
        other => panic!("{other:?}"),
    }
}

fn pput(line: &str) -> Pput {
    parse::<Pput>("pput", argv(line)).unwrap()
}

/// The first line of a usage error.
fn refused<T: std::fmt::Debug>(parsed: Result<T, Exit>) -> String {
    match parsed.unwrap_err() {
        Exit::Usage(text) => {
            let (first, usage) = text.split_once('\n').unwrap();
            assert!(usage.starts_with("Usage: "), "{text}");
            first.to_owned()
        }
        other => panic!("{other:?}"),
    }
}

fn shown<T: std::fmt::Debug>(parsed: Result<T, Exit>) -> String {
    match parsed.unwrap_err() {
        Exit::Text(text) => text,
        other => panic!("{other:?}"),
    }
}

fn every_help() -> Vec<String> {
    vec![
        shown(parse::<Z3>("z3", argv("--help"))),
        shown(parse::<Z3>("z3", argv("status -h"))),
        shown(parse::<Z3>("z3", argv("backup --full -h"))),
        shown(parse::<Z3>("z3", argv("restore --help"))),
        shown(parse::<Z3>("z3", argv("verify --help"))),
        shown(parse::<Pput>("pput", argv("-h"))),
        shown(parse::<Z3Get>("z3_get", argv("-h"))),
        shown(parse::<SshSync>("z3_ssh_sync", argv("-h"))),
        shown(parse::<MpCleanup>("s3_mp_cleanup", argv("-h"))),
        shown(parse::<Z3>("z3", argv("prune -h"))),
        shown(parse::<Z3>("z3", argv("keep -h"))),
        shown(parse::<Z3>("z3", argv("check -h"))),
        shown(parse::<Z3>("z3", argv("thaw -h"))),
        shown(parse::<Z3>("z3", argv("ls -h"))),
        shown(parse::<Z3>("z3", argv("cat -h"))),
        shown(parse::<Z3>("z3", argv("extract -h"))),
    ]
}

#[test]
fn argparse_spellings_are_understood() {
    let global = z3("--dataset=tank/spam status");
    assert_eq!(global.dataset.as_deref(), Some("tank/spam"));
    let z3 = z3("--file tank/a --s3 p/ --snapshot-prefix= backup --dry --comp=pigz4 --full");
    assert_eq!(z3.dataset.as_deref(), Some("tank/a"));
    assert_eq!(z3.s3_prefix.as_deref(), Some("p/"));
    assert_eq!(z3.snapshot_prefix.as_deref(), Some(""));
    let Subcommand::Backup(backup) = z3.command else {
        panic!("{z3:?}")
    };
    assert!(backup.dry_run && backup.full && !backup.incremental);
    assert_eq!(backup.compressor.as_deref(), Some("pigz4"));
    for line in [
        "-s10M k",
        "-s 10M k",
        "-s=10M k",
        "--ch 10M k",
        "k --chunk-size=10M",
    ] {
        assert_eq!(pput(line).chunk_size.as_deref(), Some("10M"), "{line}");
    }
    assert_eq!(pput("-vv k -v").verbose, 3);
    assert_eq!(pput("-vs10M k").chunk_size.as_deref(), Some("10M"));
}

#[test]
fn metadata_is_kept_as_the_original_pipeline_writes_it() {
    let pput =
        pput("--quiet --estimated 6319248 --meta size=1 --meta parent=tank/a@b=c --met e= k");
    let pairs: Vec<(&str, &str)> = pput
        .metadata
        .iter()
        .map(|(key, value)| (key.as_str(), value.as_str()))
        .collect();
    assert_eq!(pairs, [("size", "1"), ("parent", "tank/a@b=c"), ("e", "")]);
    assert_eq!((pput.estimated, pput.quiet), (Some(6_319_248), true));
}

#[test]
fn the_last_of_a_repeated_flag_wins() {
    assert_eq!(
        pput("-s 5M --chunk-size=6M -s7M k").chunk_size.as_deref(),
        Some("7M")
    );
    let z3 = z3("--filesystem tank/a --dataset tank/b status --dataset tank/c");
    assert_eq!(z3.dataset.as_deref(), Some("tank/c"));
}

#[test]
fn the_originals_flags_are_meant_first() {
    assert_eq!(pput("--co 4 k").concurrency.as_deref(), Some("4"));
    assert_eq!(pput("--conf f k").config.as_deref(), Some("f"));
    assert_eq!(backup("backup --sn x").snapshot.as_deref(), Some("x"));
    assert_eq!(
        z3("--snap x backup").snapshot_prefix.as_deref(),
        Some("x"),
        "before the command there is only the program's own flag"
    );
}

#[test]
fn ambiguous_and_unknown_flags_are_named() {
    assert_eq!(
        refused(parse::<Z3>("z3", argv("--s x status"))),
        "z3: --s could mean --snapshot-prefix or --s3-prefix"
    );
    assert_eq!(
        refused(parse::<Z3>("z3", argv("backup --bogus"))),
        "z3 backup: there is no flag --bogus"
    );
    assert_eq!(
        refused(parse::<Pput>("pput", argv("-vx k"))),
        "pput: there is no flag -x (in '-vx')"
    );
    assert_eq!(
        refused(parse::<Pput>("pput", argv("--ver k"))),
        "pput: --ver could mean --verbose or --version"
    );
}

#[test]
fn a_flag_is_never_taken_for_a_value() {
    assert_eq!(
        refused(parse::<Z3>("z3", argv("backup --snapshot --dry-run"))),
        "z3 backup: --snapshot needs a value, got the flag '--dry-run' (write --snapshot=--dry-run if it is meant)"
    );
    assert_eq!(
        refused(parse::<Z3>("z3", argv("backup --snapshot"))),
        "z3 backup: --snapshot needs a value"
    );
    assert_eq!(
        backup("backup --snapshot=--dry-run").snapshot.as_deref(),
        Some("--dry-run")
    );
    assert_eq!(
        refused(parse::<Z3>("z3", argv("backup --full=yes"))),
        "z3 backup: --full takes no value, got 'yes'"
    );
    assert!(refused(parse::<Pput>("pput", argv("--file-descriptor -1 k"))).contains("got '-1'"));
}

#[test]
fn help_is_a_word_and_a_flag() {
    for line in ["restore help", "restore -- help", "restore help --dry-run"] {
        let Subcommand::Restore(restore) = z3(line).command else {
            panic!("{line}")
        };
        assert_eq!(restore.snapshot.as_deref(), Some("help"), "{line}");
    }
    assert_eq!(
        parse::<Z3Get>("z3_get", argv("-- --help")).unwrap().name,
        "--help",
        "behind -- everything is a name"
    );
    assert_eq!(
        backup("backup --snapshot help").snapshot.as_deref(),
        Some("help")
    );
    assert!(shown(parse::<Z3>("z3", argv("restore -h"))).starts_with("Usage: z3 restore "));
    assert!(shown(parse::<Pput>("pput", argv("--he"))).starts_with("Usage: pput "));
}

#[test]
fn lines_for_programs_are_asked_for_by_any_prefix() {
    for (line, json) in [
        ("status", false),
        ("--json status", true),
        ("status --j -v", true),
        ("restore -- --json", false),
        ("restore --jsonx", false),
        ("restore --js", true),
        ("backup --snapshot=--json", false),
        ("backup --snapshot --json", true),
    ] {
        assert_eq!(wants_json(&argv(line)), json, "{line}");
        if let Ok(parsed) = parse::<Z3>("z3", argv(line)) {
            assert_eq!(parsed.json, json, "{line}");
        }
    }
    for word in every_help().concat().split_whitespace() {
        let other = word.starts_with("--j") && !word.starts_with("--json");
        assert!(!other, "{word} would be taken for --json");
    }
}

#[test]
fn version_is_shown_everywhere() {
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(
        shown(parse::<Z3>("z3", argv("--version"))),
        format!("z3 {version}\n")
    );
    assert_eq!(
        shown(parse::<Z3>("z3", argv("status --version"))),
        format!("z3 {version}\n")
    );
    assert_eq!(
        shown(parse::<MpCleanup>("s3_mp_cleanup", argv("--version"))),
        format!("s3_mp_cleanup {version}\n")
    );
}
