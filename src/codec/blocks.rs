//! Native compressors in several threads: blocks of a fixed length, each compressed by itself, in their order.
//!
//! Responsible for the same bytes on every run: they depend on the input, the length of a block and how one is compressed, not on
//! the number of workers nor on how much a read happens to give. A resumed upload needs that, and who enters an object in its
//! middle needs blocks that begin with nothing before them. Not responsible for how a block is compressed ([`Squeeze`]).

use std::io::{self, Cursor, Read};
use std::sync::Mutex;

use crate::buffer;
use crate::error::Result;
use crate::latch::Latched;
use crate::pool::Pool;
use crate::sync::lock;

/// Compresses whole blocks, one at a time. What it needs for that is made once for each worker.
pub trait Squeeze: Send + 'static {
    /// How many bytes `bytes` bytes become at most.
    fn bound(&mut self, bytes: usize) -> usize;

    /// Compresses a block; how many bytes of `output`, which is as long as the bound, it has become.
    fn squeeze(&mut self, input: &[u8], output: &mut [u8]) -> io::Result<usize>;
}

/// How a source is cut and carried.
#[derive(Debug, Clone, Copy)]
pub struct Cut {
    /// The name of the threads.
    pub name: &'static str,
    /// Input bytes of a block.
    pub block_bytes: usize,
    /// Threads.
    pub workers: usize,
    /// So many blocks wait for each other beside those that are worked on.
    pub waiting: usize,
}

/// Gives what it reads from its source as compressed blocks. Memory: input and output of one block for each worker and for each
/// that waits.
///
/// An error of the source comes through, and no end of file ever follows it.
pub fn blocks<R, S, M>(source: R, cut: Cut, make: M) -> Result<impl Read + use<R, S, M>>
where
    R: Read,
    S: Squeeze,
    M: Fn() -> io::Result<S> + Send + Sync + 'static,
{
    Ok(Latched::new(Encoder::new(source, cut, make)?))
}

/// A block on its way through a worker; its buffers are used again for a later one.
#[derive(Default)]
struct Block {
    input: Vec<u8>,
    output: Cursor<Vec<u8>>,
}

struct Encoder<R> {
    /// `None` after its end.
    source: Option<R>,
    block_bytes: usize,
    pool: Pool<Block, io::Result<Block>>,
    window: u64,
    spare: Vec<Block>,
    /// The block whose output the caller is taking.
    current: Block,
}

impl<R: Read> Encoder<R> {
    fn new<S: Squeeze>(
        source: R,
        cut: Cut,
        make: impl Fn() -> io::Result<S> + Send + Sync + 'static,
    ) -> Result<Self> {
        let idle = Mutex::new(Vec::new());
        let work = move |block: Block| {
            let known = lock(&idle).pop();
            let mut squeeze = known.map_or_else(&make, Ok)?;
            let block = block.compressed(&mut squeeze);
            lock(&idle).push(squeeze);
            block
        };
        let pool = Pool::new(cut.workers.max(1), cut.name, work)?;
        Ok(Self {
            source: Some(source),
            block_bytes: cut.block_bytes,
            window: (pool.workers() + cut.waiting) as u64,
            pool,
            spare: Vec::new(),
            current: Block::default(),
        })
    }

    /// Goes on to the next block; `false` at the end.
    fn advance(&mut self) -> io::Result<bool> {
        self.submit_blocks()?;
        let Some(next) = self.pool.next_in_order() else {
            return Ok(false);
        };
        let spent = std::mem::replace(&mut self.current, next?);
        self.spare.push(spent);
        Ok(true)
    }

    /// Reads the source until the window is full.
    fn submit_blocks(&mut self) -> io::Result<()> {
        while let Some(source) = &mut self.source
            && self.pool.pending() < self.window
        {
            let mut block = self.spare.pop().unwrap_or_default();
            block.input.clear();
            buffer::reserve(&mut block.input, self.block_bytes)?;
            // The whole block, however little the source gives at a time: less means its end.
            let mut whole = source.take(self.block_bytes as u64);
            let count = whole.read_to_end(&mut block.input)?;
            if count < self.block_bytes {
                self.source = None;
            }
            // Nothing at all is a member, too.
            let first = self.pool.pending() == 0 && self.current.input.is_empty();
            if count > 0 || first {
                self.pool.submit(block);
            }
        }
        Ok(())
    }
}

impl<R: Read> Read for Encoder<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        loop {
            let taken = self.current.output.read(into)?;
            if taken > 0 || into.is_empty() || !self.advance()? {
                return Ok(taken);
            }
        }
    }
}

impl Block {
    fn compressed(mut self, squeeze: &mut impl Squeeze) -> io::Result<Self> {
        let output = self.output.get_mut();
        let bound = squeeze.bound(self.input.len());
        buffer::reserve(output, bound.saturating_sub(output.len()))?;
        output.resize(bound, 0);
        let count = squeeze.squeeze(&self.input, output)?;
        output.truncate(count);
        self.output.set_position(0);
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Leaves everything as it is.
    struct Plain;

    impl Squeeze for Plain {
        fn bound(&mut self, bytes: usize) -> usize {
            bytes
        }

        fn squeeze(&mut self, input: &[u8], output: &mut [u8]) -> io::Result<usize> {
            output.copy_from_slice(input);
            Ok(input.len())
        }
    }

    #[test]
    fn the_blocks_in_flight_are_bounded_and_reused() {
        let cut = Cut {
            name: "plain",
            block_bytes: 256 << 10,
            workers: 2,
            waiting: 2,
        };
        let source = io::repeat(7).take(100 << 20);
        let mut encoder = Encoder::new(source, cut, || Ok(Plain)).unwrap();
        let mut into = vec![0; 1 << 16];
        let (mut blocks, mut bytes) = (0, 0);
        while let count @ 1.. = encoder.read(&mut into).unwrap() {
            blocks = blocks.max(encoder.pool.pending() as usize + encoder.spare.len());
            bytes += count;
        }
        assert!(blocks <= 2 + 2 + 1, "{blocks}");
        assert_eq!(bytes, 100 << 20);
    }
}
