//! Numbers within a stranger's bytes, in the byte order of the machine that sent them.

use crate::stream::Order;

/// Bytes, and how numbers stand in them.
#[derive(Debug, Clone, Copy)]
pub struct Bytes<'a> {
    /// All of them.
    pub all: &'a [u8],
    /// Of the sender.
    pub order: Order,
}

impl<'a> Bytes<'a> {
    /// The bytes from there on.
    pub fn from(self, at: usize) -> Option<&'a [u8]> {
        self.all.get(at..)
    }

    /// The number that begins there.
    pub fn u8(self, at: usize) -> Option<u8> {
        self.all.get(at).copied()
    }

    /// The number that begins there.
    pub fn u16(self, at: usize) -> Option<u16> {
        let bytes = *self.from(at)?.first_chunk()?;
        Some(match self.order {
            Order::Little => u16::from_le_bytes(bytes),
            Order::Big => u16::from_be_bytes(bytes),
        })
    }

    /// The number that begins there.
    pub fn u32(self, at: usize) -> Option<u32> {
        Some(self.order.u32(*self.from(at)?.first_chunk()?))
    }

    /// The number that begins there.
    pub fn u64(self, at: usize) -> Option<u64> {
        Some(self.order.u64(*self.from(at)?.first_chunk()?))
    }

    /// Numbers of 64 bits, one behind the other.
    pub fn numbers(self) -> impl Iterator<Item = u64> {
        let numbers = self.all.chunks_exact(8);
        numbers.filter_map(move |bytes| Some(self.order.u64(*bytes.first_chunk()?)))
    }
}
