//! The line that sends a snapshot: the one place that knows how z3 has a stream made.

use super::{Host, guid};
use crate::error::{Error, Result};
use crate::name::{Snapshot, Source};
use crate::pipeline::Cmd;
use crate::send_flags::SendFlags;

/// A stream that is to be made: a snapshot in full, or as what has changed since another one.
#[derive(Debug, Clone, Copy)]
pub struct Send<'a> {
    /// What the receiver will have.
    pub snapshot: &'a Snapshot,
    /// The incremental source; `None` for a full stream.
    pub from: Option<&'a Source>,
    /// How it is to be made.
    pub flags: SendFlags,
}

impl Send<'_> {
    /// `zfs send 'tank/a@b'`, or `zfs send -Lc -i 'tank/a@a' 'tank/a@b'`.
    pub fn cmd(&self) -> Cmd {
        self.with(Cmd::new("zfs").arg("send"))
    }

    pub(super) fn estimate_cmd(&self) -> Cmd {
        self.with(Cmd::new("zfs").args(["send", "-nvP"]))
    }

    fn with(&self, send: Cmd) -> Cmd {
        let flagged = (!self.flags.is_empty()).then(|| format!("-{}", self.flags));
        let send = send.args(flagged);
        match self.from {
            Some(from) => send.arg("-i").quoted(from.to_string()),
            None => send,
        }
        .quoted(self.snapshot.to_string())
    }
}

/// A receive counts as done only when the snapshot is there.
pub const AFTER_RECEIVE: &str = "after the receive";

/// Fails unless the snapshot is there with this guid: a name alone may have become another snapshot's. `moment` says when
/// that counts, as in [`AFTER_RECEIVE`].
pub fn expect_guid(host: &Host, snapshot: &Snapshot, expected: u64, moment: &str) -> Result<()> {
    let problem = match guid(host, snapshot)? {
        Some(found) if found == expected => return Ok(()),
        Some(found) => format!("has guid {found} {moment}, expected {expected}: another snapshot"),
        None => format!("is not there {moment}"),
    };
    Err(Error::refused(format!("{snapshot} {problem}")))
}
