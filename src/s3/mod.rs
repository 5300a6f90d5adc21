//! The S3 API over HTTP: [`Client`] is the [`ObjectStore`] of every run.
//!
//! Responsible for the verbs: what each asks, and what it accepts as an answer ([`listing`] has the paged ones). Below
//! them: [`client`] repeats, [`continued`] goes on and [`repair`] repairs, [`retry`] has the patience, [`crate::flow`] the speed, [`crate::credentials`] the identity, [`request`]
//! and [`metadata`] encode and sign, to addresses of [`crate::endpoint`], [`transport`] carries bytes, over the connections of [`crate::net`], [`answer`], [`failure`] and
//! [`document`] read what comes back, [`server`] knows its ways, [`advice`] helps, [`about`] tells what is known of bucket and server. rust-s3 gives the signature's steps; its own HTTP is not used (it
//! takes truncated downloads for whole ones and keeps no connection alive).
//!
//! Facts are from the Amazon S3 API reference unless a comment names another server. Timeouts: connections 10 s,
//! `S3_TIMEOUT` without a byte, five times as much for a whole list or error, and for Complete `RETRY_FOR` if that is longer:
//! some servers assemble a large object for minutes before they say a word. Every answer is a stranger's: it is bounded in
//! bytes and time before it is read, and every loop over answers has to go on and to end.

mod about;
mod advice;
mod answer;
mod client;
mod continued;
mod delete;
mod document;
mod failure;
#[cfg(fuzzing)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
pub mod fuzz;
mod listing;
mod metadata;
mod payload;
mod repair;
mod request;
mod retry;
mod server;
mod thaw;
mod transport;

#[cfg(test)]
mod tests;

use std::ops::Range;
use std::time::SystemTime;

use http::Method;
use http::header::ETAG;

use answer::text_of;
pub use client::Client;
use continued::Continued;
use failure::Failure;
use request::Call;
pub use server::Quirk;

use crate::store::{
    self, Condition, CreateOptions, Head, Kind, ObjectStore, PartTag, StoreError, StoredPart,
    ThawTerms, Thawed, Unfinished, Upload,
};

impl ObjectStore for Client {
    fn list(&self, prefix: &str) -> Result<Vec<String>, StoreError> {
        self.objects(prefix)
    }

    fn list_some(
        &self,
        prefix: &str,
        pages: usize,
        take: &mut dyn FnMut(String) -> bool,
    ) -> Result<bool, StoreError> {
        self.some_objects(prefix, pages, take)
    }

    fn head(&self, key: &str) -> Result<Option<Head>, StoreError> {
        let call = Call::on_key("look at", Method::HEAD, key);
        let look = || self.send(&call, |reply| Ok(answer::head_of(reply.headers())));
        let (mut head, length) = match look() {
            Ok(told) => told,
            // An answer to HEAD has no body and so no code: a request that has one tells what is wrong (no such bucket,
            // a wrong secret), and repairs what can be repaired (the clock, an expired token).
            Err(error) if error.kind == Kind::Unknown => return Err(error),
            Err(error) => match (self.objects_page(key, 1, None).map(drop), error.kind) {
                (Ok(()), Kind::NotFound) => return Ok(None),
                (Ok(()), _) => look()?,
                // Whoever may not list still gets a 404 for what is not there.
                (Err(why), Kind::NotFound) if why.kind == Kind::Denied => return Ok(None),
                (Err(why), _) => {
                    let (act, object) = (error.act, error.object);
                    return Err(StoreError { act, object, ..why });
                }
            },
        };
        head.size_bytes = match length {
            // A proxy that keeps the body back may tell the length of what is left of it.
            Some(0) => self.confirmed_empty(key, &head.etag)?,
            Some(length) => length,
            None => self.length_of(key, &head.etag)?,
        };
        if let Thawed::Until(until) = head.thawed {
            head.archived &= until.is_some_and(|until| until <= self.now());
        }
        if head.archived {
            // The class alone does not tell: several servers keep it as a name and hand the bytes out all the same.
            let read = self.get_range(key, &head, 0, &mut [0]);
            head.archived = read.is_err_and(|error| error.kind == Kind::Archived);
        }
        Ok(Some(head))
    }

    fn get(&self, key: &str, head: &Head, part: Range<u64>, prompt: bool) -> store::Inflow {
        let mut inflow = Continued::new(self, key, head, part, prompt);
        Box::new(move |into| inflow.read(into))
    }

    fn create(&self, key: &str, options: &CreateOptions) -> Result<Upload, StoreError> {
        self.create_guarded(key, options)
    }

