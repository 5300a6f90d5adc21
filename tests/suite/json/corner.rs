//! A dataset, and everything that every command tells of it.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;

use serde_json::Value;

use super::types;
use crate::prune::scene::Scene;
use crate::support::json::{Page, lines};
use crate::support::{Act, Bucket, Dataset, Ended, Proxy, Remote, Run, Server, When, Z3, noise};

/// A corner with three snapshots in its dataset, and the page that all lines are held to.
pub struct Corner {
    pub z3: Z3,
    pub page: Page,
}

impl Corner {
    /// Runs it; its lines.
    fn told(&mut self, run: Run, status: i32) -> Vec<Value> {
        let ended = run.args(["--json"]).run().expect_status(status);
        self.hold(ended.text(), &ended)
    }

    fn z3(&mut self, arguments: &[&str], status: i32) -> Vec<Value> {
        let run = self.z3.z3(arguments.iter().copied());
        self.told(run, status)
    }

    fn hold(&mut self, text: &str, ended: &Ended) -> Vec<Value> {
        let told = lines(text, ended.status.code());
        told.iter().for_each(|line| self.page.hold(line));
        told
    }

    pub fn backups(&mut self) {
        self.z3.dataset.history(&["a", "b"]);
        let planned = self.z3(&["backup", "--dry-run"], 0);
        assert_eq!(
            types(&planned),
            ["command", "planned", "command", "planned", "end"]
        );
        let stored = self.z3(&["backup", "--compressor", "none"], 0);
        assert_eq!(types(&stored), ["backup", "backup", "end"]);
        assert_eq!(stored[0]["guid"], self.z3.dataset.guid("a"));
        assert_eq!(stored[1]["parent"], format!("{}@a", self.z3.dataset.name));
        assert_eq!(types(&self.z3(&["backup"], 0)), ["end"]);
        let name = self.z3.dataset.name.clone();
        let told = self.z3(&["backup", &name, &format!("{name}-nosuch")], 3);
        assert_eq!(types(&told), ["result", "result", "end"]);
        self.z3(&["status", "--snapshot-glob", "*"], 0);
        self.z3(&["verify", "--level", "list", "--snapshot-glob", "*"], 0);
        let end = self.z3(&["backup", "--snapshot", "nosuch"], 1).remove(0);
        assert_eq!(end["error"]["kind"], "refused");
        let run = self.z3.z3(["status"]).env("S3_SSE", "AES256");
        let shown = self.told(run, 0);
        assert_eq!(types(&shown), ["status", "snapshot", "snapshot", "end"]);
    }

    pub fn verdicts(&mut self) {
        let key = self.z3.snapshot_key("b");
        let (bytes, head) = (self.z3.bucket.get(&key), self.z3.bucket.head(&key).unwrap());
        let metadata: Vec<(&str, &str)> = head.metadata.iter().map(|(k, v)| (&**k, &**v)).collect();
        self.z3
            .bucket
            .put(&key, &bytes[..bytes.len() / 2], &metadata);
        let told = self.z3(&["verify"], 1);
        assert_eq!(
            types(&told),
            ["verify", "verdict", "verdict", "summary", "end"]
        );
        self.z3.bucket.put(&key, &bytes, &metadata);
        assert_eq!(
            types(&self.z3(&["verify", "--level", "receive"], 2)),
            ["end"]
        );
        let set = &self.z3.dataset;
        let package = self.z3.shell(&format!("zfs send -p {}@a", set.name)).run();
        let increment = set.send(Some("a"), "b");
        let half = increment[..increment.len() / 2].to_vec();
        for (stream, status) in [(increment, 0), (half, 1), (package.stdout, 0)] {
            let run = self.z3.z3(["verify", "--stream", "-"]).stdin(stream);
            assert_eq!(types(&self.told(run, status)), ["stream", "end"]);
        }
        let told = self.z3(&["verify", "--stream", "/nosuch"], 3);
        assert_eq!(told[1]["error"]["kind"], "unread");
    }

