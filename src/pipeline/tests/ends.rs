//! The ends that we hold, and being killed.

use super::*;

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
    let output = signals::tests::play("", "pipeline::tests::ends::ctrl_c_scenario");
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
