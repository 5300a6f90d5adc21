//! Packed nvlists, as far as tokens and BEGIN records have them: what a list holds, and where it ends.
//!
//! Responsible for both encodings, native of either byte order and XDR (`module/nvpair/nvpair.c` of OpenZFS). Nothing is
//! allocated by a length that a list claims, and no loop goes on without having advanced.

use crate::stream::Order;

/// What stands before the members: encoding, byte order and two unused bytes, then the list's own version and flags.
const HEAD_BYTES: usize = 12;
/// A native member up to its name.
const MEMBER_BYTES: usize = 16;
/// How deep lists may lie in one another.
const DEPTH: usize = 8;

const UINT64: u32 = 8;
const STRING: u32 = 9;
const NVLIST: u32 = 19;
const NVLIST_ARRAY: u32 = 20;

/// How a list is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// As a machine of that byte order has it in memory.
    Native(Order),
    /// As RFC 4506 has it.
    Xdr,
}

/// A list that was read.
#[derive(Debug)]
pub struct List<'a> {
    /// How it is packed.
    pub encoding: Encoding,
    /// Where its end mark stands.
    pub end: usize,
    members: Vec<Member<'a>>,
}

#[derive(Debug)]
struct Member<'a> {
    name: &'a [u8],
    kind: u32,
    count: u32,
    value: &'a [u8],
}

impl<'a> List<'a> {
    /// Reads the list that begins here; `None` if it is none.
    pub fn read(bytes: &'a [u8]) -> Option<Self> {
        let encoding = match bytes.first_chunk()? {
            [0, 0] => Encoding::Native(Order::Big),
            [0, 1] => Encoding::Native(Order::Little),
            [1, _] => Encoding::Xdr,
            _ => return None,
        };
        let mut rest = bytes.get(HEAD_BYTES..)?;
        let mut members = Vec::new();
        let end = loop {
            let end = bytes.len() - rest.len();
            let member = match encoding {
                Encoding::Native(order) => native(&mut rest, order, DEPTH)?,
                Encoding::Xdr => xdr(&mut rest)?,
            };
            match member {
                Some(member) => members.push(member),
                None => break end,
            }
        };
        Some(Self {
            encoding,
            end,
            members,
        })
    }

    /// The number of that name.
    pub fn number(&self, name: &str) -> Option<u64> {
        let bytes = *self.member(name, UINT64)?.first_chunk()?;
        Some(match self.encoding {
            Encoding::Native(order) => order.u64(bytes),
            Encoding::Xdr => u64::from_be_bytes(bytes),
        })
    }

    /// The text of that name, up to its NUL.
    pub fn text(&self, name: &str) -> Option<&'a [u8]> {
        let value = self.member(name, STRING)?;
        match self.encoding {
            Encoding::Native(_) => value.split(|&byte| byte == 0).next(),
            Encoding::Xdr => {
                let length = u32::from_be_bytes(*value.first_chunk()?);
                value.get(4..)?.get(..length as usize)
            }
        }
    }

    fn member(&self, name: &str, kind: u32) -> Option<&'a [u8]> {
        let wanted = |member: &&Member| member.name == name.as_bytes() && member.kind == kind;
        Some(self.members.iter().find(wanted)?.value)
    }
}

/// Takes a member off `rest`: its length, that of its name with the NUL, elements, type, name, value; the inner `None` is the
/// end of the list. The members of lists in it follow it,
/// with an end mark for each list.
#[allow(clippy::option_option)]
fn native<'a>(rest: &mut &'a [u8], order: Order, depth: usize) -> Option<Option<Member<'a>>> {
    let bytes = *rest;
    let word = |at: usize| Some(order.u32(*bytes.get(at..)?.first_chunk()?));
    let whole_bytes = word(0)? as usize;
    if whole_bytes == 0 {
        *rest = bytes.get(4..)?;
        return Some(None);
    }
    let (whole, behind) = bytes.split_at_checked(whole_bytes)?;
    let name_bytes = match order {
        Order::Little => word(4)? & 0xffff,
        Order::Big => word(4)? >> 16,
    } as usize;
    let name = whole.get(MEMBER_BYTES..)?.get(..name_bytes)?;
    let value_at = (MEMBER_BYTES + name_bytes).next_multiple_of(8);
    *rest = behind;
    let member = Member {
        name: name.strip_suffix(&[0])?,
        kind: word(12)?,
        count: word(8)?,
        value: whole.get(value_at..).unwrap_or_default(),
    };
    let lists = match member.kind {
        NVLIST => 1,
        NVLIST_ARRAY => member.count,
        _ => 0,
    };
    for _ in 0..lists {
        let deeper = depth.checked_sub(1)?;
        while native(rest, order, deeper)?.is_some() {}
    }
    Some(Some(member))
}

