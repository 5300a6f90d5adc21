//! ZAP objects, in which ZFS keeps directories and all that has names: small ones of one block, and fat ones with leaves.
//!
//! Responsible for every entry, once, or the reason why not all can be read, behind those that can. The bytes are a stranger's: no more leaves are
//! read than there are blocks, and no chain of chunks is followed for longer than a name or a value may be. Hashes are not
//! looked at: all entries are wanted, never one.
//!
//! Source of the format: OpenZFS, `include/sys/zap_impl.h` and `zap_leaf.h`.

use std::cell::Cell;
use std::collections::BTreeSet;

use super::bytes::Bytes;
use super::content::Content;
use crate::stream::Order;

/// `ZBT_LEAF`, `ZBT_HEADER` and `ZBT_MICRO`, with which a block begins.
const LEAF: u64 = 1 << 63;
const HEADER: u64 = LEAF + 1;
const MICRO: u64 = LEAF + 3;
/// `ZAP_MAGIC` and `ZAP_LEAF_MAGIC`.
const HEADER_MAGIC: u64 = 0x2_F52A_B2AB;
const LEAF_MAGIC: u32 = 0x2AB1EAF;

/// A small entry: a number, a name behind some that is of no use here.
const MICRO_BYTES: usize = 64;
const MICRO_NAME_AT: usize = 14;

/// Before the hash table of a leaf.
const LEAF_HEAD_BYTES: usize = 48;
/// What a leaf is made of.
const CHUNK_BYTES: usize = 24;
/// `ZAP_CHUNK_ENTRY`.
const ENTRY: u8 = 252;
/// Of a chunk, which of its bytes are data.
const DATA: std::ops::Range<usize> = 1..22;
const NEXT_AT: usize = 22;

/// The longest name with its NUL (`ZAP_MAXNAMELEN_NEW`), and more than any value takes that is wanted here.
const NAME_BYTES: usize = 1024;
const VALUE_BYTES: usize = 8192;

/// Who is given the name and the numbers of each entry.
pub type Visit<'v> = &'v mut dyn FnMut(&[u8], &[u64]);

/// Gives all entries.
pub fn each(content: &Content, order: Order, visit: Visit<'_>) -> Result<(), String> {
    let Some(all) = content.block(0) else {
        return Err("it has no first block".to_owned());
    };
    let first = Bytes { all, order };
    match first.u64(0) {
        Some(MICRO) => {
            each_small(first, visit);
            Ok(())
        }
        Some(HEADER) if first.u64(8) == Some(HEADER_MAGIC) => Fat {
            content,
            first,
            block_bytes: all.len() as u64,
        }
        .each(visit),
        _ => Err("it is no ZAP".to_owned()),
    }
}

fn each_small(block: Bytes<'_>, visit: Visit<'_>) {
    for entry in block.all.chunks_exact(MICRO_BYTES).skip(1) {
        let entry = Bytes {
            all: entry,
            ..block
        };
        let name = until_nul(entry.from(MICRO_NAME_AT).unwrap_or_default());
        if let (false, Some(value)) = (name.is_empty(), entry.u64(0)) {
            visit(name, &[value]);
        }
    }
}

/// One with a table of pointers to leaves.
struct Fat<'a> {
    content: &'a Content,
    first: Bytes<'a>,
    block_bytes: u64,
}

impl<'a> Fat<'a> {
    fn each(&self, visit: Visit<'_>) -> Result<(), String> {
        if !self.block_bytes.is_power_of_two() || self.block_bytes < 512 {
            return Err(format!("its blocks have {} bytes", self.block_bytes));
        }
        let mut leaves = BTreeSet::new();
        let mut problem = self.leaves(&mut leaves).err();
        let mut count = 0;
        for number in leaves {
            let read = self.block(number).and_then(|block| {
                let leaf = Leaf::new(block);
                let leaf = leaf.ok_or_else(|| format!("its block {number} is no leaf"))?;
                let read = leaf.each(visit, &mut count);
                read.ok_or_else(|| format!("its leaf {number} is damaged"))
            });
            problem = problem.or(read.err());
        }
        let noted = self.first.u64(72).unwrap_or_default();
        match problem {
            Some(problem) => Err(problem),
            None if noted == count => Ok(()),
            None => Err(format!("it has {count} entries, {noted} are noted")),
        }
    }

