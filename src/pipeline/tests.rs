//! Real programs that fail in every way we could think of.

use std::fs;
use std::io::{self, Read, Write};
use std::path::Path;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use super::*;
use crate::signals;

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

#[test]
fn a_filter_returns_what_it_makes_of_its_source() {
    let upper = Pipeline::from(Cmd::new("tr").args(["a-z", "A-Z"])).pipe(Cmd::new("cat"));
    let source = io::repeat(b'x').take(3_000_000);
    let (text, end) = drain(upper.filter(source).unwrap());
    assert_eq!((text.len(), end), (3_000_000, None));
    assert!(text.bytes().all(|byte| byte == b'X'));
}

/// Gives a line and then fails.
struct Failing(bool);

impl Read for Failing {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if std::mem::replace(&mut self.0, true) {
            return Err(Error::refused("the range has another etag").into());
        }
        buffer[..5].copy_from_slice(b"spam\n");
        Ok(5)
    }
}

struct Panicking;

impl Read for Panicking {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        panic!("a broken source")
    }
}

/// Does nothing until it is given an end of file, which leaves a trace.
const WAITS_FOR_EOF: &str = "while read line; do :; done; touch \"$1\"";

#[test]
fn a_filter_whose_source_fails_is_killed_and_the_sources_error_wins() {
    let dir = tempfile::tempdir().unwrap();
    let trace = dir.path().join("eof");
    let filter = Pipeline::from(with(WAITS_FOR_EOF, &trace));
    let end = drain(filter.filter(Failing(false)).unwrap()).1;
    assert_eq!(end.as_deref(), Some("the range has another etag"));
    let end = drain(filter.filter(Panicking).unwrap()).1;
    assert_eq!(end.as_deref(), Some("read: the source panicked"));
    assert!(!trace.exists(), "it was given an end of file");
    assert_eq!(drain(filter.filter(io::empty()).unwrap()).1, None);
    assert!(trace.exists(), "this is what it does at an end of file");
}

#[test]
fn a_filter_that_dies_early_speaks_for_itself() {
    let (sender, receiver) = mpsc::channel::<()>();
    let blocked = || Blocked(receiver);
    for (script, end) in [
        ("echo bad >&2; exit 4", "exit 4: bad"),
        ("head -c 100000; kill -9 $$", "killed by signal 9 (SIGKILL)"),
        ("exit 0", "ended before it had read all of its input"),
        (
            "exec <&-; echo done",
            "ended before it had read all of its input",
        ),
    ] {
        let reader = Pipeline::from(sh(script)).filter(io::repeat(0)).unwrap();
        assert_eq!(drain(reader).1, Some(format!("{}: {end}", sh(script))));
    }
    let reader = Pipeline::from(sh("exit 0")).filter(blocked()).unwrap();
    let end = drain(reader).1.unwrap();
    assert!(end.ends_with("ended before it had read all of its input"));
    drop(sender);
}

/// Blocks until the test is over.
struct Blocked(mpsc::Receiver<()>);

impl Read for Blocked {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        let _ = self.0.recv();
        Ok(0)
    }
}

#[test]
fn a_writer_writes_and_finish_gives_the_verdict() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    let mut writer = Pipeline::from(Cmd::new("cat"))
        .pipe(with("cat >\"$1\"; sleep 0.1; echo >>\"$1\"", &file))
        .writer()
        .unwrap();
    writer.write_all(b"spam").unwrap();
    writer.flush().unwrap();
    writer.finish().unwrap();
    assert_eq!(fs::read(&file).unwrap(), b"spam\n");
}

#[test]
fn a_refused_write_tells_the_childs_words() {
    for (script, end) in [
        (
            "echo destination exists >&2; exit 5",
            "exit 5: destination exists",
        ),
        ("head -c 9 >/dev/null; exit 5", "exit 5"),
        ("exit 0", "ended before it had read all of its input"),
        (
            "exec <&-; exec sleep 1000",
            "ended before it had read all of its input",
        ),
    ] {
        let mut writer = Pipeline::from(sh(script)).writer().unwrap();
        let error = io::copy(&mut io::repeat(0), &mut writer).unwrap_err();
        assert_eq!(said(error), format!("{}: {end}", sh(script)));
        assert!(writer.write(b"more").is_err());
        assert!(writer.finish().is_err());
    }
}

