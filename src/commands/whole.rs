//! What `pput` and `z3_get` tell of their object.

use serde_json::{Value, json};

use super::report::Item;
use crate::terminal::escaped;

/// An object that was stored whole, or delivered.
pub struct Whole<'a> {
    /// Where it is.
    pub bucket: &'a str,
    /// What it is called there.
    pub key: &'a str,
    /// Its length.
    pub bytes: u64,
    /// Its ETag, with the quotes.
    pub etag: &'a str,
}

impl Item for Whole<'_> {
    const TYPE: &'static str = "object";

    fn fields(&self) -> Value {
        let (bucket, key, bytes, etag) = (self.bucket, self.key, self.bytes, self.etag);
        json!({ "bucket": bucket, "key": key, "bytes": bytes, "etag": etag })
    }

    /// The original's line of JSON, blanks included.
    fn text(&self) -> String {
        let etag = escaped(&json!(self.etag).to_string());
        format!("{{\"status\": \"success\", \"etag\": {etag}}}\n")
    }
}
