//! Bookmarks as bases: what was stored last may be destroyed, and the next increment starts from its bookmark.

mod behind;
mod odds;

use crate::support::zfs::zfs;
use crate::support::{Act, Dataset, Gate, Proxy, Server, When, Z3, noise};

impl Z3 {
    /// The names of the dataset's bookmarks, without that of the dataset.
    fn marks(&self) -> Vec<String> {
        let own = &self.dataset.name;
        let listed = zfs(&["list", "-H", "-t", "bookmark", "-d", "1", "-o", "name", own]);
        let names = listed.lines().map(|line| line[own.len() + 1..].to_owned());
        names.collect()
    }

    fn of(&self, snapshot: &str) -> String {
        format!("{}@{snapshot}", self.dataset.name)
    }

    fn lose(&self, snapshots: &[&str]) {
        for snapshot in snapshots {
            zfs(&["destroy", &self.of(snapshot)]);
        }
    }

    /// What the metadata of a backup names as its parent, without the dataset.
    fn parent(&self, snapshot: &str) -> Option<String> {
        let object = self.bucket.head(&self.snapshot_key(snapshot)).unwrap();
        let parent = object.metadata.get("parent")?;
        Some(parent.split_once('@').unwrap().1.to_owned())
    }

    /// Fails unless there is one bookmark of ours, of the snapshot with this guid.
    fn expect_mark(&self, guid: &str) -> String {
        let end = format!("-{:016x}", guid.parse::<u64>().unwrap());
        let marks = self.marks();
        let own = marks.iter().filter(|name| name.starts_with("z3-"));
        let own: Vec<&String> = own.collect();
        assert!(own.len() == 1 && own[0].ends_with(&end), "{marks:?}, {end}");
        own[0].clone()
    }

    /// Fails unless the last snapshot comes back from the bucket alone as it is in the pool.
    fn expect_restored(&self, last: &str) {
        let (tree, guid) = (self.dataset.tree(), self.dataset.guid(last));
        self.dataset.destroy();
        self.says(["restore", last]);
        assert_eq!(self.dataset.guid(last), guid);
        assert!(self.dataset.tree() == tree);
    }
}

#[test]
fn an_increment_starts_from_the_bookmark_of_what_is_gone() {
    let z3 = Z3::new("gone");
    z3.dataset.history(&["a", "b", "c"]);
    assert_eq!(z3.says(["backup", "--snapshot", "a"]).lines().count(), 1);
    z3.expect_mark(&z3.dataset.guid("a"));
    z3.says(["backup"]);
    let guid = z3.dataset.guid("c");
    let mark = z3.expect_mark(&guid);
    z3.dataset.history(&["d", "e"]);
    z3.lose(&["a", "b", "c"]);
    let planned = z3.says(["backup", "--dry-run"]);
    let (name, guid_text) = (&z3.dataset.name, format!("parentguid={guid}"));
    let line = planned.lines().next().unwrap();
    let begin = format!("zfs send -i '{name}#{mark}' '{name}@d' | ");
    assert!(
        line.starts_with(&begin) && line.contains(&guid_text),
        "{line}"
    );
    assert!(line.contains(&format!("parent={name}@c ")), "{line}");
    assert_eq!(z3.marks(), [mark], "a dry run changes nothing");
    let told = z3.z3(["-v", "backup"]).run().expect_ok().stderr;
    assert!(
        told.contains("@c is stored and gone from the pool"),
        "{told}"
    );
    assert_eq!(z3.parent("d").as_deref(), Some("c"));
    assert_eq!(z3.parent("e").as_deref(), Some("d"));
    z3.expect_mark(&z3.dataset.guid("e"));
    assert_eq!(z3.says(["backup"]), "");
    z3.expect_verified(5);
    let status = z3.says(["status"]);
    assert!(!status.contains('#') && !status.contains("z3-"), "{status}");
    z3.expect_restored("e");
}

#[test]
fn a_planned_line_with_a_bookmark_can_be_pasted() {
    let z3 = Z3::new("pasted-mark");
    z3.dataset.history(&["a"]);
    z3.says(["backup"]);
    z3.dataset.history(&["b"]);
    z3.lose(&["a"]);
    let planned = z3.says(["backup", "--dry-run"]);
    z3.shell(planned.lines().next().unwrap()).run().expect_ok();
    z3.expect_verified(2);
    z3.expect_restored("b");
}

