//! A fault proxy: it stands between z3 and a real server and does, by script, what networks and servers do on bad days.
//!
//! z3 talks to the proxy's address and signs it as its Host; the proxy forwards that header unchanged, and both servers verify
//! against what they received. Plain HTTP only, but as an HTTP proxy (CONNECT) it lets everything through. Bodies are held whole in memory, so keep them to some tens of MiB.

mod act;
mod http;
mod serve;

use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, Weak};
use std::thread;
use std::time::Duration;

pub use act::{Act, Stage, http_date};
pub use http::Message;

/// Which of the matching requests an act is for.
#[derive(Debug, Clone, Copy)]
pub enum When {
    Always,
    /// The first so many.
    First(usize),
    /// Only this one, counted from 1.
    Nth(usize),
    /// All but the first so many.
    After(usize),
}

/// A request that reached the proxy.
#[derive(Debug, Clone)]
pub struct Seen {
    pub method: String,
    /// Path and query.
    pub target: String,
    pub headers: Vec<(String, String)>,
    /// How much of its body was read.
    pub body_bytes: usize,
}

struct Rule {
    method: &'static str,
    needle: String,
    when: When,
    act: Act,
    matched: usize,
}

#[derive(Default)]
struct Shared {
    server: String,
    rules: Mutex<Vec<Rule>>,
    seen: Mutex<Vec<Seen>>,
    /// Only the connection's own thread holds its socket open, so that closing it is closing it.
    clients: Mutex<Vec<Weak<TcpStream>>>,
    connections: AtomicUsize,
    /// How often all connections were cut.
    cuts: AtomicUsize,
    ended: AtomicBool,
}

/// A running proxy; it ends, with all its connections, when it is dropped.
pub struct Proxy {
    port: u16,
    shared: Arc<Shared>,
}

impl Proxy {
    /// A proxy in front of a server, `http://127.0.0.1:PORT`.
    pub fn to(endpoint: &str) -> Self {
        Self::listening(TcpListener::bind("127.0.0.1:0").unwrap(), endpoint)
    }

    /// Another one at the same address, where all is well and nothing has been seen.
    pub fn anew(self) -> Self {
        self.close();
        loop {
            // The thread that listens takes a moment to end.
            if let Ok(listener) = TcpListener::bind(("127.0.0.1", self.port)) {
                return Self::listening(listener, &self.shared.server);
            }
            thread::sleep(Duration::from_millis(5));
        }
    }

