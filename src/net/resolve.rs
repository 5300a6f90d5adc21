//! Where a host is: asked once a minute, not for every request.
//!
//! ureq asks before it looks for a kept connection, in a thread of its own: each HEAD of a long listing would wait for the
//! name server. Not responsible for asking, which is ureq's.

use std::io;
use std::net::SocketAddr;
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use http::Uri;
use ureq::Error;
use ureq::config::Config;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{NextTimeout, time};

use crate::sync::lock;

/// How long an answer holds. S3 moves its names every few seconds, and the addresses stay good for much longer.
const KEPT: Duration = Duration::from_secs(60);

/// The addresses of the host that was asked for last.
#[derive(Debug, Default)]
pub struct Addresses {
    asked: DefaultResolver,
    known: Mutex<Option<KnownAddress>>,
}

#[derive(Debug)]
struct KnownAddress {
    host: String,
    addresses: Vec<SocketAddr>,
    since: Instant,
}

impl Resolver for Addresses {
    /// One worker asks, the others wait for its answer. When nobody answers any more, the old one has to do.
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, Error> {
        let host = format!("{:?} {:?}", uri.scheme(), uri.authority());
        let mut known = lock(&self.known);
        let mut own = known.take().filter(|known| known.host == host);
        if own.as_ref().is_none_or(|own| own.since.elapsed() >= KEPT) {
            match (self.asked.resolve(uri, config, patience(timeout)), &mut own) {
                (Ok(found), _) => {
                    own = Some(KnownAddress {
                        host,
                        addresses: found.to_vec(),
                        since: Instant::now(),
                    });
                }
                (Err(_), Some(own)) => own.since = Instant::now(),
                (Err(error), None) => return Err(unanswered(error)),
            }
        }
        let own = known.insert(own.ok_or(Error::HostNotFound)?);
        next(&mut own.addresses);
        let mut addresses = self.empty();
        own.addresses.iter().for_each(|one| addresses.push(*one));
        Ok(addresses)
    }
}

/// With glibc 2.17 a name server that refuses, or says nothing, fails as a connection to it does (EAI_SYSTEM): that is no word
/// of the host's.
fn unanswered(error: Error) -> Error {
    use io::ErrorKind as Is;
    match error {
        Error::Io(of) if matches!(of.kind(), Is::ConnectionRefused | Is::TimedOut) => {
            Error::HostNotFound
        }
        error => error,
    }
}

/// ureq asks in a thread of its own, and panics where there is none to be had. Then it asks in ours, for as long as the system
/// lets it.
fn patience(timeout: NextTimeout) -> NextTimeout {
    match thread::Builder::new()
        .spawn(|| ())
        .map(thread::JoinHandle::join)
    {
        Ok(_) => timeout,
        Err(_) => NextTimeout {
            after: time::Duration::NotHappening,
            ..timeout
        },
    }
}

/// Lets the next connection go to the next machine, as far as they are as good as the first one: the order of IPv4 and IPv6 is
/// the system's choice.
fn next(addresses: &mut [SocketAddr]) {
    let Some(first) = addresses.first().copied() else {
        return;
    };
    let alike = |one: &&SocketAddr| one.is_ipv4() == first.is_ipv4();
    let count = addresses.iter().take_while(alike).count();
    if let Some(alike) = addresses.get_mut(..count) {
        alike.rotate_left(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(addresses: &Addresses, uri: &str) -> Result<Vec<String>, Error> {
        let (uri, config) = (uri.parse().unwrap(), Config::default());
        let found = addresses.resolve(&uri, &config, NextTimeout::default())?;
        Ok(found.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn what_a_name_server_does_is_not_the_hosts_doing() {
        let of = |kind: io::ErrorKind| unanswered(Error::Io(kind.into()));
        for kind in [io::ErrorKind::ConnectionRefused, io::ErrorKind::TimedOut] {
            assert!(matches!(of(kind), Error::HostNotFound));
        }
        assert!(matches!(of(io::ErrorKind::OutOfMemory), Error::Io(_)));
    }

    #[test]
    fn an_answer_is_kept_used_in_turns_and_outlives_its_source() {
        let addresses = Addresses::default();
        assert_eq!(
            ask(&addresses, "http://127.0.0.1:1").unwrap(),
            ["127.0.0.1:1"]
        );
        let all = ["10.0.0.1:1", "10.0.0.2:1", "[::1]:1"];
        let set = |since| {
            let mut known = lock(&addresses.known);
            let known = known.as_mut().unwrap();
            known.addresses = all.map(|one| one.parse().unwrap()).to_vec();
            known.since = since;
        };
        set(Instant::now());
        let turns = [[1, 0, 2], [0, 1, 2]];
        for turn in turns {
            let found = ask(&addresses, "http://127.0.0.1:1").unwrap();
            assert_eq!(found, turn.map(|index: usize| all[index]));
        }
        set(Instant::now() - KEPT);
        assert_eq!(
            ask(&addresses, "http://127.0.0.1:1").unwrap(),
            ["127.0.0.1:1"]
        );
        // Another host, which nobody can know; and a known one that nobody knows any more.
        let nobody = format!("http://{}.invalid:1", "a".repeat(64));
        assert!(ask(&addresses, &nobody).is_err());
        ask(&addresses, "http://127.0.0.1:1").unwrap();
        let uri: Uri = nobody.parse().unwrap();
        let host = format!("{:?} {:?}", uri.scheme(), uri.authority());
        lock(&addresses.known).as_mut().unwrap().host = host;
        set(Instant::now() - KEPT);
        assert_eq!(ask(&addresses, &nobody).unwrap().len(), 3);
    }
}
