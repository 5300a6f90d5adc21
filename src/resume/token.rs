//! The `receive_resume_token` of a dataset that `zfs receive -s` has left half received.

use std::io::Read;

use flate2::read::ZlibDecoder;

use super::nvlist::List;
use crate::error::{Error, Result};
use crate::stream::{Fletcher4, Order};
use crate::terminal::plain;

/// The longest token that is read: those of plain streams have some 400 characters.
const TOKEN_BYTES: usize = 64 << 10;
/// The most that one may unpack to.
const UNPACKED_BYTES: u64 = 256 << 10;
/// How much of one that cannot be read is shown, in characters.
const SHOWN_CHARS: usize = 40;

/// What a token says: which stream was cut, and where.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Token {
    /// The object that was being received.
    pub object: u64,
    /// Up to where in it.
    pub offset: u64,
    /// How much of the stream had been read.
    pub bytes: u64,
    /// The guid of the snapshot that was to become.
    pub toguid: u64,
    /// That of the one that it builds on; 0 for a full stream.
    pub fromguid: u64,
    /// `dataset@snapshot` as the sender named it: a stranger's words.
    pub toname: String,
}

impl Token {
    /// Reads what `zfs get receive_resume_token` prints: version, checksum, length and a zlib-packed nvlist in hexadecimal,
    /// between dashes (`zfs_send_resume_token_to_nvlist` in libzfs).
    pub fn read(text: &str) -> Result<Self> {
        let text = text.trim();
        let refused = |problem: &str| {
            let shown: String = text.chars().take(SHOWN_CHARS).collect();
            Error::refused(format!("read resume token '{}': {problem}", plain(&shown)))
        };
        Self::decode(text).map_err(refused)
    }

    fn decode(text: &str) -> std::result::Result<Self, &'static str> {
        let unlike = "not of the form VERSION-CHECKSUM-LENGTH-DATA";
        if text.len() > TOKEN_BYTES {
            return Err("it is too long");
        }
        let mut fields = text.splitn(4, '-');
        let mut field = || fields.next().ok_or(unlike);
        let (version, sum, length, data) = (field()?, field()?, field()?, field()?);
        if version != "1" {
            return Err("its version is not 1");
        }
        let hex = |text| u64::from_str_radix(text, 16).map_err(|_| unlike);
        let (sum, length, data) = (hex(sum)?, hex(length)?, unhexed(data).ok_or(unlike)?);
        if !has_sum(&data, sum) {
            return Err("its checksum is wrong");
        }
        let list = unpacked(&data, length).ok_or("its data is corrupt")?;
        Self::of_list(&list).ok_or("it does not say what was received")
    }

    fn of_list(list: &[u8]) -> Option<Self> {
        let list = List::read(list)?;
        let toname = list.text("toname").unwrap_or_default();
        Some(Self {
            object: list.number("object")?,
            offset: list.number("offset")?,
            bytes: list.number("bytes").unwrap_or_default(),
            toguid: list.number("toguid")?,
            fromguid: list.number("fromguid").unwrap_or_default(),
            toname: String::from_utf8_lossy(toname).into_owned(),
        })
    }
}

/// Whether this is the first word of the data's fletcher-4, of whole words, in the byte order of the machine that received.
fn has_sum(data: &[u8], sum: u64) -> bool {
    let words = data.get(..data.len() / 4 * 4).unwrap_or_default();
    [Order::Little, Order::Big].into_iter().any(|order| {
        let mut fletcher = Fletcher4::new(order);
        fletcher.absorb(words);
        fletcher.value().first() == Some(&sum)
    })
}

/// The bytes that stand there in hexadecimal.
fn unhexed(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let (pairs, rest) = text.as_bytes().as_chunks();
    let byte = |&[high, low]: &[u8; 2]| u8::try_from(digit(high)? << 4 | digit(low)?).ok();
    rest.is_empty().then(|| pairs.iter().map(byte).collect())?
}

fn unpacked(data: &[u8], length: u64) -> Option<Vec<u8>> {
    let mut list = Vec::new();
    let mut inflated = ZlibDecoder::new(data).take(UNPACKED_BYTES);
    inflated.read_to_end(&mut list).ok()?;
    (list.len() as u64 == length).then_some(list)
}