    pub fn checks(&mut self) {
        let told = self.z3(&["check"], 0);
        assert_eq!(types(&told), ["check", "end"]);
        let name = self.z3.dataset.name.clone();
        let told = self.z3(&["check", &name, "nopool/x"], 2);
        assert_eq!(types(&told), ["check", "check", "end"]);
        assert_eq!(told[2]["error"]["kind"], "critical");
        let told = self.z3(&["check", "--max-count", "1"], 1);
        assert_eq!(told[1]["error"]["kind"], "warning");
        let told = self.z3(&["check", "a//b"], 3);
        assert_eq!(told[1]["error"]["kind"], "unknown");
        let end = self.z3(&["check", "--bogus"], 3).remove(0);
        assert_eq!(end["error"]["kind"], "usage");
    }

    /// A link with a name and a target that are no text.
    pub fn files(&mut self) {
        let other = Dataset::named(format!("{}-files", self.z3.dataset.name));
        other.create();
        let [name, target] = [b"n\xff", b"t\xff"].map(|bytes| OsStr::from_bytes(bytes));
        symlink(target, other.path().join(name)).unwrap();
        other.snapshot("a");
        let stream = self.z3.file("stream", other.send(None, "a"));
        other.destroy();
        let (stream, to) = (stream.to_str().unwrap(), self.z3.dir().join("to"));
        let told = self.z3(&["ls", "--stream", stream], 0);
        assert_eq!(types(&told), ["file", "end"]);
        let to = to.to_str().unwrap();
        let told = self.z3(&["extract", "--to", to, "--stream", stream, "/"], 0);
        assert_eq!(types(&told), ["extracted", "end"]);
    }

    pub fn restores(&mut self) {
        self.z3.dataset.history(&["c"]);
        let told = self.z3(&["restore", "b", "--force", "--dry-run"], 0);
        assert_eq!(types(&told), ["end"]);
        self.z3.dataset.destroy();
        let told = self.z3(&["restore", "a", "--dry-run"], 0);
        assert_eq!(types(&told), ["command", "command", "end"]);
        let proxy = Proxy::to(Server::Rgw.endpoint());
        let copied = Act::edit(|answer| {
            let until = "ongoing-request=\"false\", expiry-date=\"Fri, 01 Jan 2100 00:00:00 GMT\"";
            answer.set("x-amz-restore", until);
        });
        proxy.rule("HEAD", "", When::Always, copied);
        let thaw = self.z3.z3(["thaw", "b"]);
        let told = self.told(thaw.env("S3_ENDPOINT", proxy.endpoint()), 0);
        assert_eq!(types(&told), ["thaw", "thaw", "end"]);
        let list = || {
            let run = self.z3.z3(["restore", "--list", "b"]);
            let run = run.env("PRICE_EGRESS", "0.09");
            run.env("S3_ENDPOINT", proxy.endpoint())
        };
        let (run, broken) = (list(), list());
        let told = self.told(run, 0);
        assert_eq!(types(&told), ["link", "link", "fetch", "end"]);
        proxy.heal();
        let gone = Act::error(404, "NoSuchKey");
        proxy.rule("HEAD", "%40a", When::Always, gone);
        let told = self.told(broken, 1);
        assert_eq!(types(&told), ["link", "fetch", "end"]);
        let told = self.z3(&["restore", "--at", "now", "--dry-run"], 0);
        assert_eq!(told[0]["type"], "chosen");
        assert_eq!(types(&self.z3(&["restore", "a"], 0)), ["received", "end"]);
        self.z3.dataset.history(&["x"]);
        let told = self.z3(&["restore", "b"], 1);
        assert!(told[0]["error"]["hint"].is_string(), "{told:?}");
        let told = self.z3(&["restore", "b", "--force", "--dry-run"], 0);
        assert_eq!(told[0]["type"], "cost");
    }

    pub fn objects(&mut self) {
        let key = self.z3.key("object");
        let put = |key: &str| self.z3.program("pput", ["--quiet", key]).stdin("some");
        let run = put(&key);
        assert_eq!(types(&self.told(run, 0)), ["object", "end"]);
        let run = self.z3.program("pput", [&key]);
        assert_eq!(types(&self.told(run, 1)), ["end"]);
        for (key, status, wanted) in [(&*key, 0, &["object", "end"][..]), ("nosuch", 1, &["end"])] {
            let run = self.z3.program("z3_get", ["--json", key]).run();
            let ended = run.expect_status(status);
            assert_eq!(ended.text(), if status == 0 { "some" } else { "" });
            let of_ours = ended.stderr.lines().filter(|line| line.starts_with('{'));
            let text: String = of_ours.map(|line| format!("{line}\n")).collect();
            assert_eq!(types(&self.hold(&text, &ended)), wanted);
        }
    }

