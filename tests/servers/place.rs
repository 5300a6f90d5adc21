//! A server that is looked at: its name, a corner of it for each case, and how it is left.

use std::process::{Child, Command, Stdio};

use crate::support::s3::elements;
use crate::support::{Bucket, ENV, Proxy, Server, Z3};

/// The servers of `make test-servers`, in the order of the table.
pub const SERVERS: [Server; 7] = [
    Server::Rgw,
    Server::SeaweedFs,
    Server::Swift,
    Server::Garage,
    Server::Moto,
    Server::Ministack,
    Server::S3sFs,
];

/// As they are called on the page.
pub fn name(server: Server) -> &'static str {
    match server {
        Server::Rgw => "Ceph RGW",
        Server::SeaweedFs => "SeaweedFS",
        Server::Moto => "moto",
        Server::Swift => "Swift s3api",
        Server::Garage => "Garage",
        Server::Ministack => "ministack",
        Server::S3sFs => "s3s-fs",
        Server::Own => "your bucket",
    }
}

pub struct Place {
    pub server: Server,
    pub name: &'static str,
    /// What every prefix begins with.
    root: String,
}

/// The same server by https, until it is dropped.
pub struct Tls {
    pub endpoint: String,
    front: Option<Child>,
}

impl Place {
    pub fn of(server: Server) -> Self {
        Self {
            server,
            name: name(server),
            root: String::new(),
        }
    }

    /// The user's bucket, below a prefix that `tests/env/own` has thought out.
    pub fn own() -> Self {
        let root = std::env::var("Z3T_OWN_PREFIX").expect("run `make test-s3`");
        assert!(root.len() > 8 && root.ends_with('/'), "run `make test-s3`");
        Self {
            root,
            ..Self::of(Server::Own)
        }
    }

    /// Fails with z3's own words where nothing can be stored at all.
    pub fn expect_open(&self) {
        let z3 = self.corner("first");
        let key = z3.key("object");
        let put = z3.program("pput", ["--quiet", &key]).env("RETRY_FOR", "0");
        let ended = put.stdin("x").run();
        let said = ended.stderr.trim_end();
        assert!(
            ended.status.success(),
            "nothing can be stored there:\n{said}\n"
        );
    }

    pub fn is_own(&self) -> bool {
        self.server == Server::Own
    }

    /// A corner of its own for a case.
    pub fn corner(&self, test: &str) -> Z3 {
        let mut z3 = Z3::on(self.server, test);
        z3.prefix.insert_str(0, &self.root);
        z3
    }

    /// The same behind a proxy, where the way is ours to break: not on the way to a user's bucket.
    pub fn proxied(&self, test: &str) -> (Z3, Option<Proxy>) {
        let z3 = self.corner(test);
        if self.is_own() {
            return (z3, None);
        }
        let proxy = Proxy::to(self.server.endpoint());
        (z3.through(&proxy), Some(proxy))
    }

    /// By https, if it can be had: the user's own, else through socat with the certificate of Ceph's gateway.
    pub fn tls(&self) -> Option<Tls> {
        let endpoint = self.server.endpoint();
        if self.is_own() {
            let is_tls = endpoint.starts_with("https://");
            return is_tls.then(|| Tls {
                endpoint: endpoint.to_owned(),
                front: None,
            });
        }
        let (files, port) = (ENV.dir.join("rgw"), free_port());
        let listen = format!(
            "OPENSSL-LISTEN:{port},bind=127.0.0.1,reuseaddr,fork,verify=0,cert={0}/rgw.pem,key={0}/rgw.key",
            files.display()
        );
        let to = format!("TCP:{}", endpoint.trim_start_matches("http://"));
        let child = Command::new("socat")
            .args([&listen, &to])
            .stderr(Stdio::null())
            .spawn()
            .expect("socat");
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        Some(Tls {
            endpoint: format!("https://127.0.0.1:{port}"),
            front: Some(child),
        })
    }

    /// Deletes what is below the root, its versions and unfinished uploads too, and fails if anything stays.
    pub fn sweep(&self) {
        assert!(!self.root.is_empty(), "a whole bucket is never swept");
        let bucket = Bucket::of(self.server);
        for _ in 0..100 {
            let versions = versions(&bucket, &self.root);
            if versions.is_empty() {
                break;
            }
            for (key, id) in versions {
                bucket.ask("DELETE", &key, &[("versionId", &id)], &[], b"");
            }
        }
        many(&bucket, "DELETE", &bucket.keys(&self.root), &[]);
        for (key, id) in bucket.uploads(&self.root) {
            bucket.ask("DELETE", &key, &[("uploadId", &id)], &[], b"");
        }
        assert_eq!(bucket.keys(&self.root), [""; 0], "left in the bucket");
        assert_eq!(bucket.uploads(&self.root), [], "uploads left in the bucket");
        println!("nothing is left below {}", self.root);
    }
}

/// Key and id of versions and of what hides them; none where the server has no versions.
fn versions(bucket: &Bucket, prefix: &str) -> Vec<(String, String)> {
    let answer = bucket.ask("GET", "", &[("prefix", prefix), ("versions", "")], &[], b"");
    if answer.status != 200 {
        return Vec::new();
    }
    let mut rows = elements(answer.xml(), "Version");
    rows.extend(elements(answer.xml(), "DeleteMarker"));
    let first = |row: &str, name| elements(row, name).into_iter().next();
    let both = |row: &String| Some((first(row, "Key")?, first(row, "VersionId")?));
    let found = rows.iter().filter_map(both);
    // An object that has no versions is deleted as such.
    found.filter(|(_, id)| id != "null").collect()
}

/// The same request without a body for many keys, some at a time.
pub fn many(bucket: &Bucket, method: &str, keys: &[String], headers: &[(String, String)]) {
    std::thread::scope(|scope| {
        for some in keys.chunks(keys.len().div_ceil(8).max(1)) {
            scope.spawn(move || {
                for key in some {
                    let answer = bucket.ask(method, key, &[], headers, b"");
                    assert!(answer.status < 300, "{method} {key}: {}", answer.xml());
                }
            });
        }
    });
}

fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

impl Drop for Tls {
    fn drop(&mut self) {
        if let Some(front) = &mut self.front {
            drop(front.kill());
            drop(front.wait());
        }
    }
}
