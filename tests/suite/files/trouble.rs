//! Servers that fail in the middle, kills at any moment, and users who are not root: nothing foreign is given out, and no half
//! file has a name.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::thread;
use std::time::Duration;

use super::STREAMS;
use crate::support::file_system;
use crate::support::{Act, Bucket, Gpg, Message, Proxy, Run, Server, When, Z3, programs, share};

/// A large object behind a proxy.
fn scene(test: &str) -> (Proxy, Z3) {
    let proxy = Proxy::to(Server::Rgw.endpoint());
    let z3 = Z3::new(test).through(&proxy);
    let stream = file_system::made();
    let parts: Vec<&[u8]> = stream.chunks(16 << 20).collect();
    let key = z3.snapshot_key("snap");
    z3.bucket.put_multipart(&key, &parts, &[("isfull", "true")]);
    (proxy, z3)
}

fn quick(z3: &Z3, arguments: &[&str]) -> Run {
    let run = z3.z3(arguments.iter().copied());
    let run = run.env("RETRY_FOR", "0").env("MAX_RETRIES", "0");
    run.env("S3_TIMEOUT", "1")
}

/// The bytes of an answer, other ones.
fn garbage() -> Act {
    Act::edit(|answer: &mut Message| answer.body.iter_mut().for_each(|byte| *byte ^= 0x55))
}

#[test]
fn what_goes_wrong_in_the_middle_of_a_range_is_named_and_gives_nothing_foreign() {
    let (proxy, z3) = scene("files-trouble");
    let wanted = file_system::content(50);
    let to = z3.dir().join("to");
    let extract = ["extract", "--to", to.to_str().unwrap(), "snap", "/f50"];
    let acts = [
        Act::Refuse,
        Act::Silence,
        Act::CutBody(1000),
        Act::StallBody(1000),
        Act::error(412, "PreconditionFailed"),
        Act::error(403, "AccessDenied"),
        Act::error(500, "InternalError"),
        garbage(),
    ];
    let cases = acts
        .iter()
        .flat_map(|act| [1, 4, 7].map(|after| (act, after)));
    for (act, after) in share(3, cases) {
        proxy.rule("GET", "snap", When::After(after), act.clone());
        let ended = quick(&z3, &["cat", "snap", "/f50"]).run();
        let ended = ended.expect_status(1);
        assert!(ended.stderr.starts_with("z3: "), "{}", ended.stderr);
        assert!(wanted.starts_with(&ended.stdout));
        quick(&z3, &extract).run().expect_status(1);
        let left = fs::read_dir(&to).map_or(0, Iterator::count);
        assert_eq!(left, 0, "half files");
        proxy.heal();
    }
    quick(&z3, &extract).run().expect_ok();
    assert!(fs::read(to.join("f50")).unwrap() == wanted);
}

#[test]
fn an_object_that_is_replaced_meanwhile_is_not_mixed_with_the_other() {
    let (proxy, z3) = scene("files-replaced");
    let (bucket, key) = (Bucket::of(Server::Rgw), z3.snapshot_key("snap"));
    let replace = move |_: &mut Message| bucket.put(&key, b"another one", &[("isfull", "true")]);
    proxy.rule("GET", "snap", When::Nth(4), Act::edit(replace));
    let ended = quick(&z3, &["cat", "snap", "/f50"]).run().expect_status(1);
    assert!(file_system::content(50).starts_with(&ended.stdout));
    assert!(
        ended.stderr.contains("PreconditionFailed"),
        "{}",
        ended.stderr
    );
}

