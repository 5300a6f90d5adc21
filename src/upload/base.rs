//! What an increment builds on has to be there when the object that needs it comes to be.
//!
//! Another machine may have pruned it while the stream was sent: what is being sent is no backup then, and must not be listed as
//! one.

use crate::error::{Error, Result};
use crate::label::Label;
use crate::vault::Vault;

/// The object of the incremental source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaseObject {
    /// Its key.
    pub key: String,
    /// The guid of its snapshot.
    pub guid: u64,
}

impl BaseObject {
    /// Fails unless it is there. What a server does not describe, nobody knows either.
    pub fn expect(&self, vault: &Vault) -> Result<()> {
        let head = vault.store.head(&self.key)?;
        let same = head.map(|head| Label::read(head.metadata).may_be(self.guid));
        let key = &self.key;
        let problem = match same {
            Some(true) => return Ok(()),
            Some(false) => format!("the base {key} has been replaced since this run began"),
            None => format!("the base {key} is gone since this run began"),
        };
        Err(
            Error::refused(format!("{problem}: what builds on it was not stored")).hint(
                "does another machine prune or replace it? run the backup again: it plans anew",
            ),
        )
    }
}
