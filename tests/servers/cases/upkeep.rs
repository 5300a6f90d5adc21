//! What keeps a bucket in order, and says whether it is.

use crate::place::Place;
use crate::scene::Scene;
use crate::support::Bucket;
use crate::verdict::Seen;

use super::objects::expect_no_uploads;

pub fn prune(place: &Place, seen: &mut Seen) {
    let scene = Scene::on(place.server, "prune");
    let shown = scene.prune(&["--keep-last", "1", "--dry-run"]).run();
    let shown = shown.expect_ok();
    assert_eq!(shown.text().matches("| delete").count(), 3, "{shown:?}");
    assert_eq!(scene.stored(), ["a", "b", "c", "d", "e", "f"]);
    scene.prune(&["--keep-last", "1"]).run().expect_ok();
    assert_eq!(scene.stored(), ["d", "e", "f"]);
    assert_eq!(scene.receipts(), ["d", "e", "f"]);
    scene.expect_whole();
    let tries = scene.proxy.seen("DELETE", "%40c").into_iter();
    let tries = tries.filter(|one| !one.target.contains(".z3")).count();
    seen.odd_if(
        tries > 1,
        "The server refuses conditions on DELETE of an object in parts, also where they hold: z3 looks once more, and asks without.",
    );
    // The condition that z3 gives with each of them.
    let key = scene.z3.key("condition");
    scene.z3.bucket.put(&key, b"x", &[]);
    let other = [("if-match".to_owned(), format!("\"{}\"", "0".repeat(32)))];
    let answer = scene.z3.bucket.ask("DELETE", &key, &[], &other, b"");
    let gone = scene.z3.bucket.head(&key).is_none();
    assert!(
        gone || matches!(answer.status, 412 | 501),
        "{}",
        answer.status
    );
    seen.odd_if(
        gone,
        "The server ignores conditions on DELETE: z3 looks at each object just before it deletes it, and what is replaced between these two requests goes.",
    );
}

pub fn cleanup(place: &Place, seen: &mut Seen) {
    let z3 = place.corner("cleanup");
    let bucket = match place.is_own() {
        true => Bucket::of(place.server),
        false => Bucket::of(place.server).named("z3cleanup"),
    };
    let key = z3.key("unfinished");
    let id = bucket.create_upload(&key, &[]);
    bucket.put_part(&key, &id, 1, b"part");
    let cleanup = |arguments: &[&str]| {
        let run = z3.program("s3_mp_cleanup", arguments.iter().copied());
        run.env("BUCKET", &bucket.name).run()
    };
    let mark = |arguments: &[&str]| {
        let table = cleanup(arguments).expect_ok();
        let line = table.text().lines().find(|line| line.contains(&key));
        line.expect("the upload is not listed")[..1].to_owned()
    };
    let tried = cleanup(&["--dry"]);
    if tried.stderr.contains("list uploads in") {
        tried.expect_status(1);
        return seen.odd(
            "The server has no list of unfinished uploads: s3_mp_cleanup says so and ends with status 1. They have to be removed on the server.",
        );
    }
    if tried.stderr.contains("list parts of") {
        tried.expect_status(1);
        return seen.odd(
            "The server's list of the parts of an upload cannot be read: s3_mp_cleanup says so, leaves such uploads alone and ends with status 1.",
        );
    }
    assert_eq!(mark(&["--dry"]), " ", "a fresh upload is no old one");
    assert_eq!(mark(&["--dry", "--max-age", "0"]), "X");
    // It is about the whole bucket: not of the user.
    if !place.is_own() {
        assert_eq!(mark(&["--max-age", "0"]), "X");
        assert_eq!(bucket.uploads(""), []);
    }
}

pub fn class(place: &Place, seen: &mut Seen) {
    let z3 = place.corner("class");
    let key = z3.key("object");
    let put = z3.program("pput", ["--storage-class", "STANDARD_IA", &key]);
    let ended = put.stdin("x").run();
    if !ended.status.success() {
        let said = ended.expect_status(1).stderr;
        assert!(said.contains("InvalidStorageClass"), "{said}");
        assert_eq!(z3.keys(), [""; 0]);
        expect_no_uploads(place, &z3, seen);
        return seen.odd(
            "STANDARD_IA is refused with InvalidStorageClass; z3 says so, and stores nothing. Leave S3_STORAGE_CLASS unset.",
        );
    }
    let class = z3.bucket.head(&key).expect("no object").storage_class;
    match class.as_deref() {
        Some("STANDARD_IA") => (),
        None | Some("STANDARD") => {
            seen.odd(
                "STANDARD_IA is taken, and forgotten without a word: there is only one class.",
            );
        }
        Some(other) => panic!("of class {other}"),
    }
}

pub fn doctor(place: &Place, seen: &mut Seen) {
    let z3 = place.corner("doctor");
    z3.dataset.create();
    z3.dataset.snapshot("a");
    let ended = z3.z3(["doctor"]).run().expect_ok();
    assert!(!ended.text().contains("FAILURE"), "{}", ended.text());
    assert_eq!(z3.keys(), [""; 0]);
    let warnings = ended.text().lines();
    let warnings = warnings.filter_map(|line| line.strip_prefix("WARNING "));
    // That of a bucket as it was made is no oddity.
    for warning in warnings.filter(|line| !line.ends_with("no rule aborts unfinished uploads")) {
        let what = warning.split(": ").take(2).collect::<Vec<_>>().join(": ");
        seen.odd(format!("It warns of \"{what}\", and says what to do."));
    }
}
