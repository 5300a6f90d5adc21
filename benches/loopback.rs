//! The other ends of the benchmarks, on loopback.
//!
//! `sink PORT [BYTES_PER_S]` answers like an S3 server that checks and keeps nothing but sizes, so that what a client
//! costs is not hidden behind what a server costs; each connection is read no faster than `BYTES_PER_S`.
//! `relay PORT TARGET MS` hands bytes on to `TARGET`, `MS` milliseconds late each way and after a round trip for the
//! connection, and prints a line for every connection.

use std::collections::{BTreeMap, HashMap};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Mutex, MutexGuard, PoisonError, mpsc};
use std::thread;
use std::time::{Duration, Instant};

const BUFFER_BYTES: usize = 256 << 10;
const ETAG: &str = "ETag: \"00000000000000000000000000000000-1\"\r\n";

fn main() -> io::Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words[..] {
        ["sink", port] => sink(port, None),
        ["sink", port, rate] => sink(port, rate.parse().ok()),
        ["relay", port, target, ms] => relay(port, target, ms.parse().unwrap_or_default()),
        _ => Err(io::Error::other(
            "usage: sink PORT [BYTES_PER_S] | relay PORT TARGET MS",
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

fn sink(port: &str, rate: Option<f64>) -> io::Result<()> {
    let stored = Stored::default();
    listen(port, |stream| {
        let mut connection = Connection {
            from: BufReader::with_capacity(BUFFER_BYTES, stream.try_clone()?),
            to: stream,
            rate,
        };
        while let Some(request) = connection.request()? {
            connection.answer(&request, &stored)?;
        }
        Ok(())
    })
}

/// Lengths in bytes, of the parts by path and number until Complete, then of objects by path.
#[derive(Default)]
struct Stored {
    parts: Mutex<HashMap<String, BTreeMap<u64, u64>>>,
    objects: Mutex<HashMap<String, u64>>,
}

struct Request {
    method: String,
    path: String,
    query: String,
    /// First and last byte.
    range: Option<(u64, u64)>,
    body_bytes: u64,
}

struct Connection {
    from: BufReader<TcpStream>,
    to: TcpStream,
    rate: Option<f64>,
}

impl Connection {
    /// The next request, its body read and forgotten.
    fn request(&mut self) -> io::Result<Option<Request>> {
        let mut line = String::new();
        if self.from.read_line(&mut line)? == 0 {
            return Ok(None);
        }
        let mut words = line.split_whitespace().map(str::to_owned);
        let (method, target) = (
            words.next().unwrap_or_default(),
            words.next().unwrap_or_default(),
        );
        let (path, query) = target.split_once('?').unwrap_or((&target, ""));
        let mut request = Request {
            method,
            path: path.to_owned(),
            query: query.to_owned(),
            range: None,
            body_bytes: 0,
        };
        let mut expects = false;
        loop {
            line.clear();
            self.from.read_line(&mut line)?;
            let Some((name, value)) = line.trim_end().split_once(':') else {
                break;
            };
            match name.to_ascii_lowercase().as_str() {
                "content-length" => request.body_bytes = value.trim().parse().unwrap_or_default(),
                "expect" => expects = true,
                "range" => request.range = range(value),
                _ => {}
            }
        }
        if expects {
            self.to.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
        }
        self.discard(request.body_bytes)?;
        Ok(Some(request))
    }

    fn discard(&mut self, mut rest: u64) -> io::Result<()> {
        while rest > 0 {
            let got = self.from.fill_buf()?.len();
            if got == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            let taken = rest.min(got as u64);
            self.from.consume(taken as usize);
            rest -= taken;
            if let Some(rate) = self.rate {
                thread::sleep(Duration::from_secs_f64(taken as f64 / rate));
            }
        }
        Ok(())
    }

    fn answer(&mut self, request: &Request, stored: &Stored) -> io::Result<()> {
        let path = &request.path;
        let has = |name: &str| {
            let mut pairs = request.query.split('&');
            pairs.any(|pair| pair.split('=').next() == Some(name))
        };
        match request.method.as_str() {
            "POST" if has("uploads") => self.document("InitiateMultipartUploadResult"),
            "POST" => {
                let parts = lock(&stored.parts).remove(path).unwrap_or_default();
                lock(&stored.objects).insert(path.clone(), parts.values().sum());
                self.document("CompleteMultipartUploadResult")
            }
            "PUT" => {
                let mut pairs = request.query.split('&');
                let number = pairs.find_map(|pair| pair.strip_prefix("partNumber=")?.parse().ok());
                let mut parts = lock(&stored.parts);
                let parts = parts.entry(path.clone()).or_default();
                parts.insert(number.unwrap_or_default(), request.body_bytes);
                self.head("200 OK", 0, ETAG)
            }
            "DELETE" => self.head("204 No Content", 0, ""),
            _ if !path.trim_matches('/').contains('/') => self.document("ListBucketResult"),
            _ => {
                let size_bytes = lock(&stored.objects).get(path).copied();
                match size_bytes {
                    Some(size_bytes) => self.object(request, size_bytes),
                    None => self.head("404 Not Found", 0, ""),
                }
            }
        }
    }

    fn head(&mut self, status: &str, length: u64, more: &str) -> io::Result<()> {
        // One write: a head in pieces would be several packets.
        let head = format!(
            "HTTP/1.1 {status}\r\nContent-Length: {length}\r\nLast-Modified: Thu, 01 Jan 2026 00:00:00 GMT\r\n{more}\r\n"
        );
        self.to.write_all(head.as_bytes())
    }

    fn document(&mut self, root: &str) -> io::Result<()> {
        let body = format!("<{root}><UploadId>1</UploadId><ETag>\"0-1\"</ETag></{root}>");
        self.head("200 OK", body.len() as u64, "")?;
        self.to.write_all(body.as_bytes())
    }

    fn object(&mut self, request: &Request, size_bytes: u64) -> io::Result<()> {
        let (first, last) = request.range.unwrap_or((0, u64::MAX));
        let last = last.min(size_bytes.saturating_sub(1));
        let length = (last + 1).saturating_sub(first);
        match request.range {
            None => self.head("200 OK", length, ETAG)?,
            Some(_) => {
                let range = format!("Content-Range: bytes {first}-{last}/{size_bytes}\r\n{ETAG}");
                self.head("206 Partial Content", length, &range)?;
            }
        }
        if request.method == "HEAD" {
            return Ok(());
        }
        let zeros = vec![0; BUFFER_BYTES];
        let mut rest = length;
        while rest > 0 {
            let count = rest.min(BUFFER_BYTES as u64);
            io::copy(&mut (&zeros[..]).take(count), &mut self.to)?;
            rest -= count;
        }
        Ok(())
    }
}

/// `bytes=FIRST-LAST` or `bytes=FIRST-`.
fn range(value: &str) -> Option<(u64, u64)> {
    let (first, last) = value.trim().strip_prefix("bytes=")?.split_once('-')?;
    Some((first.parse().ok()?, last.parse().unwrap_or(u64::MAX)))
}

fn relay(port: &str, target: &str, ms: u64) -> io::Result<()> {
    let delay = Duration::from_millis(ms);
    listen(port, |client| {
        println!("connection");
        let server = TcpStream::connect(target)?;
        server.set_nodelay(true)?;
        // On loopback connecting takes no time, over a link it takes a round trip.
        let opened = Instant::now() + 2 * delay;
        let (to_server, to_client) = (server.try_clone()?, client.try_clone()?);
        thread::scope(|scope| {
            scope.spawn(|| hand_on(client, to_server, opened, delay));
            scope.spawn(|| hand_on(server, to_client, opened, delay));
        });
        Ok(())
    })
}

/// Writes everything `delay` after it was read, and nothing that was read before `opened`.
fn hand_on(mut from: TcpStream, mut to: TcpStream, opened: Instant, delay: Duration) {
    let (sender, receiver) = mpsc::channel::<(Instant, Vec<u8>)>();
    thread::scope(|scope| {
        scope.spawn(move || {
            for (due, bytes) in receiver {
                thread::sleep(due.saturating_duration_since(Instant::now()));
                if to.write_all(&bytes).is_err() {
                    break;
                }
            }
            let _ = to.shutdown(Shutdown::Write);
        });
        let mut buffer = vec![0; BUFFER_BYTES];
        while let Ok(count @ 1..) = from.read(&mut buffer) {
            let due = Instant::now().max(opened) + delay;
            let bytes = buffer.get(..count).unwrap_or_default().to_vec();
            if sender.send((due, bytes)).is_err() {
                break;
            }
        }
    });
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
