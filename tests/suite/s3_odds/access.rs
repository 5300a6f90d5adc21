//! Who is asked, who asks, and what the user reads when either is wrong.

use crate::support::{Act, ENV, Message, Proxy, Run, Server, When, Z3};

/// Nobody listens there.
const NOWHERE: &str = "http://127.0.0.1:1";

/// A corner with an object `a`, and `z3_get` of it without waiting for better times.
fn corner(test: &str) -> Z3 {
    let z3 = Z3::new(test);
    z3.bucket.put(&z3.key("a"), b"content", &[]);
    z3
}

fn get(z3: &Z3) -> Run {
    let run = z3.program("z3_get", [z3.key("a")]);
    run.env("RETRY_FOR", "0").env("MAX_RETRIES", "0")
}

fn works(run: Run) -> String {
    let ended = run.run().expect_ok();
    assert_eq!(ended.text(), "content");
    ended.stderr
}

#[test]
fn the_endpoint_has_three_names() {
    let z3 = corner("endpoint");
    let (rgw, any) = (Server::Rgw.endpoint(), "AWS_ENDPOINT_URL");
    let unnamed = || get(&z3).env_remove("S3_ENDPOINT");
    works(unnamed().env(any, rgw));
    works(unnamed().env("AWS_ENDPOINT_URL_S3", rgw).env(any, NOWHERE));
    works(get(&z3).env("AWS_ENDPOINT_URL_S3", NOWHERE));
    let file = z3.file("z3.conf", format!("[main]\nHOST={rgw}\n"));
    let from_file = || {
        unnamed()
            .env("Z3_CONFIG", &file)
            .env("HOST", "a-shells-own")
    };
    works(from_file());
    works(from_file().env(any, NOWHERE));
}

#[test]
fn a_session_token_goes_with_its_own_key_alone() {
    let z3 = corner("token");
    let proxy = Proxy::to(Server::Rgw.endpoint());
    let z3 = z3.through(&proxy);
    let tokens = || {
        let sent = |name: &str| name.eq_ignore_ascii_case("x-amz-security-token");
        let seen = proxy.seen("", "");
        let with =
            |one: &crate::support::proxy::Seen| one.headers.iter().any(|(name, _)| sent(name));
        (seen.iter().filter(|one| with(one)).count(), seen.len())
    };
    works(
        get(&z3)
            .env("AWS_SESSION_TOKEN", "token")
            .env("AWS_ACCESS_KEY_ID", "other"),
    );
    assert!(matches!(tokens(), (0, 1..)));
    let (without, all) = tokens();
    get(&z3)
        .env_remove("S3_KEY_ID")
        .env_remove("S3_SECRET")
        .env("AWS_ACCESS_KEY_ID", &ENV.key_id)
        .env("AWS_SECRET_ACCESS_KEY", &ENV.secret)
        .env("AWS_SESSION_TOKEN", "token")
        .run();
    let (with, later) = tokens();
    assert_eq!(with - without, later - all);
    assert!(later > all);
}

#[test]
fn what_is_wrong_is_named() {
    let z3 = corner("wrong");
    let no_bucket = format!("no bucket nosuch at {}", Server::Rgw.endpoint());
    let cases = [
        (
            "S3_SECRET",
            "guess",
            "SignatureDoesNotMatch (check S3_SECRET)",
        ),
        (
            "S3_KEY_ID",
            "nobody",
            "InvalidAccessKeyId (check S3_KEY_ID)",
        ),
        ("BUCKET", "nosuch", &no_bucket),
        ("S3_ENDPOINT", NOWHERE, "connection refused by 127.0.0.1:1"),
        (
            "S3_ENDPOINT",
            "ftp://127.0.0.1",
            "S3_ENDPOINT in the environment: ",
        ),
    ];
    z3.dataset.create().snapshot("1");
    for (name, value, words) in cases {
        // The first answer has a body that says why; an answer to HEAD has none.
        for (program, arguments, stdin) in [
            ("z3", vec!["status".to_owned()], ""),
            ("z3_get", vec![z3.key("a")], ""),
            ("pput", vec![z3.key("b")], "x"),
            ("z3", vec!["backup".to_owned()], ""),
        ] {
            let run = z3.program(program, arguments).stdin(stdin).env(name, value);
            let ended = run.env("RETRY_FOR", "0").env("MAX_RETRIES", "0").run();
            let stderr = ended.expect_status(1).stderr;
            assert!(stderr.contains(words), "{program} {name}={value}: {stderr}");
            assert!(!stderr.contains(&ENV.secret), "{stderr}");
        }
    }
    assert_eq!(z3.keys(), ["a"]);
}

#[test]
fn a_wrong_clock_costs_a_warning() {
    // By ten minutes the gateway is still content; what it would say about more comes from the proxy.
    for (seconds, words) in [(600, "behind"), (-600, "ahead of")] {
        let proxy = Proxy::to(Server::Rgw.endpoint());
        let z3 = corner("skew").through(&proxy);
        let late = Message::error(403, "RequestTimeTooSkewed");
        let date = crate::support::proxy::http_date(seconds);
        let late = Act::Answer(late.with("Date", date));
        proxy.rule("", "", When::First(2), late);
        let told = works(get(&z3));
        let warning = "z3_get: the clock of this machine is ";
        assert!(told.starts_with(warning) && told.contains(words), "{told}");
        assert_eq!(told.lines().count(), 1, "{told}");
        // HEAD, which cannot say why, and a listing, which can: both signed by our clock; then by the server's.
        let seen = proxy.seen("", "");
        let minute = |at: usize| {
            let headers = &seen[at].headers;
            let (_, date) = headers
                .iter()
                .find(|(name, _)| name == "x-amz-date")
                .unwrap();
            date[9..13].parse::<i64>().unwrap()
        };
        assert_ne!(minute(1), minute(2));
    }
}
