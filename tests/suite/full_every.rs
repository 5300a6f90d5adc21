//! FULL_EVERY: where new chains begin, whichever run comes to it.

use crate::support::{Act, Proxy, Server, When, Z3};

const SEVEN: [&str; 7] = ["a", "b", "c", "d", "e", "f", "g"];

/// `a a>b d`: the name of each backup, and what it builds on.
fn chains(z3: &Z3) -> String {
    let one = |name: &&str| {
        let head = z3.bucket.head(&z3.snapshot_key(name)).unwrap();
        let parent = head.metadata.get("parent");
        let parent = parent.map(|parent| parent.rsplit_once('@').unwrap().1.to_owned() + ">");
        format!("{}{name}", parent.unwrap_or_default())
    };
    let stored = SEVEN.iter().filter(|name| {
        let key = z3.snapshot_key(name);
        z3.bucket.head(&key).is_some()
    });
    stored.map(one).collect::<Vec<_>>().join(" ")
}

const TWO_EACH: &str = "a a>b b>c d d>e e>f g";

#[test]
fn a_backlog_has_the_fulls_that_single_nights_would_have_had() {
    let nights = Z3::new("full-every-nights");
    for name in SEVEN {
        nights.dataset.history(&[name]);
        nights.says(["backup", "--full-every", "2"]);
    }
    assert_eq!(chains(&nights), TWO_EACH);
    let backlog = Z3::new("full-every-backlog");
    backlog.dataset.history(&SEVEN);
    let dry = backlog.says(["backup", "--full-every", "2", "--dry-run"]);
    assert_eq!(dry.matches("--meta isfull=true").count(), 3, "{dry}");
    let run = backlog.z3(["-v", "backup"]).env("FULL_EVERY", "2");
    let said = run.run().expect_ok().stderr;
    let reason = "@d: the chain has 2 increments (FULL_EVERY=2): a new chain begins";
    assert!(said.contains(reason), "{said}");
    assert_eq!(chains(&backlog), TWO_EACH);
    let tree = backlog.dataset.tree();
    backlog.dataset.destroy();
    // The last chain is enough.
    backlog.says(["restore", "g"]);
    assert!(backlog.dataset.tree() == tree);
    assert_eq!(backlog.dataset.snapshots(), ["g"]);
}

#[test]
fn a_full_that_fails_leaves_the_old_chain_and_comes_with_the_next_run() {
    let proxy = Proxy::to(Server::Rgw.endpoint());
    let z3 = Z3::new("full-every-fails").through(&proxy);
    z3.dataset.history(&SEVEN[..6]);
    let (path, refused) = (
        z3.snapshot_key("d").replace('@', "%40"),
        Act::error(403, "AccessDenied"),
    );
    proxy.rule("POST", &path, When::Always, refused);
    let backup = || z3.z3(["backup"]).env("FULL_EVERY", "2");
    backup().run().expect_status(1);
    assert_eq!(chains(&z3), "a a>b b>c");
    assert!(
        z3.says(["status"])
            .contains("c    | b      | incremental | ok ")
    );
    proxy.heal();
    backup().run().expect_ok();
    assert_eq!(chains(&z3), "a a>b b>c d d>e e>f");
    // Without the rule the chain goes on.
    z3.dataset.history(&SEVEN[6..]);
    z3.says(["backup"]);
    assert_eq!(chains(&z3), "a a>b b>c d d>e e>f f>g");
}

#[test]
fn sizes_and_an_older_chain_count() {
    let z3 = Z3::new("full-every-ratio");
    z3.dataset.history(&SEVEN[..3]);
    z3.says(["backup", "--compressor", "none"]);
    // What the Python stored says neither when it was made nor its guid.
    for name in &SEVEN[..3] {
        let key = z3.snapshot_key(name);
        let (bytes, head) = (z3.bucket.get(&key), z3.bucket.head(&key).unwrap());
        let known = ["isfull", "parent", "size"].into_iter();
        let metadata: Vec<(&str, &str)> = known
            .filter_map(|name| Some((name, head.metadata.get(name)?.as_str())))
            .collect();
        z3.bucket.put(&key, &bytes, &metadata);
    }
    z3.dataset.history(&SEVEN[3..4]);
    z3.says(["backup", "--full-every", "ratio:1000,year,365d"]);
    assert_eq!(chains(&z3), "a a>b b>c c>d");
    z3.dataset.history(&SEVEN[4..6]);
    z3.says(["backup", "--full-every", "ratio:0.5"]);
    assert_eq!(chains(&z3), "a a>b b>c c>d e e>f");
    for (rule, words) in [
        ("daily", "expected never, or week"),
        ("0", "expected never"),
    ] {
        let said = z3
            .z3(["backup", "--full-every", rule])
            .run()
            .expect_status(2);
        assert!(said.stderr.contains(words), "{}", said.stderr);
    }
}

/// What a backlog takes is known as it is stored.
#[test]
fn a_ratio_is_that_of_what_the_run_itself_has_stored() {
    let rule = "ratio:2.2,4";
    let run = |z3: &Z3| {
        let run = z3.z3(["-v", "backup", "--compressor", "none"]);
        run.env("FULL_EVERY", rule).run().expect_ok().stderr
    };
    let nights = Z3::new("full-every-ratio-nights");
    for name in SEVEN {
        nights.dataset.history(&[name]);
        run(&nights);
    }
    let backlog = Z3::new("full-every-ratio-backlog");
    backlog.dataset.history(&SEVEN);
    let said = run(&backlog);
    assert!(said.contains("FULL_EVERY=ratio:2.2"), "{said}");
    assert_eq!(chains(&backlog), chains(&nights), "{said}");
    let fulls = |z3: &Z3| chains(z3).split(' ').filter(|it| !it.contains('>')).count();
    assert!(fulls(&backlog) > 1, "{}", chains(&backlog));
    backlog.says(["verify", "--level", "data"]);
}

/// The bytes of the full are asked when it was made. They turn out to be none of a backup: nothing is built on it.
#[test]
fn a_full_that_is_no_stream_is_found_out_in_the_same_run() {
    let z3 = Z3::new("full-every-junk");
    z3.dataset.history(&SEVEN[..2]);
    z3.says(["backup"]);
    z3.dataset.history(&SEVEN[2..3]);
    let junk = [("isfull", "true"), ("size", "1")];
    z3.bucket
        .put(&z3.snapshot_key("a"), b"no stream at all", &junk);
    let refused = z3.z3(["backup"]).env("FULL_EVERY", "year").run();
    let said = refused.expect_status(1).stderr;
    assert!(
        said.contains("@b is broken: parent broken (@a: no stream"),
        "{said}"
    );
    assert!(
        said.contains("'z3 backup --full' starts a new one"),
        "{said}"
    );
    assert_eq!(chains(&z3), "a a>b");
}
