use super::*;
use crate::label::Label;

const COMPRESSED_LARGE: u64 = 1 << 19 | 1 << 22;

struct Here {
    target: Option<Target>,
    above: Option<Target>,
    pool: &'static str,
    set: &'static [(&'static str, &'static str)],
    unset: &'static [&'static str],
}

const NOTHING: Here = Here {
    target: None,
    above: None,
    pool: "feature@large_blocks\tactive\nfeature@embedded_data\tenabled\nfeature@encryption\tenabled\nfeature@zstd_compress\tdisabled\nsize\t9\n",
    set: &[],
    unset: &[],
};

fn encrypted(locked: bool) -> Option<Target> {
    Some(Target {
        encrypted: true,
        locked,
        ..Target::default()
    })
}

/// What becomes of a chain whose first is a full or not, each with these features; the error and the advice, or nothing.
fn told(here: Here, full: bool, features: &[Option<u64>]) -> String {
    let stored = |full: bool| Stored {
        name: "s".into(),
        label: Label {
            full,
            ..Label::default()
        },
        ..Stored::default()
    };
    let chain: Vec<Stored> = (0..features.len())
        .map(|at| stored(full && at == 0))
        .collect();
    let steps: Vec<_> = chain.iter().zip(features.iter().copied()).collect();
    let set = here
        .set
        .iter()
        .map(|(name, value)| (name.to_string(), value.to_string()));
    let unset = here.unset.iter().map(ToString::to_string);
    let options =
        ReceiveOptions::new(&set.collect::<Vec<_>>(), &unset.collect::<Vec<_>>()).unwrap();
    let above = here.above.map(|target| Above {
        dataset: Dataset::parse("t").unwrap(),
        target,
    });
    let landing = Landing {
        dataset: &Dataset::parse("t/a").unwrap(),
        target: here.target.as_ref(),
        above: above.as_ref(),
        pool: Some(&Features::read(here.pool)),
        options: &options,
    };
    match landing.takes(&steps) {
        Ok(()) => String::new(),
        Err(error) => format!("{error}; {}", error.advice().unwrap_or_default()),
    }
}

#[test]
fn every_feature_of_every_object_is_asked_for() {
    assert_eq!(
        told(NOTHING, true, &[Some(4), Some(COMPRESSED_LARGE), None]),
        ""
    );
    let said = told(NOTHING, true, &[Some(4), Some(1 << 25)]);
    assert!(
        said.starts_with("the pool t lacks the feature zstd_compress, "),
        "{said}"
    );
    assert!(
        said.ends_with("; 'zpool set feature@zstd_compress=enabled t' enables it, for good"),
        "{said}"
    );
    for (bit, name) in [
        (17, "lz4_compress"),
        (23, "large_dnode"),
        (28, "longname"),
        (29, "large_microzap"),
    ] {
        let said = told(NOTHING, true, &[Some(1 << bit)]);
        assert!(
            said.contains(&format!("lacks the feature {name}, ")),
            "{said}"
        );
        assert!(said.contains("; this zfs does not know it"), "{said}");
    }
    for bit in [16, 19, 24] {
        assert_eq!(told(NOTHING, true, &[Some(1 << bit)]), "", "{bit}");
        let here = Here {
            pool: "",
            ..NOTHING
        };
        assert!(
            told(here, true, &[Some(1 << bit)]).contains("lacks the feature"),
            "{bit}"
        );
    }
}

#[test]
fn embedded_data_is_not_received_where_it_would_be_encrypted() {
    let embedded = [Some(EMBEDDED)];
    let below = |locked| Here {
        above: encrypted(locked),
        ..NOTHING
    };
    assert_eq!(told(NOTHING, true, &embedded), "");
    assert!(
        told(below(false), true, &embedded).contains("into t/a because of t, which is encrypted")
    );
    assert_eq!(
        told(below(false), true, &[Some(EMBEDDED | RAW)]),
        "",
        "as it is"
    );
    let plain = Here {
        set: &[("encryption", "off")],
        ..below(false)
    };
    assert_eq!(told(plain, true, &embedded), "");
    let own = Here {
        set: &[("encryption", "on")],
        ..NOTHING
    };
    assert!(told(own, true, &embedded).contains("because of -o encryption"));
    let there = Here {
        target: encrypted(false),
        ..NOTHING
    };
    assert!(told(there, false, &embedded).contains("because of t/a, which is encrypted"));
}

#[test]
fn what_is_raw_brings_its_encryption_along() {
    let set = || Here {
        set: &[("encryption", "on")],
        ..NOTHING
    };
    let said = told(set(), true, &[Some(RAW), Some(RAW)]);
    assert!(
        said.starts_with("-o encryption: the backups are of encrypted blocks"),
        "{said}"
    );
    let unset = Here {
        unset: &["keylocation"],
        ..NOTHING
    };
    assert!(told(unset, true, &[Some(RAW)]).starts_with("-x keylocation: "));
    assert_eq!(told(set(), true, &[Some(4)]), "");
    let there = Here {
        target: Some(Target::default()),
        ..set()
    };
    assert!(
        told(there, false, &[Some(4)])
            .contains("encryption is set when a dataset is made, and t/a is there")
    );
    let there = || Here {
        target: Some(Target::default()),
        ..NOTHING
    };
    let said = told(there(), false, &[Some(RAW)]);
    assert!(
        said.contains("and t/a, on which it builds, is not encrypted; "),
        "{said}"
    );
    assert_eq!(
        told(there(), true, &[Some(RAW)]),
        "",
        "by --force it is replaced"
    );
}

#[test]
fn a_key_has_to_be_there_for_what_has_to_be_encrypted() {
    let below = || Here {
        above: encrypted(true),
        ..NOTHING
    };
    let said = told(below(), true, &[Some(4)]);
    assert!(
        said.starts_with("t is encrypted and its key is not loaded"),
        "{said}"
    );
    assert!(said.ends_with("; 'zfs load-key t' loads it"), "{said}");
    assert_eq!(told(below(), true, &[Some(RAW)]), "");
    assert_eq!(told(below(), true, &[None]), "", "nobody knows");
    let own = Here {
        set: &[("encryption", "on"), ("keylocation", "file:///k")],
        ..below()
    };
    assert_eq!(told(own, true, &[Some(4)]), "");
}
