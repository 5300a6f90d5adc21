use super::*;
use crate::label::Label;

/// Half of the full `src/plain@s1`.
const TOKEN: &str = include_str!("../../../tests/data/zfs-streams/plain-full-s1.token");
const GUID: u64 = 12_462_000_750_622_629_748;

fn dataset() -> Dataset {
    Dataset::parse("tank/a").unwrap()
}

fn full(guid: Option<u64>) -> Stored {
    let label = Label {
        full: true,
        guid,
        size_text: Some("271136".to_owned()),
        ..Label::default()
    };
    Stored {
        name: "s1".into(),
        label,
        ..Stored::default()
    }
}

fn half(text: &str, written: u64) -> Target {
    Target {
        resume_token: Some(text.to_owned()),
        written: Some(written),
        ..Target::default()
    }
}

fn found(text: &str, step: &Stored, force: bool) -> Result<HalfReceived> {
    look(&dataset(), Some(&half(text, 0)), step, force)
}

#[test]
fn half_of_what_is_next_is_gone_on_with() {
    // Objects of the Python have no guid: the stream in them tells.
    for step in [full(Some(GUID)), full(None)] {
        for force in [true, false] {
            let HalfReceived::Ours(partial) = found(TOKEN.trim(), &step, force).unwrap() else {
                panic!("it is ours");
            };
            assert_eq!(partial.share(&step), "50 %");
            assert!(partial.is_of(&step));
            assert!(!partial.is_of(&Stored::default()));
        }
    }
    let nothing = look(&dataset(), Some(&Target::default()), &full(None), false);
    assert!(matches!(nothing, Ok(HalfReceived::Nothing)));
    assert!(matches!(
        look(&dataset(), None, &full(None), true),
        Ok(HalfReceived::Nothing)
    ));
}

#[test]
fn half_of_another_snapshot_goes_by_force_alone() {
    let increment = Stored {
        label: Label::default(),
        ..full(None)
    };
    for (text, step) in [
        (TOKEN.trim(), full(Some(7))),
        (TOKEN.trim(), increment),
        ("2-0-0-00", full(Some(GUID))),
        ("\u{1b}[2J", full(Some(GUID))),
    ] {
        let error = found(text, &step, false).err().unwrap();
        assert!(
            error.to_string().starts_with("tank/a holds half of "),
            "{error}"
        );
        assert!(!error.to_string().contains('\u{1b}'));
        assert!(
            error
                .advice()
                .unwrap()
                .starts_with("'zfs receive -A tank/a' drops it")
        );
        assert!(matches!(
            found(text, &step, true),
            Ok(HalfReceived::Dropped)
        ));
    }
    let error = found(TOKEN.trim(), &full(Some(7)), false).err().unwrap();
    let expected = "tank/a holds half of src/plain@s1 (guid 12462000750622629748) that a 'zfs receive -s' has left, \
                    and tank/a@s1 (guid 7) is to be received next";
    assert_eq!(error.to_string(), expected);
}

#[test]
fn an_increment_goes_on_only_where_nothing_was_written() {
    let target = half(TOKEN.trim(), 512);
    let increment = Stored {
        label: Label {
            parent: Some("tank/a@s0".to_owned().into()),
            ..Label::default()
        },
        ..full(None)
    };
    let checked =
        |target: &Target, step: &Stored, force| unchanged(&dataset(), target, step, force);
    let error = checked(&target, &increment, false).unwrap_err();
    let expected = "tank/a was written to since @s0, on which the half received s1 builds";
    assert_eq!(error.to_string(), expected);
    assert!(checked(&target, &increment, true).is_ok());
    assert!(
        checked(&target, &full(None), false).is_ok(),
        "there is nothing but that half"
    );
    for written in [Some(0), None] {
        let target = Target {
            written,
            ..half(TOKEN.trim(), 0)
        };
        assert!(checked(&target, &increment, false).is_ok());
    }
}

#[test]
fn without_an_estimate_the_share_is_told_in_bytes() {
    let mut step = full(None);
    step.label.size_text = None;
    let Ok(HalfReceived::Ours(partial)) = found(TOKEN.trim(), &step, false) else {
        panic!("it is ours");
    };
    assert_eq!(partial.share(&step), "byte 135568");
}
