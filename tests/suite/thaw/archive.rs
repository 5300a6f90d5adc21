//! A gateway before whose objects stands an archive class.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use crate::support::ended::Ended;
use crate::support::proxy::Seen;
use crate::support::proxy::http_date;
use crate::support::{Act, Message, Proxy, Server, When, Z3};

/// What the archive does with an object.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Frost {
    /// It has no copy, and nobody has asked for one.
    Frozen,
    /// The copy is there after so many looks.
    UnderWay(u32),
    /// The copy is there, and goes after so many seconds.
    Copied(i64),
}

/// What the archive does with each object, by the name of its snapshot.
pub type Archive = Arc<Mutex<BTreeMap<String, Frost>>>;

pub struct Scene {
    pub z3: Z3,
    pub proxy: Proxy,
    pub archive: Archive,
    class: &'static str,
}

impl Scene {
    /// A chain of three, all frozen in this class, and the dataset is gone.
    pub fn new(test: &str, class: &'static str) -> Self {
        let proxy = Proxy::to(Server::Rgw.endpoint());
        let z3 = Z3::new(test).through(&proxy);
        z3.dataset.history(&["a", "b", "c"]);
        let backup = z3.z3(["backup"]).env("S3_STORAGE_CLASS", class);
        backup.run().expect_ok();
        z3.dataset.destroy();
        let scene = Self {
            z3,
            proxy,
            archive: Archive::default(),
            class,
        };
        scene.all(Frost::Frozen);
        scene.freeze(None);
        scene
    }

    /// Everything is frozen and thawed as the archive has it, but for what this rule says.
    pub fn freeze(&self, first: Option<(&'static str, &str, When, Act)>) {
        self.proxy.heal();
        if let Some((method, needle, when, act)) = first {
            self.proxy.rule(method, needle, when, act);
        }
        ["a", "b", "c"].iter().for_each(|name| self.rules(name));
    }

    pub fn put(&self, name: &str, frost: Frost) {
        self.archive.lock().unwrap().insert(name.to_owned(), frost);
    }

    pub fn all(&self, frost: Frost) {
        ["a", "b", "c"]
            .iter()
            .for_each(|name| self.put(name, frost));
    }

    /// As it stands in a request.
    pub fn path(&self, name: &str) -> String {
        self.z3.snapshot_key(name).replace('@', "%40")
    }

    fn rules(&self, name: &str) {
        let (path, class) = (self.path(name), self.class);
        let acting = |act: fn(&mut Message, &mut Frost, &str)| {
            let (archive, name) = (Arc::clone(&self.archive), name.to_owned());
            Act::edit(move |answer| {
                let mut archive = archive.lock().unwrap();
                act(answer, archive.get_mut(&name).unwrap(), class);
            })
        };
        self.proxy
            .rule("HEAD", &path, When::Always, acting(described))
            .rule("GET", &path, When::Always, acting(read))
            .rule("POST", &path, When::Always, acting(asked));
    }

    pub fn thaw(&self, arguments: &[&str]) -> Ended {
        let run = self.z3.z3(["thaw"]);
        run.args(arguments.iter().copied()).run()
    }

    /// The requests for copies.
    pub fn requests(&self) -> Vec<Seen> {
        self.proxy.seen("POST", "?restore")
    }
}

fn described(answer: &mut Message, frost: &mut Frost, class: &str) {
    answer.set("x-amz-storage-class", class);
    if let Frost::UnderWay(looks) = *frost {
        answer.set("x-amz-restore", "ongoing-request=\"true\"");
        *frost = match looks {
            0 => Frost::Copied(7 * 86_400),
            more => Frost::UnderWay(more - 1),
        };
    } else if let Frost::Copied(seconds) = *frost {
        let date = http_date(seconds);
        let text = format!("ongoing-request=\"false\", expiry-date=\"{date}\"");
        answer.set("x-amz-restore", text);
    }
}

fn read(answer: &mut Message, frost: &mut Frost, _: &str) {
    if !matches!(frost, Frost::Copied(seconds) if *seconds > 0) {
        *answer = Message::error(403, "InvalidObjectState");
    }
}

fn asked(answer: &mut Message, frost: &mut Frost, _: &str) {
    *answer = match frost {
        Frost::Frozen => Message::answer(202, Vec::new()),
        Frost::UnderWay(_) => Message::error(409, "RestoreAlreadyInProgress"),
        Frost::Copied(_) => Message::answer(200, Vec::new()),
    };
    *frost = match *frost {
        Frost::Copied(_) => Frost::Copied(7 * 86_400),
        Frost::Frozen => Frost::UnderWay(2),
        under_way => under_way,
    };
}
