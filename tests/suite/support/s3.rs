//! The observer: looks into buckets, and puts things there, by requests of its own, so that no test has to trust the client under
//! test.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::env::{Access, Server};
use super::requests::{self, Answer, Broken, Request, encode};

/// A bucket of a server, or of whatever stands before it.
pub struct Bucket {
    pub access: &'static Access,
    endpoint: String,
    pub name: String,
    /// `max-keys` of listings.
    pub page: usize,
}

/// What HEAD tells of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    pub size_bytes: u64,
    /// With its quotes.
    pub etag: String,
    /// User metadata without `x-amz-meta-`.
    pub metadata: BTreeMap<String, String>,
    pub storage_class: Option<String>,
}

impl Bucket {
    pub fn of(server: Server) -> Self {
        let access = server.access();
        Self {
            access,
            endpoint: access.endpoint.clone(),
            name: access.bucket.clone(),
            page: 1000,
        }
    }

    /// At another address: that of a proxy before Ceph's gateway, or of a server that knows the same key.
    pub fn at(endpoint: &str) -> Self {
        Self {
            endpoint: endpoint.to_owned(),
            ..Self::of(Server::Rgw)
        }
    }

    /// Another bucket than that of the other tests; made if it is not there.
    pub fn named(self, name: &str) -> Self {
        self.made(name, &[])
    }

    /// The same, made with these headers.
    pub fn made(self, name: &str, headers: &[(String, String)]) -> Self {
        let bucket = Self {
            name: name.to_owned(),
            ..self
        };
        bucket.ask("PUT", "", &[], headers, b"").expect(200);
        bucket
    }

    /// The object's description; `None` if there is none.
    pub fn head(&self, key: &str) -> Option<Object> {
        let answer = self.ask("HEAD", key, &[], &[], b"");
        if answer.status == 404 {
            return None;
        }
        let headers = &answer.expect(200).headers;
        let metadata = headers
            .iter()
            .filter_map(|(name, value)| {
                Some((name.strip_prefix("x-amz-meta-")?.to_owned(), value.clone()))
            })
            .collect();
        Some(Object {
            size_bytes: headers["content-length"].parse().unwrap(),
            etag: headers["etag"].clone(),
            metadata,
            storage_class: headers.get("x-amz-storage-class").cloned(),
        })
    }

    /// The object's bytes.
    pub fn get(&self, key: &str) -> Vec<u8> {
        self.ask("GET", key, &[], &[], b"").expect(200).body
    }

    /// All keys that begin with `prefix`, in the server's order.
    pub fn keys(&self, prefix: &str) -> Vec<String> {
        let mut keys = Vec::new();
        let (mut token, page) = (String::new(), self.page.to_string());
        loop {
            let mut query = vec![("list-type", "2"), ("max-keys", &page), ("prefix", prefix)];
            if !token.is_empty() {
                query.insert(0, ("continuation-token", &token));
            }
            let answer = self.ask("GET", "", &query, &[], b"").expect(200);
            keys.extend(elements(answer.xml(), "Key"));
            match elements(answer.xml(), "NextContinuationToken").pop() {
                Some(next) => token = next,
                None => return keys,
            }
        }
    }

    /// Key and id of the unfinished uploads of keys that begin with `prefix`; of the first 1,000.
    pub fn uploads(&self, prefix: &str) -> Vec<(String, String)> {
        let page = self
            .ask("GET", "", &[("prefix", prefix), ("uploads", "")], &[], b"")
            .expect(200);
        let rows = elements(page.xml(), "Upload");
        let first = |row: &str, name| elements(row, name).remove(0);
        rows.iter()
            .map(|row| (first(row, "Key"), first(row, "UploadId")))
            .collect()
    }

