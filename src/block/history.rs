//! What is repeated of what was unpacked before.

/// A block that grows, never beyond its length.
pub struct History {
    block: Vec<u8>,
    most_bytes: usize,
}

impl History {
    /// Nothing yet of a block of `bytes` bytes.
    pub fn new(bytes: usize) -> Self {
        Self {
            block: Vec::with_capacity(bytes),
            most_bytes: bytes,
        }
    }

    /// How much is missing.
    pub fn left(&self) -> usize {
        self.most_bytes - self.block.len()
    }

    /// Appends bytes; `None` if they are too many.
    pub fn append(&mut self, bytes: &[u8]) -> Option<()> {
        (bytes.len() <= self.left()).then(|| self.block.extend_from_slice(bytes))
    }

    /// Appends `count` bytes that begin `distance` before the end, some of which this call may have made itself; `None` if they
    /// begin before the block or are too many.
    pub fn repeat(&mut self, distance: usize, count: usize) -> Option<()> {
        let from = self.block.len().checked_sub(distance)?;
        if distance == 0 || count > self.left() {
            return None;
        }
        let end = self.block.len() + count;
        while self.block.len() < end {
            let until = self.block.len().min(from + end - self.block.len());
            self.block.extend_from_within(from..until);
        }
        Some(())
    }

    /// The block as far as it has come.
    pub fn block(self) -> Vec<u8> {
        self.block
    }
}
