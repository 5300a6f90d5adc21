//! The answers of real versions: `tests/data/zfs-output` holds the same session on OpenZFS 2.1.11, 2.3.9 and zfs-fuse 0.7.

mod allowing;
mod asking;
mod properties;

use std::process::Command;

use super::estimate::estimate_in;
use super::list::snapshots_in;
use super::target::clones_in;
use super::*;

const SESSIONS: [&str; 3] = [
    include_str!("../../tests/data/zfs-output/openzfs-2.1.txt"),
    include_str!("../../tests/data/zfs-output/openzfs-2.3.txt"),
    ZFS_FUSE,
];
const ZFS_FUSE: &str = include_str!("../../tests/data/zfs-output/zfs-fuse-0.7.txt");

fn dataset(text: &str) -> Dataset {
    Dataset::parse(text).unwrap()
}

fn snapshot(text: &str) -> Snapshot {
    let (of, name) = text.split_once('@').unwrap();
    dataset(of).snapshot(&name.into()).unwrap()
}

/// What [`Pipeline::capture`] gives for a command of the session.
fn replay(session: &str, cmd: &Cmd) -> Result<Captured> {
    let (_, rest) = session
        .split_once(&format!("$ {cmd}\n"))
        .unwrap_or_else(|| panic!("{cmd} is not in the session"));
    let (printed, rest) = rest.split_once("rc=").unwrap();
    let (mut stdout, mut stderr) = (String::new(), String::new());
    for line in printed.lines() {
        match line.strip_prefix("2> ") {
            Some(line) => stderr += &format!("{line}\n"),
            None => stdout += &format!("{line}\n"),
        }
    }
    match rest.lines().next().unwrap() {
        "0" => Ok(Captured { stdout, stderr }),
        code => Err(Error::Child {
            command: cmd.to_string(),
            status: format!("exit {code}"),
            stderr,
        }),
    }
}

fn listed(session: &str, name: &str) -> Option<Vec<LocalSnapshot>> {
    let query = "guid,createtxg,creation,referenced,used";
    let cmd = get(["-d", "1", "-o", "name,property,value", query]).arg(name);
    existing(replay(session, &cmd), name)
        .unwrap()
        .map(|text| snapshots_in(&text, &dataset(name)).unwrap())
}

#[test]
fn snapshots_are_listed_in_the_order_of_their_making() {
    for session in SESSIONS {
        let snapshots = listed(session, "tank/spam").unwrap();
        let names: Vec<&str> = snapshots.iter().map(|s| s.name.as_str()).collect();
        assert_eq!(names, ["z-first", "a second", "third"]);
        let other = listed(session, "tank/spam/eggs").unwrap();
        assert_eq!(other.len(), 1, "{other:?}");
        assert_eq!(listed(session, "tank/nosuch"), None);
    }
    assert_eq!(
        listed(ZFS_FUSE, "tank/spam").unwrap().first(),
        Some(&LocalSnapshot {
            name: "z-first".into(),
            guid: 2_252_912_136_242_528_766,
            createtxg: Some(14),
            creation: 1_795_437_676,
            referenced: 524_288,
            holds: 0,
        })
    );
}

#[test]
fn without_createtxg_the_creation_orders() {
    let text: String = ["b@x creation 20", "a@x creation 10"]
        .iter()
        .flat_map(|line| {
            let [name, property, value] = *line.split(' ').collect::<Vec<_>>() else {
                panic!()
            };
            let name = name.trim_end_matches("@x");
            let row = |property: &str, value: &str| format!("t@{name}\t{property}\t{value}\n");
            [
                row(property, value),
                row("createtxg", "-"),
                row("guid", "18446744073709551615"),
                row("referenced", "1"),
            ]
        })
        .collect();
    let snapshots = snapshots_in(&format!("{text}t\tguid\t1\n"), &dataset("t")).unwrap();
    let names: Vec<&str> = snapshots.iter().map(|s| s.name.as_str()).collect();
    assert_eq!(names, ["a", "b"]);
    assert!(
        snapshots
            .iter()
            .all(|s| s.guid == u64::MAX && s.createtxg.is_none())
    );
}

