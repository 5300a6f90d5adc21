//! Sources and the commands they feed.

use super::*;

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
