//! The end of what a child says on standard error: read all the time, so that the child never blocks on it, and kept
//! for the error text.

use std::collections::VecDeque;
use std::io::{ErrorKind, Read};
use std::process::ChildStderr;
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use crate::error::{Error, Result};
use crate::sync::lock;

/// How much of a child's standard error is kept: its end.
const TAIL_BYTES: usize = 4096;
/// How long to wait for the end of standard error after the child's own: an ssh master may keep the pipe open.
const STDERR_GRACE: Duration = Duration::from_secs(1);

/// Filled by a thread that goes on until the pipe is closed.
#[derive(Debug, Default)]
pub(super) struct Tail {
    bytes: Arc<Mutex<VecDeque<u8>>>,
    closed: Option<Receiver<()>>,
}

impl Tail {
    pub fn follow(mut stderr: ChildStderr) -> Result<Self> {
        let bytes = Arc::default();
        let (at_end, closed) = mpsc::channel();
        let kept: Arc<Mutex<VecDeque<u8>>> = Arc::clone(&bytes);
        thread::Builder::new()
            .name("stderr".into())
            .spawn(move || {
                let _at_end = at_end;
                let mut buffer = [0; TAIL_BYTES];
                loop {
                    match stderr.read(&mut buffer) {
                        Ok(0) => break,
                        Ok(count) => keep(&mut lock(&kept), buffer.get(..count)),
                        Err(error) if error.kind() == ErrorKind::Interrupted => {}
                        Err(_) => break,
                    }
                }
            })
            .map_err(|source| Error::io("start a thread", source))?;
        Ok(Self {
            bytes,
            closed: Some(closed),
        })
    }

    /// Waits a little for the end.
    pub fn text(&self) -> String {
        if let Some(closed) = &self.closed {
            let _ = closed.recv_timeout(STDERR_GRACE);
        }
        self.so_far()
    }

    /// A line whose begin has been cut off is left out.
    pub fn so_far(&self) -> String {
        let bytes: Vec<u8> = lock(&self.bytes).iter().copied().collect();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        match text.split_once('\n') {
            Some((_, rest)) if bytes.len() == TAIL_BYTES && !rest.is_empty() => rest.to_owned(),
            _ => text,
        }
    }
}

fn keep(tail: &mut VecDeque<u8>, read: Option<&[u8]>) {
    tail.extend(read.unwrap_or_default());
    let surplus = tail.len().saturating_sub(TAIL_BYTES);
    tail.drain(..surplus);
}
