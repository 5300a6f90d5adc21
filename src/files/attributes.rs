//! What is known of a file beside its content: its mode, its owner, its times, where a link leads.
//!
//! Responsible for both ways in which it is stored: as fields of fixed places (before ZPL 5), and as system attributes, whose
//! layouts each file system registers for itself. Not responsible for what a name or a number means to this machine.
//!
//! Source of the formats: OpenZFS, `include/sys/zfs_znode.h`, `sa_impl.h` and `zfs_sa.h`.

use std::collections::BTreeMap;

use super::bytes::Bytes;
use super::kind::FileKind;
use super::object::{Dnode, SYSTEM_ATTRIBUTES, ZNODE};
use super::zap;
use crate::stream::Order;

/// `SA_MAGIC`.
const MAGIC: u32 = 0x2F_505A;
/// Where the lengths stand that a layout leaves open.
const LENGTHS_AT: usize = 6;
/// `ZFS_ACL_TRIVIAL` of `ZPL_FLAGS`: the mode says all.
const ACL_IS_MODE: u64 = 4;
/// Behind the fields of an old file; what a short link leads to stands there.
const ZNODE_BYTES: usize = 264;

/// All that is known of a file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Attributes {
    /// Its kind and its permissions.
    pub mode: u32,
    /// How long its content is; of a directory, how many entries it has.
    pub size: u64,
    /// How many names it has.
    pub links: u64,
    /// Its owner, as the pool has it.
    pub uid: u64,
    /// Its group.
    pub gid: u64,
    /// When its content was changed: seconds since 1970 and nanoseconds.
    pub mtime: (i64, u32),
    /// Which of the files is meant that had this number of an object one after the other.
    pub generation: u64,
    /// `ZPL_FLAGS`.
    pub flags: u64,
    /// The directory of its extended attributes, if they stand in one.
    pub xattr_directory: u64,
    /// Its extended attributes, packed.
    pub xattrs: Vec<u8>,
    /// Where it leads to, if it is a link and that stands here.
    pub target: Option<Vec<u8>>,
}

impl Attributes {
    /// What it is.
    pub fn kind(&self) -> FileKind {
        FileKind::of_mode(self.mode)
    }

    /// Whether it has an ACL that says more than its mode.
    pub fn has_acl(&self) -> bool {
        self.flags & ACL_IS_MODE == 0
    }

    fn set(&mut self, field: Field, value: Bytes<'_>) -> Option<()> {
        let number = || value.u64(0);
        match field {
            Field::Mode => self.mode = number()? as u32,
            Field::Size => self.size = number()?,
            Field::Links => self.links = number()?,
            Field::Uid => self.uid = number()?,
            Field::Gid => self.gid = number()?,
            Field::Mtime => self.mtime = time(value, 0)?,
            Field::Generation => self.generation = number()?,
            Field::Flags => self.flags = number()?,
            Field::XattrDirectory => self.xattr_directory = number()?,
            Field::Xattrs => self.xattrs = value.all.to_vec(),
            Field::Target => self.target = Some(value.all.to_vec()),
        }
        Some(())
    }
}

/// A system attribute that means something here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
    Mode,
    Size,
    Links,
    Uid,
    Gid,
    Mtime,
    Generation,
    Flags,
    XattrDirectory,
    Xattrs,
    Target,
}

/// Their names in the registry.
const FIELDS: [(&str, Field); 11] = [
    ("ZPL_MODE", Field::Mode),
    ("ZPL_SIZE", Field::Size),
    ("ZPL_LINKS", Field::Links),
    ("ZPL_UID", Field::Uid),
    ("ZPL_GID", Field::Gid),
    ("ZPL_MTIME", Field::Mtime),
    ("ZPL_GEN", Field::Generation),
    ("ZPL_FLAGS", Field::Flags),
    ("ZPL_XATTR", Field::XattrDirectory),
    ("ZPL_DXATTR", Field::Xattrs),
    ("ZPL_SYMLINK", Field::Target),
];

/// How system attributes lie in this file system.
#[derive(Debug, Default)]
pub struct Schema {
    order: Order,
    /// By its number: what it is, and its length, which is 0 if it differs.
    fields: BTreeMap<u16, (Option<Field>, usize)>,
    layouts: BTreeMap<u16, Vec<u16>>,
}

impl Schema {
    /// That of an old file system, which has none.
    pub fn old(order: Order) -> Self {
        Self {
            order,
            ..Self::default()
        }
    }

