//! What stands between z3 and the server: proxies as they are used, and ([`tls`]) TLS as it is served.

mod tls;

use std::fs;
use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use crate::support::{ENV, Run, Z3, noise};

/// A program that serves at a port of this machine; killed when it is dropped.
struct Service {
    child: Child,
    port: u16,
}

impl Service {
    /// Starts it and waits until it listens.
    fn start(port: u16, command: &mut Command) -> Self {
        let quiet = command.stdout(Stdio::null()).stderr(Stdio::null());
        let mut service = Self {
            child: quiet.stdin(Stdio::null()).spawn().unwrap(),
            port,
        };
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert_eq!(service.child.try_wait().unwrap(), None, "it has ended");
            thread::sleep(Duration::from_millis(10));
        }
        service
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

/// tinyproxy as Debian sets it up: tunnels to port 443 and 563 alone.
fn tinyproxy(dir: &Path, more: &str) -> Service {
    let (port, file) = (free_port(), dir.join("tinyproxy.conf"));
    let log = dir.join("tinyproxy.log");
    let text = format!(
        "Port {port}\nListen 127.0.0.1\nTimeout 60\nConnectPort 443\nConnectPort 563\nLogFile \"{}\"\n{more}",
        log.display()
    );
    fs::write(&file, text).unwrap();
    Service::start(
        port,
        Command::new("tinyproxy").arg("-d").arg("-c").arg(file),
    )
}

/// The requests that tinyproxy has written down.
fn asked(dir: &Path, words: &str) -> usize {
    let log = fs::read_to_string(dir.join("tinyproxy.log")).unwrap();
    let requests = log.lines().filter(|line| line.contains("Request (file"));
    requests.filter(|line| line.contains(words)).count()
}

fn put(z3: &Z3, body: &[u8]) -> Run {
    let run = z3.program("pput", ["--quiet", &z3.key("a")]);
    run.env("CHUNK_SIZE", "5M").stdin(body)
}

fn get(z3: &Z3, name: &str) -> Run {
    z3.program("z3_get", [z3.key(name)])
}

#[test]
fn plain_http_passes_a_proxy_that_tunnels_to_443_only() {
    let (z3, body) = (Z3::new("tinyproxy"), noise(11 << 20, 1));
    let proxy = tinyproxy(z3.dir(), "");
    let url = format!("http://127.0.0.1:{}", proxy.port);
    put(&z3, &body).env("http_proxy", &url).run().expect_ok();
    assert!(z3.bucket.get(&z3.key("a")) == body);
    let got = get(&z3, "a").env("http_proxy", &url).run().expect_ok();
    assert!(got.stdout == body);
    let missing = get(&z3, "nosuch").env("all_proxy", &url).run();
    let words = missing.expect_status(1).stderr;
    assert!(words.contains("no such object in bucket"), "{words}");
    assert_eq!(asked(z3.dir(), "): CONNECT "), 0);
    assert!(asked(z3.dir(), "PUT http://") >= 3);
}

#[test]
fn a_proxy_that_refuses_is_named_at_once() {
    let z3 = Z3::new("refusing");
    let proxy = tinyproxy(z3.dir(), "BasicAuth user pass\n");
    let at = format!("127.0.0.1:{}", proxy.port);
    put(&z3, b"x").run().expect_ok();
    let through = |name: &str, user: &str| get(&z3, "a").env(name, format!("http://{user}{at}"));
    through("http_proxy", "user:pass@").run().expect_ok();
    let tls = |run: Run| run.env("S3_ENDPOINT", &ENV.rgw_tls);
    for (run, name, status) in [
        (through("http_proxy", ""), "http_proxy", "407 Proxy Auth"),
        // This one says 401 to a wrong password.
        (
            through("ALL_PROXY", "user:guess@"),
            "ALL_PROXY",
            "401 Unauth",
        ),
        (
            tls(through("ALL_PROXY", "user:guess@")),
            "ALL_PROXY",
            "401 Unauth",
        ),
        (
            tls(through("HTTPS_PROXY", "")),
            "HTTPS_PROXY",
            "407 Proxy Auth",
        ),
        (
            tls(through("https_proxy", "user:pass@")),
            "https_proxy",
            "403 Forbidden",
        ),
    ] {
        // With all of its patience: each run asks once.
        let before = asked(z3.dir(), "");
        let said = run.run().expect_status(1).stderr;
        let words = format!("(through the proxy {at} of {name}): the proxy refuses: {status}");
        assert!(said.contains(&words), "{said}");
        assert!(!said.contains("guess") && !said.contains("user:"), "{said}");
        assert_eq!(asked(z3.dir(), "") - before, 1, "{said}");
    }
}

/// A SOCKS 5 proxy without authentication (RFC 1928) that connects to addresses.
fn socks() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for client in listener.incoming() {
            thread::spawn(move || drop(relay(&client.unwrap())));
        }
    });
    port
}

fn relay(mut client: &TcpStream) -> io::Result<()> {
    let (mut greeting, mut asked) = ([0; 3], [0; 10]);
    client.read_exact(&mut greeting)?;
    client.write_all(&[5, 0])?;
    client.read_exact(&mut asked)?;
    assert_eq!((greeting, &asked[..4]), ([5, 1, 0], &[5, 1, 0, 1][..]));
    let port = u16::from_be_bytes([asked[8], asked[9]]);
    let server = TcpStream::connect(("127.0.0.1", port))?;
    client.write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0])?;
    let pass = |mut from: &TcpStream, mut to: &TcpStream| {
        drop(io::copy(&mut from, &mut to));
        drop(to.shutdown(Shutdown::Both));
    };
    thread::scope(|both| {
        both.spawn(|| pass(client, &server));
        pass(&server, client);
    });
    Ok(())
}

#[test]
fn socks_proxies_are_used_and_odd_ones_refused_by_every_program() {
    let (z3, body) = (Z3::new("socks"), noise(6 << 20, 2));
    let port = socks();
    for scheme in ["socks5", "socks5h"] {
        let url = format!("{scheme}://127.0.0.1:{port}");
        put(&z3, &body).env("ALL_PROXY", &url).run().expect_ok();
        let got = get(&z3, "a").env("ALL_PROXY", &url).run().expect_ok();
        assert!(got.stdout == body);
    }
    let programs = [
        ("z3", vec!["status".to_owned()]),
        ("z3_get", vec![z3.key("a")]),
        ("pput", vec![z3.key("b")]),
        ("s3_mp_cleanup", vec![]),
    ];
    for (url, words) in [
        (
            "socks5h://127.0.0.1:1",
            "(through the proxy 127.0.0.1:1 of ALL_PROXY)",
        ),
        (
            "socks4://127.0.0.1:1",
            "(through the proxy 127.0.0.1:1 of ALL_PROXY)",
        ),
        (
            "ftp://user:hidden@127.0.0.1:1",
            "ALL_PROXY in the environment: expected the URL of a proxy",
        ),
    ] {
        for (program, arguments) in &programs {
            let run = z3.program(program, arguments).stdin("x");
            let run = run.env("RETRY_FOR", "0").env("MAX_RETRIES", "0");
            let said = run.env("ALL_PROXY", url).run().expect_status(1).stderr;
            assert!(
                said.contains(words) && !said.contains("hidden"),
                "{program}: {said}"
            );
        }
    }
}
