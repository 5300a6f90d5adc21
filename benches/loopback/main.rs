//! The other ends of the benchmarks, on loopback.
//!
//! `sink PORT [rate=BYTES_PER_S] [cert=PEM key=PEM]` is an S3 server in memory that checks nothing and keeps only sizes,
//! metadata and small bodies, so that what a client costs is not hidden behind what a server costs ([`sink`]). Each
//! connection is read no faster than `rate`; with a certificate it talks TLS.
//!
//! `relay PORT TARGET MS [window=BYTES] [cut=PERCENT] [slow=PERCENT] [seed=N]` is a long link to `TARGET` ([`relay`]): bytes
//! arrive `MS` milliseconds late each way; no more than `window` are on their way at once; and connections are cut, or crawl.

mod http;
mod relay;
mod sink;
mod stored;
mod tls;

use std::collections::HashMap;
use std::io;
use std::net::{TcpListener, TcpStream};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;

/// What is read or written at a time.
const BUFFER_BYTES: usize = 256 << 10;

fn main() -> io::Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let named: HashMap<&str, &str> = words
        .iter()
        .filter_map(|word| word.split_once('='))
        .collect();
    let number = |name: &str| named.get(name).and_then(|text| text.parse::<f64>().ok());
    let plain: Vec<&str> = words
        .iter()
        .map(String::as_str)
        .filter(|word| !word.contains('='))
        .collect();
    match plain[..] {
        ["sink", port] => {
            let tls = match (named.get("cert"), named.get("key")) {
                (Some(certificate), Some(key)) => Some(tls::config(certificate, key)?),
                _ => None,
            };
            sink::run(port, number("rate"), tls)
        }
        ["relay", port, target, ms] => relay::run(
            port,
            target,
            &relay::Link::new(
                ms.parse().unwrap_or_default(),
                number("window"),
                [number("cut"), number("slow")],
                number("seed"),
            ),
        ),
        _ => Err(io::Error::other(
            "usage: sink PORT [rate=BYTES_PER_S] [cert=PEM key=PEM] | relay PORT TARGET MS [window=BYTES] [cut=PERCENT] [slow=PERCENT] [seed=N]",
        )),
    }
}

/// Runs `serve` in a thread of its own for every connection; the end of a connection is no news.
fn listen(port: &str, serve: impl Fn(TcpStream) -> io::Result<()> + Sync) -> io::Result<()> {
    let listener = TcpListener::bind(format!("127.0.0.1:{port}"))?;
    thread::scope(|scope| {
        for stream in listener.incoming() {
            let stream = stream?;
            stream.set_nodelay(true)?;
            scope.spawn(|| serve(stream));
        }
        Ok(())
    })
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
