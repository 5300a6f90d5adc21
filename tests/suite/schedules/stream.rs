//! A whole send stream of a wanted length: BEGIN, one object written, END, with the checksum that zfs makes.

/// Length of a record's header.
const HEADER: usize = 312;
const WRITE: u32 = 3;
const END: u32 = 5;
const MAGIC: u64 = 0x2_F5BA_CBAC;
/// `DMU_OST_ZFS`.
const FILE_SYSTEM: u32 = 2;
/// `DMU_OT_PLAIN_FILE_CONTENTS`.
const FILE_CONTENTS: u32 = 19;

struct Header([u8; HEADER]);

impl Header {
    fn new(kind: u32) -> Self {
        Self([0; HEADER]).u32(0, kind)
    }

    fn u32(mut self, at: usize, value: u32) -> Self {
        self.0[at..at + 4].copy_from_slice(&value.to_le_bytes());
        self
    }

    fn u64(mut self, at: usize, value: u64) -> Self {
        self.0[at..at + 8].copy_from_slice(&value.to_le_bytes());
        self
    }
}

/// The stream of a snapshot of this full name, `kib` KiB long, which is at least 1; `from` is the guid of its base, 0 for a full.
pub fn stream(name: &str, guid: u64, from: u64, creation: u64, kib: usize) -> Vec<u8> {
    let begin = Header::new(0).u64(8, MAGIC).u64(16, 1).u64(24, creation);
    let begin = begin.u32(32, FILE_SYSTEM).u64(40, guid).u64(48, from);
    let mut bytes = begin.0.to_vec();
    bytes[56..56 + name.len()].copy_from_slice(name.as_bytes());
    let payload = kib * 1024 - 3 * HEADER;
    let write = Header::new(WRITE).u64(8, 7).u32(16, FILE_CONTENTS);
    let write = write.u64(32, payload as u64).u64(40, guid);
    bytes.extend(write.0);
    bytes.extend(noise(guid ^ from, payload));
    let end = Header::new(END);
    let sums = fletcher4(&bytes).into_iter().enumerate();
    let end = sums.fold(end, |end, (at, sum)| end.u64(8 + 8 * at, sum));
    bytes.extend(end.u64(40, guid).0);
    bytes
}

/// The same for the same seed.
fn noise(seed: u64, count: usize) -> Vec<u8> {
    let mut state = seed as u32 | 1;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    (0..count).map(|_| next()).collect()
}

fn fletcher4(bytes: &[u8]) -> [u64; 4] {
    let [mut a, mut b, mut c, mut d] = [0_u64; 4];
    for word in bytes.chunks_exact(4) {
        let word = u32::from_le_bytes(word.try_into().unwrap());
        a = a.wrapping_add(word.into());
        b = b.wrapping_add(a);
        c = c.wrapping_add(b);
        d = d.wrapping_add(c);
    }
    [a, b, c, d]
}
