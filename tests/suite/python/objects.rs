//! What the Python stored, we list and restore; what we store, it reads.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Peer, recorded};
use crate::support::{Gpg, Z3};

/// The newest of the recorded snapshots.
const NEWEST: &str = "zfs-auto-snap:daily-2026-11-04";

fn manifest() -> Vec<Value> {
    let manifest: Value = serde_json::from_slice(&recorded("manifest.json")).unwrap();
    manifest["objects"].as_array().unwrap().clone()
}

/// Stores the recorded objects whose keys begin with `prefix` as the Python did: in one part, under the same key, with the
/// same metadata and storage class.
fn upload(peer: &Peer, prefix: &str) -> Vec<Value> {
    let (bucket, mut objects) = (&peer.z3.bucket, manifest());
    objects.retain(|object| object["key"].as_str().unwrap().starts_with(prefix));
    for object in &objects {
        let key = object["key"].as_str().unwrap();
        let metadata = object["meta"].as_object().unwrap();
        let header = |(name, value): (&String, &Value)| {
            (
                format!("x-amz-meta-{name}"),
                value.as_str().unwrap().to_owned(),
            )
        };
        let mut headers: Vec<_> = metadata.iter().map(header).collect();
        headers.push(("x-amz-storage-class".to_owned(), "STANDARD_IA".to_owned()));
        let body = match object["file"].as_str() {
            Some(file) => recorded(&format!("objects/{file}")),
            None => b"data".to_vec(),
        };
        let created = bucket
            .ask("POST", key, &[("uploads", "")], &headers, b"")
            .expect(200);
        let id = created
            .xml()
            .split("UploadId>")
            .nth(1)
            .unwrap()
            .trim_end_matches("</")
            .to_owned();
        let etag = bucket.put_part(key, &id, 1, &body);
        let parts = format!(
            "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>{etag}</ETag></Part></CompleteMultipartUpload>"
        );
        bucket
            .ask("POST", key, &[("uploadId", &id)], &[], parts.as_bytes())
            .expect(200);
        if let Some(etag) = object["etag"].as_str() {
            assert_eq!(
                bucket.head(key).unwrap().etag,
                format!("\"{etag}\""),
                "{key}"
            );
        }
    }
    objects
}

/// The guid that a send stream says it makes: `drr_toguid` of its first record.
fn guid_of(stream: &[u8]) -> String {
    u64::from_le_bytes(stream[40..48].try_into().unwrap()).to_string()
}

#[test]
fn recorded_chains_are_listed_and_restored() {
    let peer = Peer::new("recorded");
    let (dataset, mut trees) = (&peer.z3.dataset, Vec::new());
    let mut guids = Vec::new();
    for prefix in ["comp-none/", "comp-pigz1/", "comp-pigz4/"] {
        let objects = upload(&peer, prefix);
        assert_eq!(objects.len(), 4);
        if prefix == "comp-none/" {
            let stream =
                |object: &Value| recorded(&format!("objects/{}", object["file"].as_str().unwrap()));
            guids = objects
                .iter()
                .map(|object| guid_of(&stream(object)))
                .collect();
        }
        let command =
            format!("z3 --s3-prefix {prefix} restore {NEWEST} && z3 --s3-prefix {prefix} status");
        let told = peer.shell(&command).run().expect_ok();
        assert_eq!(told.stderr, "");
        let rows: Vec<&str> = told.text().lines().skip(1).collect();
        assert_eq!(
            rows,
            [
                "NAME                           | PARENT                         | TYPE        | HEALTH | LOCAL STATE | SIZE  ",
                "zfs-auto-snap:daily-2026-11-01 |                                | full        | ok     | ok          | 0.49 M",
                "zfs-auto-snap:daily-2026-11-02 | zfs-auto-snap:daily-2026-11-01 | incremental | ok     | ok          | 0.13 M",
                "zfs-auto-snap:daily-2026-11-03 | zfs-auto-snap:daily-2026-11-02 | incremental | ok     | ok          | 0.02 M",
                "zfs-auto-snap:daily-2026-11-04 | zfs-auto-snap:daily-2026-11-03 | incremental | ok     | ok          | 0.01 M",
            ]
        );
        let verify = format!("z3 --s3-prefix {prefix} verify");
        let told = peer.shell(&verify).run().expect_ok();
        let sum = "4 backups: 4 ok, 0 damaged, 0 unread\n";
        assert!(told.text().ends_with(sum), "{}", told.text());
        let found: Vec<String> = dataset
            .snapshots()
            .iter()
            .map(|name| dataset.guid(name))
            .collect();
        assert_eq!(found, guids);
        trees.push(dataset.tree());
        dataset.destroy();
    }
    let names: Vec<_> = trees[0].keys().map(|path| path.to_str().unwrap()).collect();
    let written = [
        "dir",
        "dir/hello",
        "dir/seq2.txt",
        "dir/three",
        "link",
        "manual",
        "random-6M",
    ];
    assert_eq!(names, written);
    assert!(trees[0] == trees[1] && trees[0] == trees[2]);
    peer.clear();
}

