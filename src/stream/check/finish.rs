//! The verdict at the end of the bytes, and the words for what is missing.

use super::super::record::{HEADER_BYTES, Order};
use super::super::{StreamError, StreamSummary};
use super::{Check, Position, error};

impl Check {
    /// The verdict, when there are no more bytes.
    pub fn finish(&self) -> Result<StreamSummary, StreamError> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        let missing = HEADER_BYTES - self.header.len();
        let problem = match self.place {
            Position::Done => return Ok(self.report.clone()),
            _ if self.offset == 0 => "the stream is empty".to_owned(),
            Position::Start if Order::detect(&self.header).is_none() => return Err(self.no_stream()),
            _ if self.payload_left > 0 => {
                format!(
                    "the stream ends inside {}, {} bytes are missing",
                    self.kind, self.payload_left
                )
            }
            _ if !self.header.is_empty() => {
                format!(
                    "the stream ends inside the header of a record, {missing} bytes are missing"
                )
            }
            Position::PackageHeader | Position::Package => {
                "the package ends without its last END record".to_owned()
            }
            _ if self.saved => {
                "the stream ends without its END record, as one of 'zfs send --saved' does: it is part of a snapshot".to_owned()
            }
            _ => "the stream ends without its END record".to_owned(),
        };
        Err(self.placed(error(self.offset, problem)))
    }

    pub(super) fn no_stream(&self) -> StreamError {
        let first = self.header.get(..16).unwrap_or(&self.header);
        let first = first.escape_ascii();
        error(
            0,
            format!("this is no zfs send stream (starts with \"{first}\")"),
        )
    }
}
