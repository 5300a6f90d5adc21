//! The unfinished uploads of a bucket, and the end of those that nothing has been added to for a while.
//!
//! Responsible for what is stale, and for going on behind one that must not be aborted. Not responsible for those that a backup
//! may go on with ([`crate::upload`]): an age is all that counts here.

use std::time::{Duration, SystemTime};

use crate::error::{Error, Result};
use crate::note::forget;
use crate::store::{Kind, ObjectStore, Unfinished, Upload};
use crate::vault::Vault;

/// After so many refusals there is no point in going on.
const MOST_REFUSED: usize = 100;

/// What is asked of a run.
#[derive(Debug, Clone, Copy)]
pub struct CleanupRequest {
    /// What is older is stale.
    pub max_age: Duration,
    /// Nothing is aborted.
    pub dry: bool,
}

/// What a run tells of.
pub enum CleanupEvent<'a> {
    /// An unfinished upload, and whether it is stale.
    Seen(&'a Unfinished, bool),
    /// One that is gone now.
    Aborted(&'a Upload),
}

/// Where events go; a failure to tell ends the run.
pub type TellCleanup<'t> = &'t mut dyn FnMut(CleanupEvent<'_>) -> Result<()>;

/// Looks at every unfinished upload, and aborts the stale ones.
pub fn run(vault: &Vault, request: &CleanupRequest, tell: TellCleanup<'_>) -> Result<()> {
    let store = vault.store.as_ref();
    let (mut told, mut refused) = (false, Vec::new());
    for unfinished in store.list_uploads("")? {
        let stale = is_stale(store, &unfinished, request.max_age, &mut told);
        let stale = tolerate(stale, &mut refused)?.unwrap_or(false);
        tell(CleanupEvent::Seen(&unfinished, stale))?;
        let upload = &unfinished.upload;
        if stale && !request.dry && tolerate(abort(vault, upload), &mut refused)?.is_some() {
            tell(CleanupEvent::Aborted(upload))?;
        }
    }
    match refused.pop() {
        Some(last) => {
            refused.iter().for_each(|error| log::warn!("{error}"));
            Err(last)
        }
        None => Ok(()),
    }
}

/// What the server has refused about one upload is said at the end: it keeps no other from being aborted. When it cannot be
/// asked, there is no point in going on.
fn tolerate<T>(answer: Result<T>, refused: &mut Vec<Error>) -> Result<Option<T>> {
    match answer {
        Ok(value) => Ok(Some(value)),
        Err(Error::Store(error)) if error.kind != Kind::Unknown && refused.len() < MOST_REFUSED => {
            refused.push(error.into());
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// Stale is an upload whose newest part is too old, by the server's clock: one that has been running for days and still
/// gets parts is alive. Its start counts only if it has no part, or if its parts are not to be seen, which is told once;
/// an age that nobody can tell is no reason to abort.
fn is_stale(
    store: &dyn ObjectStore,
    unfinished: &Unfinished,
    max_age: Duration,
    told: &mut bool,
) -> Result<bool> {
    if younger(store.now(), unfinished.initiated, max_age) {
        return Ok(false);
    }
    let parts = match store.list_parts(&unfinished.upload) {
        Ok(parts) => parts,
        Err(error) if error.kind == Kind::NotFound => return Ok(false),
        Err(error) if error.kind == Kind::Denied => {
            if !std::mem::replace(told, true) {
                log::warn!("{error}; ages are counted from the starts");
            }
            Vec::new()
        }
        Err(error) => return Err(error.into()),
    };
    let newest = match parts.is_empty() {
        true => unfinished.initiated,
        false => parts.iter().filter_map(|part| part.modified).max(),
    };
    Ok(!younger(store.now(), newest, max_age))
}

fn younger(now: SystemTime, time: Option<SystemTime>, max_age: Duration) -> bool {
    time.is_none_or(|time| now.duration_since(time).unwrap_or_default() < max_age)
}

/// An upload that was completed or aborted meanwhile is what we wanted.
fn abort(vault: &Vault, upload: &Upload) -> Result<()> {
    match vault.store.abort(upload) {
        Err(error) if error.kind != Kind::NotFound => return Err(error.into()),
        _ => {}
    }
    if vault.has(&upload.key) {
        forget(vault, upload);
    }
    Ok(())
}
