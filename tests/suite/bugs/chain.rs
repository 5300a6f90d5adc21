//! Bugs of `z3 status`, `backup` and `restore`.

use super::expect_nothing;
use crate::support::{Gpg, Proxy, Server, Z3};

#[test]
fn b07_a_first_increment_does_not_crash() {
    let z3 = Z3::new("b07");
    z3.dataset.history(&["a", "b"]);
    let told = z3.says(["backup", "--dry-run"]);
    assert!(
        told.starts_with(&format!("zfs send '{}@a' | ", z3.dataset.name)),
        "{told}"
    );
    z3.bucket
        .put(&z3.snapshot_key("expired"), b"data", &[("isfull", "true")]);
    for arguments in [&["backup"][..], &["backup", "--dry-run"]] {
        let said = z3.refuses(arguments.iter().copied());
        assert!(
            said.contains("an incremental has nothing to start from"),
            "{said}"
        );
    }
}

#[test]
fn b10_nothing_to_back_up_is_a_failure() {
    let z3 = Z3::new("b10");
    z3.dataset.history(&["a"]);
    let name = &z3.dataset.name;
    let nosuch = format!("{name}/nosuch");
    for (dataset, prefix) in [(name, "weekly"), (&nosuch, "")] {
        let said = z3.refuses(["--dataset", dataset, "--snapshot-prefix", prefix, "backup"]);
        let words = format!(
            "filesystem \"{dataset}\". Are you sure SNAPSHOT_PREFIX=\"{prefix}\" is correct?\n"
        );
        let hint = match *dataset == nosuch {
            true => format!("there is no dataset {nosuch} here"),
            false => format!("the newest snapshot is {name}@a: SNAPSHOT_PREFIX has to match"),
        };
        let golden = format!("z3: Nothing to backup for {words}");
        let rest = said
            .strip_prefix(&golden)
            .unwrap_or_else(|| panic!("{said}"));
        assert!(rest.starts_with(&format!("z3: {hint}")), "{said}");
        assert_eq!(rest.lines().count(), 1, "{said}");
    }
    let listed = z3
        .z3(["-v", "--dataset", &nosuch, "status"])
        .run()
        .expect_ok();
    let words = format!("there is no dataset {nosuch} here");
    assert!(listed.stderr.contains(&words), "{}", listed.stderr);
    let unmeant = ["-v", "--snapshot-prefix", "weekly", "status"];
    let listed = z3.z3(unmeant).run().expect_ok();
    let words = format!("no snapshot of {name} begins with SNAPSHOT_PREFIX \"weekly\"");
    assert!(listed.stderr.contains(&words), "{}", listed.stderr);
    z3.z3([""; 0]).run().expect_status(2);
    let unset = z3
        .z3(["status"])
        .env_remove("FILESYSTEM")
        .run()
        .expect_status(1);
    assert!(
        unset
            .stderr
            .starts_with("z3: FILESYSTEM in the configuration: not set"),
        "{}",
        unset.stderr
    );
    z3.replace("zfs", "echo no permission >&2; exit 1");
    let said = z3.refuses(["backup"]);
    assert!(
        said.starts_with("z3: zfs get ") && said.ends_with(": exit 1: no permission\n"),
        "{said}"
    );
    expect_nothing(&z3);
}

#[test]
fn b11_odd_objects_disturb_nobody() {
    let z3 = Z3::new("b11");
    z3.dataset.history(&["a", "b"]);
    for (name, metadata) in [
        ("bare", &[][..]),
        ("parent", &[("parent", "x")]),
        ("size", &[("isfull", "true"), ("size", "big")]),
    ] {
        z3.bucket.put(&z3.snapshot_key(name), b"data", metadata);
    }
    z3.says(["backup", "--full", "--snapshot", "a"]);
    z3.says(["backup"]);
    assert_eq!(z3.says(["status"]).lines().count(), 2 + 5);
    let tree = z3.dataset.tree();
    z3.dataset.destroy();
    z3.says(["restore", "b"]);
    assert!(z3.dataset.tree() == tree);
}

