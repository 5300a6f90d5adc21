//! Servers whose TLS is not as it should be.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{Service, free_port, get, put};
use crate::support::{ENV, Z3};

/// Makes a key and a certificate for it; `leaf` are openssl's words for both.
fn certificate(dir: &Path, name: &str, leaf: &str) -> (PathBuf, PathBuf) {
    let [key, pem] = ["key", "pem"].map(|end| dir.join(format!("{name}.{end}")));
    let words = format!("req -x509 -nodes -subj /CN=127.0.0.1 {leaf}");
    let mut command = Command::new("openssl");
    command.args(words.split(' ')).arg("-keyout").arg(&key);
    let made = command.arg("-out").arg(&pem).output().unwrap();
    assert!(
        made.status.success(),
        "{}",
        String::from_utf8_lossy(&made.stderr)
    );
    (key, pem)
}

#[test]
fn what_is_wrong_with_tls_is_said_in_words() {
    let z3 = Z3::new("words");
    let rsa = "-newkey rsa:2048 -addext basicConstraints=critical,CA:FALSE";
    let good = format!("{rsa} -addext subjectAltName=IP:127.0.0.1");
    for (name, leaf, serve, trusted, words) in [
        (
            "unknown",
            good.clone(),
            "",
            false,
            "AWS_CA_BUNDLE can name a file",
        ),
        (
            "other",
            format!("{rsa} -addext subjectAltName=DNS:o.example.com"),
            "",
            true,
            "is for another name",
        ),
        (
            "sha1",
            format!("{good} -sha1"),
            "",
            true,
            "is signed in a way that is not taken",
        ),
        (
            "tls11",
            good.clone(),
            "-tls1_1 -cipher ALL:@SECLEVEL=0",
            true,
            "z3 needs TLS 1.2 or 1.3",
        ),
        (
            "cbc",
            good.clone(),
            "-tls1_2 -cipher AES128-SHA256",
            true,
            "none of the ciphers",
        ),
    ] {
        let (key, pem) = certificate(z3.dir(), name, &leaf);
        let port = free_port();
        let mut command = Command::new("openssl");
        command.args(["s_server", "-www", "-accept", &format!("127.0.0.1:{port}")]);
        command.arg("-key").arg(key).arg("-cert").arg(&pem);
        command.args(serve.split_terminator(' '));
        let server = Service::start(port, &mut command);
        let run = get(&z3, "a").env("S3_ENDPOINT", format!("https://127.0.0.1:{}", server.port));
        let run = if trusted {
            run.env("AWS_CA_BUNDLE", &pem)
        } else {
            run
        };
        let said = run.run().expect_status(1).stderr;
        assert!(
            said.contains(&format!(": 127.0.0.1:{port}: it")),
            "{name}: {said}"
        );
        assert!(said.contains(words), "{name}: {said}");
    }
}

#[test]
fn a_bundle_of_windows_is_a_bundle() {
    let z3 = Z3::new("bom");
    put(&z3, b"x").run().expect_ok();
    let bundle = [b"\xef\xbb\xbf".as_slice(), &fs::read(ENV.ca()).unwrap()].concat();
    let bundle = z3.file("ca.pem", bundle);
    let tls = get(&z3, "a").env("S3_ENDPOINT", &ENV.rgw_tls);
    tls.env("AWS_CA_BUNDLE", bundle).run().expect_ok();
}
