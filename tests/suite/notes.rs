//! Notes and receipts are a stranger's word: whoever may put objects can write them.

use std::time::Duration;

use crate::support::{Act, Proxy, Server, When, Z3, noise};

/// One snapshot whose first part takes its time.
fn slow(test: &str) -> (Z3, Proxy) {
    let proxy = Proxy::to(Server::Rgw.endpoint());
    let z3 = Z3::new(test).through(&proxy);
    z3.dataset.create().write("noise", &noise(1 << 20, 3));
    z3.dataset.snapshot("1");
    (z3, proxy)
}

/// Another spelling of the endpoint is another lock, and the same bucket.
#[test]
fn what_is_being_sent_is_not_taken_over_by_a_run_with_another_lock() {
    let (z3, proxy) = slow("note-alive");
    let late = Act::Delay(Duration::from_secs(8));
    proxy.rule("PUT", "partNumber=", When::First(1), late);
    let mut first = z3.z3(["backup"]).env("COMPRESSOR", "none").start();
    first.until("its part", || proxy.count("PUT", "partNumber=") > 0);
    let other = proxy.endpoint().replace("127.0.0.1", "localhost");
    let second = z3.z3(["backup"]).env("COMPRESSOR", "none");
    let ended = second.env("S3_ENDPOINT", other).run().expect_status(4);
    let holder = format!("another z3: process {}", first.pid());
    assert!(ended.stderr.contains(&holder), "{}", ended.stderr);
    first.wait().expect_ok();
    z3.expect_no_uploads();
    assert!(z3.notes().is_empty());
}

/// A stranger puts this host's name into the note of another one's upload.
#[test]
fn a_forged_note_aborts_nothing() {
    let (z3, _proxy) = slow("note-forged");
    let key = z3.snapshot_key("1");
    let id = z3.bucket.create_upload(&key, &[]);
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap();
    let forged = format!(
        "{{\"key\":\"{key}\",\"metadata\":{{}},\"storage_class\":null,\"acl\":null,\"checksum\":null,\
         \"origin\":{{\"host\":\"{0}\",\"send\":\"a\",\"codec\":\"none\"}},\"host\":\"{0}\",\"process\":{{}},\
         \"cut\":{{\"base_bytes\":1,\"steady\":1,\"every\":1,\"largest_bytes\":1,\"max_parts\":1}},\"seal\":\"{1}\"}}",
        host.trim(),
        "0".repeat(64)
    );
    let place = z3.key(&format!(".z3/uploads/{id}"));
    z3.bucket.put(&place, forged.as_bytes(), &[]);
    let ended = z3.z3(["backup"]).run().expect_ok();
    assert!(ended.stderr.contains(&id), "{}", ended.stderr);
    assert_eq!(z3.bucket.uploads(&z3.prefix), [(key, id)]);
    assert_eq!(z3.notes().len(), 1);
}

#[test]
fn notes_and_receipts_of_any_size_cost_no_memory() {
    let (z3, _proxy) = slow("note-giant");
    let giant = format!("{{\"parts\":[{}[0,null]]}}", "[0,null],".repeat(1_700_000));
    let id = z3.bucket.create_upload(&z3.snapshot_key("1"), &[]);
    for name in [format!("uploads/{id}"), "uploads/x".to_owned()] {
        z3.bucket
            .put(&z3.key(&format!(".z3/{name}")), giant.as_bytes(), &[]);
    }
    let ended = z3
        .z3(["-v", "backup"])
        .env("CONCURRENCY", "2")
        .run()
        .expect_ok();
    assert!(
        ended.stderr.contains("z3 writes at most 65536"),
        "{}",
        ended.stderr
    );
    let bound = |parts: u64| (parts + 32 + 1) << 10;
    assert!(ended.peak_kib < bound(10), "{} KiB", ended.peak_kib);
    let place = z3.key(&format!(".z3/receipts/{}@1", z3.dataset.name));
    z3.bucket.put(&place, giant.as_bytes(), &[]);
    let run = z3
        .z3(["-v", "verify", "--level", "list"])
        .env("CONCURRENCY", "2");
    let ended = run.run().expect_ok();
    assert!(ended.stderr.contains("it is not z3's"), "{}", ended.stderr);
    assert!(ended.peak_kib < bound(0), "{} KiB", ended.peak_kib);
}
