//! `z3 verify`: what is good, what is damaged, and what could not be looked at.

mod identity;
mod matrix;
mod receipts;
mod receive;
mod streams;
mod unread;

use crate::support::s3::Object;
use crate::support::{Z3, noise};

/// Three snapshots, `a`, `b` and `c`, stored as a full and two increments; the dataset itself is gone.
pub struct Stored {
    pub z3: Z3,
    objects: Vec<(String, Vec<u8>, Object)>,
}

impl Stored {
    pub fn new(z3: Z3, compressor: &str) -> Self {
        z3.dataset.create();
        for (name, seed) in [("a", 1), ("b", 2), ("c", 3)] {
            z3.dataset.write(name, &noise(150_000, seed)).snapshot(name);
        }
        let backup = z3.z3(["backup", "--compressor", compressor]);
        backup.run().expect_ok();
        z3.dataset.destroy();
        let object = |name: &str| {
            let key = z3.snapshot_key(name);
            let (bytes, head) = (z3.bucket.get(&key), z3.bucket.head(&key).unwrap());
            (name.to_owned(), bytes, head)
        };
        let objects = ["a", "b", "c"].map(object).into();
        Self { z3, objects }
    }

    /// An object as it was stored.
    pub fn bytes(&self, name: &str) -> Vec<u8> {
        self.object(name).1.clone()
    }

    fn object(&self, name: &str) -> &(String, Vec<u8>, Object) {
        self.objects.iter().find(|object| object.0 == name).unwrap()
    }

    /// Puts these bytes where `name` is, with the metadata that `of` had, edited: an empty value takes a field away.
    pub fn put(&self, name: &str, bytes: &[u8], of: &str, edits: &[(&str, &str)]) {
        let mut metadata = self.object(of).2.metadata.clone();
        for (field, value) in edits {
            metadata.insert((*field).to_owned(), (*value).to_owned());
        }
        metadata.retain(|_, value| !value.is_empty());
        let metadata: Vec<_> = metadata
            .iter()
            .map(|(k, v)| (k.as_str(), v.as_str()))
            .collect();
        self.z3
            .bucket
            .put(&self.z3.snapshot_key(name), bytes, &metadata);
    }

    /// Everything is as it was.
    pub fn heal(&self) {
        for (name, bytes, _) in &self.objects {
            self.put(name, bytes, name, &[]);
        }
    }

    /// `z3 verify` with these arguments ends so; its lines that begin with a verdict, as `verdict name`.
    pub fn verdicts(&self, arguments: &[&str], status: i32) -> Vec<String> {
        let verify = self.z3.z3(["verify"]).args(arguments.iter().copied());
        let ended = verify.run().expect_status(status);
        let lines = ended.text().lines().skip(3);
        let verdict = |line: &str| {
            let words: Vec<&str> = line.split_whitespace().take(2).collect();
            words.join(" ")
        };
        let mut verdicts: Vec<String> = lines.map(verdict).collect();
        // The last one is the sum.
        assert_eq!(verdicts.pop(), Some(format!("{} backups:", verdicts.len())));
        verdicts
    }
}

#[test]
fn good_backups_are_good_at_every_level() {
    let stored = Stored::new(Z3::new("verify"), "pigz1");
    let all = ["ok a", "ok b", "ok c"];
    for arguments in [
        &[][..],
        &["--level", "list"],
        &["--level=data", "--subset", "1/1"],
    ] {
        assert_eq!(stored.verdicts(arguments, 0), all);
    }
    let text = stored.z3.says(["verify", "b"]);
    let (dataset, guid) = (
        &stored.z3.dataset.name,
        &stored.object("b").2.metadata["guid"],
    );
    let lines: Vec<&str> = text.lines().collect();
    assert!(
        lines[0].starts_with(&format!("verify {dataset} on ")),
        "{text}"
    );
    assert!(lines[0].ends_with(", level data"), "{text}");
    assert!(lines[1].starts_with("proves: every byte "), "{text}");
    assert!(lines[2].starts_with("does not prove: "), "{text}");
    assert!(lines[3].starts_with("ok       a  full, 0."), "{text}");
    assert!(
        lines[4].starts_with("ok       b  incremental, 0."),
        "{text}"
    );
    assert!(lines[4].ends_with(&format!(", guid {guid}")), "{text}");
    assert_eq!(lines[5], "2 backups: 2 ok, 0 damaged, 0 unread");
    assert_eq!(lines.len(), 6);
    let said = stored.z3.refuses(["verify", "nosuch"]);
    assert!(said.contains("no such snapshot"), "{said}");
    let said = stored.z3.refuses(["verify", "--snapshot-prefix", "nosuch"]);
    assert!(said.contains("there is nothing to verify"), "{said}");
}

#[test]
fn programs_get_a_line_for_each() {
    let stored = Stored::new(Z3::new("verify-json"), "none");
    let mut bytes = stored.bytes("b");
    bytes.truncate(100_000);
    stored.put("b", &bytes, "b", &[]);
    let ended = stored.z3.z3(["verify", "--json"]).run().expect_status(1);
    assert_eq!(ended.stderr, "z3: 1 of 3 backups are damaged\n");
    assert_eq!(ended.one("verify")["level"], "data");
    let sum = ended.one("summary");
    assert_eq!([&sum["ok"], &sum["damaged"], &sum["unread"]], [2, 1, 0]);
    let verdicts = ended.told("verdict");
    let [_, b, c] = verdicts.as_slice() else {
        panic!("{verdicts:?}")
    };
    assert_eq!(
        (&b["name"], &b["verdict"]),
        (&"b".into(), &"damaged".into())
    );
    assert_eq!(b["key"], stored.z3.snapshot_key("b"));
    assert_eq!(b["offset"], 100_000);
    assert_eq!((&c["verdict"], &c["full"]), (&"ok".into(), &false.into()));
    assert_eq!(c["guid"], stored.object("c").2.metadata["guid"]);
}

#[test]
fn subsets_of_all_days_are_everything() {
    let stored = Stored::new(Z3::new("verify-subset"), "none");
    // K/N and the rest of the days: which of them has its turn today is the hash's affair.
    let some = stored.verdicts(&["--subset", "1/2"], 0);
    assert!(some.iter().all(|verdict| verdict.starts_with("ok ")));
    assert_eq!(stored.verdicts(&["--subset", "2/2"], 0).len(), 3);
    for wrong in ["0/3", "4/3", "1", "1/0", "x/y", "1/18446744073709551615"] {
        let ended = stored.z3.z3(["verify", "--subset", wrong]).run();
        assert!(
            ended
                .expect_status(2)
                .stderr
                .contains("--subset: expected K/N")
        );
    }
}
