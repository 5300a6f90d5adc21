//! The beginning of a stream, with which every rest of it begins.

use super::proof::{Marks, Proved, records_from};
use crate::stream::{BEGIN_RECORD_BYTES, Fletcher4, Header, Order, RecordType, begin_of};

/// BEGIN and its list, and what they say.
pub struct Opening {
    /// BEGIN and its list, proved by the first record.
    pub bytes: Vec<u8>,
    pub marks: Marks,
    pub features: u64,
}

impl Opening {
    /// Reads it and the records behind it from the first bytes of a stream; `None` if they are too few, or no record proves them.
    pub fn of(first: &[u8]) -> Option<(Self, Vec<Proved>)> {
        let (begin, order) = (begin_of(first)?, Order::detect(first)?);
        let header = Header {
            bytes: *first.first_chunk()?,
            order,
        };
        let list_bytes = header.payload_bytes(RecordType::Begin).ok()?;
        let end = BEGIN_RECORD_BYTES.checked_add(usize::try_from(list_bytes).ok()?)?;
        let bytes = first.get(..end)?.to_vec();
        let mut sum = Fletcher4::new(order);
        sum.absorb(&bytes);
        let marks = Marks {
            toguid: begin.toguid,
            order,
        };
        let records = records_from(first, end, sum, marks);
        let head = Self {
            bytes,
            marks,
            features: begin.features,
        };
        (!records.is_empty()).then_some((head, records))
    }
}
