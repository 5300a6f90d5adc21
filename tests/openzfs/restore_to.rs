//! Restores into another place: another pool, below an encrypted dataset, with properties, and over a break.

use std::fs;

use crate::support::zfs::zfs;
use crate::support::{Act, Dataset, ENV, Proxy, Server, When, Z3, noise, prose};
use crate::volume::device_of;

/// A place in the other pool, below `top`, which is made with these options.
fn place(z3: &Z3, options: &[&str]) -> (Dataset, Dataset) {
    let name = z3.dataset.name.rsplit('/').next().unwrap();
    let top = Dataset::named(format!("{}/{name}", ENV.peer));
    zfs(&[&["create"], options, &[top.name.as_str()]].concat());
    let to = Dataset::named(format!("{}/to", top.name));
    (top, to)
}

fn value(dataset: &Dataset, property: &str) -> String {
    zfs(&["get", "-H", "-o", "value,source", property, &dataset.name])
}

#[test]
fn properties_go_to_every_receive_and_over_a_break() {
    let proxy = Proxy::to(Server::Rgw.endpoint());
    let z3 = Z3::new("to-properties").through(&proxy);
    z3.create(&[
        "-o",
        "compression=lz4",
        "-o",
        "com.example:own=here",
        "-o",
        "atime=off",
    ]);
    z3.dataset
        .history(&["a"])
        .write("large", &noise(7 << 20, 1))
        .snapshot("b");
    z3.says(["backup", "--compressor", "none"]);
    let (top, to) = place(&z3, &["-o", "compression=zle"]);
    let restore = || {
        let options = [
            "restore",
            "b",
            "-v",
            "--to",
            &to.name,
            "--properties",
            "-o",
            "copies=2",
            "-x",
            "compression",
        ];
        let run = z3
            .z3(options)
            .env("CONCURRENCY", "2")
            .env("MAX_MEMORY", "2M");
        run.env("MIN_PART_SIZE", "1M")
            .env("MAX_RETRIES", "1")
            .env("RETRY_FOR", "0")
            .run()
    };
    // The first bytes, the receipt, the beginning, and half of the ranges.
    proxy.rule("GET", "%40b", When::First(8), Act::far());
    proxy.rule(
        "GET",
        "%40b",
        When::Always,
        Act::error(500, "InternalError"),
    );
    let said = restore().expect_status(1).stderr;
    assert!(said.contains("what was received stays"), "{said}");
    proxy.heal();
    let said = restore().expect_ok().stderr;
    assert!(said.contains("@b: resumed at "), "{said}");
    assert_eq!(value(&to, "copies"), "2\tlocal");
    assert_eq!(value(&to, "atime"), "off\tlocal");
    assert_eq!(value(&to, "com.example:own"), "here\tlocal");
    assert!(
        value(&to, "compression").starts_with("zle\tinherited"),
        "{}",
        value(&to, "compression")
    );
    assert!(to.tree() == z3.dataset.tree());
    top.destroy();
}

#[test]
fn below_an_encrypted_dataset() {
    let z3 = Z3::new("to-encrypted");
    z3.create(&["-o", "compression=lz4"]);
    z3.dataset
        .history(&["a", "b"])
        .write("large", &prose(1 << 20, 4))
        .snapshot("c");
    z3.says(["backup"]);
    let key = z3.file("key", "correct horse");
    let location = format!("keylocation=file://{}", key.display());
    let encrypted = [
        "-o",
        "encryption=on",
        "-o",
        "keyformat=passphrase",
        "-o",
        &location,
    ];
    let (top, to) = place(&z3, &encrypted);
    // The first mount of an encrypted one writes to it.
    z3.says(["restore", "b", "--to", &to.name, "--no-mount"]);
    z3.says(["restore", "c", "--to", &to.name]);
    assert!(value(&to, "encryption").starts_with("aes"));
    assert_eq!(
        zfs(&["get", "-H", "-o", "value", "encryptionroot", &to.name]),
        top.name
    );
    assert!(to.tree() == z3.dataset.tree());
    to.destroy();
    // Not without the key, and not what lies in its pointers.
    top.unmount();
    zfs(&["unload-key", &top.name]);
    let said = z3.refuses(["restore", "c", "--to", &to.name]);
    assert!(
        said.starts_with(&format!(
            "z3: {} is encrypted and its key is not loaded",
            top.name
        )),
        "{said}"
    );
    zfs(&["load-key", &top.name]);
    let small = Z3::new("to-embedded");
    small.create(&["-o", "compression=lz4"]);
    small.dataset.write("small", &[b'x'; 400]).snapshot("a");
    small.says(["backup", "--send-flags", "e"]);
    let said = small.refuses(["restore", "a", "--to", &to.name]);
    assert!(
        said.contains("the backup @a has embedded data (zfs send -e)") && said.contains(&top.name),
        "{said}"
    );
    assert!(!to.exists());
    // One that is encrypted by itself, where nothing is.
    let own = Dataset::named(format!("{}-own", z3.dataset.name));
    let options = [
        "-o",
        "encryption=on",
        "-o",
        "keyformat=passphrase",
        "-o",
        &location,
    ];
    let line = [&["restore", "c", "--to", &own.name][..], &options].concat();
    z3.says(line);
    assert!(value(&own, "encryption").starts_with("aes") && own.tree() == z3.dataset.tree());
    own.destroy();
    top.destroy();
}

