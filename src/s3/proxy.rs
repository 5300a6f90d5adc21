//! Which HTTP proxy stands between us and the server, by the variables that curl and boto know: `https_proxy` or `http_proxy`
//! by the endpoint's scheme, else `all_proxy`, unless `no_proxy` names the host or a domain of it; in small letters or capitals.
//!
//! ureq's own reading is not used: it takes `HTTPS_PROXY` for an http endpoint as well, which on a machine with a proxy for the
//! internet would cut off a server next door. ureq tunnels through the proxy (CONNECT), for http, too.

use ureq::Proxy;

use crate::config::{Endpoint, S3Settings};
use crate::error::{Error, Result};

/// The proxy for this endpoint, `None` to connect directly. `env` is the environment.
pub(super) fn of(
    settings: &S3Settings,
    env: impl Fn(&str) -> Option<String>,
) -> Result<Option<Proxy>> {
    let given = |name: &str| {
        let both = [name.to_owned(), name.to_uppercase()];
        let value = both.iter().find_map(|name| env(name));
        value.filter(|value| !value.is_empty())
    };
    let own = match &settings.endpoint {
        Endpoint::Custom { url, .. } if url.starts_with("http:") => "http_proxy",
        _ => "https_proxy",
    };
    let Some((name, url)) = [own, "all_proxy"]
        .into_iter()
        .find_map(|name| Some((name, given(name)?)))
    else {
        return Ok(None);
    };
    // The value may hold a password.
    let wrong = |_| Error::refused(format!("{name}: expected the URL of a proxy"));
    let proxy = Proxy::new(&url).map_err(wrong)?;
    let mut built = Proxy::builder(proxy.protocol())
        .host(proxy.host())
        .port(proxy.port());
    if let Some(user) = proxy.username() {
        built = built.username(user);
    }
    if let Some(password) = proxy.password() {
        built = built.password(password);
    }
    let spared = given("no_proxy").unwrap_or_default();
    let hosts = spared.split(',').map(str::trim);
    for host in hosts.filter(|host| !host.is_empty()) {
        // To ureq a name is not a domain.
        built = built.no_proxy(host).no_proxy(&format!(".{host}"));
    }
    built.build().map(Some).map_err(wrong)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::config::Access;

    fn proxy(endpoint: &str, env: &[(&str, &str)]) -> Result<Option<Proxy>> {
        let settings = S3Settings {
            bucket: "b".to_owned(),
            access: Access::Chain { profile: None },
            endpoint: Endpoint::Custom {
                url: endpoint.to_owned(),
                region: "us-east-1".to_owned(),
                path_style: true,
            },
            ca_bundle: None,
            payload: crate::config::Payload::Sha256,
            limit_rate: None,
            max_retries: 0,
            retry_for: Duration::ZERO,
            timeout: Duration::from_secs(1),
            connections: 1,
        };
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
        assert_eq!(error, "https_proxy: expected the URL of a proxy");
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
        assert!(spares("127.0.0.1", "http://127.0.0.1:9000/"));
    }
}