#[test]
fn b13_names_mean_nothing_to_a_shell() {
    let mut z3 = Z3::new("b13");
    let _gpg = Gpg::new(&z3, "z3_backup");
    let trap = z3.dir().join("trap");
    z3.prefix += &format!("$(touch {})/", trap.display());
    z3.dataset.history(&["a b"]);
    z3.says(["backup"]);
    assert_eq!(z3.keys(), [format!("{}@a b", z3.dataset.name)]);
    let recipient = format!("z3_backup; touch {}", trap.display());
    let said = z3.refuses([
        "backup",
        "--full",
        "--compressor",
        "gpg",
        "--gpg-recipient",
        &recipient,
    ]);
    assert!(
        said.starts_with("z3: gpg -e -r 'z3_backup; touch "),
        "{said}"
    );
    let tree = z3.dataset.tree();
    z3.dataset.destroy();
    z3.says(["restore", "a b"]);
    assert!(z3.dataset.tree() == tree && !trap.exists());
}

#[test]
fn b14_an_unknown_compressor_is_refused_wherever_it_comes_from() {
    let z3 = Z3::new("b14");
    z3.dataset.history(&["a"]);
    let file = z3.file("z3.conf", "[main]\nCOMPRESSOR=lz4\n");
    let file = file.to_str().unwrap();
    for name in ["lz4", "PIGZ1"] {
        let ended = z3
            .z3(["backup"])
            .env("COMPRESSOR", name)
            .run()
            .expect_status(1);
        let wanted = "z3: COMPRESSOR in the environment: expected one of none, pigz1,";
        assert!(ended.stderr.starts_with(wanted), "{}", ended.stderr);
    }
    let said = z3.refuses(["--config", file, "backup"]);
    assert!(
        said.starts_with(&format!(
            "z3: COMPRESSOR in [main] of {file}: expected one of"
        )),
        "{said}"
    );
    let ended = z3
        .z3(["backup", "--compressor", "lz4"])
        .run()
        .expect_status(2);
    assert!(
        ended
            .stderr
            .starts_with("z3: --compressor: expected one of"),
        "{}",
        ended.stderr
    );
    expect_nothing(&z3);
}

#[test]
fn b18_words_around_the_estimate_do_no_harm() {
    let z3 = Z3::new("b18");
    z3.dataset.history(&["a"]);
    let noise = "echo WARNING: could not send x; echo and more words >&2";
    let answer = format!(
        "case \"$*\" in 'send -nvP'*) echo full; printf 'size\\t2097152\\n'; {noise}; exit 0 ;; esac"
    );
    z3.replace("zfs", &format!("{answer}\nexec zfs \"$@\""));
    let told = z3.says(["backup"]);
    assert_eq!(
        told,
        format!("Successfuly backed up {}@a: 2 M.\n", z3.dataset.name)
    );
}

#[test]
fn b19_a_parent_counts_whatever_its_prefix_and_questions_are_asked_at_once() {
    let proxy = Proxy::to(Server::Rgw.endpoint());
    let z3 = Z3::new("b19").through(&proxy);
    let daily = format!("{}@daily-1", z3.dataset.name);
    z3.bucket
        .put(&z3.key(&daily), b"data", &[("isfull", "true")]);
    for number in 0..30 {
        let key = z3.snapshot_key(&format!("weekly-{number:02}"));
        z3.bucket.put(&key, b"data", &[("parent", &daily)]);
    }
    let told = z3.says(["--snapshot-prefix", "weekly", "status"]);
    assert_eq!(
        told.matches(" | incremental | ok     | ").count(),
        30,
        "{told}"
    );
    assert_eq!((proxy.count("HEAD", ""), proxy.count("GET", "")), (31, 1));
    assert!(proxy.connections() > 4, "{}", proxy.connections());
}

#[test]
fn b22_an_empty_prefix_adds_nothing_to_the_key() {
    let z3 = Z3::new("b22-prefix");
    z3.dataset.history(&["a"]);
    z3.says(["--s3-prefix", "", "backup"]);
    let key = format!("{}@a", z3.dataset.name);
    assert!(z3.bucket.head(&key).is_some());
    let told = z3.says(["--s3-prefix", "", "status"]);
    assert!(
        told.contains("\na    |        | full | ok     | ok "),
        "{told}"
    );
    z3.bucket.delete(&key);
}