#[test]
fn recorded_chains_grow_on() {
    let peer = Peer::new("grow");
    upload(&peer, "comp-pigz1/");
    let z3 = |arguments: &str| {
        peer.shell(&format!("z3 --s3-prefix comp-pigz1/ {arguments}"))
            .run()
            .expect_ok()
    };
    z3(&format!("restore {NEWEST}"));
    let dataset = &peer.z3.dataset;
    dataset
        .write("later", b"written here")
        .snapshot("zfs-auto-snap:daily-2026-11-05");
    let tree = dataset.tree();
    z3("backup");
    let key = format!("comp-pigz1/{}@zfs-auto-snap:daily-2026-11-05", dataset.name);
    let object = peer.z3.bucket.head(&key).unwrap();
    assert_eq!(
        object.metadata["parent"],
        format!("{}@{NEWEST}", dataset.name)
    );
    assert_eq!(object.metadata["parentguid"], dataset.guid(NEWEST));
    dataset.destroy();
    z3("restore zfs-auto-snap:daily-2026-11-05");
    assert!(dataset.tree() == tree);
    peer.clear();
}

#[test]
fn recorded_broken_chains_are_told_apart() {
    let peer = Peer::new("recorded-broken");
    let objects = upload(&peer, "broken/");
    let status =
        peer.shell("z3 --s3-prefix broken --dataset pool/fs --snapshot-prefix snap_ status");
    let told = status.run().expect_ok();
    let cells = |line: &str| {
        let cells: Vec<&str> = line.split(" | ").map(str::trim).collect();
        cells[..5].join(",")
    };
    let rows: Vec<String> = told.text().lines().skip(2).map(cells).collect();
    let wanted = [
        "snap_0,snap_expired,incremental,missing parent,missing",
        "snap_1_f,,full,ok,missing",
        "snap_2,snap_1_f,incremental,ok,missing",
        "snap_3,snap_2,incremental,ok,missing",
        "snap_4_mp,missing_parent,incremental,missing parent,missing",
        "snap_5,snap_4_mp,incremental,parent broken,missing",
        "snap_6_cycle,snap_7_cycle,incremental,cycle detected,missing",
        "snap_7_cycle,snap_6_cycle,incremental,cycle detected,missing",
    ];
    assert_eq!(rows, wanted);
    for object in objects {
        peer.z3.bucket.delete(object["key"].as_str().unwrap());
    }
}

/// What the Python asks the metadata for, and the command through which it restores.
#[test]
fn the_python_reads_what_we_store() {
    let z3 = Z3::new("for-python");
    let _gpg = Gpg::new(&z3, "z3_backup");
    z3.dataset.history(&["a", "b"]);
    for (compressor, named, decoder) in [
        ("none", None, "cat"),
        ("pigz1", Some("pigz1"), "pigz -d"),
        ("pigz4", Some("pigz4"), "pigz -d"),
        ("gpg", Some("gpg"), "gpg -d"),
    ] {
        z3.says([
            "--s3-prefix",
            &z3.key(compressor),
            "backup",
            "--compressor",
            compressor,
        ]);
        for (base, name) in [(None, "a"), (Some("a"), "b")] {
            let key = z3.key(&format!("{compressor}/{}@{name}", z3.dataset.name));
            let metadata: BTreeMap<_, _> = z3.bucket.head(&key).unwrap().metadata;
            let text = |field| metadata.get(field).map(String::as_str);
            let parent = base.map(|base| format!("{}@{base}", z3.dataset.name));
            assert_eq!(text("isfull"), base.is_none().then_some("true"));
            assert_eq!(
                (text("parent"), text("compressor")),
                (parent.as_deref(), named)
            );
            assert!(text("size").unwrap().parse::<f64>().unwrap() > 0.0);
            assert!(z3.piped(decoder, z3.bucket.get(&key)) == z3.dataset.send(base, name));
        }
    }
}
