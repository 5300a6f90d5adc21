//! Two machines, one key: whoever comes second replaces nothing that it has not seen.

use crate::support::ended::Ended;
use crate::support::{Act, Proxy, Server, When, Z3, noise};
use std::time::Duration;

/// The needle of Complete; Create has `uploads=`.
const COMPLETE: &str = "uploadId=";

struct Scene {
    z3: Z3,
    proxy: Proxy,
    key: String,
}

impl Scene {
    fn on(server: Server, test: &str) -> Self {
        let proxy = Proxy::to(server.endpoint());
        let z3 = Z3::on(server, test).through(&proxy);
        z3.dataset.create().write("noise", &noise(1 << 20, 3));
        z3.dataset.snapshot("1");
        let key = z3.snapshot_key("1");
        Self { z3, proxy, key }
    }

    /// Another machine stores something under the key while the server has this request in hand.
    fn backup_beside(&self, method: &'static str, needle: &str, arguments: &[&str]) -> Ended {
        let late = Act::Delay(Duration::from_secs(1));
        self.proxy.rule(method, needle, When::Always, late);
        let before = self.proxy.count(method, needle);
        let mut running = self.z3.z3(arguments.iter().copied()).start();
        running.until("the request", || self.proxy.count(method, needle) > before);
        self.z3.bucket.put(&self.key, b"another's", &[]);
        running.wait().expect_no_children()
    }

    fn expect_refused(&self, ended: Ended) {
        let ended = ended.expect_status(1);
        assert!(
            ended.stderr.contains("by somebody else since this run"),
            "{}",
            ended.stderr
        );
        assert_eq!(ended.text(), "");
        assert_eq!(self.z3.bucket.get(&self.key), b"another's");
        self.z3.expect_no_uploads();
        assert_eq!(self.z3.notes(), [""; 0]);
    }
}

#[test]
fn what_came_before_complete_is_seen_by_z3_itself() {
    let scene = Scene::on(Server::Rgw, "guarded-seen");
    let ended = scene.backup_beside("PUT", "partNumber=", &["backup"]);
    scene.expect_refused(ended);
}

#[test]
fn what_comes_at_the_last_moment_is_seen_by_a_server_that_knows_conditions() {
    let scene = Scene::on(Server::SeaweedFs, "guarded-server");
    let ended = scene.backup_beside("POST", COMPLETE, &["backup"]);
    scene.expect_refused(ended);
}

#[test]
fn what_is_replaced_is_what_was_looked_at() {
    let scene = Scene::on(Server::Rgw, "guarded-etag");
    scene.z3.says(["backup"]);
    let again = ["backup", "--full"];
    let ended = scene.backup_beside("PUT", "partNumber=", &again);
    scene.expect_refused(ended);
    scene.proxy.heal();
    scene.z3.says(again);
    assert_ne!(scene.z3.bucket.get(&scene.key), b"another's");
}

#[test]
fn a_server_that_knows_no_conditions_is_asked_without() {
    let scene = Scene::on(Server::Rgw, "guarded-unknown");
    for (status, code) in [(501, "NotImplemented"), (412, "PreconditionFailed")] {
        scene.proxy.heal();
        scene.z3.bucket.delete(&scene.key);
        let refusal = Act::error(status, code);
        scene.proxy.rule("POST", COMPLETE, When::First(1), refusal);
        scene.z3.says(["backup"]);
        let asked = scene.proxy.seen("POST", COMPLETE);
        let conditions = asked.iter().rev().take(2).map(|one| {
            let mut headers = one.headers.iter();
            headers.any(|(name, value)| name == "if-none-match" && value == "*")
        });
        assert_eq!(conditions.collect::<Vec<_>>(), [false, true], "{code}");
    }
}
