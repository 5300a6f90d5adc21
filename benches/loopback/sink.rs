//! An S3 server in memory that costs little: it verifies no signature and no checksum, reads bodies and forgets them, and
//! answers a GET with zeros. `GET /-counts` tells, as JSON, what was asked since the last such question.

use std::io::{self, Read, Write};
use std::sync::Arc;

use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::http::{Connection, Request};
use crate::listen;
use crate::stored::{Object, Stored};

pub fn run(port: &str, rate: Option<f64>, tls: Option<Arc<ServerConfig>>) -> io::Result<()> {
    let stored = Stored::default();
    listen(port, |stream| match &tls {
        None => serve(Connection::new(stream, rate), &stored),
        Some(config) => {
            let session = ServerConnection::new(Arc::clone(config)).map_err(io::Error::other)?;
            serve(
                Connection::new(StreamOwned::new(session, stream), rate),
                &stored,
            )
        }
    })
}

fn serve<S: Read + Write>(mut connection: Connection<S>, stored: &Stored) -> io::Result<()> {
    let mut fresh = true;
    while let Some(request) = connection.request()? {
        if request.path == "/-counts" {
            return connection.document("200 OK", "", &stored.take_counts());
        }
        if std::mem::take(&mut fresh) {
            stored.count("connections", 1);
        }
        stored.count("requests", 1);
        stored.count("body_bytes", request.body_bytes);
        answer(&mut connection, &request, stored)?;
    }
    Ok(())
}

fn answer<S: Read + Write>(
    connection: &mut Connection<S>,
    request: &Request,
    stored: &Stored,
) -> io::Result<()> {
    let upload = request.query("uploadId");
    let bucket = request.path.trim_matches('/');
    match request.method.as_str() {
        "POST" => post(connection, request, stored),
        "PUT" => {
            let number = request.query("partNumber").and_then(|it| it.parse().ok());
            stored.count("puts", 1);
            let etag = match (upload, number) {
                (Some(id), Some(number)) => stored.part(id, number, request),
                _ => Some(stored.put(request)),
            };
            match etag {
                Some(etag) => connection.head("200 OK", 0, &format!("ETag: {etag}\r\n")),
                None => no_such(connection, "NoSuchUpload"),
            }
        }
        "DELETE" => {
            match upload {
                Some(id) => stored.abort(id),
                None => stored.delete(&request.path),
            }
            connection.head("204 No Content", 0, "")
        }
        "HEAD" if !bucket.contains('/') => connection.head("200 OK", 0, ""),
        _ if !bucket.contains('/') => {
            stored.count("lists", 1);
            let listing = match request.query("uploads") {
                Some(_) => "<ListMultipartUploadsResult></ListMultipartUploadsResult>".to_owned(),
                None => stored.list(bucket, request),
            };
            connection.document("200 OK", "", &listing)
        }
        _ if upload.is_some() => {
            connection.document("200 OK", "", "<ListPartsResult></ListPartsResult>")
        }
        _ => match stored.get(&request.path) {
            Some(object) => send(connection, request, &object),
            None if request.method == "HEAD" => connection.head("404 Not Found", 0, ""),
            None => no_such(connection, "NoSuchKey"),
        },
    }
}

/// Create and Complete. A checksum algorithm is echoed, which is how a server says that it knows it.
fn post<S: Read + Write>(
    connection: &mut Connection<S>,
    request: &Request,
    stored: &Stored,
) -> io::Result<()> {
    let (bucket, key) = request.bucket_and_key();
    let names = format!("<Bucket>{bucket}</Bucket><Key>{key}</Key>");
    let Some(id) = request.query("uploadId") else {
        let id = stored.create(request);
        let mut echo = String::new();
        for name in ["x-amz-checksum-algorithm", "x-amz-checksum-type"] {
            if let Some(value) = request.header(name) {
                echo += &format!("{name}: {value}\r\n");
            }
        }
        let body = format!(
            "<InitiateMultipartUploadResult>{names}<UploadId>{id}</UploadId></InitiateMultipartUploadResult>"
        );
        return connection.document("200 OK", &echo, &body);
    };
    match stored.complete(id, &request.path) {
        Some(etag) => {
            let body = format!(
                "<CompleteMultipartUploadResult>{names}<ETag>{etag}</ETag></CompleteMultipartUploadResult>"
            );
            connection.document("200 OK", "", &body)
        }
        None => no_such(connection, "NoSuchUpload"),
    }
}

fn no_such<S: Read + Write>(connection: &mut Connection<S>, code: &str) -> io::Result<()> {
    let body = format!("<Error><Code>{code}</Code><Message>it is not here</Message></Error>");
    connection.document("404 Not Found", "", &body)
}

/// HEAD and GET, whole or a range.
fn send<S: Read + Write>(
    connection: &mut Connection<S>,
    request: &Request,
    object: &Object,
) -> io::Result<()> {
    let size_bytes = object.size_bytes;
    let range = request.header("range").and_then(range);
    let (first, last) = range.unwrap_or((0, u64::MAX));
    let last = last.min(size_bytes.saturating_sub(1));
    let length = match size_bytes {
        0 => 0,
        _ => (last + 1).saturating_sub(first),
    };
    let more = format!(
        "ETag: {}\r\nAccept-Ranges: bytes\r\n{}",
        object.etag, object.metadata
    );
    match range {
        None => connection.head("200 OK", length, &more)?,
        Some(_) => {
            let more = format!("Content-Range: bytes {first}-{last}/{size_bytes}\r\n{more}");
            connection.head("206 Partial Content", length, &more)?;
        }
    }
    if request.method == "HEAD" {
        return Ok(());
    }
    let kept = object.beginning.get(first as usize..).unwrap_or_default();
    let kept = kept.get(..length as usize).unwrap_or(kept);
    connection.write(kept)?;
    connection.zeros(length - kept.len() as u64)
}

/// `bytes=FIRST-LAST` or `bytes=FIRST-`.
fn range(value: &str) -> Option<(u64, u64)> {
    let (first, last) = value.strip_prefix("bytes=")?.split_once('-')?;
    Some((first.parse().ok()?, last.parse().unwrap_or(u64::MAX)))
}
