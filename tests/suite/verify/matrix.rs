//! The corruption matrix: whatever happens to an object, `verify` names it with its key, and `restore` lets none of it into
//! the pool.

use super::Stored;
use crate::support::{Gpg, Z3};

/// What happened, who is damaged and in which words, and which snapshots a restore of `c` may bring.
struct Case {
    name: &'static str,
    harm: fn(&Stored),
    damaged: &'static [(&'static str, &'static str)],
    restored: &'static [&'static str],
}

fn middle(stored: &Stored, harm: impl Fn(&mut Vec<u8>)) {
    let mut bytes = stored.bytes("b");
    harm(&mut bytes);
    stored.put("b", &bytes, "b", &[]);
}

fn edit(stored: &Stored, name: &str, edits: &[(&str, &str)]) {
    stored.put(name, &stored.bytes(name), name, edits);
}

fn parent(stored: &Stored, name: &str) -> String {
    format!("{}@{name}", stored.z3.dataset.name)
}

/// What a compressor has a hand in.
const OF_DATA: [Case; 5] = [
    Case {
        name: "a flipped bit",
        harm: |stored| middle(stored, |bytes| bytes[70_000] ^= 4),
        damaged: &[("b", "")],
        restored: &["a"],
    },
    Case {
        name: "a tail cut off",
        harm: |stored| middle(stored, |bytes| bytes.truncate(bytes.len() - 300)),
        damaged: &[("b", "")],
        restored: &["a"],
    },
    Case {
        name: "two parts swapped",
        harm: |stored| {
            middle(stored, |bytes| {
                let (one, two) = bytes.split_at_mut(80_000);
                one[40_000..60_000].swap_with_slice(&mut two[..20_000]);
            });
        },
        damaged: &[("b", "")],
        restored: &["a"],
    },
    Case {
        name: "the data of another object",
        harm: |stored| stored.put("c", &stored.bytes("b"), "c", &[]),
        damaged: &[("c", "another snapshot was sent")],
        restored: &["a", "b"],
    },
    Case {
        name: "an edited compressor",
        harm: |stored| {
            let other = match stored.object("b").2.metadata.get("compressor") {
                None => "gzip",
                Some(_) => "none",
            };
            edit(stored, "b", &[("compressor", other)]);
        },
        damaged: &[("b", "")],
        restored: &["a"],
    },
];

/// What only keys and metadata have a hand in.
const OF_CHAINS: [Case; 8] = [
    Case {
        name: "nothing left",
        harm: |stored| stored.put("b", b"", "b", &[]),
        damaged: &[
            ("b", "the object is empty"),
            ("c", "parent broken (@b: empty)"),
        ],
        restored: &[],
    },
    Case {
        name: "a parent deleted",
        harm: |stored| stored.z3.bucket.delete(&stored.z3.snapshot_key("b")),
        damaged: &[("c", "missing parent")],
        restored: &[],
    },
    Case {
        name: "a parent replaced by another object",
        harm: |stored| stored.put("b", &stored.bytes("a"), "a", &[]),
        damaged: &[("b", "this is the stream of "), ("c", "parent replaced")],
        restored: &[],
    },
    Case {
        name: "an object replaced by another",
        harm: |stored| stored.put("c", &stored.bytes("b"), "b", &[]),
        damaged: &[("c", "one of @c was expected")],
        restored: &["a"],
    },
    Case {
        name: "an edited guid",
        harm: |stored| edit(stored, "b", &[("guid", "7")]),
        damaged: &[("b", "the snapshot's guid is 7"), ("c", "parent replaced")],
        restored: &[],
    },
    Case {
        name: "an edited parent",
        harm: |stored| edit(stored, "c", &[("parent", &parent(stored, "a"))]),
        damaged: &[("c", "parent replaced")],
        restored: &[],
    },
    Case {
        name: "an edited parent in metadata without guids",
        harm: |stored| {
            let parent = parent(stored, "a");
            let edits = [
                ("parent", parent.as_str()),
                ("guid", ""),
                ("parentguid", ""),
            ];
            edit(stored, "c", &edits);
        },
        damaged: &[("c", "made from another snapshot")],
        restored: &["a"],
    },
    Case {
        name: "an edited size",
        harm: |stored| edit(stored, "b", &[("size", "12M")]),
        damaged: &[("b", "bad size"), ("c", "parent broken")],
        restored: &[],
    },
];

/// `verify` tells exactly this; then `restore` fails and the pool has no more than what was good.
fn prove(stored: &Stored, case: &Case) {
    (case.harm)(stored);
    let (z3, what) = (&stored.z3, case.name);
    let ended = z3.z3(["verify"]).run().expect_status(1);
    let text = ended.text();
    let damaged: Vec<&str> = text
        .lines()
        .filter(|line| line.starts_with("damaged "))
        .collect();
    assert_eq!(damaged.len(), case.damaged.len(), "{what}: {text}");
    for (line, (name, words)) in damaged.iter().zip(case.damaged) {
        assert!(
            line.starts_with(&format!("damaged  {name}  ")),
            "{what}: {text}"
        );
        assert!(line.contains(&z3.snapshot_key(name)), "{what}: {text}");
        assert!(line.contains(words), "{what}: {text}");
    }
    assert!(!text.contains("unread "), "{what}: {text}");
    let said = z3.refuses(["restore", "c"]);
    // What keys, metadata or first bytes tell stops it before it has begun.
    let expected: &[&str] = match said.contains("is broken: ") {
        true => &[],
        false => case.restored,
    };
    assert_eq!(z3.dataset.snapshots(), expected, "{what}: {said}");
    if z3.dataset.exists() {
        z3.dataset.destroy();
    }
    stored.heal();
}

fn prove_all(stored: &Stored, cases: &[Case]) {
    for case in cases {
        prove(stored, case);
    }
    assert_eq!(stored.verdicts(&[], 0), ["ok a", "ok b", "ok c"]);
}

#[test]
fn bare_streams() {
    let stored = Stored::new(Z3::new("matrix-none"), "none");
    prove_all(&stored, &OF_DATA);
}

#[test]
fn gzip_data() {
    let stored = Stored::new(Z3::new("matrix-pigz1"), "pigz1");
    prove_all(&stored, &OF_DATA);
}

#[test]
fn zstd_data() {
    let stored = Stored::new(Z3::new("matrix-zstd"), "zstd");
    prove_all(&stored, &OF_DATA);
}

#[test]
fn gpg_data() {
    let z3 = Z3::new("matrix-gpg");
    let _gpg = Gpg::new(&z3, "z3_backup");
    prove_all(&Stored::new(z3, "gpg"), &OF_DATA);
}

#[test]
fn chains() {
    let stored = Stored::new(Z3::new("matrix-chains"), "pigz1");
    prove_all(&stored, &OF_CHAINS);
}