#[test]
fn dropping_a_writer_kills_and_gives_no_end_of_file() {
    let dir = tempfile::tempdir().unwrap();
    let trace = dir.path().join("eof");
    let pipeline = Pipeline::from(with(WAITS_FOR_EOF, &trace));
    let mut writer = pipeline.writer().unwrap();
    writer.write_all(b"spam\n").unwrap();
    drop(writer);
    assert!(!trace.exists());
    pipeline.writer().unwrap().finish().unwrap();
    assert!(trace.exists());
}

#[test]
fn dropping_a_reader_kills_and_reaps() {
    let mut reader = Pipeline::from(sh("echo $$; exec sleep 1000"))
        .reader()
        .unwrap();
    let mut buffer = [0; 20];
    let count = reader.read(&mut buffer).unwrap();
    let process = format!("/proc/{}", String::from_utf8_lossy(&buffer[..count]).trim());
    assert!(Path::new(&process).exists());
    drop(reader);
    assert!(!Path::new(&process).exists());
}

#[test]
fn a_killer_wakes_a_blocked_read() {
    let reader = Pipeline::from(Cmd::new("sleep").arg("1000")).pipe(Cmd::new("cat"));
    let reader = reader.reader().unwrap();
    let killer = reader.killer();
    let blocked = thread::spawn(move || drain(reader).1);
    killer.clone().kill();
    let end = blocked.join().unwrap();
    assert_eq!(
        end.as_deref(),
        Some("sleep 1000: killed by signal 9 (SIGKILL)")
    );
    killer.kill();
}

#[test]
fn capture_takes_both_streams_up_to_a_limit() {
    let pipeline = Pipeline::from(sh(
        "head -c 200000 /dev/zero >&2; echo out; echo err >&2; head -c 300000 /dev/zero",
    ));
    let captured = pipeline.capture().unwrap();
    assert!(captured.stdout.starts_with("out\n"));
    assert_eq!(captured.stdout.len(), 300_004);
    assert!(captured.stderr.ends_with("err\n"));
    let error = pipeline.capture_at_most(300_003).unwrap_err();
    assert!(
        error
            .to_string()
            .ends_with("printed more than 300003 bytes")
    );
    assert!(pipeline.capture_at_most(300_004).is_ok());
}

#[test]
#[ignore = "a scenario"]
fn ctrl_c_scenario() {
    if !signals::tests::playing() {
        return;
    }
    signals::install("z3").unwrap();
    // Whoever does not wait for the end has time to say so.
    let _undo = signals::on_stop(|| thread::sleep(Duration::from_millis(500)));
    let forgotten = Pipeline::from(sh("echo say $$; exec sleep 1000"));
    let mut forgotten = forgotten.reader().unwrap();
    let mut line = [0; 30];
    let count = forgotten.read(&mut line).unwrap();
    print!("\n{}", String::from_utf8_lossy(&line[..count]));
    let (_, end) = drain(
        Pipeline::from(sh("kill -INT $PPID; exit 1"))
            .reader()
            .unwrap(),
    );
    println!("say blamed {end:?}");
}

#[test]
fn what_a_signal_causes_is_not_blamed_and_no_child_survives() {
    let output = signals::tests::play("", "pipeline::tests::ctrl_c_scenario");
    let lines = signals::tests::lines(&output);
    assert_eq!(output.status.code(), Some(130));
    assert_eq!(lines.len(), 1, "{lines:?}");
    let state = || fs::read_to_string(format!("/proc/{}/stat", lines[0])).unwrap_or_default();
    for _ in 0..1000 {
        if !state().contains("(sleep) S ") {
            return;
        }
        thread::sleep(Duration::from_millis(10));
    }
    panic!("the child outlives us: {}", state());
}
