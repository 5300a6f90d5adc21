//! Roles, by a gateway that gives them out and checks them; keys that end within an upload.

use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::thread;

use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

use super::{corner, get, pair, works};
use crate::support::process::kill;
use crate::support::{Act, ENV, Message, Proxy, Run, Server, When, Z3, noise};

/// A gateway before the same store that gives out roles; the other one would call a wrong key by another name then.
struct Gateway {
    child: Child,
    endpoint: String,
}

impl Gateway {
    fn start() -> Self {
        let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr();
        let port = free.unwrap().port();
        let mut gateway = ceph("radosgw");
        gateway.args([
            "-f",
            "-n",
            "client.sts",
            "--rgw_s3_auth_use_sts=true",
            "--rgw_sts_key=z3-tests-sixteen",
        ]);
        gateway.arg(format!("--rgw_frontends=beast endpoint=127.0.0.1:{port}"));
        let child = gateway.stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        let child = child.unwrap();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            thread::sleep(std::time::Duration::from_millis(50));
        }
        let endpoint = format!("http://127.0.0.1:{port}");
        Self { child, endpoint }
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        // One that is killed stays a watcher of the store for half a minute, and whoever makes a bucket waits for it.
        kill("TERM", &self.child.id().to_string());
        let _ = self.child.wait();
    }
}

fn ceph(program: &str) -> Command {
    let mut command = Command::new(program);
    command.env("CEPH_CONF", ENV.dir.join("rgw/ceph.conf"));
    command.env("CEPH_ARGS", "");
    command
}

/// A role of the gateway that the tests' user may assume.
fn role(name: &str) -> String {
    let admin = |arguments: &[&str]| {
        let made = ceph("radosgw-admin").args(arguments).output().unwrap();
        assert!(made.status.success(), "{made:?}");
    };
    let named = format!("--role-name={name}");
    let trust = r#"--assume-role-policy-doc={"Version":"2012-10-17","Statement":[{"Effect":"Allow",
        "Principal":{"AWS":["arn:aws:iam:::user/z3"]},"Action":["sts:AssumeRole"]}]}"#;
    let may = r#"--policy-doc={"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:*"],
        "Resource":"arn:aws:s3:::*"}]}"#;
    admin(&["role", "create", &named, "--path=/", trust]);
    admin(&["role-policy", "put", &named, "--policy-name=all", may]);
    format!("arn:aws:iam:::role/{name}")
}

#[test]
fn a_role_is_assumed_and_its_keys_sign() {
    let z3 = corner("role");
    let (arn, gateway) = (role("z3-role"), Gateway::start());
    let text = |arn: &str| format!("[profile bk]\nrole_arn = {arn}\nsource_profile = base\n");
    let with = |pair: &str, arn: &str| {
        z3.file("home/.aws/credentials", format!("[base]\n{pair}"));
        z3.file("home/.aws/config", text(arn));
        get(&z3)
            .env("AWS_PROFILE", "bk")
            .env("S3_ENDPOINT", &gateway.endpoint)
            .env("AWS_ENDPOINT_URL_STS", &gateway.endpoint)
    };
    works(with(&pair(), &arn));
    let wrong = pair().replace(&ENV.secret, "wrong");
    for (pair, arn) in [
        (wrong, arn),
        (pair(), "arn:aws:iam:::role/nosuch".to_owned()),
    ] {
        let said = with(&pair, &arn).run().expect_status(1).stderr;
        let place = "/.aws/config line 2: role_arn: asked http";
        assert!(
            said.contains(place) && said.contains("HTTP status 40"),
            "{said}"
        );
    }
}

/// A machine whose own keys end after so many seconds, and one second later each time but the first.
fn container(seconds: i64) -> Proxy {
    let cloud = Proxy::to("http://127.0.0.1:1");
    for (when, seconds) in [(When::First(1), seconds), (When::After(1), seconds + 1)] {
        let answer = Act::Answer(Message::answer(200, keys_for(seconds).into_bytes()));
        cloud.rule("GET", "container", when, answer);
    }
    cloud
}

fn keys_for(seconds: i64) -> String {
    let ends = OffsetDateTime::now_utc() + Duration::seconds(seconds);
    format!(
        r#"{{"AccessKeyId":"{}","SecretAccessKey":"{}","Token":"","Expiration":"{}"}}"#,
        ENV.key_id,
        ENV.secret,
        ends.format(&Rfc3339).unwrap()
    )
}

fn backup(z3: &Z3, cloud: &Proxy) -> Run {
    let full = format!("{}/container", cloud.endpoint());
    z3.z3(["backup"])
        .env_remove("S3_KEY_ID")
        .env_remove("S3_SECRET")
        .env("AWS_CONTAINER_CREDENTIALS_FULL_URI", full)
        .env("COMPRESSOR", "none")
        .env("MIN_PART_SIZE", "65536")
}

#[test]
fn keys_that_end_within_an_upload_are_renewed() {
    let proxy = Proxy::to(Server::Rgw.endpoint());
    let z3 = Z3::new("renewed").through(&proxy);
    z3.dataset.create().write("noise", &noise(1 << 20, 5));
    z3.dataset.snapshot("a");
    // All but ended, always: nothing is signed without asking again.
    let cloud = container(20);
    backup(&z3, &cloud).run().expect_ok();
    let parts = proxy.count("PUT", "partNumber");
    assert!(parts > 9 && cloud.count("GET", "container") > parts);
    // Ended before their time, as the server sees it.
    z3.dataset.write("noise", &noise(1 << 20, 6));
    z3.dataset.snapshot("b");
    let cloud = container(99_999);
    let expired = Act::error(400, "ExpiredToken");
    proxy.rule("PUT", "partNumber=5", When::First(1), expired);
    backup(&z3, &cloud).run().expect_ok();
    assert!(cloud.count("GET", "container") >= 2);
    let tree = z3.dataset.tree();
    z3.dataset.destroy();
    z3.z3(["restore", "b"]).run().expect_ok();
    assert!(z3.dataset.tree() == tree);
}

/// Whatever the code looks for.
#[test]
fn the_page_names_every_source() {
    let page = include_str!("../../../doc/credentials.md");
    let code = [
        include_str!("../../../src/credentials/mod.rs"),
        include_str!("../../../src/credentials/profile.rs"),
        include_str!("../../../src/credentials/remote.rs"),
        include_str!("../../../src/credentials/role.rs"),
        include_str!("../../../src/credentials/sts.rs"),
    ];
    let words = code.iter().flat_map(|text| text.split('"'));
    let is_name = |word: &&str| {
        let plain = word
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        plain && (word.starts_with("AWS_") || (word.contains('_') && word.to_lowercase() == **word))
    };
    let names: Vec<&str> = words.filter(is_name).collect();
    assert!(names.len() > 25, "{names:?}");
    for name in names {
        assert!(page.contains(&format!("`{name}`")), "{name}");
    }
}
