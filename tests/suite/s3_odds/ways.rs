//! The ways to a server: by https with a private authority, with the bucket in the host's name, around and through HTTP proxies.

use crate::support::{ENV, Proxy, Run, Server, Z3, noise};

fn quick(run: Run) -> Run {
    run.env("RETRY_FOR", "0").env("MAX_RETRIES", "0")
}

fn put(z3: &Z3, body: &[u8]) -> Run {
    quick(z3.program("pput", ["--quiet", &z3.key("a")])).stdin(body)
}

fn get(z3: &Z3) -> Run {
    quick(z3.program("z3_get", [z3.key("a")]))
}

#[test]
fn a_private_authority_is_trusted_when_it_is_named() {
    let (z3, body) = (Z3::new("tls"), noise(11 << 20, 1));
    let by_tls = |run: Run| run.env("S3_ENDPOINT", &ENV.rgw_tls);
    let trusting = |run| by_tls(run).env("AWS_CA_BUNDLE", ENV.ca());
    trusting(put(&z3, &body).env("CHUNK_SIZE", "5M"))
        .run()
        .expect_ok();
    let got = trusting(get(&z3)).run().expect_ok();
    assert!(got.stdout == body && z3.bucket.get(&z3.key("a")) == body);
    // The name does not fit, the authority is another one, or is none at all.
    let (port, empty) = (
        ENV.rgw_tls.rsplit(':').next().unwrap(),
        z3.file("empty", ""),
    );
    let elsewhere = format!("https://localhost:{port}");
    let no_file = z3.dir().join("nosuch");
    for (run, words) in [
        (by_tls(get(&z3)), "not trusted here; AWS_CA_BUNDLE can name"),
        (
            trusting(get(&z3)).env("S3_ENDPOINT", elsewhere),
            "for another name than \"localhost\"",
        ),
        (
            by_tls(get(&z3)).env("AWS_CA_BUNDLE", empty),
            "no PEM certificate in it",
        ),
        (
            by_tls(get(&z3)).env("AWS_CA_BUNDLE", no_file),
            "nosuch: no such file",
        ),
    ] {
        let stderr = run.run().expect_status(1).stderr;
        assert!(stderr.contains(words), "{stderr}");
        assert_eq!(stderr.lines().count(), 1, "{stderr}");
    }
}

#[test]
fn the_bucket_can_stand_in_the_hosts_name() {
    let (z3, body) = (Z3::new("host"), noise(1000, 1));
    let local = Server::Rgw.endpoint().replace("127.0.0.1", "localhost");
    let by_name = |run: Run| run.env("S3_ENDPOINT", &local).env("S3_PATH_STYLE", "off");
    by_name(put(&z3, &body)).run().expect_ok();
    assert!(by_name(get(&z3)).run().expect_ok().stdout == body);
    assert!(z3.bucket.get(&z3.key("a")) == body);
    // A name that is not known tells that the bucket was looked for in it.
    let stderr = by_name(get(&z3)).env("BUCKET", "no-such-bucket").run();
    let stderr = stderr.expect_status(1).stderr;
    assert!(stderr.contains("no-such-bucket.localhost"), "{stderr}");
}

#[test]
fn http_proxies_of_the_environment_are_used_unless_told_otherwise() {
    let (z3, body) = (Z3::new("proxies"), noise(1000, 1));
    let nobody = "http://127.0.0.1:1";
    put(&z3, &body).run().expect_ok();
    let works = |run: Run| assert!(run.run().expect_ok().stdout == body);
    // What is for https is not for this endpoint.
    works(
        get(&z3)
            .env("HTTPS_PROXY", nobody)
            .env("https_proxy", nobody),
    );
    for name in ["HTTP_PROXY", "http_proxy", "ALL_PROXY"] {
        let through = || get(&z3).env(name, nobody);
        works(through().env("NO_PROXY", "example.com, 127.0.0.1"));
        works(through().env("no_proxy", "*"));
        let stderr = through().run().expect_status(1).stderr;
        let words = format!("(through the proxy 127.0.0.1:1 of {name})");
        assert!(stderr.contains(&words), "{name}: {stderr}");
    }
    let proxy = Proxy::to(Server::Rgw.endpoint());
    works(get(&z3).env("http_proxy", proxy.endpoint()));
    // Plain requests name the whole URL, those by TLS go through a tunnel.
    let asked = proxy.seen("", Server::Rgw.endpoint());
    assert!(!asked.is_empty() && asked.len() == proxy.count("", ""));
    let by_tls = get(&z3).env("S3_ENDPOINT", &ENV.rgw_tls);
    let trusting = by_tls.env("AWS_CA_BUNDLE", ENV.ca());
    works(trusting.env("HTTPS_PROXY", proxy.endpoint()));
    assert_eq!(proxy.count("CONNECT", "127.0.0.1:"), 1);
}
