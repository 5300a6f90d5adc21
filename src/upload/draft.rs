//! A multipart upload that is no object yet.
//!
//! Responsible for its end: unless it is told to stay, it is aborted when it is dropped, and when a signal ends the
//! program. Not responsible for completing it.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::Uploader;
use crate::error::{Error, Result};
use crate::signals::{self, OnStop};
use crate::store::{CreateOptions, ObjectStore, Upload};
use crate::sync::lock;

/// How long the signal's undo waits for the answer of a Create that is on its way.
const LAST_CREATE: Duration = Duration::from_secs(4);

/// The upload of a key, created when it is asked for.
pub struct Draft {
    store: Arc<dyn ObjectStore>,
    key: String,
    options: CreateOptions,
    state: Arc<Mutex<State>>,
    _undo: OnStop,
}

/// What the signal's undo has to know.
#[derive(Default)]
struct State {
    /// A Create is on its way.
    asked: bool,
    upload: Option<Upload>,
    /// The end has begun: nothing may be created behind its back, while the process is on its way out.
    over: bool,
}

impl Draft {
    /// Nothing is sent before [`Draft::create`].
    pub fn new(uploader: &Uploader, key: String, options: CreateOptions) -> Self {
        let state = Arc::<Mutex<State>>::default();
        let undo = signals::on_stop({
            let (aside, state) = (Arc::clone(&uploader.aside), Arc::clone(&state));
            move || abort_created(aside.as_ref(), &state)
        });
        let store = Arc::clone(&uploader.store);
        Self {
            store,
            key,
            options,
            state,
            _undo: undo,
        }
    }

    /// The upload; the first call creates it.
    pub fn create(&self) -> Result<Upload> {
        let mut state = lock(&self.state);
        if let Some(upload) = &state.upload {
            return Ok(upload.clone());
        }
        if state.over {
            return Err(Error::refused("stopped by a signal"));
        }
        state.asked = true;
        drop(state);
        let created = self.store.create(&self.key, &self.options);
        let mut state = lock(&self.state);
        state.asked = false;
        let upload = created?;
        state.upload = Some(upload.clone());
        Ok(upload)
    }

    /// The upload, if it has been created.
    pub fn upload(&self) -> Option<Upload> {
        lock(&self.state).upload.clone()
    }

    /// Nothing is to be aborted: it is an object now, or might be.
    pub fn keep(self) {
        lock(&self.state).upload = None;
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        abort_created(self.store.as_ref(), &self.state);
    }
}

/// Aborts what has been created, waiting a moment for what is just being created. An upload that cannot be aborted is
/// named.
fn abort_created(store: &dyn ObjectStore, state: &Mutex<State>) {
    lock(state).over = true;
    let end = Instant::now() + LAST_CREATE;
    while lock(state).asked && Instant::now() < end {
        std::thread::sleep(Duration::from_millis(20));
    }
    let Some(upload) = lock(state).upload.clone() else {
        return;
    };
    if let Err(error) = store.abort(&upload) {
        let id = &upload.id;
        log::warn!("{error}; the unfinished upload {id} stays, 's3_mp_cleanup' removes it");
    }
    // Only now: a signal that comes meanwhile shall abort it once more rather than cut this one short.
    lock(state).upload = None;
}
