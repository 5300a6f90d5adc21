//! Spill blocks that the sender has put where no receiver looks for them.
//!
//! The spill block of a file holds what its dnode has no room for: a long symlink's target, extended attributes, ACLs. One
//! that is small enough lies embedded in its block pointer, and `zfs send -e` of OpenZFS 2.3.0 to 2.4.x writes that as
//! WRITE_EMBEDDED at a place before the beginning of the file (`-2 * length`, openzfs/zfs#18239). `zfs receive` takes it
//! without a word, and drops it. No file reaches 2^63 bytes, so that no good stream of a file system has such an offset; a
//! volume may.

use std::fmt;

use super::super::record::{Header, RecordType};
use super::Check;

/// How many of them are remembered by their object.
const REMEMBERED: usize = 10;

/// The spill blocks that a whole stream has lost.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LostSpills {
    /// How many.
    pub count: u64,
    /// Where the first record stands in the stream, in bytes.
    pub first_at: u64,
    /// Whose they are, the first ten: in a file system an object's number is its inode number.
    pub objects: Vec<u64>,
}

impl LostSpills {
    /// What was in them, and of which objects.
    pub fn whose(&self) -> String {
        let objects: Vec<String> = self.objects.iter().map(u64::to_string).collect();
        let more = match self.count > REMEMBERED as u64 {
            true => ", ...",
            false => "",
        };
        format!(
            "symlink targets, extended attributes or ACLs of inode {}{more}",
            objects.join(", ")
        )
    }

    fn add(&mut self, at: u64, object: u64) {
        if self.count == 0 {
            self.first_at = at;
        }
        if self.objects.len() < REMEMBERED {
            self.objects.push(object);
        }
        self.count += 1;
    }
}

/// What is lost, and of which objects.
impl fmt::Display for LostSpills {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "zfs send lost embedded spill blocks (openzfs/zfs#18239), {} in all: zfs receive drops {}",
            self.count,
            self.whose()
        )
    }
}

impl Check {
    /// A stream that has lost spill blocks passes all the same; its report counts them.
    pub fn with_lost_spills(mut self) -> Self {
        self.with_lost_spills = true;
        self
    }

    pub(super) fn look_for_lost_spill(
        &mut self,
        header: &Header,
        kind: RecordType,
    ) -> Result<(), String> {
        let Some((object, offset)) = header.beyond_files(kind).filter(|_| self.file_system) else {
            return Ok(());
        };
        if !self.with_lost_spills {
            return Err(format!(
                "zfs lost an embedded spill block (openzfs/zfs#18239): symlink targets, extended attributes or ACLs of \
                 object {object} would be dropped by zfs receive (offset {offset}); send without -e, and without -w \
                 what is not encrypted"
            ));
        }
        self.report.lost_spills.add(self.record_at, object);
        Ok(())
    }
}
