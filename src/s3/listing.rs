//! The three listings, followed to their last page. A server that does not go on is an error, never a short listing: a
//! backup that is not seen is as good as lost. One that goes on for ever is an error, too.
//!
//! Not every server sorts what it lists (AWS' directory buckets do not), so a page is a step forward if it has something
//! that no page before it had. A few without anything may come in a row: Ceph's gateway ends a long search for keys that
//! are to be shown, and says that there is more.

mod some;

use std::collections::BTreeMap;
use std::time::SystemTime;

use http::Method;

use super::answer::{self, document};
use super::client::Client;
use super::document::Document;
use super::request::Call;
use super::server::Quirk;
use crate::store::{Kind, StoreError, StoredPart, Unfinished, Upload};

/// So many pages in a row may have nothing new.
const IDLE_PAGES: u32 = 100;
/// A listing weighs as much as this at most, and a page as much as the second at least: more than a million keys of AWS,
/// in no more than 16,384 pages.
const LISTING_BYTES: usize = 256 << 20;
const PAGE_BYTES: usize = 16 << 10;

/// A page of a listing.
struct Page<M, K, V> {
    weight: usize,
    rows: Vec<(K, V)>,
    /// Where the next page begins, unless this is the last one.
    next: Option<M>,
}

/// Where a page of objects begins: a parameter of the query.
type After = (&'static str, String);

impl Client {
    /// ListObjectsV2, all pages, each key once.
    pub(super) fn objects(&self, prefix: &str) -> Result<Vec<String>, StoreError> {
        let call = self.listing(prefix, 1000, true, None);
        let keys = self.follow(&call, |after| self.keys(&call, prefix, after))?;
        Ok(keys.into_keys().collect())
    }

    /// A page of objects.
    fn keys(
        &self,
        call: &Call<'_>,
        prefix: &str,
        after: Option<&After>,
    ) -> Result<Page<After, String, ()>, StoreError> {
        let page = self.objects_page(prefix, 1000, after)?;
        let encoded = page.text("EncodingType") == "url";
        let key = |row| answer::listed_key(row, encoded);
        let keys: Option<Vec<_>> = page.rows("Contents").map(key).collect();
        let keys = keys.ok_or_else(|| self.refuse(call, "a row without Key"))?;
        Ok(Page {
            weight: page.weight(),
            next: is_truncated(&page).then(|| self.after(&page, encoded, keys.last())),
            rows: keys.into_iter().map(|key| (key, ())).collect(),
        })
    }

    /// One page of objects: ListObjectsV2, or the first ListObjects from a server that refuses it.
    pub(super) fn objects_page(
        &self,
        prefix: &str,
        rows: u32,
        after: Option<&After>,
    ) -> Result<Document, StoreError> {
        let ask = |second| {
            let call = self.listing(prefix, rows, second, after);
            self.send(&call, |reply| document(reply, "ListBucketResult"))
        };
        let second = !self.has(Quirk::FirstListing);
        match ask(second) {
            Err(error) if second && after.is_none() && may_be_unknown(&error) => {
                let page = ask(false).map_err(|_| error)?;
                self.server.note(Quirk::FirstListing);
                Ok(page)
            }
            answered => answered,
        }
    }

    fn listing<'a>(
        &'a self,
        prefix: &str,
        rows: u32,
        second: bool,
        after: Option<&After>,
    ) -> Call<'a> {
        // encoding-type=url keeps keys whole that XML cannot carry, such as control characters.
        let mut call = Call::on_bucket("list", &self.settings.bucket)
            .query("max-keys", rows.to_string())
            .query("encoding-type", "url")
            .query("prefix", prefix);
        if second {
            call = call.query("list-type", "2");
        }
        match after {
            Some((name, value)) => call.query(name, value),
            None => call,
        }
    }

    /// Without a token it is an answer of the first ListObjects, from a server that knows no other.
    fn after(&self, page: &Document, encoded: bool, last: Option<&String>) -> After {
        let token = page.text("NextContinuationToken");
        if !token.is_empty() {
            return ("continuation-token", token.to_owned());
        }
        self.server.note(Quirk::FirstListing);
        let named = answer::decoded(page.text("NextMarker"), encoded);
        let named = named.filter(|name| !name.is_empty());
        ("marker", named.or(last.cloned()).unwrap_or_default())
    }

    /// ListParts, all pages, in order.
    pub(super) fn parts(&self, upload: &Upload) -> Result<Vec<StoredPart>, StoreError> {
        let call = |after: u32| {
            Call::on_key("list parts of", Method::GET, &upload.key)
                .query("uploadId", &upload.id)
                .query("part-number-marker", after.to_string())
        };
        let parts = self.follow(&call(0), |after: Option<&u32>| {
            let after = after.copied().unwrap_or_default();
            let call = call(after);
            let page = self.send(&call, |reply| document(reply, "ListPartsResult"))?;
            let parts: Option<Vec<_>> = page.rows("Part").map(answer::stored_part).collect();
            let wrong = || self.refuse(&call, "a part without number, size or ETag");
            let parts = parts.ok_or_else(wrong)?;
            let last = parts.iter().map(|part| part.number).max();
            let named = page.text("NextPartNumberMarker").parse().ok().or(last);
            Ok(Page {
                weight: page.weight(),
                next: is_truncated(&page).then(|| named.unwrap_or_default().max(after)),
                rows: parts.into_iter().map(|part| (part.number, part)).collect(),
            })
        })?;
        Ok(parts.into_values().collect())
    }

    /// ListMultipartUploads, all pages; rows without key or id are left out.
    pub(super) fn uploads(&self, prefix: &str) -> Result<Vec<Unfinished>, StoreError> {
        let call = |(key, id): &(String, String)| {
            Call::on_bucket("list uploads in", &self.settings.bucket)
                .query("uploads", "")
                .query("prefix", prefix)
                .query("key-marker", key)
                .query("upload-id-marker", id)
        };
        let none = <(String, String)>::default();
        let uploads = self.follow(&call(&none), |after: Option<&(String, String)>| {
            let call = call(after.unwrap_or(&none));
            let page = self.send(&call, |reply| document(reply, "ListMultipartUploadsResult"))?;
            let rows = page.rows("Upload").filter_map(answer::unfinished);
            let rows: Vec<_> = rows.map(|row| (place_of(&row), row)).collect();
            let named = ["NextKeyMarker", "NextUploadIdMarker"].map(|name| page.text(name));
            let next = match named {
                ["", _] => rows
                    .last()
                    .map(|(_, row)| marker_at(row))
                    .unwrap_or_default(),
                [key, id] => (key.to_owned(), id.to_owned()),
            };
            Ok(Page {
                weight: page.weight(),
                next: is_truncated(&page).then_some(next),
                rows,
            })
        })?;
        let asked_for = |row: &Unfinished| row.upload.key.starts_with(prefix);
        Ok(uploads.into_values().filter(asked_for).collect())
    }

    /// All rows of all pages, by what they are known by.
    fn follow<M: PartialEq, K: Ord, V>(
        &self,
        call: &Call<'_>,
        page_after: impl Fn(Option<&M>) -> Result<Page<M, K, V>, StoreError>,
    ) -> Result<BTreeMap<K, V>, StoreError> {
        let mut found = BTreeMap::new();
        let (mut after, mut left, mut idle) = (None, LISTING_BYTES, 0);
        loop {
            let (page, before) = (page_after(after.as_ref())?, found.len());
            found.extend(page.rows);
            let next = page.next;
            if next.is_none() {
                return Ok(found);
            }
            idle = if found.len() > before { 0 } else { idle + 1 };
            if next == after || idle > IDLE_PAGES {
                return Err(self.refuse(call, "the listing does not go on"));
            }
            let less = left.checked_sub(page.weight.max(PAGE_BYTES));
            left = less.ok_or_else(|| self.refuse(call, "the listing has no end"))?;
            after = next;
        }
    }
}

