//! What could not be looked at is not damaged: exit status 3.

use std::fs;

use super::Stored;
use crate::support::{Act, Gpg, Proxy, Server, When, Z3};

#[test]
fn without_the_secret_key_nothing_is_known() {
    let z3 = Z3::new("verify-gpg");
    let gpg = Gpg::new(&z3, "z3_backup");
    let stored = Stored::new(z3, "gpg");
    assert_eq!(stored.verdicts(&[], 0), ["ok a", "ok b", "ok c"]);
    let stranger = stored.z3.dir().join("stranger");
    fs::create_dir(&stranger).unwrap();
    let verify = || stored.z3.z3(["verify", "b"]).env("GNUPGHOME", &stranger);
    let ended = verify().run().expect_status(3);
    assert!(ended.text().contains("unread   a  "), "{}", ended.text());
    assert!(ended.text().contains("No secret key"), "{}", ended.text());
    assert_eq!(ended.stderr, "z3: 2 of 2 backups could not be looked at\n");
    // Nor is anything known where there is no gpg.
    let none = verify().env("PATH", stored.z3.dir().join("tmp")).run();
    let none = none.expect_status(3);
    assert!(
        none.text().contains("run gpg: not found in PATH"),
        "{}",
        none.text()
    );
    // But what does not need it is looked at.
    assert_eq!(stored.verdicts(&["--level", "list"], 0).len(), 3);
    drop(gpg);
}

#[test]
fn what_the_server_does_not_give_is_unread_and_the_rest_is_looked_at() {
    let proxy = Proxy::to(Server::Rgw.endpoint());
    let stored = Stored::new(Z3::new("verify-403").through(&proxy), "pigz1");
    let verdicts = |status| {
        let verify = stored
            .z3
            .z3(["verify"])
            .env("RETRY_FOR", "0")
            .env("MAX_RETRIES", "1");
        let ended = verify.run().expect_status(status);
        let text = ended.text().to_owned();
        let words = text
            .lines()
            .skip(3)
            .map(|line| line.split_whitespace().next().unwrap());
        let words: Vec<_> = words.collect();
        (words[..3].join(" "), text)
    };
    let change = {
        let (key, bytes) = (stored.z3.snapshot_key("b"), stored.bytes("a"));
        move |_: &mut crate::support::Message| {
            crate::support::Bucket::of(Server::Rgw).put(&key, &bytes, &[]);
        }
    };
    for (act, words) in [
        (Act::error(403, "AccessDenied"), "AccessDenied"),
        (Act::error(403, "InvalidObjectState"), "InvalidObjectState"),
        (Act::error(500, "InternalError"), "InternalError"),
        (Act::error(404, "NoSuchKey"), "NoSuchKey"),
        (Act::Refuse, ""),
        (Act::CutBody(1000), ""),
    ] {
        proxy.heal();
        proxy.rule("GET", "%40b", When::Always, act);
        let (verdicts, text) = verdicts(3);
        assert_eq!(verdicts, "ok unread ok", "{text}");
        assert!(text.contains(words), "{text}");
        assert!(text.contains(&stored.z3.snapshot_key("b")), "{text}");
    }
    // Replaced between HEAD and GET.
    proxy.heal();
    proxy.rule("HEAD", "%40b", When::First(1), Act::edit(change));
    let (told, text) = verdicts(3);
    assert_eq!(told, "ok unread ok", "{text}");
    assert!(text.contains("PreconditionFailed"), "{text}");
    stored.heal();
    // Damage is what counts where there is both.
    proxy.heal();
    proxy.rule("GET", "%40b", When::Always, Act::error(403, "AccessDenied"));
    stored.put("c", &stored.bytes("c")[..1000], "c", &[]);
    assert_eq!(verdicts(1).0, "ok unread damaged");
    proxy.heal();
    proxy.rule(
        "GET",
        "list-type",
        When::Always,
        Act::error(403, "AccessDenied"),
    );
    let ended = stored.z3.z3(["verify"]).run().expect_status(3);
    assert_eq!(ended.text(), "");
    assert!(ended.stderr.contains("AccessDenied"), "{}", ended.stderr);
}

#[test]
fn an_archived_object_is_unread() {
    let proxy = Proxy::to(Server::Rgw.endpoint());
    let stored = Stored::new(Z3::new("verify-archived").through(&proxy), "none");
    let archived = |answer: &mut crate::support::Message| {
        answer.set("x-amz-storage-class", "GLACIER".to_owned());
    };
    let refusal = Act::error(403, "InvalidObjectState");
    proxy.rule("HEAD", "%40b", When::Always, Act::edit(archived));
    proxy.rule("GET", "%40b", When::Always, refusal);
    let verdicts = stored.verdicts(&[], 3);
    assert_eq!(verdicts, ["ok a", "unread b", "ok c"]);
    let path = stored.z3.snapshot_key("b").replace('@', "%40");
    assert_eq!(
        proxy.count("GET", &path),
        1,
        "whether it has a readable copy"
    );
    assert_eq!(stored.verdicts(&["--level", "list"], 0).len(), 3);
}
