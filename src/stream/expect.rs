//! Which streams pass: decided by the first BEGIN record, before anything else has gone on its way.

use super::Begin;
use super::features::{REDACTED, RESUMING};
use crate::name::{self, SnapName};
use crate::terminal::plain;

/// Which kinds of stream pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Accept {
    /// One stream that `zfs receive` can take by itself: no package, not [`RESUMING`], not [`REDACTED`].
    #[default]
    OnePlain,
    /// Whatever `zfs send` writes, packages (`-R`, `-I`, `-p`, `-b`, `-h`) included.
    Any,
}

impl Accept {
    pub(super) fn admit(self, begin: &Begin, package: bool) -> Result<(), String> {
        let found = if self == Self::Any {
            return Ok(());
        } else if package {
            "a package of streams (zfs send -R, -I, -p, -b or -h)"
        } else if begin.features & RESUMING != 0 {
            "the rest of an interrupted stream (zfs send -t)"
        } else if begin.features & REDACTED != 0 {
            "a redacted stream (zfs send --redact)"
        } else {
            return Ok(());
        };
        Err(format!("this is {found}, one plain stream was expected"))
    }
}

/// The guids that the first BEGIN record must carry; a package's carries zeros.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Expect {
    /// The guid of the snapshot that is sent.
    pub toguid: Option<u64>,
    /// The guid of the snapshot before it; 0 for a full stream.
    pub fromguid: Option<u64>,
}

impl Expect {
    /// Fails, in words, if this is another stream.
    pub fn admit(self, begin: &Begin) -> Result<(), String> {
        let (to, from) = (begin.toguid, begin.fromguid);
        match (self.toguid, self.fromguid) {
            (Some(guid), _) if guid != to => Err(format!(
                "toguid is {to}, the snapshot's guid is {guid}: another snapshot was sent ({})",
                plain(&begin.toname)
            )),
            (_, Some(0)) if from != 0 => Err(format!(
                "fromguid is {from}: this is an increment, a full stream was expected"
            )),
            (_, Some(guid)) if guid != from && from == 0 => Err(format!(
                "this is a full stream, an increment from guid {guid} was expected"
            )),
            (_, Some(guid)) if guid != from => Err(format!(
                "fromguid is {from}, the parent's guid is {guid}: the increment is from another snapshot"
            )),
            _ => Ok(()),
        }
    }
}

impl Begin {
    /// The dataset may have been renamed, or be another pool's; the snapshot's own name is that of its object.
    pub fn admit_name(&self, snapshot: Option<&SnapName>) -> Result<(), String> {
        let own = name::split(&self.toname).map(|(_, name)| name);
        match snapshot {
            Some(wanted) if own != Some(wanted.as_str()) => Err(format!(
                "this is the stream of {}, one of @{wanted} was expected",
                plain(&self.toname)
            )),
            _ => Ok(()),
        }
    }
}
