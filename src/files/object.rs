//! One object of a file system, as far as it is kept.

use super::attributes::is_old_link;
use super::content::Content;
use crate::stream::{Header, Order};

/// What kinds of objects there are (`DMU_OT_*` in OpenZFS's `include/sys/dmu.h`), as far as they matter here.
pub const ZNODE: u8 = 17;
pub const SYSTEM_ATTRIBUTES: u8 = 44;
const DIRECTORY: u8 = 20;
const MASTER_NODE: u8 = 21;
const VOLUME_PROPERTIES: u8 = 24;
const ATTRIBUTES_MASTER_NODE: u8 = 45;
const ATTRIBUTES_REGISTRY: u8 = 46;
const ATTRIBUTES_LAYOUTS: u8 = 47;

/// What an object costs beside its bytes, about: its place in the table of all.
const OBJECT_COST: u64 = 140;

/// One object.
#[derive(Debug)]
pub struct Dnode {
    /// Its kind; 0 for one that no pool has.
    pub kind: u8,
    /// The kind of its bonus buffer.
    pub bonus_kind: u8,
    slots: u8,
    block_bytes: u32,
    /// The bonus buffer, in which a file has its attributes.
    pub bonus: Box<[u8]>,
    /// The stream in which its content begins.
    pub born: u32,
    /// The last stream that says anything of its content.
    pub last: u32,
    /// Where its content ends at most.
    end: u64,
    more: Option<Box<More>>,
}

/// What few objects have.
#[derive(Debug, Default)]
struct More {
    spill: Option<Vec<u8>>,
    content: Option<Content>,
}

impl Dnode {
    /// As an OBJECT record of this stream has it.
    pub fn new(header: &Header, payload: &[u8], stream: u32) -> Self {
        let kind = |at| u8::try_from(header.u32(at)).unwrap_or_default();
        let bonus = payload.get(..header.u32(28) as usize).unwrap_or(payload);
        let mut object = Self {
            kind: kind(16),
            bonus_kind: kind(20),
            // Old streams do not tell: it is one.
            slots: header.u8(34).max(1),
            block_bytes: header.u32(24),
            bonus: bonus.into(),
            born: stream,
            last: stream,
            end: 0,
            more: None,
        };
        if object.is_walked(header.order) {
            object.more().content = Some(Content::default());
        }
        object
    }

    /// Whether its content leads to other objects, or is where an old link leads to.
    fn is_walked(&self, order: Order) -> bool {
        let old_link = || self.bonus_kind == ZNODE && is_old_link(&self.bonus, order);
        matches!(
            self.kind,
            DIRECTORY
                | MASTER_NODE
                | VOLUME_PROPERTIES
                | ATTRIBUTES_MASTER_NODE
                | ATTRIBUTES_REGISTRY
                | ATTRIBUTES_LAYOUTS
        ) || old_link()
    }

    /// Whether a receiver would keep the content of the object that had the number before.
    pub fn goes_on(&self, before: &Self) -> bool {
        (self.kind, self.slots, self.block_bytes) == (before.kind, before.slots, before.block_bytes)
    }

    /// Takes over the content of the one before it, and its spill block if that stays.
    pub fn inherit(&mut self, before: Self, spill_too: bool) {
        (self.born, self.last, self.end) = (before.born, before.last, before.end);
        let Some(more) = before.more else { return };
        if let Some((own, content)) = self.content_mut().zip(more.content) {
            *own = content;
        }
        if let (Some(spill), true) = (more.spill, spill_too) {
            self.more().spill = Some(spill);
        }
    }

    /// Notes that this stream has something of its content, up to there.
    pub fn write(&mut self, end: u64, stream: u32) {
        self.end = self.end.max(end);
        self.last = stream;
    }

    /// Notes that this stream frees what lies from there on. It does so of every object, mostly where nothing is.
    pub fn free(&mut self, offset: u64, stream: u32) {
        if offset < self.end {
            self.last = stream;
        }
    }

    /// The spill block, in which attributes stand for which the bonus buffer is too small.
    pub fn spill(&self) -> Option<&[u8]> {
        self.more.as_ref()?.spill.as_deref()
    }

    /// Gives it a spill block.
    pub fn set_spill(&mut self, spill: Vec<u8>) {
        self.more().spill = Some(spill);
    }

    /// Its content, if it is one that has to be read.
    pub fn content(&self) -> Result<&Content, String> {
        let content = self.more.as_ref().and_then(|more| more.content.as_ref());
        content.ok_or_else(|| format!("it is of kind {}", self.kind))
    }

    /// The same, to be changed.
    pub fn content_mut(&mut self) -> Option<&mut Content> {
        self.more.as_mut()?.content.as_mut()
    }

    /// How much memory it takes, about.
    pub fn cost(&self) -> u64 {
        let spill = self.spill().map_or(0, <[u8]>::len) as u64;
        let content = self.content().map_or(0, Content::cost);
        OBJECT_COST + self.bonus.len() as u64 + spill + content
    }

    fn more(&mut self) -> &mut More {
        self.more.get_or_insert_default()
    }
}
