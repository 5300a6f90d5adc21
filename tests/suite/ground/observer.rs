//! The observer sees what is stored, the servers are as strict as we take them for, and two trees are equal only if they are.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::support::{Server, Z3, noise, prose, tree};

const SERVERS: [Server; 2] = [Server::Rgw, Server::SeaweedFs];

#[test]
fn objects_come_back_as_they_were() {
    for server in SERVERS {
        let z3 = Z3::on(server, "observer");
        let bucket = &z3.bucket;
        let (first, last) = (noise(5 << 20, 1), prose(1000, 2));
        let key = &z3.key("tank/a b@daily:1.x_y-z");
        let metadata = [("isfull", "true"), ("compressor", "pigz1")];
        bucket.put_multipart(key, &[&first, &last], &metadata);
        let head = bucket.head(key).unwrap();
        assert_eq!(head.size_bytes, (5 << 20) + 1000);
        assert!(head.etag.ends_with("-2\""), "{server:?}: {}", head.etag);
        let found: Vec<(&str, &str)> = head
            .metadata
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        assert_eq!(found, [("compressor", "pigz1"), ("isfull", "true")]);
        assert!(bucket.get(key) == [first, last].concat());
        bucket.put(&z3.key("small"), b"x", &[]);
        assert_eq!(z3.keys(), ["small", "tank/a b@daily:1.x_y-z"]);
        bucket.delete(key);
        assert_eq!(bucket.head(key), None);
    }
}

#[test]
fn unfinished_uploads_are_seen() {
    for server in SERVERS {
        let z3 = Z3::on(server, "unfinished");
        let (bucket, key) = (&z3.bucket, &z3.key("a"));
        let id = bucket.create_upload(key, &[]);
        bucket.put_part(key, &id, 2, &noise(3000, 1));
        let wanted = (key.to_owned(), id.clone());
        assert_eq!(bucket.uploads(&z3.prefix), [wanted]);
        assert_eq!(bucket.parts(key, &id), [(2, 3000)]);
        assert_eq!(z3.keys(), [""; 0]);
    }
}

#[test]
fn more_keys_than_one_page_has() {
    let mut z3 = Z3::new("pages");
    z3.bucket.page = 2;
    let names = ["a", "b", "c&<d>", "e"];
    for name in names {
        z3.bucket.put(&z3.key(name), b"", &[]);
    }
    assert_eq!(z3.keys(), names);
}

#[test]
fn the_gateway_is_strict_and_knows_storage_classes() {
    let z3 = Z3::new("strict");
    let (bucket, key) = (&z3.bucket, &z3.key("a"));
    let header = |name: &str, value: &str| vec![(name.to_owned(), value.to_owned())];
    let class = header("x-amz-storage-class", "STANDARD_IA");
    bucket.ask("PUT", key, &[], &class, b"x").expect(200);
    let stored = bucket.head(key).unwrap().storage_class;
    assert_eq!(stored.as_deref(), Some("STANDARD_IA"));
    let digest = header("Content-MD5", "1B2M2Y8AsgTpgAmY7PhCfg==");
    let answer = bucket.ask("PUT", &z3.key("b"), &[], &digest, b"not empty");
    assert!(answer.expect(400).xml().contains("BadDigest"));
    assert_eq!(bucket.head(&z3.key("b")), None);
}

#[test]
fn trees_differ_in_content_mode_name_and_type() {
    let top = tempfile::tempdir().unwrap();
    let path = |name: &str| top.path().join(name);
    fs::create_dir(path("d")).unwrap();
    fs::write(path("d/file"), "one").unwrap();
    let mut seen = vec![tree(top.path())];
    fs::write(path("d/file"), "two").unwrap();
    seen.push(tree(top.path()));
    fs::set_permissions(path("d/file"), fs::Permissions::from_mode(0o600)).unwrap();
    seen.push(tree(top.path()));
    fs::rename(path("d/file"), path("d/other")).unwrap();
    seen.push(tree(top.path()));
    fs::remove_file(path("d/other")).unwrap();
    std::os::unix::fs::symlink("d", path("d/other")).unwrap();
    seen.push(tree(top.path()));
    assert_eq!(seen[4], tree(top.path()));
    for (at, one) in seen.iter().enumerate() {
        assert!(seen[..at].iter().all(|other| other != one), "{at}");
    }
}

#[test]
fn a_dataset_survives_send_and_receive() {
    let z3 = Z3::new("survives");
    let set = &z3.dataset;
    set.create()
        .write("a/noise", &noise(300_000, 1))
        .write("prose", &prose(100_000, 2));
    set.snapshot("1");
    set.write("b", b"later").snapshot("2");
    assert_eq!(set.snapshots(), ["1", "2"]);
    let (full, more, before) = (set.send(None, "1"), set.send(Some("1"), "2"), set.tree());
    let guid = set.guid("2");
    assert!(full.len() > 300_000 && more.len() < full.len());
    set.destroy();
    assert!(!set.exists());
    for stream in [full, more] {
        let received = z3.program("zfs", ["recv", "-F", &set.name]).stdin(stream);
        received
            .env("PATH", "/usr/sbin:/sbin:/usr/bin:/bin")
            .run()
            .expect_ok();
    }
    assert_eq!((set.tree(), set.guid("2")), (before, guid));
}
