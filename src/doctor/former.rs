//! What a diagnosis has left that was killed, and how it goes: by a later one.

use std::time::{Duration, SystemTime};

use super::Chart;
use super::left::Left;
use crate::error::Result;
use crate::s3::Client;
use crate::store::ObjectStore;

/// Whoever may still be at work has begun less than this ago, by the server's clock.
const OLD: Duration = Duration::from_secs(60 * 60);
/// So many go at once; the rest goes the next time.
const MOST: usize = 50;
/// What the second object of a diagnosis is called behind the first.
pub const PARTS: &str = ".parts";

/// Takes away what lies at this place and is old.
pub fn clear(client: &Client, place: &str, chart: &mut Chart<'_>) -> Result<()> {
    let mut left = find(client, place);
    let count = left.objects.len() + left.uploads.len();
    let (_, stays) = left.clear(client);
    let subject = "left behind by a doctor that was killed";
    match (count, stays.is_empty()) {
        (0, _) => Ok(()),
        (_, true) => chart.ok(subject, format!("{count} objects and uploads, gone now")),
        _ => chart.warn(
            subject,
            stays.join(", "),
            "delete it with keys that may do so",
        ),
    }
}

/// What cannot be listed, or has no age, stays.
fn find(client: &Client, place: &str) -> Left {
    let mut left = Left::default();
    let now = client.now();
    let old = |time: Option<SystemTime>| {
        time.is_some_and(|time| now.duration_since(time).is_ok_and(|age| age > OLD))
    };
    let mut keys = Vec::new();
    let _ = client.list_some(place, 1, &mut |key| {
        keys.extend(Some(key).filter(|key| is_ours(key, place)));
        keys.len() < MOST
    });
    for key in keys {
        let Ok(Some(head)) = client.head(&key) else {
            continue;
        };
        if old(head.modified) {
            let version = client.headers_of(&key, ["x-amz-version-id"]).ok();
            let version = version.and_then(|[version]| version);
            left.objects.push((key, version.filter(|id| id != "null")));
        }
    }
    let uploads = client.list_uploads(place).unwrap_or_default().into_iter();
    let uploads = uploads.filter(|one| is_ours(&one.upload.key, place) && old(one.initiated));
    left.uploads
        .extend(uploads.take(MOST).map(|one| one.upload));
    left
}

/// Whether a key is one that a diagnosis makes, whatever a listing says.
pub(super) fn is_ours(key: &str, place: &str) -> bool {
    let Some(name) = key.strip_prefix(place) else {
        return false;
    };
    let id = name.strip_suffix(PARTS).unwrap_or(name);
    id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit())
}
