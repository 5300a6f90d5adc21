//! What is a name, what is none, and what is made of both.

use super::*;

fn dataset(text: &str) -> Dataset {
    Dataset::parse(text).unwrap()
}

#[test]
fn names_that_zfs_takes() {
    for text in [
        "tank",
        "tank/spam",
        "zpeer/fs",
        "t-1/a b/c.d:e_f",
        "Tank/Spam",
    ] {
        assert_eq!(dataset(text).as_str(), text);
    }
    let name = SnapName::from("zfs-auto-snap:daily-2015-03-01 x");
    let snapshot = dataset("tank/spam").snapshot(&name).unwrap();
    assert_eq!(snapshot.to_string(), format!("tank/spam@{name}"));
    assert_eq!(
        (snapshot.dataset(), snapshot.name()),
        (&dataset("tank/spam"), &name)
    );
    let bookmark = dataset("tank/spam").bookmark(name.as_str()).unwrap();
    assert_eq!(bookmark.to_string(), format!("tank/spam#{name}"));
    // 255 bytes, and one more.
    for (bytes, fits) in [(250, true), (251, false)] {
        let long = SnapName::from("x".repeat(bytes).as_str());
        assert_eq!(dataset("tank").may_have(&long), fits);
    }
}

#[test]
fn names_that_zfs_refuses() {
    for text in [
        "",
        "/tank",
        "tank/",
        "tank//spam",
        "tank@x",
        "tank/sp;am",
        "-rf",
        "1tank/spam",
        "tank\n",
        "tank/../x",
        "t\u{e4}nk",
    ] {
        assert!(Dataset::parse(text).is_err(), "{text:?}");
    }
    let dataset = dataset("tank");
    for name in ["", "a@b", "a/b", "a%b", "a#b", "a\n", &"x".repeat(251)] {
        assert!(dataset.snapshot(&name.into()).is_err(), "{name:?}");
        assert!(dataset.bookmark(name).is_err(), "{name:?}");
    }
}

#[test]
fn a_name_is_the_datasets_own_or_anothers() {
    let dataset = dataset("tank/a");
    for (name, within) in [
        ("tank/a", Some(Within::Itself)),
        ("tank/a@x", Some(Within::Snapshot("x"))),
        ("tank/a@x@y", Some(Within::Snapshot("x@y"))),
        ("tank/a@", Some(Within::Snapshot(""))),
        ("tank/a#x", Some(Within::Bookmark("x"))),
        ("tank/a/b@x", Some(Within::Below)),
        ("tank/ab@x", None),
        ("tank@x", None),
        ("", None),
    ] {
        assert_eq!(dataset.within(name), within, "{name}");
    }
    for (wanted, own) in [
        ("x", "x"),
        ("tank/a@x", "x"),
        ("tank/b@x", "tank/b@x"),
        ("tank/a/b@x", "tank/a/b@x"),
        ("", ""),
    ] {
        assert_eq!(dataset.own_name(wanted).as_str(), own);
    }
}

#[test]
fn whoever_wrote_a_full_name_it_has_two_parts_or_none() {
    let full = |text: &str| FullName::from(text.to_owned());
    for (text, name, own) in [
        ("tank/a@x", Some("x"), Some("x")),
        ("tank/a@x@y", Some("x@y"), Some("x@y")),
        ("tank/b@x", Some("x"), None),
        ("@x", Some("x"), None),
        ("tank/a", None, None),
        ("", None, None),
    ] {
        let full = full(text);
        assert_eq!(full.name(), name, "{text}");
        assert_eq!(full.name_in(&dataset("tank/a")), own, "{text}");
    }
    assert_eq!(split_key("back@up/tank/a@x"), Some(("back@up/tank/a", "x")));
}

#[test]
fn a_strangers_name_steers_no_terminal_and_is_told_as_it_is() {
    let name = SnapName::from("a\u{1b}[2J\nz3: all is well");
    assert_eq!(name.to_string(), "a?[2J?z3: all is well");
    let full = dataset("tank/a").full_name(&name);
    assert_eq!(full.to_string(), "tank/a@a?[2J?z3: all is well");
    assert_eq!(full.name_in(&dataset("tank/a")), Some(name.as_str()));
    assert_eq!(serde_json::json!(name), name.as_str());
    assert_eq!(serde_json::json!(full), full.as_str());
    assert!(dataset("tank/a").snapshot(&name).is_err());
}