/// The last rescue of each bucket is its own; what somebody else has made serves as well, whatever its name.
#[test]
fn every_bucket_has_its_own() {
    let z3 = Z3::new("two-marks");
    let other = |arguments: &[&str]| z3.z3(arguments).env("S3_PREFIX", z3.key("other"));
    z3.dataset.history(&["a"]);
    z3.says(["backup"]);
    let first = z3.expect_mark(&z3.dataset.guid("a"));
    let mine = format!("{}#mine: .-_", z3.dataset.name);
    z3.dataset.history(&["b"]);
    other(&["backup"]).run().expect_ok();
    let marks = z3.marks();
    assert!(marks.len() == 2 && marks.contains(&first), "{marks:?}");
    zfs(&["bookmark", &z3.of("a"), &mine]);
    zfs(&["destroy", &format!("{}#{first}", z3.dataset.name)]);
    z3.dataset.history(&["c"]);
    z3.lose(&["a", "b"]);
    z3.says(["backup"]);
    assert_eq!(z3.parent("c").as_deref(), Some("a"));
    let told = other(&["-v", "backup"]).run().expect_ok().stderr;
    assert!(told.contains("@b is stored and gone"), "{told}");
    let marks = z3.marks();
    assert!(
        marks.len() == 3 && marks.contains(&"mine: .-_".to_owned()),
        "{marks:?}"
    );
    z3.expect_restored("c");
}

#[test]
fn a_killed_run_is_made_good_by_the_next() {
    let z3 = Z3::new("killed-mark");
    z3.dataset.history(&["a"]);
    let kill = |words: &str| {
        let running = Gate::new(&z3).through(z3.z3(["backup"]), words);
        running.signal_group("KILL");
        running.wait().expect_status(137);
    };
    let next = || {
        let run = z3.z3(["backup"]).env("GATED", "nothing");
        assert_eq!(run.run().expect_ok().text(), "");
    };
    // After Complete, before the bookmark.
    kill("bookmark");
    assert!(z3.bucket.head(&z3.snapshot_key("a")).is_some());
    assert_eq!(z3.marks(), [""; 0]);
    next();
    z3.expect_mark(&z3.dataset.guid("a"));
    // After the bookmark, before the one before it is destroyed.
    z3.dataset.history(&["b"]);
    kill("destroy");
    assert_eq!(z3.marks().len(), 2);
    next();
    z3.expect_mark(&z3.dataset.guid("b"));
    assert_eq!(z3.held(), "");
}

/// The first half from the snapshot, the second from its bookmark: the parts of the first are those of the second.
#[test]
fn what_was_cut_off_goes_on_when_its_base_is_gone() {
    let proxy = Proxy::to(Server::Rgw.endpoint());
    let z3 = Z3::new("cut-mark").through(&proxy);
    z3.dataset
        .history(&["a"])
        .write("noise", &noise(2 << 20, 8));
    z3.says(["backup"]);
    z3.dataset.write("noise", &noise(2 << 20, 9));
    z3.dataset.history(&["b"]);
    let backup = || {
        let run = z3.z3(["-v", "backup"]).env("COMPRESSOR", "none");
        let run = run.env("MIN_PART_SIZE", "65536").env("CONCURRENCY", "2");
        run.env("MAX_RETRIES", "1").env("RETRY_FOR", "0")
    };
    let cut = |parts: usize| {
        proxy.rule("PUT", "partNumber=", When::After(parts), Act::Refuse);
        let ended = backup().run().expect_status(1);
        assert!(
            ended.stderr.contains("the next run goes on"),
            "{}",
            ended.stderr
        );
        proxy.heal();
    };
    cut(10);
    assert_eq!(z3.held(), "a:1 b:1");
    let tags = zfs(&["holds", "-H", &z3.of("a")]);
    zfs(&["release", tags.split('\t').nth(1).unwrap(), &z3.of("a")]);
    z3.lose(&["a"]);
    cut(10);
    assert_eq!(z3.held(), "b:1", "a bookmark is not held");
    let ended = backup().run().expect_ok();
    let gone_on = ended.stderr.contains("were stored by an earlier run");
    assert!(gone_on, "{}", ended.stderr);
    let end = ended
        .stderr
        .lines()
        .find(|line| line.contains("by an earlier run"));
    println!("{end:?}");
    z3.expect_no_uploads();
    assert_eq!(z3.held(), "");
    z3.expect_restored("b");
}

/// Without a key, too: an increment of an encrypted dataset is raw, from a bookmark as from a snapshot.
#[test]
fn raw_from_a_bookmark() {
    let z3 = Z3::new("raw-mark");
    z3.create_encrypted();
    z3.dataset.history(&["a"]);
    z3.says(["backup"]);
    z3.dataset.history(&["b"]);
    z3.lose(&["a"]);
    let (tree, guid) = (z3.dataset.tree(), z3.dataset.guid("b"));
    zfs(&["unmount", &z3.dataset.name]);
    zfs(&["unload-key", &z3.dataset.name]);
    z3.says(["backup"]);
    let object = z3.bucket.head(&z3.snapshot_key("b")).unwrap();
    assert_eq!(object.metadata["sendflags"], "w");
    z3.expect_verified(2);
    z3.dataset.destroy();
    z3.z3(["restore", "b"]).run().expect_ok();
    assert_eq!(z3.dataset.guid("b"), guid);
    let key = format!("file://{}", z3.dir().join("key").display());
    zfs(&["load-key", "-L", &key, &z3.dataset.name]);
    assert!(z3.dataset.tree() == tree);
}

/// What z3 does with a dataset of the tests, beside it.
fn beside(z3: &Z3, name: &str) -> Dataset {
    Dataset::named(format!("{}-{name}", z3.dataset.name))
}
