//! The proxy is faithful until told otherwise, and each act does to a client what its description says.

use std::thread;
use std::time::Duration;

use crate::support::{Act, Broken, Bucket, Message, Proxy, Server, When, Z3, noise};

/// A corner of the bucket, a proxy, and the bucket seen through it.
fn proxied(server: Server, test: &str) -> (Z3, Proxy, Bucket) {
    let proxy = Proxy::to(server.endpoint());
    let through = Bucket::at(&proxy.endpoint());
    (Z3::on(server, test), proxy, through)
}

fn get(bucket: &Bucket, key: &str) -> Result<Vec<u8>, Broken> {
    bucket
        .try_ask("GET", key, &[], &[], b"")
        .map(|answer| answer.body)
}

#[test]
fn both_servers_accept_what_was_signed_for_the_proxy() {
    for server in [Server::Rgw, Server::SeaweedFs] {
        let (z3, proxy, through) = proxied(server, "faithful");
        let part = noise(5 << 20, 3);
        through.put_multipart(&z3.key("proxied/a"), &[&part, b"tail"], &[("size", "7")]);
        assert_eq!(
            z3.bucket.head(&z3.key("proxied/a")),
            through.head(&z3.key("proxied/a"))
        );
        assert!(through.get(&z3.key("proxied/a")) == z3.bucket.get(&z3.key("proxied/a")));
        assert_eq!(through.keys(&z3.prefix), z3.bucket.keys(&z3.prefix));
        assert_eq!(proxy.count("PUT", "partNumber="), 2);
        assert_eq!(proxy.part_bytes(), (5 << 20) + 4);
        assert_eq!(proxy.seen("HEAD", "proxied").len(), 1);
        through.delete(&z3.key("proxied/a"));
        assert_eq!(proxy.connections(), proxy.count("", ""));
    }
}

#[test]
fn answers_of_its_own_do_not_reach_the_server() {
    let (z3, proxy, through) = proxied(Server::Rgw, "own");
    let slow = Message::error(503, "SlowDown").with("Retry-After", 1);
    proxy
        .rule(
            "PUT",
            "own/a",
            When::Nth(2),
            Act::error(500, "InternalError"),
        )
        .rule("PUT", "own/", When::First(1), Act::Answer(slow));
    let put = || through.ask("PUT", &z3.key("own/a"), &[], &[], b"x");
    let first = put();
    assert_eq!(
        (first.status, first.headers["retry-after"].as_str()),
        (503, "1")
    );
    assert!(first.xml().contains("<Code>SlowDown</Code>"));
    assert_eq!(put().status, 500);
    assert_eq!(z3.bucket.head(&z3.key("own/a")), None);
    assert_eq!(put().status, 200);
    proxy.rule("GET", "", When::Always, Act::error(200, "InternalError"));
    assert!(through.get(&z3.key("own/a")).starts_with(b"<?xml"));
    proxy.heal();
    assert_eq!(through.get(&z3.key("own/a")), b"x");
}

#[test]
fn connections_break_before_and_after_the_deed() {
    let (z3, proxy, through) = proxied(Server::Rgw, "break");
    let put = |key: &str| {
        through
            .try_ask("PUT", key, &[], &[], b"x")
            .map(|answer| answer.status)
    };
    proxy.rule("PUT", "break/before", When::Always, Act::Refuse);
    assert_eq!(put(&z3.key("break/before")), Err(Broken::NoAnswer));
    assert_eq!(z3.bucket.head(&z3.key("break/before")), None);
    proxy.rule("PUT", "break/after", When::Always, Act::LoseReply);
    assert_eq!(put(&z3.key("break/after")), Err(Broken::NoAnswer));
    assert!(z3.bucket.head(&z3.key("break/after")).is_some());
    let other = Message::error(500, "InternalError");
    proxy.rule("PUT", "break/late", When::Always, Act::ReplaceReply(other));
    assert_eq!(put(&z3.key("break/late")), Ok(500));
    assert!(z3.bucket.head(&z3.key("break/late")).is_some());
}

