//! Storage class and ACL: what is configured is sent when the upload is created, and nothing else is.

use crate::support::proxy::Seen;
use crate::support::{Proxy, Run, Server, Z3};

/// The value of a header of the request that created the upload.
fn sent<'a>(created: &'a Seen, name: &str) -> Option<&'a str> {
    let mut headers = created.headers.iter();
    let found = headers.find(|(header, _)| header.eq_ignore_ascii_case(name));
    found.map(|(_, value)| value.as_str())
}

#[test]
fn class_and_acl_are_sent_as_configured() {
    let proxy = Proxy::to(Server::Rgw.endpoint());
    let z3 = Z3::new("class").through(&proxy);
    z3.dataset.history(&["a"]);
    let pput = |arguments: &[&str]| {
        let run = z3.program("pput", arguments.iter().copied());
        run.args([z3.snapshot_key("a")]).stdin("data")
    };
    let backup = || z3.z3(["backup", "--full"]);
    let (ia, cold) = (Some("STANDARD_IA"), Some("GLACIER"));
    let cases: [(Run, Option<&str>, Option<&str>); 7] = [
        (backup(), None, None),
        (backup().env("S3_STORAGE_CLASS", "STANDARD_IA"), ia, None),
        (
            backup().env("S3_STORAGE_CLASS", "").env("S3_ACL", ""),
            None,
            None,
        ),
        (
            backup().env("S3_ACL", "bucket-owner-full-control"),
            None,
            Some("bucket-owner-full-control"),
        ),
        (pput(&[]), None, None),
        (
            pput(&[])
                .env("S3_STORAGE_CLASS", "STANDARD_IA")
                .env("S3_ACL", "private"),
            ia,
            Some("private"),
        ),
        (
            pput(&["--storage-class", "GLACIER"]).env("S3_STORAGE_CLASS", "STANDARD_IA"),
            cold,
            None,
        ),
    ];
    for (number, (run, class, acl)) in cases.into_iter().enumerate() {
        run.run().expect_ok();
        let created = proxy.seen("POST", "?uploads").pop().unwrap();
        assert_eq!(
            sent(&created, "x-amz-storage-class"),
            class,
            "case {number}"
        );
        assert_eq!(sent(&created, "x-amz-acl"), acl, "case {number}");
        let stored = z3.bucket.head(&z3.snapshot_key("a")).unwrap();
        assert_eq!(
            stored
                .storage_class
                .as_deref()
                .filter(|class| *class != "STANDARD"),
            class,
            "case {number}"
        );
        z3.bucket.delete(&z3.snapshot_key("a"));
    }
    assert_eq!(proxy.count("POST", "?uploads"), 7);
    let refused = pput(&["--storage-class", "BOGUS"]).run().expect_status(1);
    let words = format!("pput: create upload of {}: Invalid", z3.snapshot_key("a"));
    assert!(refused.stderr.starts_with(&words), "{}", refused.stderr);
}