    fn listening(listener: TcpListener, endpoint: &str) -> Self {
        let port = listener.local_addr().unwrap().port();
        let shared = Arc::new(Shared {
            server: endpoint.trim_start_matches("http://").to_owned(),
            ..Shared::default()
        });
        let accepting = Arc::clone(&shared);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                if accepting.ended.load(Ordering::SeqCst) {
                    return;
                }
                accepting.connections.fetch_add(1, Ordering::SeqCst);
                let client = Arc::new(client);
                let shared = Arc::clone(&accepting);
                shared.clients.lock().unwrap().push(Arc::downgrade(&client));
                thread::spawn(move || serve::connection(&shared, &client));
            }
        });
        Self { port, shared }
    }

    /// Where z3 shall go.
    pub fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// For requests of this method (empty: any) whose path and query hold `needle`. The first rule that fits acts.
    pub fn rule(&self, method: &'static str, needle: &str, when: When, act: Act) -> &Self {
        self.shared.rules.lock().unwrap().push(Rule {
            method,
            needle: needle.to_owned(),
            when,
            act,
            matched: 0,
        });
        self
    }

    /// The first GET of a key takes so long as if the server were far away: then downloads come in ranges.
    pub fn far(&self, key: &str) -> &Self {
        self.rule("GET", key, When::First(1), Act::far())
    }

    /// Forgets all rules: the network is well again.
    pub fn heal(&self) {
        self.shared.rules.lock().unwrap().clear();
    }

    /// How many bytes were asked for since so many GETs of what holds `needle`.
    pub fn asked_bytes(&self, needle: &str, before: usize) -> u64 {
        let seen = self.seen("GET", needle).split_off(before);
        let ranges = seen.iter().filter_map(|request| {
            let named = |(name, _): &&(String, String)| name.eq_ignore_ascii_case("range");
            let (_, range) = request.headers.iter().find(named)?;
            let (from, to) = range.strip_prefix("bytes=")?.split_once('-')?;
            Some(to.parse::<u64>().ok()? + 1 - from.parse::<u64>().ok()?)
        });
        ranges.sum()
    }

    /// The requests so far of this method (empty: any) whose path and query hold `needle`.
    pub fn seen(&self, method: &str, needle: &str) -> Vec<Seen> {
        let seen = self.shared.seen.lock().unwrap();
        let fits = |one: &&Seen| fits(method, needle, &one.method, &one.target);
        seen.iter().filter(fits).cloned().collect()
    }

    /// How many they are.
    pub fn count(&self, method: &str, needle: &str) -> usize {
        self.seen(method, needle).len()
    }

    /// Connections that clients have opened.
    pub fn connections(&self) -> usize {
        self.shared.connections.load(Ordering::SeqCst)
    }

    /// Bytes of parts that arrived here, repeated ones counted again.
    pub fn part_bytes(&self) -> usize {
        self.seen("PUT", "partNumber=")
            .iter()
            .map(|one| one.body_bytes)
            .sum()
    }

    /// The server is gone: every connection closes, and nobody takes a new one.
    pub fn close(&self) {
        self.shared.ended.store(true, Ordering::SeqCst);
        // Wakes the accepting thread, which looks at the flag.
        drop(TcpStream::connect(("127.0.0.1", self.port)));
        self.cut();
    }

    /// Every connection breaks, once. What stands at a [`Halt`](super::halt::Halt) goes no further.
    pub fn cut(&self) {
        self.shared.cuts.fetch_add(1, Ordering::SeqCst);
        let clients = self.shared.clients.lock().unwrap();
        for client in clients.iter().filter_map(Weak::upgrade) {
            drop(client.shutdown(std::net::Shutdown::Both));
        }
    }

    /// From now on nothing is read and nothing is said, on connections that stay open.
    pub fn fall_silent(&self) {
        self.heal();
        self.rule("", "", When::Always, Act::Deafness);
    }

    /// Waits until every connection has ended: what a client has sent before its end has been done, or never will be.
    pub fn settle(&self) {
        let open = |client: &Weak<_>| client.strong_count() > 0;
        while self.shared.clients.lock().unwrap().iter().any(open) {
            thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.close();
    }
}

impl Shared {
    /// Becomes true when all connections have been cut since.
    fn until_cut(&self) -> impl Fn() -> bool {
        let cuts = self.cuts.load(Ordering::SeqCst);
        move || self.cuts.load(Ordering::SeqCst) > cuts
    }

    fn is_silent(&self) -> bool {
        let rules = self.rules.lock().unwrap();
        matches!(rules.first(), Some(rule) if rule.needle.is_empty() && matches!(rule.act, Act::Deafness))
    }

    /// What to do with a request, if anything special.
    fn act(&self, request: &Message) -> Option<Act> {
        for rule in self.rules.lock().unwrap().iter_mut() {
            if !fits(
                rule.method,
                &rule.needle,
                request.method(),
                request.target(),
            ) {
                continue;
            }
            rule.matched += 1;
            let now = match rule.when {
                When::Always => true,
                When::First(count) => rule.matched <= count,
                When::Nth(number) => rule.matched == number,
                When::After(count) => rule.matched > count,
            };
            if now {
                return Some(rule.act.clone());
            }
        }
        None
    }
}

fn fits(method: &str, needle: &str, its_method: &str, target: &str) -> bool {
    (method.is_empty() || method == its_method) && target.contains(needle)
}