/// Whether there is more. Servers write it in several ways: only a plain no is one, as a short listing hides backups.
fn is_truncated(page: &Document) -> bool {
    match page.text("IsTruncated").trim() {
        "" => !page.text("NextContinuationToken").is_empty(),
        word => !word.eq_ignore_ascii_case("false") && word != "0",
    }
}

fn marker_at(Unfinished { upload, .. }: &Unfinished) -> (String, String) {
    (upload.key.clone(), upload.id.clone())
}

/// S3 lists uploads by key, and those of a key by age.
fn place_of(row: &Unfinished) -> (String, Option<SystemTime>, String) {
    let (key, id) = marker_at(row);
    (key, row.initiated, id)
}

/// A server that does not know ListObjectsV2 may say so in any words of its own.
fn may_be_unknown(error: &StoreError) -> bool {
    let answered = !error.code.is_empty() || error.cause.starts_with("HTTP status ");
    error.kind == Kind::Refused && answered
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::s3::tests::settings;

    #[test]
    fn a_listing_has_an_end() {
        let client = Client::open(&settings("http://127.0.0.1:1")).unwrap();
        let call = client.listing("p", 1, true, None);
        let most = LISTING_BYTES / PAGE_BYTES;
        for (pages, weight, ends) in [
            (most, 0, true),
            (most + 1, 0, false),
            (4, LISTING_BYTES / 2, false),
        ] {
            let listed = client.follow(&call, |after: Option<&usize>| {
                let page = after.map_or(1, |page| page + 1);
                let next = (page <= pages).then_some(page);
                Ok(Page {
                    weight,
                    next,
                    rows: vec![(page, ())],
                })
            });
            match ends {
                true => assert_eq!(listed.unwrap().len(), pages + 1),
                false => assert!(
                    listed
                        .unwrap_err()
                        .to_string()
                        .ends_with("the listing has no end")
                ),
            }
        }
    }
}
