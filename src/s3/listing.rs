//! The three listings, followed to their last page. A server that does not go on is an error, never a short listing: a
//! backup that is not seen is as good as lost.

use http::Method;

use super::answer::{self, document};
use super::client::Client;
use super::request::Call;
use crate::store::{StoreError, StoredPart, Unfinished, Upload};

impl Client {
    /// ListObjectsV2, all pages.
    pub(super) fn objects(&self, prefix: &str) -> Result<Vec<String>, StoreError> {
        let mut listed = Vec::new();
        let mut token = String::new();
        loop {
            let mut call = self.listing(prefix, 1000);
            if !token.is_empty() {
                call = call.query("continuation-token", &token);
            }
            let page = self.send(&call, |reply| document(reply, "ListBucketResult"))?;
            let encoded = page.text("EncodingType") == "url";
            for row in page.rows("Contents") {
                let key = answer::listed_key(row, encoded);
                listed.push(key.ok_or_else(|| self.refuse(&call, "a row without Key"))?);
            }
            let next = page.text("NextContinuationToken");
            if page.text("IsTruncated") != "true" {
                return Ok(listed);
            }
            if next.is_empty() || next == token {
                return Err(self.refuse(&call, "the listing does not go on"));
            }
            next.clone_into(&mut token);
        }
    }

    /// ListParts, all pages, in order.
    pub(super) fn parts(&self, upload: &Upload) -> Result<Vec<StoredPart>, StoreError> {
        let mut parts: Vec<StoredPart> = Vec::new();
        let mut marker = 0;
        loop {
            let call = Call::on_key("list parts of", Method::GET, &upload.key)
                .query("uploadId", &upload.id)
                .query("part-number-marker", marker.to_string());
            let page = self.send(&call, |reply| document(reply, "ListPartsResult"))?;
            for row in page.rows("Part") {
                let wrong = || self.refuse(&call, "a part without number, size or ETag");
                parts.push(answer::stored_part(row).ok_or_else(wrong)?);
            }
            parts.sort_by_key(|part| part.number);
            if page.text("IsTruncated") != "true" {
                return Ok(parts);
            }
            let last = parts.last().map_or(0, |part| part.number);
            let next = page.text("NextPartNumberMarker").parse().unwrap_or(last);
            if next <= marker {
                return Err(self.refuse(&call, "the listing does not go on"));
            }
            marker = next;
        }
    }

    /// ListMultipartUploads, all pages; rows without key or id are left out.
    pub(super) fn uploads(&self, prefix: &str) -> Result<Vec<Unfinished>, StoreError> {
        let mut uploads = Vec::new();
        let mut marker = (String::new(), String::new());
        loop {
            let call = Call::on_bucket("list uploads in", &self.settings.bucket)
                .query("uploads", "")
                .query("prefix", prefix)
                .query("key-marker", &marker.0)
                .query("upload-id-marker", &marker.1);
            let page = self.send(&call, |reply| document(reply, "ListMultipartUploadsResult"))?;
            let rows: Vec<_> = page.rows("Upload").filter_map(answer::unfinished).collect();
            let last = rows
                .last()
                .map(|row| (row.upload.key.clone(), row.upload.id.clone()));
            let rows = rows.into_iter();
            uploads.extend(rows.filter(|row| row.upload.key.starts_with(prefix)));
            if page.text("IsTruncated") != "true" {
                return Ok(uploads);
            }
            let named = (page.text("NextKeyMarker"), page.text("NextUploadIdMarker"));
            let next = match named.0 {
                "" => last.unwrap_or_default(),
                _ => (named.0.to_owned(), named.1.to_owned()),
            };
            if next.0.is_empty() || next == marker {
                return Err(self.refuse(&call, "the listing does not go on"));
            }
            marker = next;
        }
    }

    /// One page of ListObjectsV2.
    pub(super) fn listing<'a>(&'a self, prefix: &str, rows: u32) -> Call<'a> {
        // encoding-type=url keeps keys whole that XML cannot carry, such as control characters.
        Call::on_bucket("list", &self.settings.bucket)
            .query("list-type", "2")
            .query("max-keys", rows.to_string())
            .query("encoding-type", "url")
            .query("prefix", prefix)
    }
}