#[test]
fn bodies_are_cut_stalled_edited_and_slowed() {
    let (z3, proxy, through) = proxied(Server::Rgw, "body");
    let body = noise(100_000, 4);
    z3.bucket.put(&z3.key("body/a"), &body, &[]);
    proxy.rule("GET", "body/", When::Nth(1), Act::CutBody(60_000));
    assert_eq!(get(&through, &z3.key("body/a")), Err(Broken::Cut));
    proxy.heal();
    proxy.rule(
        "GET",
        "body/",
        When::Nth(1),
        Act::edit(|answer| answer.body[7] ^= 1),
    );
    let edited = through.get(&z3.key("body/a"));
    assert!(edited[7] == body[7] ^ 1 && edited[8..] == body[8..]);
    proxy.heal();
    proxy.rule("", "", When::Always, Act::Throttle(400_000));
    let start = std::time::Instant::now();
    through.put(&z3.key("body/b"), &body, &[]);
    assert!(through.get(&z3.key("body/b")) == body);
    // Not a measurement: 200,000 bytes cannot take less than this at that rate.
    assert!(start.elapsed() > Duration::from_millis(450));
    proxy.heal();
    proxy.rule("", "", When::Always, Act::Delay(Duration::from_millis(300)));
    let start = std::time::Instant::now();
    assert!(through.get(&z3.key("body/b")) == body && start.elapsed() > Duration::from_millis(300));
}

#[test]
fn silence_lasts_until_the_proxy_ends() {
    for (act, broken) in [
        (Act::Silence, Broken::NoAnswer),
        (Act::Deafness, Broken::NoAnswer),
        (Act::StallBody(10), Broken::Cut),
    ] {
        let (z3, proxy, through) = proxied(Server::Rgw, "silent");
        z3.bucket
            .put(&z3.key("silent/a"), b"more than ten bytes", &[]);
        proxy.rule("GET", "silent/", When::Always, act);
        let key = z3.key("silent/a");
        let asked = thread::spawn(move || get(&through, &key));
        while proxy.count("GET", "silent/") == 0 {
            thread::sleep(Duration::from_millis(5));
        }
        thread::sleep(Duration::from_millis(100));
        assert!(!asked.is_finished());
        drop(proxy);
        assert_eq!(asked.join().unwrap(), Err(broken));
    }
}

#[test]
fn a_swallowed_part_is_acknowledged_and_absent() {
    let (z3, proxy, through) = proxied(Server::Rgw, "swallow");
    let id = through.create_upload(&z3.key("swallow/a"), &[]);
    proxy.rule("PUT", "partNumber=2", When::Always, Act::SwallowPart);
    for number in [1, 2, 3] {
        through.put_part(&z3.key("swallow/a"), &id, number, b"part");
    }
    assert_eq!(z3.bucket.parts(&z3.key("swallow/a"), &id), [(1, 4), (3, 4)]);
}

#[test]
fn dates_age() {
    let (z3, proxy, through) = proxied(Server::Rgw, "aged");
    through.create_upload(&z3.key("aged/a"), &[]);
    proxy.rule("GET", "uploads=", When::Always, Act::age_dates(10));
    proxy.rule("HEAD", "", When::Always, Act::shift_clock(-3600));
    let uploads = through.ask(
        "GET",
        "",
        &[("prefix", z3.prefix.as_str()), ("uploads", "")],
        &[],
        b"",
    );
    let aged = uploads
        .xml()
        .split("<Initiated>")
        .nth(1)
        .unwrap()
        .to_owned();
    proxy.heal();
    let fresh = through.ask(
        "GET",
        "",
        &[("prefix", z3.prefix.as_str()), ("uploads", "")],
        &[],
        b"",
    );
    assert!(fresh.xml().split("<Initiated>").nth(1).unwrap()[..19] > aged[..19]);
    assert!(aged.contains("</Initiated>"));
    proxy.rule("HEAD", "", When::Always, Act::shift_clock(-3600));
    let past = through
        .ask("HEAD", &z3.key("aged/x"), &[], &[], b"")
        .headers["date"]
        .clone();
    proxy.heal();
    let now = through
        .ask("HEAD", &z3.key("aged/x"), &[], &[], b"")
        .headers["date"]
        .clone();
    assert!(past.len() == now.len() && past != now, "{past} {now}");
}
