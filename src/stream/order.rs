//! The byte order of a stream.

/// `DMU_BACKUP_MAGIC`.
const MAGIC: u64 = 0x2_F5BA_CBAC;

/// The byte order of the sending machine: every integer, checksum and checksummed word of its stream has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Order {
    /// The least significant byte first.
    #[default]
    Little,
    /// The most significant byte first.
    Big,
}

impl Order {
    /// Recognises the beginning of a BEGIN record by its type and magic, which are the first 16 bytes.
    pub fn detect(first: &[u8]) -> Option<Self> {
        let magic = first.strip_prefix(&[0; 4])?.get(4..12)?;
        if magic == MAGIC.to_le_bytes() {
            Some(Self::Little)
        } else if magic == MAGIC.to_be_bytes() {
            Some(Self::Big)
        } else {
            None
        }
    }

    /// The number in these bytes.
    pub fn u32(self, bytes: [u8; 4]) -> u32 {
        match self {
            Self::Little => u32::from_le_bytes(bytes),
            Self::Big => u32::from_be_bytes(bytes),
        }
    }

    /// The number in these bytes.
    pub fn u64(self, bytes: [u8; 8]) -> u64 {
        match self {
            Self::Little => u64::from_le_bytes(bytes),
            Self::Big => u64::from_be_bytes(bytes),
        }
    }

    /// The bytes of a number.
    pub fn bytes_of_u32(self, number: u32) -> [u8; 4] {
        match self {
            Self::Little => number.to_le_bytes(),
            Self::Big => number.to_be_bytes(),
        }
    }

    /// The bytes of a number.
    pub fn bytes_of_u64(self, number: u64) -> [u8; 8] {
        match self {
            Self::Little => number.to_le_bytes(),
            Self::Big => number.to_be_bytes(),
        }
    }
}