    /// Number and length of the parts of an unfinished upload.
    pub fn parts(&self, key: &str, id: &str) -> Vec<(u32, u64)> {
        let page = self
            .ask("GET", key, &[("uploadId", id)], &[], b"")
            .expect(200);
        let number = |row: &str, name| elements(row, name).remove(0).parse::<u64>().unwrap();
        let rows = elements(page.xml(), "Part");
        rows.iter()
            .map(|row| (number(row, "PartNumber") as u32, number(row, "Size")))
            .collect()
    }

    /// Stores an object in one request.
    pub fn put(&self, key: &str, body: &[u8], metadata: &[(&str, &str)]) {
        self.ask("PUT", key, &[], &meta_headers(metadata), body)
            .expect(200);
    }

    /// Begins a multipart upload; its id.
    pub fn create_upload(&self, key: &str, metadata: &[(&str, &str)]) -> String {
        let answer = self
            .ask(
                "POST",
                key,
                &[("uploads", "")],
                &meta_headers(metadata),
                b"",
            )
            .expect(200);
        elements(answer.xml(), "UploadId").remove(0)
    }

    /// Stores a part; its ETag.
    pub fn put_part(&self, key: &str, id: &str, number: u32, body: &[u8]) -> String {
        let number = number.to_string();
        let answer = self.ask(
            "PUT",
            key,
            &[("partNumber", &number), ("uploadId", id)],
            &[],
            body,
        );
        answer.expect(200).headers["etag"].clone()
    }

    /// Stores an object in parts, as z3 does.
    pub fn put_multipart(&self, key: &str, parts: &[&[u8]], metadata: &[(&str, &str)]) {
        let id = self.create_upload(key, metadata);
        let mut list = String::from("<CompleteMultipartUpload>");
        for (number, part) in (1..).zip(parts) {
            let etag = self.put_part(key, &id, number, part);
            write!(
                list,
                "<Part><PartNumber>{number}</PartNumber><ETag>{etag}</ETag></Part>"
            )
            .unwrap();
        }
        list += "</CompleteMultipartUpload>";
        self.ask("POST", key, &[("uploadId", &id)], &[], list.as_bytes())
            .expect(200);
    }

    pub fn delete(&self, key: &str) {
        self.ask("DELETE", key, &[], &[], b"").expect(204);
    }

    /// One signed request for a key, empty for the bucket itself.
    pub fn ask(
        &self,
        method: &str,
        key: &str,
        query: &[(&str, &str)],
        headers: &[(String, String)],
        body: &[u8],
    ) -> Answer {
        self.try_ask(method, key, query, headers, body)
            .unwrap_or_else(|broken| panic!("{method} {key}: {broken:?}"))
    }

    /// The same where the connection may end.
    pub fn try_ask(
        &self,
        method: &str,
        key: &str,
        query: &[(&str, &str)],
        headers: &[(String, String)],
        body: &[u8],
    ) -> Result<Answer, Broken> {
        let request = Request {
            method,
            url: &self.url(key),
            query,
            headers,
            body,
        };
        requests::ask(self.access, &request)
    }

    /// Where a key is.
    pub fn url(&self, key: &str) -> String {
        format!("{}/{}/{}", self.endpoint, self.name, encode(key, "/"))
    }
}

fn meta_headers(metadata: &[(&str, &str)]) -> Vec<(String, String)> {
    let header = |(name, value): &(&str, &str)| (format!("x-amz-meta-{name}"), (*value).to_owned());
    metadata.iter().map(header).collect()
}

/// The contents of all elements of this name.
pub fn elements(xml: &str, name: &str) -> Vec<String> {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    let content = |rest: &str| rest.split(&close).next().unwrap().to_owned();
    let plain = |text: String| {
        if text.contains('<') {
            text
        } else {
            unescape(&text)
        }
    };
    xml.split(&open).skip(1).map(content).map(plain).collect()
}

fn unescape(text: &str) -> String {
    [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&apos;", "'"),
        ("&#34;", "\""),
        ("&#39;", "'"),
        ("&amp;", "&"),
    ]
    .iter()
    .fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
}
