//! `pput`: what comes in becomes an object, or nothing does.

use crate::support::{Z3, noise};

#[test]
fn a_descriptor_is_read_from_where_it_stands() {
    let z3 = Z3::new("pput-descriptor");
    let body = noise(3_000_000, 1);
    z3.file("tmp/body", &body);
    let script = |source: &str| {
        let key = z3.key("k");
        format!(
            "cd $TMPDIR; {{ dd bs=1000 count=1 <&3 >/dev/null 2>&1; pput --file-descriptor 3 --quiet {key}; }} 3< {source}"
        )
    };
    for source in ["body", "<(cat body)"] {
        z3.shell(&script(source)).run().expect_ok();
        assert!(z3.bucket.get(&z3.key("k")) == body[1000..], "{source}");
    }
    let ended = z3.shell("pput --file-descriptor 9 k").run();
    assert_eq!(
        ended.expect_status(1).stderr,
        "pput: open file descriptor 9: no such file or directory\n"
    );
}

#[test]
fn quiet_prints_nothing_at_all() {
    let z3 = Z3::new("pput-quiet");
    let run = z3.program("pput", ["--quiet", &z3.key("k")]).stdin("x");
    let ended = run.run().expect_ok();
    assert_eq!((ended.text(), ended.stderr.as_str()), ("", ""));
    assert_eq!(z3.keys(), ["k"]);
}

#[test]
fn half_a_send_stream_is_no_object_unless_that_is_meant() {
    let z3 = Z3::new("pput-stream");
    z3.dataset.create();
    z3.dataset.write("file", &noise(200_000, 1));
    z3.dataset.snapshot("a");
    let key = z3.key("k");
    let send = format!("zfs send {}@a | head -c 100000", z3.dataset.name);
    let ended = z3.shell(&format!("{send} | pput {key}")).run();
    let said = ended.stderr;
    assert!(said.contains("the stream ends inside"), "{said}");
    assert_eq!(z3.keys(), [""; 0]);
    z3.expect_no_uploads();
    let no_check = format!("set +o pipefail; {send} | pput --no-check --quiet {key}");
    z3.shell(&no_check).run().expect_ok();
    assert_eq!(z3.bucket.get(&key).len(), 100_000);
}