    pub fn prunes(&mut self) {
        let scene = Scene::new("json-prune");
        let refused = Act::error(403, "AccessDenied");
        scene.proxy.heal();
        scene.proxy.rule("DELETE", "%40b", When::Always, refused);
        scene.age();
        let ended = scene.prune(&["--keep-last", "1", "--json"]).run();
        let told = self.hold(ended.text(), &ended);
        assert_eq!(
            types(&told[6..]),
            ["class", "deleted", "stayed", "pruned", "end"]
        );
        let run = scene.z3.z3(["status", "--cost"]).env("KEEP_LAST", "1");
        let run = run.env("S3_ENDPOINT", scene.proxy.endpoint());
        let told = self.told(run.env("MAX_DELETE", "1"), 0);
        assert_eq!(types(&told[told.len() - 3..]), ["class", "cost", "end"]);
        let run = scene.z3.z3(["keep", "a"]);
        assert_eq!(types(&self.told(run, 0)), ["pin", "end"]);
    }

    pub fn diagnoses(&mut self) {
        let told = self.z3(&["doctor"], 0);
        let (end, rows) = told.split_last().unwrap();
        assert!(rows.iter().all(|row| row["type"] == "diagnosis"), "{end}");
        let run = self.z3.z3(["doctor"]).env("S3_SECRET", "wrong");
        let told = self.told(run, 1);
        assert_eq!(told.last().unwrap()["error"]["kind"], "refused");
        let policy = self.z3(&["doctor", "--iam-policy", "backup"], 0);
        assert_eq!(types(&policy), ["policy", "end"]);
        let path = self.z3.dir().join("new.conf");
        let written = self.z3(&["--config", path.to_str().unwrap(), "doctor", "--init"], 0);
        assert_eq!(types(&written), ["written", "end"]);
    }

    pub fn syncs(&mut self) {
        let here = Dataset::named(format!("{}/here", self.z3.dataset.name));
        let there = format!("{}/there", self.z3.dataset.name);
        here.create().write("1", &noise(50_000, 1)).snapshot("1");
        let remote = Remote::of(&self.z3);
        let names = ["--dataset", &here.name, "--remote-dataset", &there];
        let told = self.told(remote.sync(&self.z3, names).args(["--dry-run"]), 0);
        assert_eq!(types(&told), ["command", "end"]);
        assert_eq!(
            types(&self.told(remote.sync(&self.z3, names), 0)),
            ["synced", "end"]
        );
        here.snapshot("2");
        assert_eq!(
            types(&self.told(remote.sync(&self.z3, names), 0)),
            ["synced", "end"]
        );
        assert_eq!(types(&self.told(remote.sync(&self.z3, names), 0)), ["end"]);
        let names = ["--dataset", "nosuch/here", "--remote-dataset", &there];
        assert_eq!(types(&self.told(remote.sync(&self.z3, names), 1)), ["end"]);
    }

    pub fn cleanups(&mut self) {
        let bucket = Bucket::of(Server::Rgw).named("cleanup-json");
        let id = bucket.create_upload("old", &[]);
        let cleanup = |z3: &Z3| {
            z3.program("s3_mp_cleanup", ["--max-age", "0"])
                .env("BUCKET", &bucket.name)
        };
        let told = self.told(cleanup(&self.z3), 0);
        assert_eq!(types(&told), ["upload", "aborted", "end"]);
        assert_eq!(
            (&told[0]["upload_id"], &told[0]["stale"]),
            (&Value::from(id), &true.into())
        );
        let denied = self.told(cleanup(&self.z3).env("S3_SECRET", "wrong"), 1);
        assert_eq!(denied[0]["error"]["kind"], "s3_denied");
    }
}
