//! As much HTTP/1.1 as S3 clients speak: requests in, answers out, on a connection that stays.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::thread;
use std::time::Duration;

use crate::BUFFER_BYTES;

/// So much of a body is kept from its beginning; of the rest only the length is.
const KEPT_BYTES: u64 = 64 << 10;

/// A request whose body has been read.
#[derive(Default)]
pub struct Request {
    pub method: String,
    /// `/BUCKET/KEY`, percent-encoded as it came.
    pub path: String,
    query: String,
    /// Names in lower case.
    headers: Vec<(String, String)>,
    /// Length of the body, without the frames of `aws-chunked`.
    pub body_bytes: u64,
    /// How the body begins: all of a small one.
    pub body: Vec<u8>,
}

impl Request {
    /// Both parts of a path-style path.
    pub fn bucket_and_key(&self) -> (&str, &str) {
        let path = self.path.trim_start_matches('/');
        path.split_once('/').unwrap_or((path, ""))
    }

    /// The value of a query parameter, percent-encoded as it came.
    pub fn query(&self, name: &str) -> Option<&str> {
        let mut pairs = self
            .query
            .split('&')
            .map(|pair| match pair.split_once('=') {
                Some((name, value)) => (name, value),
                None => (pair, ""),
            });
        pairs.find(|(key, _)| *key == name).map(|(_, value)| value)
    }

    /// The value of a header; `name` in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        headers
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// `x-amz-meta-*`, as header lines.
    pub fn metadata(&self) -> String {
        self.headers
            .iter()
            .filter(|(name, _)| name.starts_with("x-amz-meta-"))
            .map(|(name, value)| format!("{name}: {value}\r\n"))
            .collect()
    }
}

/// One connection, plain or TLS.
pub struct Connection<S> {
    stream: BufReader<S>,
    /// Bodies are read no faster, in bytes per second.
    rate: Option<f64>,
}

impl<S: Read + Write> Connection<S> {
    pub fn new(stream: S, rate: Option<f64>) -> Self {
        Self {
            stream: BufReader::with_capacity(BUFFER_BYTES, stream),
            rate,
        }
    }

    /// The next request; none when the client has gone.
    pub fn request(&mut self) -> io::Result<Option<Request>> {
        let mut line = String::new();
        if self.stream.read_line(&mut line)? == 0 {
            return Ok(None);
        }
        let mut words = line.split_whitespace().map(str::to_owned);
        let mut request = Request {
            method: words.next().unwrap_or_default(),
            ..Request::default()
        };
        let target = words.next().unwrap_or_default();
        let (path, query) = target.split_once('?').unwrap_or((&target, ""));
        (request.path, request.query) = (path.to_owned(), query.to_owned());
        loop {
            line.clear();
            self.stream.read_line(&mut line)?;
            let Some((name, value)) = line.trim_end().split_once(':') else {
                break;
            };
            let header = (name.to_ascii_lowercase(), value.trim().to_owned());
            request.headers.push(header);
        }
        if request.header("expect").is_some() {
            self.write(b"HTTP/1.1 100 Continue\r\n\r\n")?;
        }
        let number = |name| request.header(name).and_then(|text| text.parse().ok());
        let sent: u64 = number("content-length").unwrap_or_default();
        let body_bytes = number("x-amz-decoded-content-length").unwrap_or(sent);
        request.body_bytes = body_bytes;
        if request.header("transfer-encoding") == Some("chunked") {
            self.discard_chunks()?;
        } else {
            let kept = sent.min(KEPT_BYTES);
            (&mut self.stream)
                .take(kept)
                .read_to_end(&mut request.body)?;
            self.discard(sent - kept)?;
        }
        Ok(Some(request))
    }

    fn discard(&mut self, mut rest: u64) -> io::Result<()> {
        while rest > 0 {
            let got = self.stream.fill_buf()?.len();
            if got == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            let taken = rest.min(got as u64);
            self.stream.consume(taken as usize);
            rest -= taken;
            if let Some(rate) = self.rate {
                thread::sleep(Duration::from_secs_f64(taken as f64 / rate));
            }
        }
        Ok(())
    }

    /// A body in chunks, each behind a line with its length in hexadecimal digits; an empty one and a blank line are its end.
    fn discard_chunks(&mut self) -> io::Result<()> {
        let mut line = String::new();
        loop {
            line.clear();
            self.stream.read_line(&mut line)?;
            let length = u64::from_str_radix(line.trim(), 16).map_err(io::Error::other)?;
            // Every chunk ends with a line's end.
            self.discard(length + 2)?;
            if length == 0 {
                return Ok(());
            }
        }
    }

    /// The head of an answer with further header lines.
    pub fn head(&mut self, status: &str, length: u64, more: &str) -> io::Result<()> {
        // One write: a head in pieces would be several packets.
        let head = format!(
            "HTTP/1.1 {status}\r\nContent-Length: {length}\r\nLast-Modified: Thu, 01 Jan 2026 00:00:00 GMT\r\n{more}\r\n"
        );
        self.write(head.as_bytes())
    }

    /// A whole answer with a text.
    pub fn document(&mut self, status: &str, more: &str, body: &str) -> io::Result<()> {
        self.head(status, body.len() as u64, more)?;
        self.write(body.as_bytes())
    }

    pub fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        let stream = self.stream.get_mut();
        stream.write_all(bytes)?;
        stream.flush()
    }

    /// That many zeros.
    pub fn zeros(&mut self, mut count: u64) -> io::Result<()> {
        static ZEROS: [u8; BUFFER_BYTES] = [0; BUFFER_BYTES];
        while count > 0 {
            let next = count.min(BUFFER_BYTES as u64);
            self.write(ZEROS.get(..next as usize).unwrap_or(&ZEROS))?;
            count -= next;
        }
        Ok(())
    }
}
