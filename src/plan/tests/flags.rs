//! How the next link of a chain is sent: every row of the table of doc/design.md.

use super::super::flags::{Ruling, Sent, Wish, rule};
use super::*;
use crate::catalog::First;
use crate::send_flags::Raw;
use crate::send_flags::SendFlags;
use crate::stream::Begin;

fn flags(letters: &str) -> SendFlags {
    SendFlags::parse(letters).unwrap()
}

/// `w+on`: an encrypted dataset with `RAW=on`.
fn wish(letters: &str, raw: Raw, encrypted: bool) -> Wish {
    Wish {
        flags: flags(letters),
        raw,
        full_on_change: true,
        encrypted,
    }
}

fn sent(letters: &str) -> Option<Sent> {
    let flags = flags(letters);
    Some(Sent {
        counts: flags,
        noted: flags,
    })
}

/// `Lc`, or `anew Lc` for a new chain.
fn ruled(wish: &Wish, base: Option<Sent>) -> String {
    match rule(wish, base) {
        Ok(Ruling { flags, anew, .. }) if anew => format!("anew {flags}"),
        Ok(Ruling { flags, .. }) => flags.to_string(),
        Err(error) => format!("error: {error}"),
    }
}

#[test]
fn a_new_chain_of_an_encrypted_dataset_is_raw_and_no_other() {
    for (letters, raw, encrypted, wanted) in [
        ("", Raw::Auto, false, ""),
        ("", Raw::Auto, true, "w"),
        ("Lc", Raw::Auto, true, "Lcw"),
        ("", Raw::On, true, "w"),
        ("", Raw::On, false, ""),
        ("Lce", Raw::On, false, "Lce"),
        ("", Raw::Off, true, ""),
        ("c", Raw::Off, false, "c"),
    ] {
        let wish = wish(letters, raw, encrypted);
        assert_eq!(ruled(&wish, None), wanted, "{wish:?}");
        let risk = rule(&wish, None).unwrap().risk;
        assert_eq!(risk.is_some(), raw == Raw::Off && encrypted, "{risk:?}");
    }
}

#[test]
fn what_a_chain_cannot_have_begins_a_new_one_or_is_left() {
    // What is wanted, of an encrypted dataset or not, on what; with FULL_ON_CHANGE on and off.
    for (letters, raw, encrypted, base, on, off) in [
        ("", Raw::Auto, false, "", "", ""),
        ("ce", Raw::Auto, false, "", "ce", "ce"),
        ("", Raw::Auto, false, "ce", "", ""),
        ("L", Raw::Auto, false, "", "L", "L"),
        ("c", Raw::Auto, false, "Le", "anew c", "Lc"),
        ("", Raw::Auto, true, "", "", ""),
        ("", Raw::Auto, true, "w", "w", "w"),
        ("", Raw::Auto, true, "Lcw", "w", "w"),
        ("Lc", Raw::Auto, true, "w", "Lcw", "Lcw"),
        ("", Raw::On, true, "", "anew w", ""),
        ("", Raw::On, true, "L", "anew w", "L"),
        ("", Raw::On, true, "w", "w", "w"),
        ("", Raw::On, false, "", "", ""),
        ("c", Raw::Off, true, "Lcw", "anew c", "cw"),
        ("", Raw::Off, true, "", "", ""),
        (
            "",
            Raw::Auto,
            false,
            "w",
            "anew ",
            "error: the stored chain is raw, the dataset is not encrypted, and FULL_ON_CHANGE is off",
        ),
    ] {
        let wish = wish(letters, raw, encrypted);
        assert_eq!(ruled(&wish, sent(base)), on, "{wish:?} on {base}");
        let keeping = Wish {
            full_on_change: false,
            ..wish
        };
        assert_eq!(ruled(&keeping, sent(base)), off, "{keeping:?} on {base}");
        let told = rule(&wish, sent(base)).unwrap().notice;
        assert!(
            told.is_some() || !on.starts_with("anew"),
            "{wish:?} on {base}"
        );
    }
}

#[test]
fn risks_are_told_when_they_begin() {
    let large = wish("L", Raw::Auto, false);
    let risk = |wish: Wish, base| rule(&wish, base).unwrap().risk;
    assert!(risk(large, sent("")).unwrap().contains("OpenZFS 2.0"));
    assert_eq!(risk(large, sent("L")), None);
    // Without large blocks the stream does not show it, and it was told once.
    let noted = Sent {
        counts: flags(""),
        noted: flags("L"),
    };
    assert_eq!(risk(large, Some(noted)), None);
    assert_eq!(
        ruled(&wish("", Raw::Auto, false), Some(noted)),
        "",
        "nothing to keep"
    );
    assert_eq!(risk(wish("L", Raw::Auto, true), sent("w")), None);
    assert_eq!(
        risk(wish("", Raw::Off, true), sent("")),
        None,
        "it began long ago"
    );
    let turned = risk(wish("", Raw::Off, true), sent("w")).unwrap();
    assert!(turned.contains("plain text"), "{turned}");
}

#[test]
fn the_stream_has_the_last_word() {
    let mut stored = full_of("p1", Some(1));
    stored.label.send_flags = flags("w");
    let told = |stored: &Stored| {
        let Sent { counts, noted } = Sent::of(stored);
        (counts.to_string(), noted.to_string())
    };
    assert_eq!(
        told(&stored),
        ("w".into(), "w".into()),
        "nothing else is known"
    );
    stored.first = Some(First::Unread("gpg".into()));
    assert_eq!(told(&stored), ("w".into(), "w".into()));
    stored.first = Some(First::Stream(Begin {
        features: 1 << 19 | 1 << 22,
        ..Begin::default()
    }));
    assert_eq!(told(&stored), ("Lc".into(), "w".into()));
}
