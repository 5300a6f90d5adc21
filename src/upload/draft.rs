//! A multipart upload that is no object yet.
//!
//! Responsible for its end: unless it is told to stay, it is aborted when it is dropped; when a signal ends the program it
//! is left for the next run, if that can go on with it, else aborted. Not responsible for completing it.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::Uploader;
use crate::error::{Error, Result};
use crate::host::Machine;
use crate::note::{Note, forget};
use crate::signals::{self, OnStop};
use crate::store::{CreateOptions, ObjectStore, Upload};
use crate::sync::lock;
use crate::terminal::{plain, say};
use crate::vault::Vault;

/// How long the signal's undo waits for the answer of a Create that is on its way.
const LAST_CREATE: Duration = Duration::from_secs(4);

/// The upload of a key, created when it is asked for.
pub struct Draft {
    vault: Vault,
    host: Arc<Machine>,
    key: String,
    options: CreateOptions,
    /// What is written down as soon as the upload is created.
    note: Option<Note>,
    state: Arc<Mutex<UndoState>>,
    _undo: OnStop,
}

/// What the signal's undo has to know.
#[derive(Default)]
struct UndoState {
    /// A Create is on its way.
    asked: bool,
    upload: Option<Upload>,
    /// The end has begun: nothing may be created behind its back, while the process is on its way out.
    over: bool,
    /// There is a note of it.
    noted: bool,
    /// Is called when it is left for a later run, which can go on with it only if there is somebody to call.
    left: Option<Box<dyn Fn() + Send + Sync>>,
}

impl Draft {
    /// Nothing is sent before [`Draft::create`], if it does not begin with an upload that has been `found`.
    pub fn new(
        uploader: &Uploader,
        (key, options): (String, CreateOptions),
        note: Option<Note>,
        found: Option<&Upload>,
        left: Option<Box<dyn Fn() + Send + Sync>>,
    ) -> Self {
        let state = Arc::new(Mutex::new(UndoState {
            upload: found.cloned(),
            noted: found.is_some(),
            left,
            ..UndoState::default()
        }));
        let undo = signals::on_stop({
            let vault = uploader.vault.clone();
            let state = Arc::clone(&state);
            move || {
                settle(&state);
                if !leave(&state) {
                    abort(vault.aside.as_ref(), &vault, &state);
                }
            }
        });
        Self {
            vault: uploader.vault.clone(),
            host: Arc::clone(&uploader.host),
            key,
            options,
            note,
            state,
            _undo: undo,
        }
    }

    /// The upload; the first call creates it and writes its note.
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
        let created = self.vault.store.create(&self.key, &self.options);
        let mut state = lock(&self.state);
        state.asked = false;
        let upload = created?;
        state.upload = Some(upload.clone());
        drop(state);
        // A signal that comes meanwhile aborts it: nothing has been sent.
        let noted = self.write_note(&upload);
        lock(&self.state).noted = noted;
        Ok(upload)
    }

    fn write_note(&self, upload: &Upload) -> bool {
        self.note.clone().is_some_and(|mut note| {
            note.checksum = upload.checksum;
            note.write(&self.vault, &self.host, &upload.id)
        })
    }

    /// The upload, if it has been created.
    pub fn upload(&self) -> Option<Upload> {
        lock(&self.state).upload.clone()
    }

    /// Nothing is to be aborted: it is an object now. Whether there is a note to be removed.
    pub fn keep(self) -> bool {
        let mut state = lock(&self.state);
        state.upload = None;
        state.noted
    }

    /// The same for what might be an object; if it is not, a later run goes on with it.
    pub fn doubt(self) {
        let mut state = lock(&self.state);
        state.upload = None;
        if let Some(left) = state.left.as_ref().filter(|_| state.noted) {
            left();
        }
    }

    /// Whether it stays unfinished, for a later run to go on with; else it is aborted in the end.
    pub fn leave(&self) -> bool {
        leave(&self.state)
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        settle(&self.state);
        abort(self.vault.store.as_ref(), &self.vault, &self.state);
    }
}

/// Lets nothing new begin, and waits a moment for what is just being created.
fn settle(state: &Mutex<UndoState>) {
    lock(state).over = true;
    let end = Instant::now() + LAST_CREATE;
    while lock(state).asked && Instant::now() < end {
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn leave(state: &Mutex<UndoState>) -> bool {
    let mut state = lock(state);
    let stays = state.noted && state.left.is_some();
    let Some(upload) = state.upload.take_if(|_| stays) else {
        return false;
    };
    if let Some(left) = &state.left {
        left();
    }
    let (id, key) = (plain(&upload.id), plain(&upload.key));
    say(&format!(
        "the unfinished upload {id} of {key} stays, the next run goes on with it"
    ));
    true
}

/// Aborts what has been created. An upload that cannot be aborted is named.
fn abort(store: &dyn ObjectStore, vault: &Vault, state: &Mutex<UndoState>) {
    let Some(upload) = lock(state).upload.clone() else {
        return;
    };
    if let Err(error) = store.abort(&upload) {
        let id = &upload.id;
        log::warn!("{error}; the unfinished upload {id} stays, 's3_mp_cleanup' removes it");
    } else if lock(state).noted {
        forget(vault, &upload);
    }
    // Only now: a signal that comes meanwhile shall abort it once more rather than cut this one short.
    lock(state).upload = None;
}
