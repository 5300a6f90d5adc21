//! Command lines: every spelling that argparse took, and pput's own options.

use crate::support::{Run, Z3, programs};

const PROGRAMS: [&str; 5] = ["z3", "pput", "z3_get", "z3_ssh_sync", "s3_mp_cleanup"];

fn pput(z3: &Z3, arguments: &[&str]) -> Run {
    let run = z3.program("pput", arguments.iter().copied());
    run.args([z3.key("object")])
}

#[test]
fn flags_have_prefixes_attached_values_and_the_last_one_wins() {
    let z3 = Z3::new("spellings");
    let size = 11 << 20;
    // In use since long: `z3 backup --dry-run` of the original prints --meta.
    for (arguments, parts) in [
        (&["-s10M"][..], 2),
        (&["-s", "10m"], 2),
        (&["--chunk-size=10M"], 2),
        (&["--chunk", "10485760"], 2),
        (&["--est=11M", "--conc", "1"], 3),
        (&["-s", "5M", "-s", "10M"], 2),
    ] {
        let metadata = [
            "--meta",
            "ana=are=mere",
            "--metadata=Big=Case",
            "--meta=empty=",
            "--st",
            "STANDARD_IA",
        ];
        let all: Vec<&str> = arguments.iter().chain(&metadata).copied().collect();
        let told = pput(&z3, &all).stdin(vec![7; size]).run().expect_ok();
        let object = z3.bucket.head(&z3.key("object")).unwrap();
        assert!(
            object.etag.ends_with(&format!("-{parts}\"")),
            "{arguments:?}: {}",
            object.etag
        );
        let etag = object.etag.replace('"', "\\\"");
        assert_eq!(
            told.text(),
            format!("{{\"status\": \"success\", \"etag\": \"{etag}\"}}\n")
        );
        assert_eq!(told.stderr, "");
        let metadata: Vec<_> = object
            .metadata
            .iter()
            .filter(|(name, _)| *name != "z3id")
            .collect();
        assert_eq!(
            format!("{metadata:?}"),
            r#"[("ana", "are=mere"), ("big", "Case"), ("empty", "")]"#
        );
        assert_eq!(object.storage_class.as_deref(), Some("STANDARD_IA"));
    }
    z3.dataset.history(&["a", "b"]);
    let told = z3.says([
        "--file",
        &z3.dataset.name,
        "--snapshot-p",
        "b",
        "backup",
        "--snap=b",
        "--dry",
        "--comp",
        "gpg",
        "--compressor=none",
    ]);
    assert!(
        told.starts_with(&format!("zfs send '{}@b' | pput ", z3.dataset.name)),
        "{told}"
    );
}

#[test]
fn what_excludes_each_other_or_is_unknown_is_a_usage_error() {
    let z3 = Z3::new("usage");
    for line in [
        "z3",
        "z3 nosuch",
        "z3 backup --full --incremental",
        "z3 backup --snapshot",
        "z3 backup --snapshot --dry-run",
        "z3 -v -q status",
        "z3 restore",
        "z3 restore a b",
        "z3 restore --full a",
        "z3 --s status",
        "z3 status --json=yes",
        "pput",
        "pput -s 5M --estimated 1T x",
        "pput --progress --quiet x",
        "pput --meta novalue x",
        "pput --file-descriptor three x",
        "z3_get",
        "z3_get a b",
        "z3_ssh_sync",
        "s3_mp_cleanup extra",
        "s3_mp_cleanup --max-age -1",
    ] {
        let words: Vec<&str> = line.split(' ').collect();
        let ended = z3.program(words[0], &words[1..]).run().expect_status(2);
        assert_eq!(ended.text(), "", "{line}");
        let (first, usage) = ended.stderr.split_once('\n').unwrap();
        assert!(
            first.starts_with(words[0]) && usage.starts_with("Usage: "),
            "{line}: {}",
            ended.stderr
        );
    }
    for name in PROGRAMS {
        let ended = z3.program(name, ["--nosuch"]).run().expect_status(2);
        assert!(
            ended
                .stderr
                .starts_with(&format!("{name}: there is no flag --nosuch\n")),
            "{}",
            ended.stderr
        );
    }
}

#[test]
fn help_and_version_are_everywhere_and_need_no_configuration() {
    for name in PROGRAMS {
        for flag in ["-h", "--help"] {
            let told = Run::program(name).args([flag]).run().expect_ok();
            assert!(told.text().starts_with(&format!("Usage: {name} ")) && told.stderr.is_empty());
        }
        let told = Run::program(name).args(["--version"]).run().expect_ok();
        assert_eq!(
            told.text(),
            format!("{name} {}\n", env!("CARGO_PKG_VERSION"))
        );
    }
}

