//! HTTP/1.1 messages, read and written whole: as much of RFC 9112 as S3 and its clients use.

use std::io::{self, BufRead, Read, Write};
use std::time::Duration;

/// A request or an answer.
#[derive(Debug, Clone, Default)]
pub struct Message {
    /// The first line: `PUT /bucket/key?partNumber=1 HTTP/1.1` or `HTTP/1.1 200 OK`.
    pub start: String,
    /// Names as they came.
    pub headers: Vec<(String, String)>,
    /// The body without its framing.
    pub body: Vec<u8>,
}

impl Message {
    /// An answer with S3's error body.
    pub fn error(status: u16, code: &str) -> Self {
        let body = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>{code}</Code><Message>said the proxy</Message></Error>"
        );
        Self::answer(status, body.into_bytes()).with("Content-Type", "application/xml")
    }

    /// An answer with this body.
    pub fn answer(status: u16, body: Vec<u8>) -> Self {
        Self {
            start: format!("HTTP/1.1 {status} Scripted"),
            headers: vec![("Content-Length".to_owned(), body.len().to_string())],
            body,
        }
    }

    /// The same with one more header.
    pub fn with(mut self, name: &str, value: impl ToString) -> Self {
        self.set(name, value);
        self
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        let (_, value) = self
            .headers
            .iter()
            .find(|(n, _)| n.eq_ignore_ascii_case(name))?;
        Some(value)
    }

    /// Replaces a header, or adds it.
    pub fn set(&mut self, name: &str, value: impl ToString) {
        self.remove(name);
        self.headers.push((name.to_owned(), value.to_string()));
    }

    pub fn remove(&mut self, name: &str) {
        self.headers.retain(|(n, _)| !n.eq_ignore_ascii_case(name));
    }

    /// The second word of the first line: a request's path and query, an answer's status.
    pub fn target(&self) -> &str {
        self.start.split(' ').nth(1).unwrap_or("")
    }

    pub fn method(&self) -> &str {
        self.start.split(' ').next().unwrap_or("")
    }

    /// Changes the body as text, and its length with it.
    pub fn edit_text(&mut self, edit: impl FnOnce(String) -> String) {
        self.body = edit(String::from_utf8(std::mem::take(&mut self.body)).unwrap()).into_bytes();
        self.set("Content-Length", self.body.len());
    }

    /// First line and headers; `None` where the peer has closed instead.
    pub fn read_head(from: &mut impl BufRead) -> io::Result<Option<Self>> {
        let mut message = Self::default();
        loop {
            let mut line = String::new();
            if from.read_line(&mut line)? == 0 {
                return Ok(None);
            }
            match (line.trim_end(), message.start.is_empty()) {
                ("", true) => (),
                ("", false) => return Ok(Some(message)),
                (start, true) => message.start = start.to_owned(),
                (header, false) => {
                    let (name, value) = header.split_once(':').unwrap_or((header, ""));
                    message
                        .headers
                        .push((name.to_owned(), value.trim().to_owned()));
                }
            }
        }
    }

    /// The body as its headers frame it; `to_the_end` is for answers that end with the connection.
    pub fn read_body(&mut self, from: &mut impl BufRead, to_the_end: bool) -> io::Result<()> {
        let chunked = self
            .header("Transfer-Encoding")
            .is_some_and(|value| value.eq_ignore_ascii_case("chunked"));
        match self
            .header("Content-Length")
            .map(|length| length.parse::<usize>())
        {
            _ if chunked => self.body = dechunk(from)?,
            Some(length) => {
                self.body = vec![0; length.map_err(io::Error::other)?];
                from.read_exact(&mut self.body)?;
            }
            None if to_the_end => {
                from.read_to_end(&mut self.body)?;
            }
            None => return Ok(()),
        }
        self.remove("Transfer-Encoding");
        self.set("Content-Length", self.body.len());
        Ok(())
    }

    /// First line and headers as bytes.
    pub fn head_bytes(&self) -> Vec<u8> {
        let mut head = format!("{}\r\n", self.start);
        for (name, value) in &self.headers {
            head += &format!("{name}: {value}\r\n");
        }
        (head + "\r\n").into_bytes()
    }
}

fn dechunk(from: &mut impl BufRead) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let mut line = String::new();
        from.read_line(&mut line)?;
        let size = line.trim_end().split(';').next().unwrap_or("");
        let size = u64::from_str_radix(size, 16).map_err(io::Error::other)?;
        io::copy(&mut from.by_ref().take(size), &mut body)?;
        // The end of the chunk's data, or of the trailers.
        while from.read_line(&mut line)? > 2 && size == 0 {}
        if size == 0 {
            return Ok(body);
        }
    }
}

/// A reader or writer that moves at most so many bytes a second; without a limit it is only the inner one.
pub struct Paced<T> {
    pub inner: T,
    pub bytes_per_second: Option<u64>,
}

impl<T> Paced<T> {
    fn step(&self, wanted: usize) -> usize {
        match self.bytes_per_second {
            // Ten steps a second, so that no reader's patience is tried by one long sleep.
            Some(rate) => wanted.min((rate / 10).max(1) as usize),
            None => wanted,
        }
    }

    fn pause(&self, moved: usize) {
        if let Some(rate) = self.bytes_per_second {
            std::thread::sleep(Duration::from_secs_f64(moved as f64 / rate as f64));
        }
    }
}

impl<T: Read> Read for Paced<T> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let step = self.step(buffer.len());
        let moved = self.inner.read(&mut buffer[..step])?;
        self.pause(moved);
        Ok(moved)
    }
}

impl<T: Write> Write for Paced<T> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let moved = self.inner.write(&bytes[..self.step(bytes.len())])?;
        self.pause(moved);
        Ok(moved)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}