#[test]
fn an_answer_that_is_none_is_an_error() {
    let own = "t\tguid\t1\n";
    for (text, cause) in [
        (String::new(), "expected the dataset itself"),
        ("t@a\tguid\t1\n".into(), "expected the dataset itself"),
        (
            format!("{own}t@a\tguid\t1.72E\n"),
            "expected a number, got '@a guid 1.72E'",
        ),
        (format!("{own}t@a\tguid\t-1\n"), "expected a number"),
        (
            format!("{own}t@a\tguid\t1\ncreation 7\n"),
            "expected name, property and value",
        ),
        (
            format!("{own}t@a\tguid\t1\n"),
            "expected a number, got '@a creation -'",
        ),
        (
            format!("{own}tank@a\tguid\t1\n"),
            "names that belong to the dataset",
        ),
        (
            format!("{own}u@a\tguid\t1\n"),
            "names that belong to the dataset",
        ),
        (
            format!("{own}t@a\tguid\t1\nt@b\tguid\t2\n"),
            "expected a number, got '@a creation -'",
        ),
        (format!("{own}\x1b[2J{}", "x".repeat(9999)), "got '?[2Jxxx"),
    ] {
        let error = snapshots_in(&text, &dataset("t")).unwrap_err().to_string();
        assert!(error.contains(cause), "{text:?}: {error}");
        assert!(error.len() < 400, "{} bytes", error.len());
    }
}

#[test]
fn a_failure_is_not_taken_for_a_missing_dataset() {
    let failed = |status: &str, stderr: &str| {
        Err(Error::Child {
            command: "zfs".into(),
            status: status.into(),
            stderr: stderr.into(),
        })
    };
    let absent = "cannot open 't/a': dataset does not exist\n";
    assert_eq!(existing(failed("exit 1", absent), "t/a").unwrap(), None);
    assert!(existing(failed("exit 1", absent), "t/b").is_err());
    for text in [
        "connect: Permission denied\ninternal error: failed to initialize ZFS library\n",
        "sudo: a password is required\n",
        "Permission denied the ZFS utilities must be run as root.\n",
        "",
    ] {
        assert!(existing(failed("exit 1", text), "t/a").is_err(), "{text}");
    }
}

#[test]
fn guids_and_existence() {
    for session in SESSIONS {
        let guid_of = |name| {
            existing(
                replay(session, &get(["-o", "value", "guid"]).arg(name)),
                name,
            )
            .unwrap()
            .map(|text| guid_in(&text, name).unwrap())
        };
        let first = listed(session, "tank/spam").unwrap().remove(0);
        assert_eq!(guid_of("tank/spam@z-first"), Some(first.guid));
        assert_eq!(guid_of("tank/spam@nosuch"), None);
        assert_eq!(guid_of("tank/nosuch@nosuch"), None);
        for (name, exists) in [
            ("tank/spam", true),
            ("tank/nosuch", false),
            ("nopool", false),
        ] {
            let answer = replay(session, &get(["-o", "value", "type"]).arg(name));
            assert_eq!(existing(answer, name).unwrap().is_some(), exists, "{name}");
        }
    }
    assert!(guid_in("9.01E\n", "t@a").is_err());
}

#[test]
fn a_target_is_what_zfs_says_of_it_first() {
    let said = "type\tvolume\norigin\ttank/a@1\nencryption\taes-256-gcm\nkeystatus\tunavailable\nreceive_resume_token\t1-a\nwritten\t512\n";
    let all = Target {
        volume: true,
        origin: Some("tank/a@1".into()),
        encrypted: true,
        locked: true,
        resume_token: Some("1-a".into()),
        written: Some(512),
    };
    assert_eq!(
        Target::read(&format!("{said}my:own\tx\ntype\tfilesystem\n")),
        all
    );
    for plain in [
        "type\tfilesystem\nused\t1\n",
        "type\tfilesystem\norigin\t-\nencryption\toff\nreceive_resume_token\t-\n",
    ] {
        assert_eq!(Target::read(plain), Target::default());
    }
}

#[test]
fn clones_are_those_of_the_dataset_itself() {
    let said = "tank/a\t-\ntank/a@1\t\ntank/a@2\ttank/x,tank/y\ntank/a/b@2\ttank/z\ntank/ab@2\ttank/z\nodd\n";
    let found: Vec<_> = clones_in(said, &dataset("tank/a")).into_iter().collect();
    assert_eq!(found, [("2".into(), "tank/x,tank/y".to_owned())]);
}
