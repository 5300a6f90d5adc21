//! Why a request has no answer: how far it came, and what the user is told.
//!
//! Responsible for what ureq's errors mean to whoever waits. Not responsible for what is done about them.

use std::io;
use std::time::Duration;

use ureq::Timeout;

use super::proxy;
use super::tls::distrust;
use crate::error::os_text;

/// How long finding the host, and then connecting, may take.
pub const CONNECT: Duration = Duration::from_secs(10);

/// How far a request came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mishap {
    /// There is no connection: unknown host, refused, no route, no proxy. Nothing was sent.
    Unreached,
    /// The server's certificate is not trusted, or it has none and does not answer in TLS; or a proxy refuses to ask it.
    Untrusted,
    /// The connection broke; what was asked for may have been done.
    Broken,
    /// Nothing came for too long; what was asked for may have been done.
    Silent,
}

/// What went wrong on the way, in the user's words.
pub fn mishap(error: &ureq::Error, host: &str) -> (Mishap, String) {
    let text = match error {
        ureq::Error::Io(error) => error.to_string(),
        other => other.to_string(),
    };
    match error {
        ureq::Error::HostNotFound => (Mishap::Unreached, format!("unknown host {host}")),
        ureq::Error::Timeout(Timeout::Connect | Timeout::Resolve) => (
            Mishap::Unreached,
            format!("no connection to {host} within {} s", CONNECT.as_secs()),
        ),
        ureq::Error::Timeout(Timeout::RecvBody) => (
            Mishap::Broken,
            "the server takes too long to say it all".to_owned(),
        ),
        ureq::Error::Timeout(_) => (Mishap::Silent, "the server fell silent".to_owned()),
        _ if distrust(&text).is_some() => {
            let words = distrust(&text).unwrap_or_default();
            (Mishap::Untrusted, format!("{host}: {words}"))
        }
        ureq::Error::ConnectProxyFailed(reason) if proxy::refused_tunnel(reason).is_some() => {
            let status = proxy::refused_tunnel(reason).unwrap_or_default();
            (Mishap::Untrusted, proxy::refusal(&status, host))
        }
        ureq::Error::Protocol(_) => (
            Mishap::Broken,
            format!("{host} does not answer in HTTP ({text})"),
        ),
        _ if text.contains("failed to lookup address") => {
            (Mishap::Unreached, format!("unknown host {host}"))
        }
        ureq::Error::Io(error) => of_io(error, host),
        ureq::Error::ConnectionFailed
        | ureq::Error::ConnectProxyFailed(_)
        | ureq::Error::InvalidProxyUrl => (Mishap::Unreached, format!("{host}: {text}")),
        _ => (Mishap::Broken, text),
    }
}

fn of_io(error: &io::Error, host: &str) -> (Mishap, String) {
    use io::ErrorKind as Is;
    let broken = match error.kind() {
        Is::ConnectionRefused => {
            return (Mishap::Unreached, format!("connection refused by {host}"));
        }
        Is::HostUnreachable | Is::NetworkUnreachable | Is::NetworkDown | Is::AddrNotAvailable => {
            return (Mishap::Unreached, format!("no route to {host}"));
        }
        Is::UnexpectedEof => "the server closed the connection in the middle",
        Is::ConnectionReset | Is::ConnectionAborted | Is::BrokenPipe => "the connection was reset",
        _ => &os_text(error),
    };
    (Mishap::Broken, broken.to_owned())
}