    fn block(&self, number: u64) -> Result<Bytes<'a>, String> {
        let offset = number.checked_mul(self.block_bytes);
        let block = offset.and_then(|offset| self.content.block(offset));
        let block = block.filter(|block| block.len() as u64 == self.block_bytes);
        let all = block.ok_or_else(|| format!("its block {number} is missing"))?;
        Ok(Bytes { all, ..self.first })
    }

    /// Adds the blocks to which its pointers lead; several may lead to one. They stand in the second half of the first block, or
    /// in blocks of their own. The error is of the first one that is missing.
    fn leaves(&self, leaves: &mut BTreeSet<u64>) -> Result<(), String> {
        let number = |at| self.first.u64(at).unwrap_or_default();
        let (first, count) = (number(16), number(24));
        if count == 0 {
            let half = self.first.from(self.first.all.len() / 2);
            let all = half.unwrap_or_default();
            return self.note(Bytes { all, ..self.first }, leaves);
        }
        let mut noted = Ok(());
        // No more of them are missing than there are others, whatever count is claimed.
        let mut missing = 0;
        for block in (0..count).map(|number| first.checked_add(number)) {
            let pointers = self.block(block.unwrap_or(u64::MAX));
            missing += usize::from(pointers.is_err());
            let read = pointers.and_then(|pointers| self.note(pointers, leaves));
            noted = noted.and(read);
            if missing > self.content.count() {
                break;
            }
        }
        noted
    }

    fn note(&self, pointers: Bytes<'_>, leaves: &mut BTreeSet<u64>) -> Result<(), String> {
        let mut noted = Ok(());
        for leaf in pointers.numbers() {
            if !leaves.contains(&leaf) {
                let block = self.block(leaf);
                leaves.extend(block.is_ok().then_some(leaf));
                noted = noted.and(block.map(drop));
            }
        }
        noted
    }
}

/// A leaf's chunks.
struct Leaf<'a> {
    chunks: &'a [u8],
    order: Order,
    /// How many may still be read: each belongs to one entry alone, so that what is given is never longer than the leaf.
    left: Cell<usize>,
}

impl<'a> Leaf<'a> {
    fn new(block: Bytes<'a>) -> Option<Self> {
        if block.u64(0)? != LEAF || block.u32(24)? != LEAF_MAGIC {
            return None;
        }
        let hashes_bytes = block.all.len() / 16;
        let chunks = block.from(LEAF_HEAD_BYTES + hashes_bytes)?;
        Some(Self {
            chunks,
            order: block.order,
            left: Cell::new(chunks.len() / CHUNK_BYTES),
        })
    }

    fn chunk(&self, number: usize) -> Option<Bytes<'a>> {
        let all = self.chunks.chunks_exact(CHUNK_BYTES).nth(number)?;
        Some(Bytes {
            all,
            order: self.order,
        })
    }

    /// Counts them.
    fn each(&self, visit: Visit<'_>, count: &mut u64) -> Option<()> {
        let (mut name, mut value, mut numbers) = (Vec::new(), Vec::new(), Vec::new());
        for entry in self.chunks.chunks_exact(CHUNK_BYTES) {
            let entry = Bytes {
                all: entry,
                order: self.order,
            };
            if entry.u8(0)? != ENTRY {
                continue;
            }
            *count += 1;
            let (width, length) = (entry.u8(1)?.into(), usize::from(entry.u16(6)?));
            self.read(entry.u16(4)?, length, NAME_BYTES, &mut name)?;
            let length = width * usize::from(entry.u16(10)?);
            self.read(entry.u16(8)?, length, VALUE_BYTES, &mut value)?;
            numbers.clear();
            numbers.extend(value.chunks_exact(usize::max(width, 1)).map(big_endian));
            visit(until_nul(&name), &numbers);
        }
        Some(())
    }

    /// What stands in the chunks from this one on.
    fn read(&self, first: u16, bytes: usize, most: usize, into: &mut Vec<u8>) -> Option<()> {
        into.clear();
        let mut next = first;
        while into.len() < bytes && bytes <= most {
            self.left.set(self.left.get().checked_sub(1)?);
            let chunk = self.chunk(next.into())?;
            let data = chunk.all.get(DATA)?;
            let wanted = data.len().min(bytes - into.len());
            into.extend_from_slice(data.get(..wanted)?);
            next = chunk.u16(NEXT_AT)?;
        }
        (bytes <= most).then_some(())
    }
}

/// Values stand in leaves with the most significant byte first, whatever machine wrote them.
fn big_endian(bytes: &[u8]) -> u64 {
    let digits = bytes.iter();
    digits.fold(0, |number, &digit| number << 8 | u64::from(digit))
}

fn until_nul(bytes: &[u8]) -> &[u8] {
    bytes.split(|&byte| byte == 0).next().unwrap_or_default()
}
