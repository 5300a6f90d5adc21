//! Which proxy is found, and whom it is spared.

use ureq::Proxy;

use super::*;
use crate::error::Result;
use crate::net::proxy::of;

fn proxy(endpoint: &str, env: &[(&str, &str)]) -> Result<Option<Proxy>> {
    let settings = settings(endpoint);
    of(&settings, |name| {
        let found = env.iter().find(|(key, _)| *key == name);
        found.map(|(_, value)| value.to_string())
    })
}

#[test]
fn the_scheme_chooses() {
    let env = [
        ("HTTPS_PROXY", "http://us%20er:p%40ss@secure:3128"),
        ("http_proxy", "plain"),
        ("all_proxy", "http://any:1"),
    ];
    let host = |endpoint, env: &[_]| Some(proxy(endpoint, env).unwrap()?.host().to_owned());
    let (http, https) = ("http://minio:9000", "https://minio");
    assert_eq!(host(https, &env).as_deref(), Some("secure"));
    assert_eq!(host(http, &env).as_deref(), Some("plain"));
    assert_eq!(host(http, &env[2..]).as_deref(), Some("any"));
    assert_eq!(host(http, &env[..1]), None);
    assert_eq!(host(https, &[("https_proxy", "")]), None);
    let secure = proxy(https, &env).unwrap().unwrap();
    assert_eq!(
        (secure.port(), secure.username(), secure.password()),
        (3128, Some("us er"), Some("p@ss"))
    );
    let error = proxy(https, &[("https_proxy", "http://:secret@")])
        .unwrap_err()
        .to_string();
    assert!(error.starts_with("https_proxy in the environment: expected the URL of a proxy"));
    assert!(!error.contains("secret"));
}

#[test]
fn odd_urls_are_refused_without_their_password() {
    for url in [
        "ftp://x:1",
        "http://",
        "http://:1",
        "//x",
        "*",
        "/",
        "http://h:99999",
        "http://h:x",
        "h:0",
        "http://u:secret@:1",
        "secret word",
        "http://u:%ff@h:1",
        "socks9://h:1",
        "[::1",
        "http://h:1:2",
        "caf\u{e9}://h",
    ] {
        for name in ["http_proxy", "ALL_PROXY"] {
            let error = proxy("http://minio:9000", &[(name, url)])
                .unwrap_err()
                .to_string();
            assert!(
                error.starts_with(&format!("{name} in the environment: ")),
                "{url}: {error}"
            );
            assert!(!error.contains("secret"), "{error}");
        }
    }
    for url in [
        "h",
        "h:1",
        " http://h:1/ ",
        "http://[::1]:1",
        "socks://h",
        "socks5h://u:p@h:1",
        "SOCKS4://h",
        "socks4a://h:1",
    ] {
        assert!(
            proxy("http://minio:9000", &[("all_proxy", url)])
                .unwrap()
                .is_some(),
            "{url}"
        );
    }
}

#[test]
fn hosts_and_domains_are_spared() {
    let spares = |list: &str, uri: &str| {
        let env = [("HTTPS_PROXY", "p:1"), ("NO_PROXY", list)];
        let proxy = proxy("https://x", &env).unwrap().unwrap();
        proxy.is_no_proxy(&uri.parse().unwrap())
    };
    for list in ["x.org", ".x.org", "*.x.org", "a, X.org,b", "*", "s3.x.org"] {
        assert!(spares(list, "https://s3.x.org/b"), "{list}");
    }
    for list in ["", ",", "3.x.org", "x.or", "org.x"] {
        assert!(!spares(list, "https://s3.x.org/b"), "{list}");
    }
}

#[test]
fn addresses_networks_and_ports_are_spared() {
    let spares = |list: &str, endpoint: &str| {
        let env = [("all_proxy", "p:1"), ("no_proxy", list)];
        let proxy = proxy(endpoint, &env).unwrap().unwrap();
        proxy.is_no_proxy(&endpoint.parse().unwrap())
    };
    let (four, six, name) = (
        "http://10.1.2.3:9000",
        "http://[fd00::1]:9000",
        "https://minio",
    );
    for (list, endpoint) in [
        ("10.1.2.3", four),
        ("10.1.2.3:9000", four),
        ("10.0.0.0/8", four),
        ("a 10.1.0.0/16", four),
        ("0.0.0.0/0", four),
        ("10.1.2.2/31", four),
        ("fd00::/8", six),
        ("fd00::1", six),
        ("[fd00::1]", six),
        ("[fd00::1]:9000", six),
        ("::/0", six),
        ("minio:443", name),
        ("a\tminio b", name),
    ] {
        assert!(spares(list, endpoint), "{list} {endpoint}");
    }
    for (list, endpoint) in [
        ("10.1.2.3:9001", four),
        ("10.2.0.0/16", four),
        ("10.1.2.3/x", four),
        ("::/0", four),
        ("10.1.2.3/", four),
        ("fd01::/16", six),
        ("[fd00::1]:1", six),
        ("0.0.0.0/0", six),
        ("minio:80", name),
        ("10.0.0.0/8", name),
    ] {
        assert!(!spares(list, endpoint), "{list} {endpoint}");
    }
}
