//! The client against a scripted server on a socket: answers that no real server gives on demand.

mod exchanges;
mod failures;
mod heads;
mod listings;
mod odds;
mod payload;
mod proxies;
mod repairs;
mod scripted;
mod signatures;
mod verbs;

use std::time::Duration;

use url::Url;

use scripted::{Reply, Server, xml};

use super::Client;
use super::failure::Failure;
use crate::checksum::{Algorithm, Payload};
use crate::config::{self, S3Settings};
use crate::endpoint::Endpoint;
use crate::secret::Secret;
use crate::store::{Head, PartTag, Upload};

/// Settings for a server of tests: quick to give up, one retry.
pub(super) fn settings(url: &str) -> S3Settings {
    S3Settings {
        bucket: "bk".to_owned(),
        access: config::Access::Keys {
            id: "id".to_owned(),
            secret: Secret::new("secret"),
        },
        endpoint: Endpoint::Custom {
            url: Url::parse(url).unwrap(),
            region: "us-east-1".to_owned(),
            path_style: true,
        },
        ca_bundle: None,
        payload: Payload::Sha256,
        put_headers: Vec::new(),
        limit_rate: None,
        max_retries: 1,
        retry_for: Duration::ZERO,
        timeout: Duration::from_secs(20),
        connections: 3,
    }
}

fn client(server: &Server) -> Client {
    Client::open(&settings(&server.url)).unwrap()
}

fn upload(carries: bool) -> Upload {
    Upload {
        key: "k".to_owned(),
        id: "u".to_owned(),
        checksum: carries.then_some(Algorithm::Sha256),
    }
}

fn tag(number: u32) -> PartTag {
    PartTag {
        number,
        size_bytes: 5,
        etag: format!("\"e{number}\""),
        checksum: None,
    }
}

fn error(status: &str, code: &str, message: &str) -> Reply {
    xml(
        status,
        "",
        &format!("<Error><Code>{code}</Code><Message>{message}</Message></Error>"),
    )
}

fn range(range: &str, body: &str) -> Reply {
    Reply::new(
        "206 Partial Content",
        &format!("ETag: \"e\"\r\nContent-Range: bytes {range}\r\n"),
        body,
    )
}

/// What HEAD has told of the object of [`range`].
fn head(size_bytes: u64) -> Head {
    Head {
        size_bytes,
        etag: "\"e\"".to_owned(),
        ..Head::default()
    }
}

const HEAD_OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 7\r\nETag: \"e\"\r\n\
    Date: Wed, 01 Jan 2031 12:00:00 GMT\r\nx-amz-meta-parent: a@x%20%20y\r\n\r\n";
