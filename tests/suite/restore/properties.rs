//! `z3 restore --properties`: what the receipt says was set comes back, and nothing that a stranger has written there.

use crate::support::zfs::{openzfs, zfs};
use crate::support::{Dataset, Z3};

const OPENZFS_USAGE: &str = "[ \"$*\" != receive ] || { printf '\\treceive [-vMnsFhu] [-o <property>=<value>] ... [-x <property>] ... <x>\\n' >&2; exit 2; }\nexec zfs \"$@\"";

/// A backup of a dataset with properties, and a place for it.
fn stored(test: &str) -> (Z3, Dataset) {
    let z3 = Z3::new(test);
    z3.dataset.history(&["a"]);
    let set = |property: &str| drop(zfs(&["set", property, &z3.dataset.name]));
    [
        "compression=gzip",
        "com.sun:auto-snapshot=it's so",
        "quota=900M",
        "atime=off",
    ]
    .into_iter()
    .for_each(set);
    z3.says(["backup"]);
    let to = Dataset::named(format!("{}-to", z3.dataset.name));
    (z3, to)
}

#[test]
fn what_was_set_comes_back_with_it() {
    let (z3, to) = stored("properties");
    let restore = |rest: &[&str]| {
        let all = ["restore", "a", "-v", "--to", &to.name].into_iter();
        z3.z3(all.chain(rest.iter().copied()).collect::<Vec<_>>())
            .run()
            .expect_ok()
    };
    let value = |name: &str| to.property(name);
    let told = restore(&["--properties"]).stderr;
    assert!(told.contains("not put back: quota"), "{told}");
    assert_eq!(
        [
            "compression",
            "atime",
            "com.sun:auto-snapshot",
            "quota",
            "mounted"
        ]
        .map(value),
        ["gzip", "off", "it's so", "0", "yes"]
    );
    to.destroy();
    restore(&["--properties=all", "--no-mount"]);
    assert_eq!([value("quota"), value("mounted")], ["943718400", "no"]);
    to.destroy();
    restore(&[]);
    assert_eq!(
        [
            value("compression") == "gzip",
            value("com.sun:auto-snapshot") == "-"
        ],
        [false, true]
    );
    to.destroy();
    if openzfs() {
        return;
    }
    // This zfs has no -o: they are set afterwards, before the mount.
    let lines = restore(&["--properties", "--dry-run"]);
    let (name, lines) = (&to.name, lines.text());
    assert!(
        lines.contains(&format!("\nzfs set compression=gzip {name}\n")),
        "{lines}"
    );
    assert!(
        lines.contains(&format!(
            "zfs set 'com.sun:auto-snapshot=it'\\''s so' {name}\n"
        )),
        "{lines}"
    );
    assert!(lines.ends_with(&format!("zfs mount {name}\n")), "{lines}");
    z3.replace("zfs", OPENZFS_USAGE);
    let lines = restore(&[
        "--properties",
        "--dry-run",
        "-x",
        "atime",
        "-o",
        "compression=lzjb",
    ]);
    let lines = lines.text();
    assert!(
        lines.contains("zfs recv -u -o compression=lzjb -o "),
        "{lines}"
    );
    assert!(
        lines.contains(" -o 'com.sun:auto-snapshot=it'\\''s so' "),
        "{lines}"
    );
    assert!(
        lines.contains(" -x atime ") && !lines.contains("atime=off"),
        "{lines}"
    );
}

#[test]
fn a_receipt_is_anybodys_word() {
    let (z3, to) = stored("properties-forged");
    let key = z3.key(&format!(".z3/receipts/{}@a", z3.dataset.name));
    let receipt = String::from_utf8(z3.bucket.get(&key)).unwrap();
    let forge = |name: &str, value: &str| {
        let own = "\"name\":\"atime\",\"value\":\"off\"";
        assert!(receipt.contains(own), "{receipt}");
        let forged = receipt.replace(own, &format!("\"name\":\"{name}\",\"value\":\"{value}\""));
        z3.bucket.put(&key, forged.as_bytes(), &[]);
    };
    for (name, value) in [
        ("keylocation", "https://evil.example/key"),
        ("mountpoint", "/etc"),
        ("z3:unmounted", "by z3"),
        ("-r", "evil"),
        ("a:b\\u001b[2J", "evil"),
    ] {
        forge(name, value);
        let told = z3.says([
            "restore",
            "a",
            "--properties=all",
            "--dry-run",
            "--to",
            &to.name,
        ]);
        assert!(
            told.contains(" compression=gzip ") && !told.contains(value),
            "{told}"
        );
    }
    // What this zfs refuses is its error: at once where its receive is told, else at the end, and everything else is done.
    forge("recordsize", "elephant");
    let said = z3.refuses(["restore", "a", "--properties", "--to", &to.name]);
    if openzfs() {
        assert!(said.contains(" -o recordsize=elephant "), "{said}");
        assert!(!to.exists());
    } else {
        let set = format!("z3: zfs set recordsize=elephant {}: ", to.name);
        assert!(said.starts_with(&set), "{said}");
        let told = [to.property("compression"), to.property("mounted")];
        assert_eq!(told, ["gzip", "yes"]);
        to.destroy();
    }
    z3.bucket.delete(&key);
    let said = z3.refuses(["restore", "a", "--properties", "--to", &to.name]);
    let words = format!(
        "the properties of {}@a are not known: it has no receipt",
        z3.dataset.name
    );
    assert!(said.starts_with(&format!("z3: {words}\n")), "{said}");
    assert!(!to.exists());
}