#[test]
fn a_small_object_of_any_packing_gives_nothing_if_it_is_not_right() {
    let proxy = Proxy::to(Server::Rgw.endpoint());
    let z3 = Z3::new("files-packings").through(&proxy);
    let gpg = Gpg::new(&z3, "files@example.com");
    let encrypt = format!(
        "gpg --homedir {} --batch --trust-model always -e -r files@example.com",
        gpg.home.display()
    );
    let (_, stream) = STREAMS[0];
    let key = z3.snapshot_key("s1");
    for (compressor, command) in [
        ("pigz1", "gzip -c"),
        ("zstd3", "zstd -qc"),
        ("gpg", &encrypt),
    ] {
        let packed = z3.piped(command, stream.to_vec());
        let metadata = [("isfull", "true"), ("compressor", compressor)];
        z3.bucket.put(&key, &packed, &metadata);
        let text = quick(&z3, &["cat", "s1", "/text"]).run().expect_ok();
        assert_eq!(text.stdout.len(), 150_000, "{compressor}");
        let to = z3.dir().join("to");
        let extract = ["extract", "--to", to.to_str().unwrap(), "s1", "/"];
        for act in [
            Act::CutBody(20_000),
            garbage(),
            Act::error(412, "PreconditionFailed"),
        ] {
            proxy.rule("GET", "s1", When::After(1), act);
            for command in [&["cat", "s1", "/text"][..], &["ls", "s1"], &extract] {
                let ended = quick(&z3, command).run().expect_status(1);
                assert!(ended.stdout.is_empty(), "{compressor} {command:?}");
                assert!(!ended.stderr.is_empty());
            }
            assert!(!to.exists());
            proxy.heal();
        }
    }
}

/// Whatever has a name is whole.
fn names_are_whole(to: &Path) -> usize {
    let entries = fs::read_dir(to).into_iter().flatten().flatten();
    let names = entries.map(|entry| entry.file_name().into_string().unwrap());
    let names: Vec<String> = names.filter(|name| !name.starts_with(".z3-")).collect();
    for name in &names {
        let number = name.strip_prefix('f').unwrap().parse().unwrap();
        assert!(
            fs::read(to.join(name)).unwrap() == file_system::content(number),
            "{name}"
        );
    }
    names.len()
}

#[test]
fn an_extract_that_is_killed_leaves_whole_files_and_the_next_one_clears_up() {
    let z3 = Z3::new("files-killed");
    let file = z3.file("stream", file_system::made());
    let to = z3.dir().join("to");
    let (file, to_text) = (file.to_str().unwrap(), to.to_str().unwrap());
    let arguments = ["extract", "--force", "--to", to_text, "--stream", file, "/"];
    let mut seen = Vec::new();
    for moment in 0..12 {
        let running = z3.z3(arguments).start();
        thread::sleep(Duration::from_millis(20 + moment * 60));
        running.signal("KILL");
        running.wait();
        seen.push(names_are_whole(&to));
    }
    z3.z3(arguments).run().expect_ok();
    assert_eq!(names_are_whole(&to), 90, "{seen:?}");
    assert_eq!(fs::read_dir(&to).unwrap().count(), 90, "nothing is left");
}

#[test]
fn who_is_not_root_has_files_of_his_own() {
    // Beside what only root may enter.
    let place = Path::new("/var/tmp").join(format!("z3-files-{}", std::process::id()));
    fs::create_dir(&place).unwrap();
    fs::set_permissions(&place, fs::Permissions::from_mode(0o777)).unwrap();
    let (program, stream) = (place.join("z3"), place.join("stream"));
    fs::copy(programs().join("z3"), &program).unwrap();
    fs::write(&stream, STREAMS[0].1).unwrap();
    let to = place.join("his");
    let user = ["--reuid=65534", "--regid=65534", "--clear-groups"];
    let run = |arguments: &[&str]| {
        let run = Run::program("setpriv").args(user).args([&program]);
        run.env("PATH", "/usr/bin:/bin")
            .args(arguments.iter().copied())
            .run()
    };
    let stream = stream.to_str().unwrap();
    run(&[
        "extract",
        "--to",
        to.to_str().unwrap(),
        "--stream",
        stream,
        "/",
    ])
    .expect_ok();
    let facts = fs::metadata(to.join("text")).unwrap();
    assert_eq!((facts.uid(), facts.len()), (65534, 150_000));
    let listed = run(&["ls", "-l", "--stream", stream, "/text"]).expect_ok();
    assert!(listed.text().starts_with("-rw-r--r--"), "{}", listed.text());
    let closed = run(&["extract", "--to", "/root/of-root", "--stream", stream, "/"]);
    assert!(closed.expect_status(1).stderr.contains("/root/of-root"));
    fs::remove_dir_all(&place).unwrap();
}
