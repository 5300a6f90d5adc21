//! Native parallel gzip, the way pigz does it: blocks of 128 KiB, each compressed by itself with the last 32 KiB of the
//! block before as its dictionary, strung together to one gzip member (RFC 1952).
//!
//! Responsible for the same bytes on every run: they depend on the input and the level alone, not on the number of
//! workers nor on how much a read happens to give. A resumed upload needs that. Not responsible for names of compressors
//! ([`super`]) nor for the way back ([`super::gunzip()`]).

use std::io::{self, Read};

use flate2::{Compress, Compression, Crc, FlushCompress};

use crate::error::Result;
use crate::pool::Pool;

/// Input bytes of a block; larger blocks gain less than 0.2 %.
const BLOCK_BYTES: usize = 128 << 10;

/// How far back deflate can refer (RFC 1951).
const WINDOW_BYTES: usize = 32 << 10;

/// Room for a block that grows: 9 bits a byte is the worst that any level does.
const OUTPUT_BYTES: usize = BLOCK_BYTES + BLOCK_BYTES / 8 + 1024;

/// Deflate, no flags, no time, no hints, Unix.
const HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3];

/// An empty block of the fixed code that says "last". The blocks before end on a byte boundary, as a sync flush leaves it.
const LAST_BLOCK: [u8; 2] = [3, 0];

/// A block on its way through a worker; its buffers are used again for a later one.
struct Block {
    /// The dictionary, then the data.
    input: Vec<u8>,
    dictionary_bytes: usize,
    output: Vec<u8>,
    crc: Crc,
}

/// Gives what it reads from its source as one gzip member. Memory: about 310 KiB for each of 2 x `workers` blocks, and
/// what zlib-rs needs in each worker, about the same.
///
/// An error of the source comes through, and no end of file ever follows it.
pub struct GzipEncoder<R> {
    /// `None` after its end.
    source: Option<R>,
    pool: Pool<Block, io::Result<Block>>,
    window: u64,
    spare: Vec<Block>,
    /// The last 32 KiB that were read: the next block's dictionary.
    tail: Vec<u8>,
    /// The block whose output the caller is taking, and how much of it is taken.
    current: Block,
    given: usize,
    crc: Crc,
    state: State,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Blocks,
    Ended,
    Failed,
}

impl<R: Read> GzipEncoder<R> {
    /// Compresses with zlib-rs `level` (1 to 9) in `workers` threads.
    pub fn new(source: R, level: u32, workers: usize) -> Result<Self> {
        let workers = workers.max(1);
        let mut current = Block::new();
        current.output.extend(HEADER);
        Ok(Self {
            source: Some(source),
            pool: Pool::new(workers, "gzip", move |block: Block| block.compressed(level))?,
            window: 2 * workers as u64,
            spare: Vec::new(),
            tail: Vec::new(),
            current,
            given: 0,
            crc: Crc::new(),
            state: State::Blocks,
        })
    }

    /// Goes on to the next output; `false` at the end.
    fn advance(&mut self) -> io::Result<bool> {
        match self.state {
            State::Blocks => {}
            State::Ended => return Ok(false),
            State::Failed => return Err(io::Error::other("compression has failed before")),
        }
        // Stays so if one of the next steps returns early.
        self.state = State::Failed;
        self.submit_blocks()?;
        let next = match self.pool.next_in_order() {
            Some(block) => {
                self.state = State::Blocks;
                let block = block?;
                self.crc.combine(&block.crc);
                block
            }
            None => {
                self.state = State::Ended;
                self.trailer()
            }
        };
        self.given = 0;
        self.spare.push(std::mem::replace(&mut self.current, next));
        Ok(true)
    }

    /// Reads the source until the window is full.
    fn submit_blocks(&mut self) -> io::Result<()> {
        while let Some(source) = &mut self.source
            && self.pool.pending() < self.window
        {
            let mut block = self.spare.pop().unwrap_or_else(Block::new);
            if block.fill(&self.tail, source)? < BLOCK_BYTES {
                self.source = None;
            }
            let data = block.data();
            if data.is_empty() {
                break;
            }
            self.tail.clear();
            let tail_start = data.len().saturating_sub(WINDOW_BYTES);
            self.tail.extend(data.get(tail_start..).unwrap_or_default());
            self.pool.submit(block);
        }
        Ok(())
    }

    /// What ends the member: the last block, CRC-32 and length modulo 2^32.
    fn trailer(&mut self) -> Block {
        let mut block = self.spare.pop().unwrap_or_else(Block::new);
        block.output.clear();
        block.output.extend(LAST_BLOCK);
        block.output.extend(self.crc.sum().to_le_bytes());
        block.output.extend(self.crc.amount().to_le_bytes());
        block
    }
}

impl<R: Read> Read for GzipEncoder<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        loop {
            let mut rest = self.current.output.get(self.given..).unwrap_or_default();
            let taken = rest.read(into)?;
            self.given += taken;
            if taken > 0 || into.is_empty() || !self.advance()? {
                return Ok(taken);
            }
        }
    }
}

impl Block {
    fn new() -> Self {
        Self {
            input: Vec::with_capacity(WINDOW_BYTES + BLOCK_BYTES),
            dictionary_bytes: 0,
            output: Vec::with_capacity(OUTPUT_BYTES),
            crc: Crc::new(),
        }
    }

    fn data(&self) -> &[u8] {
        self.input.get(self.dictionary_bytes..).unwrap_or_default()
    }

    /// Reads the whole block, however little the source gives at a time: less than [`BLOCK_BYTES`] means its end.
    fn fill(&mut self, dictionary: &[u8], source: &mut impl Read) -> io::Result<usize> {
        self.input.clear();
        self.input.extend(dictionary);
        self.dictionary_bytes = dictionary.len();
        source.take(BLOCK_BYTES as u64).read_to_end(&mut self.input)
    }

    /// The block as deflate data that ends on a byte boundary, and its CRC.
    fn compressed(mut self, level: u32) -> io::Result<Self> {
        let (dictionary, data) = self.input.split_at(self.dictionary_bytes);
        self.crc.reset();
        self.crc.update(data);
        self.output.clear();
        // A compressor that is reset and used again gives other bytes from run to run.
        let mut deflate = Compress::new(Compression::new(level), false);
        if !dictionary.is_empty() {
            deflate.set_dictionary(dictionary)?;
        }
        loop {
            let rest = data.get(deflate.total_in() as usize..).unwrap_or_default();
            deflate.compress_vec(rest, &mut self.output, FlushCompress::Sync)?;
            // A flush is complete when it leaves room (zlib.h, deflate).
            if self.output.len() < self.output.capacity() {
                return Ok(self);
            }
            self.output.reserve(OUTPUT_BYTES);
        }
    }
}

#[cfg(test)]
#[allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]
mod tests;
