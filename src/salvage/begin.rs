//! The beginning of a stream, without which nothing of it can be told.

use std::io::Read;

use super::PAYLOAD_BYTES;
use crate::error::{Error, Result};
use crate::stream::{BEGIN_RECORD_BYTES, Header, Order, RecordType};

/// BEGIN and its list.
pub fn beginning(source: &mut impl Read) -> Result<(Header, Vec<u8>)> {
    let unread = |error| Error::io("read the stream", error);
    let none = || Error::refused("nothing can be salvaged: it does not begin as a stream");
    let mut bytes = Vec::new();
    let head = source.take(BEGIN_RECORD_BYTES as u64);
    { head }.read_to_end(&mut bytes).map_err(unread)?;
    let first = bytes.first_chunk().copied();
    let order = Order::detect(&bytes);
    let (first, order) = first.zip(order).ok_or_else(none)?;
    let header = Header {
        bytes: first,
        order,
    };
    let list_bytes = header.payload_bytes(RecordType::Begin).unwrap_or(u64::MAX);
    let list = source.take(list_bytes.min(PAYLOAD_BYTES));
    { list }.read_to_end(&mut bytes).map_err(unread)?;
    let whole = bytes.len() as u64 == list_bytes.saturating_add(BEGIN_RECORD_BYTES as u64);
    match whole {
        true => Ok((header, bytes)),
        false => Err(none()),
    }
}