    fn put_part(&self, upload: &Upload, number: u32, body: &[u8]) -> Result<PartTag, StoreError> {
        let call = Call::on_key(format!("upload part {number} of"), Method::PUT, &upload.key)
            .query("partNumber", number.to_string())
            .query("uploadId", &upload.id);
        let (call, checksum) = self.with_part(call, upload, body);
        let etag = self.send(&call, |reply| {
            transport::read_all(reply)?;
            let etag = text_of(reply.headers(), ETAG.as_str()).filter(|etag| !etag.is_empty());
            etag.ok_or_else(|| Failure::garbled("the answer has no ETag"))
        })?;
        Ok(PartTag {
            number,
            size_bytes: body.len() as u64,
            etag,
            checksum,
        })
    }

    fn list_parts(&self, upload: &Upload) -> Result<Vec<StoredPart>, StoreError> {
        self.parts(upload)
    }

    fn complete(
        &self,
        upload: &Upload,
        parts: &[PartTag],
        condition: &Condition,
    ) -> Result<String, StoreError> {
        if *condition == Condition::Any || self.has(Quirk::NoConditions) {
            return self.complete_if(upload, parts, &Condition::Any);
        }
        match self.complete_if(upload, parts, condition) {
            Err(error) if refuses(&error, &["if-none-match", "if-match", "conditional"]) => {
                log::info!("the server knows no conditional Complete: {}", error.cause);
                self.server.note(Quirk::NoConditions);
                self.complete_if(upload, parts, &Condition::Any)
            }
            answered => answered,
        }
    }

    fn abort(&self, upload: &Upload) -> Result<(), StoreError> {
        let call = Call::on_key("abort upload of", Method::DELETE, &upload.key)
            .query("uploadId", &upload.id);
        match self.ask(&call) {
            // An earlier try may have done it.
            Err(error) if error.code == "NoSuchUpload" => Ok(()),
            other => other,
        }
    }

    fn list_uploads(&self, prefix: &str) -> Result<Vec<Unfinished>, StoreError> {
        self.uploads(prefix)
    }

    fn put(&self, key: &str, body: &[u8]) -> Result<(), StoreError> {
        let mut call = Call::on_key("store", Method::PUT, key).body(body);
        call.headers.extend_from_slice(&self.settings.put_headers);
        self.ask(&call)
    }

    fn thaw(&self, key: &str, wish: ThawTerms) -> Result<(), StoreError> {
        self.ask_for_copy(key, wish)
    }

    fn delete(&self, key: &str) -> Result<(), StoreError> {
        self.delete_one(key, None).map(drop)
    }

    fn delete_if(&self, key: &str, etag: &str) -> Result<bool, StoreError> {
        self.delete_same(key, etag)
    }

    fn clock(&self) -> Option<SystemTime> {
        self.server.clock.shown()
    }
}

impl Client {
    /// Sends a request whose answer says no more than yes.
    fn ask(&self, call: &Call<'_>) -> Result<(), StoreError> {
        self.send(call, |reply| transport::read_all(reply).map(drop))
    }

    /// The length of an object whose HEAD has none, as some proxies make it: a range of it tells.
    fn length_of(&self, key: &str, etag: &str) -> Result<u64, StoreError> {
        let call = Call::on_key("find the length of", Method::GET, key)
            .header("range", "bytes=0-0")
            .header_if("if-match", Some(etag).filter(|etag| !etag.is_empty()));
        match self.send(&call, |reply| answer::length_of(reply, etag)) {
            // Not even a first byte can be had (RFC 9110 15.5.17).
            Err(error) if error.code == "InvalidRange" => Ok(0),
            answered => answered,
        }
    }

    /// The length of an object that is empty by its HEAD. Who does not answer to a range either is believed.
    fn confirmed_empty(&self, key: &str, etag: &str) -> Result<u64, StoreError> {
        match self.length_of(key, etag) {
            Err(error) if !matches!(error.kind, Kind::Unknown | Kind::Changed) => Ok(0),
            told => told,
        }
    }

    fn complete_if(
        &self,
        upload: &Upload,
        parts: &[PartTag],
        condition: &Condition,
    ) -> Result<String, StoreError> {
        let body = answer::complete_body(parts, upload.checksum);
        let mut call = Call::on_key("complete upload of", Method::POST, &upload.key)
            .query("uploadId", &upload.id)
            .header("content-type", "application/xml")
            .body(body.as_bytes());
        match condition {
            Condition::Any => {}
            Condition::Absent => call = call.header("if-none-match", "*"),
            Condition::Etag(etag) => call = call.header("if-match", etag),
        }
        let patience = self.settings.timeout.max(self.settings.retry_for);
        call.once = Some(patience);
        // S3 sends white space while it assembles the parts: an hour of it, where `RETRY_FOR` has its 15 minutes.
        call.within = Some(patience.saturating_mul(4));
        self.send(&call, answer::completed)
    }
}

/// The answer names one of these, or something unnamed that it does not implement.
fn refuses(error: &StoreError, words: &[&str]) -> bool {
    let cause = error.cause.to_ascii_lowercase();
    error.kind == Kind::Refused
        && (error.code == "NotImplemented" || words.iter().any(|word| cause.contains(word)))
}