/// The same in XDR: its length with all that lies in it, that in memory, its name, type, elements, value.
#[allow(clippy::option_option)]
fn xdr<'a>(rest: &mut &'a [u8]) -> Option<Option<Member<'a>>> {
    let bytes = *rest;
    let (whole_bytes, in_memory) = (big(bytes, 0)?, big(bytes, 4)?);
    if whole_bytes == 0 && in_memory == 0 {
        *rest = bytes.get(8..)?;
        return Some(None);
    }
    let (whole, behind) = bytes.split_at_checked(whole_bytes as usize)?;
    let name_bytes = big(whole, 8)? as usize;
    let name = whole.get(12..)?.get(..name_bytes)?;
    let behind_name = whole.get(12..)?.get(name_bytes.next_multiple_of(4)..)?;
    *rest = behind;
    Some(Some(Member {
        name,
        kind: big(behind_name, 0)?,
        count: big(behind_name, 4)?,
        value: behind_name.get(8..)?,
    }))
}

fn big(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(*bytes.get(at..)?.first_chunk()?))
}

/// The packed list with two more numbers in it, in the encoding that it has; an empty one becomes native of this byte order,
/// as senders make it. `None` if it is no list.
pub fn with_numbers(packed: &[u8], order: Order, numbers: [(&str, u64); 2]) -> Option<Vec<u8>> {
    let (encoding, end) = match packed {
        [] => (Encoding::Native(order), HEAD_BYTES),
        _ => List::read(packed).map(|list| (list.encoding, list.end))?,
    };
    let mut out = match packed {
        [] => empty(order),
        _ => packed.get(..end)?.to_vec(),
    };
    for (name, number) in numbers {
        out.extend(match encoding {
            Encoding::Native(order) => native_number(name, number, order),
            Encoding::Xdr => xdr_number(name, number),
        });
    }
    match encoding {
        Encoding::Native(_) => out.extend([0; 4]),
        Encoding::Xdr => {
            out.extend([0; 8]);
            out.resize(out.len().next_multiple_of(8), 0);
        }
    }
    Some(out)
}

/// An empty native list up to its end mark, with unique names.
fn empty(order: Order) -> Vec<u8> {
    let little = u8::from(order == Order::Little);
    let words = [0, 1].map(|word| order.bytes_of_u32(word));
    [&[0, little, 0, 0][..], &words.concat()].concat()
}

fn native_number(name: &str, number: u64, order: Order) -> Vec<u8> {
    let name_bytes = name.len() as u32 + 1;
    let value_at = (MEMBER_BYTES + name.len() + 1).next_multiple_of(8);
    // The length of the name is a number of 16 bits.
    let name_word = match order {
        Order::Little => name_bytes,
        Order::Big => name_bytes << 16,
    };
    let words = [value_at as u32 + 8, name_word, 1, UINT64].map(|word| order.bytes_of_u32(word));
    let mut out = [&words.concat(), name.as_bytes()].concat();
    out.resize(value_at, 0);
    out.extend(order.bytes_of_u64(number));
    out
}

fn xdr_number(name: &str, number: u64) -> Vec<u8> {
    let padded = name.len().next_multiple_of(4);
    let in_memory = (MEMBER_BYTES + name.len() + 1).next_multiple_of(8) + 8;
    let words =
        [12 + padded + 8 + 8, in_memory, name.len()].map(|word| (word as u32).to_be_bytes());
    let mut out = [&words.concat(), name.as_bytes()].concat();
    out.resize(12 + padded, 0);
    out.extend([UINT64, 1].map(u32::to_be_bytes).concat());
    out.extend(number.to_be_bytes());
    out
}
