//! Buckets that keep what is deleted, and objects that may not be deleted.

use super::scene::{LONG_AGO, Scene, actions};
use crate::support::proxy::http_date;
use crate::support::{Act, Bucket, Server, When, Z3};

fn scene(server: Server, test: &str, lock: bool) -> Scene {
    let mut z3 = Z3::on(server, test);
    let header = (
        "x-amz-bucket-object-lock-enabled".to_owned(),
        "true".to_owned(),
    );
    let headers = if lock { vec![header] } else { Vec::new() };
    let bucket = Bucket::of(server).made(test, &headers);
    let enabled = b"<VersioningConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Status>Enabled</Status></VersioningConfiguration>";
    bucket
        .ask("PUT", "", &[("versioning", "")], &[], enabled)
        .expect(200);
    z3.bucket = bucket;
    Scene::of(z3, server)
}

#[test]
fn a_bucket_with_versions_frees_nothing_and_it_is_said() {
    for server in [Server::Rgw, Server::SeaweedFs] {
        versions(server);
    }
}

pub fn versions(server: Server) {
    let scene = scene(server, "prune-versions", false);
    let prune = |arguments: &[&str]| {
        let run = scene.prune(&[&["--keep-last", "1"], arguments].concat());
        let done = run.run().expect_ok();
        done.text().lines().last().unwrap().to_owned()
    };
    // Ceph tells of versions only when something is deleted; here it does before.
    scene.proxy.heal();
    let date = http_date(-LONG_AGO);
    let told = Act::edit(move |answer| {
        answer.set("Last-Modified", date.clone());
        answer.set("x-amz-version-id", "v1");
    });
    scene.proxy.rule("HEAD", "", When::Always, told);
    let foreseen = prune(&["--dry-run"]);
    assert!(
        foreseen.starts_with("the bucket keeps versions: "),
        "{foreseen}"
    );
    assert_eq!(prune(&[]), foreseen);
    assert_eq!(scene.stored(), ["d", "e", "f"]);
    // What is behind a marker is not there.
    let again = scene
        .prune(&["--keep-last", "1", "--json"])
        .run()
        .expect_ok();
    assert_eq!(actions(&again), ["d base", "e base", "f keep"]);
    scene.expect_whole();
}

#[test]
fn what_is_locked_stays_with_its_base() {
    locked(Server::Rgw);
}

pub fn locked(server: Server) {
    let scene = scene(server, "prune-locked", true);
    let until = "<Retention><Mode>GOVERNANCE</Mode><RetainUntilDate>2099-01-01T00:00:00Z</RetainUntilDate></Retention>";
    let key = scene.z3.snapshot_key("b");
    let lock = |query, body: &str| {
        let asked = scene
            .z3
            .bucket
            .ask("PUT", &key, &[(query, "")], &[], body.as_bytes());
        asked.expect(200);
    };
    lock("retention", until);
    let shown = scene
        .prune(&["--keep-last", "1", "--dry-run", "--json"])
        .run()
        .expect_ok();
    assert_eq!(
        actions(&shown),
        [
            "a base", "b locked", "c delete", "d base", "e base", "f keep"
        ]
    );
    assert_eq!(
        shown.told("object")[1]["reasons"][0],
        "locked until 2099-01-01"
    );
    lock("legal-hold", "<LegalHold><Status>ON</Status></LegalHold>");
    let done = scene
        .prune(&["--keep-last", "1", "--json"])
        .run()
        .expect_ok();
    assert_eq!(done.told("object")[1]["reasons"][0], "locked");
    assert_eq!(scene.stored(), ["a", "b", "d", "e", "f"]);
    scene.expect_whole();
}
