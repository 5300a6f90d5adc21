//! (to be written)

/// Why bytes are no whole ZFS send stream.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("at byte {offset}: {problem}")]
pub struct StreamError {
    /// Offset in the stream, in bytes.
    pub offset: u64,
    /// What was found and what was expected.
    pub problem: String,
}
