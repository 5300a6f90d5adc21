//! Two chains of three, stored 40 days ago as far as the proxy tells.

use crate::support::proxy::http_date;
use crate::support::{Act, Ended, Proxy, Run, Server, When, Z3};

/// Seconds in 40 days.
pub const LONG_AGO: i64 = 40 * 24 * 3600;

/// A corner with `a` to `c` on a full, and `d` to `f` on another.
pub struct Scene {
    pub z3: Z3,
    pub proxy: Proxy,
}

impl Scene {
    pub fn new(test: &str) -> Self {
        Self::on(Server::Rgw, test)
    }

    pub fn on(server: Server, test: &str) -> Self {
        Self::of(Z3::on(server, test), server)
    }

    pub fn of(z3: Z3, server: Server) -> Self {
        z3.dataset.history(&["a", "b", "c"]);
        z3.z3(["backup"]).run().expect_ok();
        z3.dataset.history(&["d"]);
        z3.z3(["backup", "--full"]).run().expect_ok();
        z3.dataset.history(&["e", "f"]);
        z3.z3(["backup"]).run().expect_ok();
        let scene = Self {
            z3,
            proxy: Proxy::to(server.endpoint()),
        };
        scene.age();
        scene
    }

    /// From now on everything was stored long ago.
    pub fn age(&self) {
        let date = http_date(-LONG_AGO);
        let aged = Act::edit(move |answer| answer.set("Last-Modified", date.clone()));
        self.proxy.rule("HEAD", "", When::Always, aged);
    }

    /// `z3 prune` through the proxy.
    pub fn prune(&self, arguments: &[&str]) -> Run {
        let run = self.z3.z3(["prune"]).args(arguments.iter().copied());
        run.env("S3_ENDPOINT", self.proxy.endpoint())
    }

    /// The names behind the `@` of all that is stored.
    pub fn stored(&self) -> Vec<String> {
        self.names("")
    }

    /// The same of the receipts.
    pub fn receipts(&self) -> Vec<String> {
        self.names(".z3/receipts/")
    }

    fn names(&self, place: &str) -> Vec<String> {
        let begin = self.z3.key(&format!("{place}{}@", self.z3.dataset.name));
        let keys = self.z3.bucket.keys(&begin);
        keys.iter()
            .map(|key| key[begin.len()..].to_owned())
            .collect()
    }

    /// Everything that is listed can be restored, as far as its bytes tell.
    pub fn expect_whole(&self) {
        let run = self.z3.z3(["verify", "--level", "data"]);
        run.run().expect_ok();
    }
}

/// `name action`, in the order of the lines.
pub fn actions(ended: &Ended) -> Vec<String> {
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    let word = |one: &serde_json::Value| format!("{} {}", text(&one["name"]), text(&one["action"]));
    ended.told("object").iter().map(word).collect()
}