#[test]
fn a_link_or_the_first_argument_names_the_program() {
    let usage = |run: Run| {
        let told = run.args(["--help"]).run().expect_ok();
        let first = told.text().lines().next().unwrap_or_default();
        first.split(' ').nth(1).unwrap().to_owned()
    };
    for name in &PROGRAMS[1..] {
        assert_eq!(usage(Run::program("z3").args([*name])), *name);
    }
    let dir = tempfile::tempdir().unwrap();
    for name in ["pput", "z3-0.3"] {
        let link = dir.path().join(name);
        std::os::unix::fs::symlink(programs().join("z3"), &link).unwrap();
        let called = if name == "pput" { name } else { "z3" };
        assert_eq!(usage(Run::program(link.to_str().unwrap())), called);
    }
    // The name of a program where z3 expects one of its commands is no program when something stands before it.
    let wrong = Run::program("z3").args(["-v", "pput"]).run();
    assert!(wrong.expect_status(2).stderr.contains("pput"));
}

#[test]
fn any_descriptor_can_be_the_input() {
    let z3 = Z3::new("descriptor");
    let file = z3.file("input", "from a file");
    let run = |number: &str| {
        let command = format!(
            "pput --file-descriptor {number} '{}' 3<'{}'",
            z3.key("object"),
            file.display()
        );
        z3.shell(&command).stdin("from standard input").run()
    };
    run("3").expect_ok();
    assert_eq!(z3.bucket.get(&z3.key("object")), b"from a file");
    let said = run("9").expect_status(1).stderr;
    assert!(said.starts_with("pput: open file descriptor 9: "), "{said}");
}

#[test]
fn a_send_stream_has_to_be_whole_unless_told_otherwise() {
    let z3 = Z3::new("check");
    z3.dataset.history(&["a"]);
    let whole = z3.dataset.send(None, "a");
    let cut = whole[..whole.len() - 1000].to_vec();
    let said = pput(&z3, &[])
        .stdin(cut.clone())
        .run()
        .expect_status(1)
        .stderr;
    assert!(said.starts_with("pput: send stream: "), "{said}");
    assert_eq!(z3.keys(), [""; 0]);
    z3.expect_no_uploads();
    for (arguments, bytes) in [(&[][..], &whole), (&["--no-check"], &cut)] {
        pput(&z3, arguments).stdin(bytes.clone()).run().expect_ok();
        assert!(z3.bucket.get(&z3.key("object")) == *bytes);
    }
}

#[test]
fn progress_is_for_terminals() {
    let z3 = Z3::new("progress");
    let input = z3.file("input", vec![7; 6 << 20]);
    let upload = |flags: &str| {
        let input = input.display();
        format!(
            "(cat {input} {input}; sleep 1; cat {input}) | pput {flags} --estimated 20M '{}'",
            z3.key("object")
        )
    };
    let silent = z3.shell(&upload("")).run().expect_ok();
    assert_eq!(silent.stderr, "");
    // On a terminal of its own; script(1) copies what is written there to its standard output.
    let shown = |flags: &str, columns: usize, term: &str| {
        let script = format!("stty cols {columns}; {}", upload(flags));
        let script = z3.file("upload", script);
        let command = format!("script -qec 'bash {}' /dev/null", script.display());
        let run = z3.shell(&command).env("TERM", term);
        run.run().expect_ok().text().to_owned()
    };
    let told = shown("", 80, "xterm");
    assert!(
        told.contains(" of ~20 M (50%), ") && told.contains(" left"),
        "{told:?}"
    );
    let told = shown("", 20, "xterm");
    let drawn: Vec<&str> = told.split("\r\u{1b}[K").skip(1).collect();
    assert!(drawn.len() > 2, "{told:?}");
    // The result stands behind no row.
    let (result, rows): (Vec<&str>, _) = drawn.iter().partition(|row| row.starts_with('{'));
    assert_eq!(result.len(), 1, "{told:?}");
    assert!(rows.iter().all(|row| row.len() < 20), "{told:?}");
    assert!(!shown("--quiet", 80, "xterm").contains(" of ~"));
    let dumb = shown("", 80, "dumb");
    assert!(
        !dumb.contains(" of ~") && !dumb.contains('\u{1b}'),
        "{dumb:?}"
    );
}

#[test]
fn an_unset_variable_is_no_key() {
    let z3 = Z3::new("empty-key");
    let ended = z3.shell("z3_get \"$KEY\"").run().expect_status(2);
    let said = ended.stderr.lines().next();
    assert_eq!(said, Some("z3_get: expected NAME, got an empty word"));
    let put = z3.shell("echo x | pput --quiet \"$KEY\"").run();
    put.expect_status(2);
}
