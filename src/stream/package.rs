//! What a package (`zfs send -R`, `-p` and others) says it holds, compared with the streams that came.
//!
//! Responsible for the list in the package's header: every file system in it must have the snapshot that was sent, and its
//! stream must have come. libzfs ends a package properly even after an error, so a child without that snapshot would be
//! silently absent. The list is an nvlist in XDR (`module/nvpair/nvpair.c`; RFC 4506): fields that are read are looked up
//! where they lie, nothing is allocated by a length that it claims.

use std::collections::BTreeMap;

use crate::name::FullName;
use crate::terminal::plain;

/// The longest list that is looked at; all of it is kept in memory. A snapshot takes 64 bytes of it and twice its name, so that
/// this is enough for a hundred thousand with the long names of zfs-auto-snapshot. (`zfs receive` takes 64 MiB.)
pub const MAX_LIST_BYTES: u64 = 16 << 20;

/// The longest name that ZFS takes, in bytes.
const NAME_BYTES: usize = 255;

/// The name and the value of a field.
type Field<'a> = (&'a [u8], &'a [u8]);

/// The header of a package and what of it has not come yet.
#[derive(Default)]
pub struct Package {
    list: Vec<u8>,
    /// Snapshots whose streams have not come, by their guids.
    missing: BTreeMap<u64, FullName>,
}

impl Package {
    /// Keeps the next bytes of the list.
    pub fn take(&mut self, piece: &[u8]) {
        self.list.extend_from_slice(piece);
    }

    /// Reads the list, when all of it is there and its checksum has held.
    pub fn open(&mut self) -> Result<(), String> {
        let list = std::mem::take(&mut self.list);
        // `-I` without properties has none.
        if !list.is_empty() {
            self.missing = listed(&list)?;
        }
        Ok(())
    }

    /// Notes a stream that has begun.
    pub fn came(&mut self, toguid: u64) {
        self.missing.remove(&toguid);
    }

    /// The verdict, when the package ends.
    pub fn close(&self) -> Result<(), String> {
        match self.missing.first_key_value() {
            None => Ok(()),
            Some((guid, snapshot)) => Err(format!(
                "the package ends without {snapshot} (guid {guid}), which its header lists; {} missing in all",
                self.missing.len()
            )),
        }
    }
}

/// Every file system of the list with its snapshot that was sent: `fss` has one list for each, with `name` and `snaps`,
/// and `tosnap` is the name of that snapshot (`gather_nvlist` in libzfs).
fn listed(list: &[u8]) -> Result<BTreeMap<u64, FullName>, String> {
    let mut snapshots = BTreeMap::new();
    // Four bytes stand before it; the first is 1 for XDR.
    let list = list.strip_prefix(&[1]).and_then(|list| list.get(3..));
    let list = list.ok_or_else(unreadable)?;
    let (Some(tosnap), Some(mut rest)) = (field(list, b"tosnap")?, field(list, b"fss")?) else {
        return Ok(snapshots);
    };
    let tosnap = name_in(&mut { tosnap })?;
    skip(&mut rest, 8)?;
    while let Some((_, of_fs)) = next_field(&mut rest)? {
        let mut name = field(of_fs, b"name")?.unwrap_or(&[0; 4]);
        let name = shown(name_in(&mut name)?);
        let snapshot = FullName::of(&name, &shown(tosnap));
        let snaps = field(of_fs, b"snaps")?;
        let guid = snaps
            .map(|snaps| field(snaps, tosnap))
            .transpose()?
            .flatten();
        let guid = guid.ok_or_else(|| {
            format!("{snapshot} did not exist when the package was made: {name} is missing in it")
        })?;
        let guid = guid.first_chunk().ok_or_else(unreadable)?;
        snapshots.insert(u64::from_be_bytes(*guid), snapshot);
    }
    Ok(snapshots)
}

/// The value of a field of the list that begins here, behind its version and flags.
fn field<'a>(list: &'a [u8], wanted: &[u8]) -> Result<Option<&'a [u8]>, String> {
    let mut rest = list;
    skip(&mut rest, 8)?;
    while let Some((name, value)) = next_field(&mut rest)? {
        if name == wanted {
            return Ok(Some(value));
        }
    }
    Ok(None)
}

/// Takes a field off `rest`: encoded length, decoded length, name, type, number of elements, value. Two zeros end a list.
fn next_field<'a>(rest: &mut &'a [u8]) -> Result<Option<Field<'a>>, String> {
    let (whole, encoded_bytes) = (*rest, number(rest)?);
    if number(rest)? == 0 && encoded_bytes == 0 {
        return Ok(None);
    }
    let (mut field, behind) = whole
        .split_at_checked(encoded_bytes)
        .ok_or_else(unreadable)?;
    skip(&mut field, 8)?;
    let name = opaque(&mut field)?;
    skip(&mut field, 8)?;
    *rest = behind;
    Ok(Some((name, field)))
}

/// Takes a length and so many bytes, padded to a multiple of 4.
fn opaque<'a>(rest: &mut &'a [u8]) -> Result<&'a [u8], String> {
    let length = number(rest)?;
    let bytes = rest.get(..length).ok_or_else(unreadable)?;
    skip(rest, length.next_multiple_of(4))?;
    Ok(bytes)
}

/// The same where it is a name.
fn name_in<'a>(rest: &mut &'a [u8]) -> Result<&'a [u8], String> {
    let name = opaque(rest)?;
    match name.len() {
        0..=NAME_BYTES => Ok(name),
        _ => Err(unreadable()),
    }
}

fn shown(name: &[u8]) -> String {
    plain(&String::from_utf8_lossy(name))
}

fn number(rest: &mut &[u8]) -> Result<usize, String> {
    let bytes = rest.first_chunk().ok_or_else(unreadable)?;
    skip(rest, 4)?;
    Ok(u32::from_be_bytes(*bytes) as usize)
}

fn skip(rest: &mut &[u8], count: usize) -> Result<(), String> {
    *rest = rest.get(count..).ok_or_else(unreadable)?;
    Ok(())
}

fn unreadable() -> String {
    "the list in the header of the package cannot be read".to_owned()
}
