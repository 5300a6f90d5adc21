//! A check that begins in the middle of a stream.

use super::super::StreamError;
use super::super::fletcher::{Fletcher4, Sums};
use super::{Check, Position, error};

impl Check {
    /// Goes on at a later record of the stream whose beginning this is: BEGIN and its list. `sums` is the checksum of all bytes
    /// before that record; whatever comes from there on is proved by it, and by END as in a whole stream.
    pub fn entered(mut self, beginning: &[u8], sums: Sums) -> Result<Self, StreamError> {
        self.feed(beginning)?;
        if self.place != Position::Plain || self.payload_left > 0 || !self.header.is_empty() {
            return Err(error(self.offset, "this is no beginning of a plain stream"));
        }
        self.sum = Fletcher4::behind(self.order, sums);
        self.entered = true;
        Ok(self)
    }

    /// Says what a place in a stream means that was entered: how much lies before it is not known of compressed data.
    pub(super) fn placed(&self, mut error: StreamError) -> StreamError {
        if self.entered {
            error.problem += " (counted from where the stream was entered)";
        }
        error
    }
}