#[test]
fn raw_backups_bring_their_encryption_along() {
    let z3 = Z3::new("to-raw");
    z3.create_encrypted();
    z3.dataset.history(&["a", "b"]);
    z3.says(["backup"]);
    let tree = z3.dataset.tree();
    let (top, to) = place(&z3, &[]);
    let said = z3.refuses(["restore", "b", "--to", &to.name, "-o", "encryption=off"]);
    assert!(
        said.starts_with("z3: -o encryption: the backups are of encrypted blocks"),
        "{said}"
    );
    let ended = z3
        .z3(["restore", "b", "--to", &to.name, "--properties"])
        .run()
        .expect_ok();
    assert!(ended.stderr.contains("'zfs mount -l "), "{}", ended.stderr);
    assert_eq!(to.snapshots(), ["a", "b"]);
    let key = format!("file://{}", z3.dir().join("key").display());
    zfs(&["load-key", "-L", &key, &to.name]);
    assert!(to.tree() == tree);
    to.destroy();
    // An increment on a copy that is not encrypted.
    z3.piped(
        &format!(
            "zfs send {}@a | zfs receive -u {}",
            z3.dataset.name, to.name
        ),
        Vec::new(),
    );
    let said = z3.refuses(["restore", "b", "--to", &to.name]);
    assert!(
        said.contains(&format!(
            "and {}, on which it builds, is not encrypted",
            to.name
        )),
        "{said}"
    );
    top.destroy();
}

#[test]
fn a_pool_that_lacks_a_feature_is_told_before_the_first_byte() {
    let z3 = Z3::new("to-old");
    z3.create(&["-o", "recordsize=1M"]);
    z3.dataset.write("large", &prose(3 << 20, 4)).snapshot("a");
    z3.says(["backup", "--send-flags", "L"]);
    let file = z3.file("pool", "");
    fs::File::options()
        .write(true)
        .open(&file)
        .unwrap()
        .set_len(128 << 20)
        .unwrap();
    let pool = format!("zold{}", std::process::id());
    let create = format!(
        "zpool create -d -o cachefile=none -O mountpoint=none {pool} {}",
        file.display()
    );
    z3.shell(&create).run().expect_ok();
    let to = format!("{pool}/to");
    let said = z3.refuses(["restore", "a", "--to", &to]);
    assert!(
        said.starts_with(&format!(
            "z3: the pool {pool} lacks the feature large_blocks, "
        )),
        "{said}"
    );
    let hint = format!("'zpool set feature@large_blocks=enabled {pool}' enables it");
    assert!(said.contains(&hint), "{said}");
    let listed = z3
        .z3(["restore", "a", "--list", "--to", &to])
        .run()
        .expect_status(1);
    assert!(
        listed.text().contains("to fetch: 1 object") && listed.stderr == said,
        "{}",
        listed.text()
    );
    z3.shell(&format!("zpool set feature@large_blocks=enabled {pool}"))
        .run()
        .expect_ok();
    z3.says(["restore", "a", "--to", &to, "--no-mount"]);
    assert_eq!(Dataset::named(to).guid("a"), z3.dataset.guid("a"));
    z3.shell(&format!("zpool destroy {pool}")).run().expect_ok();
}

#[test]
fn a_volume_takes_nothing_of_mounts() {
    let z3 = Z3::new("to-volume");
    let device = device_of(|| {
        z3.create(&["-V", "8M"]);
    });
    let content = noise(8 << 20, 3);
    for snapshot in ["a", "b"] {
        fs::write(&device, &content).unwrap();
        fs::File::open(&device).unwrap().sync_all().unwrap();
        z3.dataset.snapshot(snapshot);
    }
    z3.says(["backup"]);
    let (top, to) = place(&z3, &[]);
    let options = [
        "-o",
        "mountpoint=/nowhere",
        "-o",
        "compression=gzip",
        "-x",
        "canmount",
    ];
    let line = [&["restore", "b", "--to", &to.name][..], &options].concat();
    let device = device_of(|| {
        z3.says(line);
    });
    assert_eq!(value(&to, "compression"), "gzip\tlocal");
    assert!(fs::read(device).unwrap() == content);
    let said = z3.refuses(["restore", "b", "--to", &format!("{}/x", to.name)]);
    assert!(
        said.contains("is a volume, nothing can be received below it"),
        "{said}"
    );
    top.destroy();
}