    /// By its registry and its layouts.
    pub fn new(registry: &Dnode, layouts: &Dnode, order: Order) -> Result<Self, String> {
        let mut schema = Self::old(order);
        zap::each(registry.content()?, order, &mut |name, numbers| {
            let packed = numbers.first().copied().unwrap_or_default();
            let field = FIELDS.iter().find(|(known, _)| known.as_bytes() == name);
            let field = field.map(|(_, field)| *field);
            // `ATTR_NUM` and `ATTR_LENGTH`.
            let length = (packed >> 24) as u16;
            schema.fields.insert(packed as u16, (field, length.into()));
        })?;
        zap::each(layouts.content()?, order, &mut |name, numbers| {
            let number = str::from_utf8(name).ok().and_then(|name| name.parse().ok());
            let fields = numbers.iter().map(|&number| number as u16);
            if let Some(number) = number {
                schema.layouts.insert(number, fields.collect());
            }
        })?;
        Ok(schema)
    }

    /// All that is known of the file in this object; nothing if it is none, or damaged.
    pub fn attributes(&self, object: &Dnode) -> Option<Attributes> {
        let mut attributes = Attributes::default();
        match object.bonus_kind {
            SYSTEM_ATTRIBUTES => {
                self.add(&object.bonus, &mut attributes)?;
                if let Some(spill) = object.spill() {
                    self.add(spill, &mut attributes)?;
                }
                Some(attributes)
            }
            ZNODE => old(Bytes {
                all: &object.bonus,
                order: self.order,
            }),
            _ => None,
        }
    }

    /// Which of the files it is that had the object's number one after the other.
    pub fn generation(&self, object: &Dnode) -> Option<u64> {
        let mut attributes = Attributes::default();
        match object.bonus_kind {
            SYSTEM_ATTRIBUTES => self.add(&object.bonus, &mut attributes)?,
            _ => attributes = self.attributes(object)?,
        }
        Some(attributes.generation)
    }

    /// What stands in a bonus buffer or a spill block.
    fn add(&self, part: &[u8], attributes: &mut Attributes) -> Option<()> {
        let part = Bytes {
            all: part,
            order: self.order,
        };
        if part.u32(0)? != MAGIC {
            return None;
        }
        let info = part.u16(4)?;
        let mut at = usize::from(info >> 10) * 8;
        let mut lengths_at = LENGTHS_AT;
        for number in self.layouts.get(&(info & 0x3ff))? {
            let (field, mut length) = *self.fields.get(number)?;
            if length == 0 {
                length = part.u16(lengths_at)?.into();
                lengths_at += 2;
            }
            let all = part.from(at)?.get(..length)?;
            if let Some(field) = field {
                attributes.set(field, Bytes { all, ..part })?;
            }
            at += length.next_multiple_of(8);
        }
        Some(())
    }
}

fn time(bytes: Bytes<'_>, at: usize) -> Option<(i64, u32)> {
    let nanoseconds = bytes.u64(at + 8)?;
    let nanoseconds = u32::try_from(nanoseconds)
        .ok()
        .filter(|&n| n < 1_000_000_000);
    Some((
        bytes.u64(at)?.cast_signed(),
        nanoseconds.unwrap_or_default(),
    ))
}

/// Whether an old file is a link that leads to what stands in its content.
pub fn is_old_link(bonus: &[u8], order: Order) -> bool {
    let attributes = old(Bytes { all: bonus, order });
    attributes.is_some_and(|it| it.kind() == FileKind::Link && it.target.is_none())
}

/// The fields of `znode_phys_t`.
fn old(znode: Bytes<'_>) -> Option<Attributes> {
    let mut attributes = Attributes {
        mtime: time(znode, 16)?,
        generation: znode.u64(64)?,
        mode: znode.u64(72)? as u32,
        size: znode.u64(80)?,
        links: znode.u64(96)?,
        xattr_directory: znode.u64(104)?,
        flags: znode.u64(120)?,
        uid: znode.u64(128)?,
        gid: znode.u64(136)?,
        ..Attributes::default()
    };
    if attributes.kind() == FileKind::Link {
        let behind = znode.from(ZNODE_BYTES).unwrap_or_default();
        let target = usize::try_from(attributes.size).ok();
        attributes.target = target
            .and_then(|length| behind.get(..length))
            .map(<[u8]>::to_vec);
    }
    Some(attributes)
}
