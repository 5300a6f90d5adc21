//! Makes streams of small file systems for tests and fuzzing, of the old kind (ZPL 4), as these need no registry.

use crate::stream::build::{Stream, TOGUID};
use crate::stream::{Order, RecordType};

pub const ZNODE: u64 = 17;
pub const FILE: u64 = 19;
pub const DIRECTORY: u64 = 20;
pub const MASTER_NODE: u64 = 21;
/// The top directory.
pub const ROOT: u64 = 4;

/// A file system in the making; all of its numbers are little-endian.
pub struct Pool {
    pub stream: Stream,
    toguid: u64,
}

impl Pool {
    /// A full stream with a master node, and nothing else yet.
    pub fn new() -> Self {
        let mut pool = Self::bare(0);
        pool.object(1, MASTER_NODE, 0, &[]);
        pool.write(1, 0, &small(&[(b"ROOT", ROOT)]));
        pool
    }

    /// A stream with nothing in it: a full one, or an increment.
    pub fn bare(fromguid: u64) -> Self {
        let mut stream = Stream::new(Order::Little, true);
        let toguid = TOGUID + u64::from(fromguid != 0);
        stream.begin(1, toguid, fromguid, &[]);
        Self { stream, toguid }
    }

    pub fn object(&mut self, number: u64, kind: u64, bonus_kind: u64, bonus: &[u8]) {
        let kinds = [(8, 8, number), (16, 4, kind), (20, 4, bonus_kind)];
        let guid = [(40, 8, self.toguid)];
        let sizes = [(24, 4, 512), (28, 4, bonus.len() as u64)];
        let fields = [&kinds[..], &sizes, &guid].concat();
        self.stream.record(RecordType::Object, &fields, bonus);
    }

    pub fn write(&mut self, object: u64, offset: u64, block: &[u8]) {
        let place = [(8, 8, object), (24, 8, offset), (32, 8, block.len() as u64)];
        let fields = [&place[..], &[(40, 8, self.toguid)]].concat();
        self.stream.record(RecordType::Write, &fields, block);
    }

    /// A block of 512 bytes that says that it is of lz4, and is not.
    pub fn junk(&mut self, object: u64, offset: u64) {
        let place = [(8, 8, object), (24, 8, offset), (32, 8, 512)];
        let packed = [(40, 8, self.toguid), (50, 1, 15), (96, 8, 64)];
        let fields = [&place[..], &packed].concat();
        self.stream.record(RecordType::Write, &fields, &[0xff; 64]);
    }

    pub fn free(&mut self, object: u64, offset: u64, length: u64) {
        let place = [(8, 8, object), (16, 8, offset), (24, 8, length)];
        let fields = [&place[..], &[(32, 8, self.toguid)]].concat();
        self.stream.record(RecordType::Free, &fields, &[]);
    }

    /// A directory with these entries.
    pub fn directory(&mut self, number: u64, entries: &[(&[u8], u64)]) {
        let size = entries.len() as u64 + 2;
        self.object(number, DIRECTORY, ZNODE, &znode(0o040_755, size));
        self.write(number, 0, &small(entries));
    }

    /// A file with this content.
    pub fn file(&mut self, number: u64, mode: u64, content: &[u8]) {
        let size = content.len() as u64;
        self.object(number, FILE, ZNODE, &znode(mode, size));
        if !content.is_empty() {
            let mut block = content.to_vec();
            block.resize(content.len().next_multiple_of(512), 0);
            self.write(number, 0, &block);
        }
    }

    /// A link that leads there.
    pub fn link(&mut self, number: u64, target: &[u8]) {
        let mut bonus = znode(0o120_777, target.len() as u64);
        bonus.extend(target);
        bonus.resize(bonus.len().next_multiple_of(8), 0);
        self.object(number, FILE, ZNODE, &bonus);
    }

    pub fn end(mut self) -> Vec<u8> {
        self.stream.end();
        self.stream.bytes
    }
}

/// The bonus buffer of a file of the old kind.
pub fn znode(mode: u64, size: u64) -> Vec<u8> {
    let mut words = [0_u64; 33];
    words[2] = 1_000_000_000;
    words[8] = 7;
    words[9] = mode;
    words[10] = size;
    words[12] = 1;
    words[15] = 4;
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}

/// A directory of one block.
pub fn small(entries: &[(&[u8], u64)]) -> Vec<u8> {
    let mut block = vec![0; 64];
    block[..8].copy_from_slice(&((1_u64 << 63) + 3).to_le_bytes());
    for (name, value) in entries {
        let mut entry = [0; 64];
        entry[..8].copy_from_slice(&value.to_le_bytes());
        entry[14..14 + name.len()].copy_from_slice(name);
        block.extend(entry);
    }
    block.resize(block.len().next_multiple_of(512), 0);
    block
}
