//! What is kept of the content of an object that has to be read to find others: its blocks, each as it came.
//!
//! Not responsible for the contents of files, of which nothing is kept.

use std::collections::BTreeMap;

/// What a block costs beside its bytes, about.
const BLOCK_COST: u64 = 64;

/// Blocks by their offsets.
#[derive(Debug, Default)]
pub struct Content {
    blocks: BTreeMap<u64, Vec<u8>>,
    bytes: u64,
}

impl Content {
    /// Takes a block in the place of the one that was there.
    pub fn write(&mut self, offset: u64, block: Vec<u8>) {
        self.bytes += cost(&block);
        let before = self.blocks.insert(offset, block);
        self.bytes -= before.as_deref().map_or(0, cost);
    }

    /// Forgets the blocks that lie in this range. Those of such objects are only freed whole.
    pub fn free(&mut self, offset: u64, length: u64) {
        let end = offset.saturating_add(length);
        while let Some((&at, _)) = self.blocks.range(offset..end).next() {
            let gone = self.blocks.remove(&at);
            self.bytes -= gone.as_deref().map_or(0, cost);
        }
    }

    /// The block that begins there.
    pub fn block(&self, offset: u64) -> Option<&[u8]> {
        self.blocks.get(&offset).map(Vec::as_slice)
    }

    /// How many blocks there are.
    pub fn count(&self) -> usize {
        self.blocks.len()
    }

    /// How much memory it takes, about.
    pub fn cost(&self) -> u64 {
        self.bytes
    }
}

fn cost(block: &[u8]) -> u64 {
    BLOCK_COST + block.len() as u64
}
