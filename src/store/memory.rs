//! An object store in memory, for unit tests of the engines, with a hook that makes any call fail.
//!
//! Responsible for the semantics that the engines rely on: parts replace each other, Complete checks ETags, a completed
//! upload is gone. Not responsible for what real servers do oddly: the suite in `tests/` runs against those.

mod verbs;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard};
use std::time::SystemTime;

use super::*;

/// A request as the fault hook sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// The method of [`ObjectStore`].
    pub verb: &'static str,
    /// The object key or prefix.
    pub key: String,
    /// Part number of `put_part`, offset of `get`.
    pub number: u64,
    /// How many calls of this verb, key and number came before.
    pub earlier: u64,
}

/// What the hook wants to happen to a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It is carried out.
    None,
    /// It is not carried out and fails in this way.
    Before(Kind),
    /// It is carried out, and fails in this way all the same.
    After(Kind),
    /// The object has been deleted by somebody else just before.
    Gone,
    /// Complete forgets the last part, and says that all is well.
    DropLastPart,
}

type Hook = Box<dyn Fn(&Call) -> Fault + Send + Sync>;

#[derive(Default)]
struct State {
    objects: BTreeMap<String, (Head, Vec<u8>)>,
    uploads: BTreeMap<String, Pending>,
    calls: Vec<Call>,
}

struct Pending {
    key: String,
    options: CreateOptions,
    parts: BTreeMap<u32, Vec<u8>>,
}

/// The store.
pub struct MemoryStore {
    state: Mutex<State>,
    hook: Hook,
    ids: AtomicU64,
    /// What the server's clock shows, if it was set: nothing, or always the same.
    clock: Option<Option<SystemTime>>,
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::new()
    }
}

impl MemoryStore {
    /// An empty store that never fails.
    pub fn new() -> Self {
        Self {
            state: Mutex::default(),
            hook: Box::new(|_| Fault::None),
            ids: AtomicU64::new(1),
            clock: None,
        }
    }

    /// The same store, whose clock shows this.
    pub fn with_clock(self, shown: Option<SystemTime>) -> Self {
        let clock = Some(shown);
        Self { clock, ..self }
    }

    /// The same store, whose calls go as the hook says.
    pub fn with_faults(self, hook: impl Fn(&Call) -> Fault + Send + Sync + 'static) -> Self {
        Self {
            hook: Box::new(hook),
            ..self
        }
    }

    /// Puts an object there, as another program would.
    pub fn insert(&self, key: &str, metadata: &[(&str, &str)], body: &[u8]) {
        let metadata = metadata
            .iter()
            .map(|(k, v)| (k.to_string(), v.to_string()))
            .collect();
        self.store(key, metadata, None, body.to_vec());
    }

    /// The bytes and the description of an object.
    pub fn object(&self, key: &str) -> Option<(Head, Vec<u8>)> {
        self.lock().objects.get(key).cloned()
    }

    /// Upload ids that are neither completed nor aborted.
    pub fn unfinished(&self) -> Vec<String> {
        self.lock().uploads.keys().cloned().collect()
    }

    /// How many calls of a verb there were.
    pub fn count(&self, verb: &str) -> usize {
        self.lock()
            .calls
            .iter()
            .filter(|call| call.verb == verb)
            .count()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    fn store(&self, key: &str, metadata: Metadata, class: Option<String>, body: Vec<u8>) -> String {
        let etag = format!("\"etag-{}\"", self.ids.fetch_add(1, Ordering::Relaxed));
        let head = Head {
            size_bytes: body.len() as u64,
            etag: etag.clone(),
            metadata,
            storage_class: class,
            modified: Some(SystemTime::now()),
            ..Head::default()
        };
        self.lock().objects.insert(key.to_owned(), (head, body));
        etag
    }

    /// Records the call, asks the hook and carries the call out as it says.
    fn call<T>(
        &self,
        verb: &'static str,
        key: &str,
        number: u64,
        act: impl FnOnce() -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let mut call = Call {
            verb,
            key: key.to_owned(),
            number,
            earlier: 0,
        };
        let same =
            |other: &&Call| (other.verb, &other.key, other.number) == (verb, &call.key, number);
        call.earlier = self.lock().calls.iter().filter(same).count() as u64;
        self.lock().calls.push(call.clone());
        match (self.hook)(&call) {
            Fault::None => act(),
            Fault::DropLastPart => {
                self.lock()
                    .uploads
                    .values_mut()
                    .filter_map(|pending| pending.parts.last_entry())
                    .for_each(|mut last| {
                        last.get_mut().clear();
                    });
                act()
            }
            Fault::Before(kind) => Err(failure(&call, kind)),
            Fault::After(kind) => act().and_then(|_| Err(failure(&call, kind))),
            Fault::Gone => {
                self.lock().objects.remove(key);
                act()
            }
        }
    }
}

fn failure(call: &Call, kind: Kind) -> StoreError {
    let (act, object, cause) = (
        call.verb.to_owned(),
        call.key.clone(),
        "injected fault".to_owned(),
    );
    StoreError {
        act,
        object,
        kind,
        code: String::new(),
        cause,
        hint: None,
    }
}

fn tag(number: u32, body: &[u8]) -> String {
    format!(
        "\"{number}-{}-{:x}\"",
        body.len(),
        body.iter().map(|&byte| u64::from(byte)).sum::<u64>()
    )
}
