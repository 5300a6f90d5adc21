//! Keys, metadata and snapshot names with every letter that some layer would like to have for itself.

use crate::support::{Z3, noise, prose};

#[test]
fn odd_keys_are_stored_under_their_own_names() {
    let z3 = Z3::new("keys");
    let names = [
        "a b",
        "a  b",
        "trailing ",
        " leading",
        "a+b",
        "a%20b",
        "100%",
        "a~b",
        "a&b=c",
        "a?b#c",
        "it's \"quoted\"",
        "<a>;$(b)`c`\\d|e*",
        "Ünï/日本",
        "a//b",
        "/a",
        "a/../b",
        "./a",
        "a/",
        "(a)!,:@$",
    ];
    for (seed, name) in (1..).zip(names) {
        let (key, body) = (z3.key(name), noise(1000, seed));
        z3.program("pput", ["--quiet", &key])
            .stdin(body.clone())
            .run()
            .expect_ok();
        assert!(z3.bucket.get(&key) == body, "{name}");
        let got = z3.program("z3_get", [&key]).run().expect_ok();
        assert!(got.stdout == body, "{name}");
    }
    let (mut stored, mut wanted) = (z3.keys(), names.map(str::to_owned).to_vec());
    stored.sort();
    wanted.sort();
    assert_eq!(stored, wanted);
}

#[test]
fn metadata_that_no_header_can_carry_is_encoded() {
    let z3 = Z3::new("metadata");
    let values = [
        ("plain", "tank/a b@x", "tank/a b@x"),
        ("blanks", "two  blanks ", "two %20blanks%20"),
        ("leading", " x", "%20x"),
        ("percent", "100% %41", "100%25 %2541"),
        ("letters", "Ünï", "%C3%9Cn%C3%AF"),
        ("equals", "a=b=c", "a=b=c"),
    ];
    let mut arguments = vec!["--quiet".to_owned(), z3.key("a")];
    for (name, value, _) in values {
        arguments.extend(["--meta".to_owned(), format!("{name}={value}")]);
    }
    z3.program("pput", arguments).stdin("x").run().expect_ok();
    let stored = z3.bucket.head(&z3.key("a")).unwrap().metadata;
    for (name, _, sent) in values {
        assert_eq!(stored[name], sent);
    }
}

#[test]
fn names_with_blanks_make_a_chain_that_restores() {
    let z3 = Z3::new("blan  ks");
    let set = &z3.dataset;
    let names = ["two  blanks", "trailing ", "and:then_some.more-1"];
    set.create().write("a", &noise(50_000, 1));
    for (seed, name) in (2..).zip(names) {
        set.write(name, &prose(20_000, seed)).snapshot(name);
    }
    let made = z3.z3(["backup"]).run().expect_ok();
    assert_eq!(made.text().lines().count(), 3, "{}", made.text());
    let mut wanted = names.map(|name| format!("{}@{name}", set.name));
    wanted.sort();
    assert_eq!(z3.keys(), wanted);
    // The names come back through metadata: a chain is healthy only if each parent is found.
    let status = z3.z3(["status", "--json"]).run().expect_ok();
    assert_eq!(
        status.text().matches("\"health\":\"ok\"").count(),
        3,
        "{}",
        status.text()
    );
    let (tree, guids) = (set.tree(), names.map(|name| set.guid(name)));
    set.destroy();
    z3.z3(["restore", &format!("{}@{}", set.name, names[2])])
        .run()
        .expect_ok();
    assert_eq!(
        (set.tree(), names.map(|name| set.guid(name))),
        (tree, guids)
    );
    let again = z3.z3(["backup"]).run().expect_ok();
    assert_eq!(z3.keys().len(), 3, "{}", again.text());
}
