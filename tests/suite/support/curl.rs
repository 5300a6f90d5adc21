//! Signed requests by curl, a client that is not ours.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::process::{Command, Stdio};

use sha2::{Digest, Sha256};

use super::env::Access;

/// An answer: status, headers in lower case, body.
pub struct Answer {
    pub status: u16,
    pub headers: BTreeMap<String, String>,
    pub body: Vec<u8>,
}

impl Answer {
    /// The same, if it has this status; else the test fails with what the server said.
    pub fn expect(self, status: u16) -> Self {
        let told = || String::from_utf8_lossy(&self.body);
        assert_eq!(self.status, status, "{}", told());
        self
    }

    pub fn xml(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }
}

/// One signed request. The query in `url` stands in order of its names, as curl signs it unsorted. An error is curl's exit
/// status: 18 body cut, 28 too long, 52 no answer, 56 connection reset.
pub fn ask(
    access: &Access,
    method: &str,
    url: &str,
    headers: &[(String, String)],
    body: &[u8],
) -> Result<Answer, i32> {
    let files = tempfile::tempdir().unwrap();
    let (head, sent, got) = (
        files.path().join("head"),
        files.path().join("sent"),
        files.path().join("got"),
    );
    // What is secret does not go into the arguments: some tests look for secrets there.
    let mut config = format!("url = \"{}\"\n", signed(access, url));
    if let Some(path) = &access.authority {
        writeln!(config, "cacert = \"{}\"", path.display()).unwrap();
    }
    writeln!(
        config,
        "header = \"x-amz-content-sha256: {:x}\"",
        Sha256::digest(body)
    )
    .unwrap();
    for (name, value) in headers {
        let value = value.replace('\\', "\\\\").replace('"', "\\\"");
        writeln!(config, "header = \"{name}: {value}\"").unwrap();
    }
    std::fs::write(&sent, body).unwrap();
    let mut curl = Command::new("curl");
    curl.args([
        "-s",
        "-K",
        "-",
        "--globoff",
        "--max-time",
        "60",
        "--aws-sigv4",
    ])
    .arg(format!("aws:amz:{}:s3", access.region))
    .arg("-D")
    .arg(&head)
    .arg("-o")
    .arg(&got);
    // A newer curl (8.14) signs nothing beside this option.
    if ["/./", "/../"].iter().any(|dots| url.contains(dots)) {
        curl.arg("--path-as-is");
    }
    match method {
        "HEAD" => curl.arg("-I"),
        _ => curl.args(["-X", method]),
    };
    if matches!(method, "PUT" | "POST") {
        // Of a form, which curl would say it is, moto sees no bytes.
        curl.args(["-H", "Content-Type: application/octet-stream"])
            .arg("--data-binary")
            .arg(format!("@{}", sent.display()));
    }
    let mut child = curl
        .stdin(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(config.as_bytes())
        .unwrap();
    let ended = child.wait_with_output().unwrap();
    match ended.status.code() {
        Some(0) => (),
        code => return Err(code.unwrap()),
    }
    Ok(read_answer(
        &std::fs::read_to_string(head).unwrap(),
        std::fs::read(got).unwrap_or_default(),
    ))
}

/// The URL with the key in it, as only there may its id hold a colon.
pub fn signed(access: &Access, url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap();
    let (id, secret) = (encode(&access.key_id, ""), encode(&access.secret, ""));
    format!("{scheme}://{id}:{secret}@{rest}")
}

/// The last of the heads that curl wrote; a `100 Continue` may stand before it.
fn read_answer(heads: &str, body: Vec<u8>) -> Answer {
    let head = heads.trim_end().rsplit("\r\n\r\n").next().unwrap();
    let (start, rest) = head.split_once("\r\n").unwrap();
    let headers = rest
        .lines()
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_lowercase(), value.trim().to_owned()))
        .collect();
    let status = start.split(' ').nth(1).unwrap().parse().unwrap();
    Answer {
        status,
        headers,
        body,
    }
}

/// Percent-encoding as the signature wants it: everything but unreserved letters and those in `kept`.
pub fn encode(text: &str, kept: &str) -> String {
    let keep = |byte: u8| {
        byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) || kept.as_bytes().contains(&byte)
    };
    text.bytes()
        .map(|byte| {
            if keep(byte) {
                char::from(byte).to_string()
            } else {
                format!("%{byte:02X}")
            }
        })
        .collect()
}
