//! Answers without an end, and answers that take for ever.

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use super::{get, quick, refused, scene};
use crate::support::{Act, Message, When, noise};

/// A page of a listing that goes on, with these rows, and the token that its number makes.
fn pages(rows: impl Fn(usize) -> String + Send + Sync + 'static, tokens: usize) -> Act {
    let count = AtomicUsize::new(0);
    Act::edit(move |answer| {
        let page = count.fetch_add(1, SeqCst);
        let (rows, token) = (rows(page), page % tokens);
        let xml = format!(
            "<ListBucketResult>{rows}<IsTruncated>true</IsTruncated>\
             <NextContinuationToken>t{token}</NextContinuationToken></ListBucketResult>"
        );
        *answer = Message::answer(200, xml.into_bytes());
    })
}

#[test]
fn listings_that_go_round_or_on_for_ever_are_errors() {
    let (proxy, z3) = scene("endless");
    let key = z3.snapshot_key("a");
    let same = format!("<Contents><Key>{key}</Key></Contents>");
    let fresh = |page: usize| {
        let row = |row| {
            format!(
                "<Contents><Key>{page}-{row}-{}</Key></Contents>",
                "k".repeat(7000)
            )
        };
        (0..900).map(row).collect()
    };
    for (act, words) in [
        (pages(|_| String::new(), 2), "the listing does not go on"),
        (
            pages(move |_| same.clone(), usize::MAX),
            "the listing does not go on",
        ),
        (pages(fresh, usize::MAX), "the listing has no end"),
    ] {
        proxy.rule("GET", "list-type=2", When::Always, act);
        let stderr = refused(z3.z3(["status"]));
        assert!(stderr.contains(words), "{stderr}");
        proxy.heal();
    }
    z3.dataset.create().snapshot("a");
    for (program, status) in [("backup", 1), ("verify", 3)] {
        let round = pages(|_| String::new(), 2);
        proxy.rule("GET", "list-type=2", When::Always, round);
        let stderr = z3.z3([program]).run().expect_status(status).stderr;
        assert!(stderr.contains("the listing does not go on"), "{stderr}");
        proxy.heal();
    }
}

#[test]
fn what_a_listing_does_not_need_takes_no_memory() {
    let (proxy, z3) = scene("rows");
    let rows = "<r><c/></r>".repeat(700_000);
    let xml = format!("<ListBucketResult>{rows}</ListBucketResult>");
    let answer = Message::answer(200, xml.into_bytes());
    proxy.rule("GET", "list-type=2", When::Always, Act::Answer(answer));
    let ended = z3.z3(["status"]).run().expect_ok();
    assert!(ended.peak_kib < 100 << 10, "{} KiB", ended.peak_kib);
}

#[test]
fn answers_that_come_drop_by_drop_are_given_up() {
    let (proxy, z3) = scene("drops");
    z3.bucket.put(&z3.key("a"), &noise(300_000, 1), &[]);
    proxy.rule("GET", "", When::Always, Act::Throttle(3));
    let stderr = refused(get(&z3, "a"));
    assert!(stderr.contains("less than 128 bytes a second"), "{stderr}");
    let stderr = refused(quick(z3.z3(["status"])));
    assert!(stderr.contains("takes too long to say it all"), "{stderr}");
    // Of an error the status is enough.
    let nowhere = quick(z3.z3(["status"])).env("BUCKET", "no-such-bucket");
    let stderr = refused(nowhere);
    assert!(stderr.contains("HTTP status 404"), "{stderr}");
}

#[test]
fn a_pause_beyond_the_time_is_not_made() {
    let (proxy, z3) = scene("pause");
    let busy = Message::error(503, "SlowDown").with("Retry-After", "99999999999");
    proxy.rule("GET", "list-type=2", When::Always, Act::Answer(busy));
    let stderr = refused(z3.z3(["status"]).env("RETRY_FOR", "3"));
    let words = "SlowDown: said the proxy (it asks for a pause of 99999999999 s)";
    assert!(stderr.contains(words), "{stderr}");
    assert_eq!(proxy.count("GET", "list-type=2"), 1);
}
