//! Real programs that fail in every way we could think of.

mod ends;
mod filters;

use std::fs;
use std::io::{self, Read, Write};
use std::path::Path;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use super::*;
use crate::signals;

/// Does nothing until it is given an end of file, which leaves a trace.
const WAITS_FOR_EOF: &str = "while read line; do :; done; touch \"$1\"";

fn sh(script: &str) -> Cmd {
    Cmd::new("sh").arg("-c").arg(script)
}

fn with(script: &str, path: &Path) -> Cmd {
    sh(script).arg("sh").arg(path.to_str().unwrap())
}

/// Everything that came before the end, and how it ended.
fn drain(mut reader: Reader) -> (String, Option<String>) {
    let mut bytes = Vec::new();
    let end = reader.read_to_end(&mut bytes);
    (
        String::from_utf8_lossy(&bytes).into_owned(),
        end.err().map(said),
    )
}

fn said(error: io::Error) -> String {
    Error::io("read", error).to_string()
}

/// The verdict on a pipeline by every method that gives one.
fn verdicts(pipeline: &Pipeline) -> Vec<Option<String>> {
    let text = |result: Result<()>| result.err().map(|error| error.to_string());
    vec![
        drain(pipeline.reader().unwrap()).1,
        text(pipeline.writer().unwrap().finish()),
        drain(pipeline.filter(io::empty()).unwrap()).1,
        text(pipeline.run()),
        text(pipeline.capture().map(drop)),
    ]
}

#[test]
fn a_pipeline_prints_as_shell_text() {
    let pipeline = Pipeline::from(Cmd::new("zfs").arg("send").quoted("tank/a@b"))
        .pipe(Cmd::new("pigz").args(["-1", "--blocksize", "4096"]));
    assert_eq!(
        pipeline.to_string(),
        "zfs send 'tank/a@b' | pigz -1 --blocksize 4096"
    );
}

#[test]
fn end_of_file_means_that_every_command_exited_0() {
    let three = Pipeline::from(Cmd::new("echo").arg("spam"))
        .pipe(Cmd::new("tr").args(["a-z", "A-Z"]))
        .pipe(Cmd::new("cat"));
    assert_eq!(drain(three.reader().unwrap()), ("SPAM\n".into(), None));
    let mut reader = three.reader().unwrap();
    assert_eq!(
        reader.read(&mut []).unwrap(),
        0,
        "an empty buffer is no end"
    );
    io::copy(&mut reader, &mut io::sink()).unwrap();
    assert_eq!(reader.read(&mut [0]).unwrap(), 0, "the end stays the end");
}

#[test]
fn any_bad_end_is_an_error_with_command_status_and_stderr() {
    for (script, end) in [
        ("exit 3", "exit 3"),
        ("echo why >&2; exit 1", "exit 1: why"),
        ("kill -9 $$", "killed by signal 9 (SIGKILL)"),
        ("echo part; kill -SEGV $$", "killed by signal 11 (SIGSEGV)"),
        ("echo all; exec >&-; exit 1", "exit 1"),
    ] {
        let error = Some(format!("{}: {end}", sh(script)));
        for verdict in verdicts(&sh(script).into()) {
            assert_eq!(verdict, error);
        }
    }
    let mut reader = Pipeline::from(sh("echo all; exit 1")).reader().unwrap();
    let mut text = String::new();
    reader.read_to_string(&mut text).unwrap_err();
    let again = reader.read(&mut [0; 9]);
    assert!(again.is_err(), "a failure never turns into an end of file");
}

#[test]
fn the_earliest_command_that_failed_by_itself_is_blamed() {
    for (commands, culprit) in [
        (["echo a >&2; exit 7", "cat", "cat"], 0),
        (["echo a >&2; exit 7", "cat; exit 2", "cat; exit 3"], 0),
        (["yes", "exit 2", "cat"], 1),
        (["yes", "cat", "head -c 9; exit 2"], 2),
        (["trap '' PIPE; yes", "exit 2", "cat"], 1),
        (["trap '' PIPE; yes; exit 141", "exit 2", "cat"], 1),
        (["yes", "echo Broken pipe >&2; exit 2", "cat"], 1),
        (["yes", "head -c 9", "cat"], 0),
        (["exec sleep 1000", "exit 2", "cat"], 1),
    ] {
        let pipeline = Pipeline::from(sh(commands[0]))
            .pipe(sh(commands[1]))
            .pipe(sh(commands[2]));
        let error = drain(pipeline.reader().unwrap()).1.unwrap();
        let blamed = format!("{}: ", sh(commands[culprit]));
        assert!(error.starts_with(&blamed), "{pipeline}\n{error}");
    }
}

#[test]
fn a_missing_program_is_named_and_nothing_is_started() {
    let dir = tempfile::tempdir().unwrap();
    let trace = dir.path().join("started");
    let pipeline = Pipeline::from(with("touch \"$1\"", &trace)).pipe(Cmd::new("z3-no-such-tool"));
    let error = pipeline.reader().unwrap_err().to_string();
    assert!(error.starts_with("run z3-no-such-tool: not found in PATH ("));
    assert!(
        error.ends_with("/usr/local/sbin:/usr/sbin:/sbin)"),
        "{error}"
    );
    assert!(!trace.exists());
}

#[test]
fn children_have_the_environment_and_the_streams_that_were_promised() {
    let script =
        "echo $LC_ALL; echo $PATH; readlink /proc/self/fd/0; cut -d' ' -f5 /proc/self/stat";
    let printed = Pipeline::from(sh(script)).capture().unwrap().stdout;
    let lines: Vec<&str> = printed.lines().collect();
    assert_eq!(lines[0], "C");
    assert!(lines[1].ends_with(":/usr/local/sbin:/usr/sbin:/sbin"));
    assert_eq!(lines[2], "/dev/null");
    let ours = fs::read_to_string("/proc/self/stat").unwrap();
    let group = ours.rsplit_once(") ").unwrap().1.split(' ').nth(2).unwrap();
    assert_eq!(lines[3], group, "the process group");
}

#[test]
fn a_mebibyte_of_stderr_blocks_nothing_and_its_end_is_kept() {
    let script =
        "head -c 1048576 /dev/zero | tr '\\0' x | fold >&2; printf '\\nthe end\\n' >&2; exit 1";
    for verdict in verdicts(&sh(script).into()) {
        let error = verdict.unwrap();
        assert!(error.ends_with("x\nthe end"));
        assert!(error.len() < 4096 + 200, "{}", error.len());
    }
}

#[test]
fn a_grandchild_that_holds_stderr_open_does_not_keep_the_verdict() {
    let dir = tempfile::tempdir().unwrap();
    let fifo = dir.path().join("fifo");
    Pipeline::from(Cmd::new("mkfifo").arg(fifo.to_str().unwrap()))
        .run()
        .unwrap();
    let script = "(read line <\"$1\") >/dev/null & echo ouch >&2; exit 1";
    let error = Pipeline::from(with(script, &fifo)).run().unwrap_err();
    // The grandchild waits for this: without the limit we would never have come here.
    fs::write(&fifo, "go on\n").unwrap();
    assert!(error.to_string().ends_with("exit 1: ouch"), "{error}");
}
