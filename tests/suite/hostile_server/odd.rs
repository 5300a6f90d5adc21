//! Servers and proxies that know less than S3, and mean no harm.

use super::{get, quick, refused, scene};
use crate::support::{Act, Message, Proxy, When, Z3, noise};

/// Three backups, which are then looked at, checked and restored through the proxy.
fn all_works(proxy: &Proxy, z3: &Z3, hinder: impl Fn(&Proxy)) {
    let direct = z3.dataset.history(&["a", "b", "c"]).tree();
    hinder(proxy);
    // No warning, and no retry, which would be seen with -v.
    let backup = z3.z3(["-v", "backup"]).run().expect_ok();
    assert!(!backup.stderr.contains("retr"), "{}", backup.stderr);
    let status = z3.z3(["status"]).run().expect_ok();
    assert_eq!(
        status.text().matches("| ok").count(),
        6,
        "{}",
        status.text()
    );
    z3.z3(["verify"]).run().expect_ok();
    z3.dataset.destroy();
    z3.z3(["restore", "c"]).run().expect_ok();
    assert_eq!(z3.dataset.tree(), direct);
    let stored = get(z3, &format!("{}@a", z3.dataset.name)).run().expect_ok();
    assert!(stored.stdout == z3.bucket.get(&z3.snapshot_key("a")));
}

#[test]
fn a_server_that_refuses_list_type_2_is_listed_all_the_same() {
    let (proxy, z3) = scene("refuses-v2");
    all_works(&proxy, &z3, |proxy| {
        let refusal = Act::error(501, "NotImplemented");
        proxy.rule("GET", "list-type=2", When::Always, refusal);
    });
    assert!(proxy.count("GET", "max-keys=1000&prefix=") > 0);
}

#[test]
fn a_server_that_answers_as_of_old_is_listed_by_markers() {
    let (proxy, z3) = scene("v1");
    let [a, b] =
        ["a", "b"].map(|name| format!("<Contents><Key>{}</Key></Contents>", z3.snapshot_key(name)));
    all_works(&proxy, &z3, |proxy| {
        let first =
            format!("<ListBucketResult><IsTruncated>true</IsTruncated>{a}{b}</ListBucketResult>");
        let first = Message::answer(200, first.into_bytes());
        let listed = format!(
            "list-type=2&max-keys=1000&prefix={}",
            z3.prefix.trim_end_matches('/')
        );
        let ours = format!("{listed}%2F{}", z3.dataset.name.replace('/', "%2F"));
        // What was there before the backup is nothing.
        proxy.rule("GET", &ours, When::After(1), Act::Answer(first));
    });
    assert!(proxy.count("GET", "&marker=") > 0);
}

#[test]
fn a_head_without_a_length_costs_a_range() {
    let (proxy, z3) = scene("lengthless");
    all_works(&proxy, &z3, |proxy| {
        let cut = Act::edit(|answer| answer.remove("Content-Length"));
        proxy.rule("HEAD", "", When::Always, cut);
    });
    z3.bucket.put(&z3.key("empty"), b"", &[]);
    assert!(get(&z3, "empty").run().expect_ok().stdout.is_empty());
}

#[test]
fn a_proxy_that_knows_no_expectations_gets_none() {
    let (proxy, z3) = scene("417");
    let refusal = Message::answer(417, Vec::new());
    proxy.rule("PUT", "partNumber=1&", When::First(1), Act::Answer(refusal));
    let body = noise(11 << 20, 1);
    let put = z3.program("pput", ["-s", "5M", "--quiet", &z3.key("a")]);
    put.env("CONCURRENCY", "1")
        .stdin(body.clone())
        .run()
        .expect_ok();
    assert!(z3.bucket.get(&z3.key("a")) == body);
    let puts = proxy.seen("PUT", "partNumber=");
    let expects = puts.iter().map(|one| {
        one.headers
            .iter()
            .any(|(name, _)| name.eq_ignore_ascii_case("expect"))
    });
    assert_eq!(expects.collect::<Vec<_>>(), [true, false, false, false]);
}

#[test]
fn a_redirect_names_the_endpoint_and_is_not_followed() {
    let (proxy, z3) = scene("moved");
    for status in [301, 302, 307, 308] {
        let moved = Message::answer(status, Vec::new());
        let moved = moved.with(
            "Location",
            format!(
                "{}/x?a=b",
                proxy.endpoint().replace("127.0.0.1", "localhost")
            ),
        );
        proxy.rule("", "", When::Always, Act::Answer(moved));
        let meant = format!(
            "set S3_ENDPOINT={}\n",
            proxy.endpoint().replace("127.0.0.1", "localhost")
        );
        for run in [z3.z3(["status"]), get(&z3, "a"), z3.z3(["restore", "a"])] {
            let stderr = refused(quick(run));
            assert!(
                stderr.contains(&format!("HTTP status {status}")),
                "{stderr}"
            );
            assert!(stderr.ends_with(&meant), "{stderr}");
        }
        proxy.heal();
    }
    assert_eq!(proxy.count("", "/x?a=b"), 0);
}

#[test]
fn parts_that_a_proxy_finds_too_large_are_not_kept_for_later() {
    let (proxy, z3) = scene("413");
    z3.dataset.history(&["a"]);
    let refusal = Message::answer(413, Vec::new());
    proxy.rule("PUT", "partNumber=", When::Always, Act::Answer(refusal));
    let stderr = refused(z3.z3(["backup"]));
    assert!(stderr.contains("HTTP status 413"), "{stderr}");
    assert!(stderr.contains("client_max_body_size"), "{stderr}");
    assert!(!stderr.contains("goes on with it"), "{stderr}");
    z3.expect_no_uploads();
    assert_eq!(z3.notes(), [""; 0]);
}
