//! Servers, and proxies before them, that lie, leave out, go on for ever, or know less than S3: every program ends, with a
//! word that helps, and nothing wrong is taken for right.

mod endless;
mod odd;

use crate::support::{Proxy, Run, Server, Z3};

/// A corner behind a proxy, where all is well so far.
fn scene(test: &str) -> (Proxy, Z3) {
    let proxy = Proxy::to(Server::Rgw.endpoint());
    let z3 = Z3::new(test).through(&proxy);
    (proxy, z3)
}

/// With no patience for what may pass.
fn quick(run: Run) -> Run {
    let run = run.env("RETRY_FOR", "0").env("MAX_RETRIES", "0");
    run.env("S3_TIMEOUT", "1")
}

/// What it says when it fails.
fn refused(run: Run) -> String {
    run.run().expect_status(1).stderr
}

fn get(z3: &Z3, name: &str) -> Run {
    quick(z3.program("z3_get", [z3.key(name)]))
}

#[test]
fn a_range_of_another_object_is_never_delivered() {
    use crate::support::{Act, Message, When, noise};
    let (proxy, z3) = scene("spliced");
    let body = noise(300_000, 1);
    z3.bucket.put(&z3.key("a"), &body, &[]);
    let longer = |answer: &mut Message| {
        let range = answer.header("Content-Range").unwrap().to_owned();
        answer.set("Content-Range", range.replace("/300000", "/600000"));
    };
    let nameless = |answer: &mut Message| answer.remove("ETag");
    let whole = |answer: &mut Message| answer.start = "HTTP/1.1 200 OK".to_owned();
    for (act, words) in [
        (
            Act::edit(longer),
            "another range than bytes 0-32767 of 300000",
        ),
        (Act::edit(nameless), "the answer has no ETag"),
        (Act::edit(whole), "(status 200"),
    ] {
        proxy.rule("GET", "/a", When::Always, act);
        let ended = get(&z3, "a").run().expect_status(1);
        assert!(ended.stderr.contains(words), "{}", ended.stderr);
        assert!(ended.stdout.is_empty());
        proxy.heal();
    }
    assert!(get(&z3, "a").run().expect_ok().stdout == body);
}
