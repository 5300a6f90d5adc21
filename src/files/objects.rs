//! A chain of streams as the objects that a pool would have after receiving them.
//!
//! Responsible for doing with each record what `zfs receive` does with it, and for the bound on what is kept: bonus buffers, spill
//! blocks, and the content of what has to be read to find others. Not responsible for whether the streams are right: the
//! readers that they come from prove that. Of a stream that does not pass nothing may be used.
//!
//! Source of the rules: `receive_object` and its neighbours in OpenZFS's `module/zfs/dmu_recv.c`.

use std::collections::BTreeMap;
use std::io::Read;

use super::attributes::Schema;
use super::object::Dnode;
use crate::block::record as block;
use crate::error::{Error, Result};
use crate::mend;
use crate::salvage::Damage;
use crate::size;
use crate::stream::{Begin, Header, Order, RAW, RecordType, Records};

/// `DRR_FLAG_SPILL_BLOCK` of a BEGIN record: each object says whether it has a spill block.
pub const TELLS_SPILLS: u32 = 8;
/// `DRR_OBJECT_SPILL` of an OBJECT record.
pub const HAS_SPILL: u8 = 4;

/// The objects of one file system or volume.
#[derive(Debug)]
pub struct Objects {
    all: BTreeMap<u64, Dnode>,
    /// The byte order of the streams.
    pub order: Order,
    /// How attributes lie, as of the last stream that was taken whole.
    pub schema: Schema,
    /// The last BEGIN record.
    pub begin: Begin,
    /// How many streams were taken.
    pub streams: u32,
    /// Where it is noted that names are missing; otherwise that is a failure.
    pub damage: Option<Damage>,
    kept_bytes: u64,
    most_bytes: u64,
}

impl Objects {
    /// None yet, and never more than so much of them.
    pub fn new(most_bytes: u64) -> Self {
        Self {
            all: BTreeMap::new(),
            order: Order::default(),
            schema: Schema::default(),
            begin: Begin::default(),
            streams: 0,
            damage: None,
            kept_bytes: 0,
            most_bytes,
        }
    }

    /// The object of this number.
    pub fn get(&self, number: u64) -> Option<&Dnode> {
        self.all.get(&number)
    }

    /// Takes the next stream of the chain.
    pub fn take(&mut self, stream: impl Read) -> Result<()> {
        let mut records = Records::new(stream);
        while let Some((kind, header)) = records.next().map_err(unread)? {
            self.record(kind, &header, &mut records)?;
        }
        if !self.begin.volume {
            self.schema = self.schema().map_err(Error::refused)?;
        }
        self.streams += 1;
        Ok(())
    }

    /// Takes a record.
    pub fn record<R: Read>(
        &mut self,
        kind: RecordType,
        header: &Header,
        records: &mut Records<R>,
    ) -> Result<()> {
        let number = header.u64(8);
        if let Some((owner, _)) = header.beyond_files(kind).filter(|_| !self.begin.volume) {
            let payload = block::payload_of(records).map_err(unread)?;
            let mended = mend::spill_of(header, &payload);
            let (_, spill) = mended.map_err(|problem| odd(owner, &problem))?;
            return self.change(owner, |object| object.set_spill(spill));
        }
        match kind {
            RecordType::Begin => self.begin(header),
            RecordType::Object => {
                let payload = block::payload_of(records).map_err(unread)?;
                self.object(number, header, &payload)
            }
            RecordType::FreeObjects => {
                self.free_objects(number, header.u64(16));
                Ok(())
            }
            RecordType::Write | RecordType::WriteEmbedded => self.write(kind, header, records),
            RecordType::Free => {
                let (offset, length, stream) = (header.u64(16), header.u64(24), self.streams);
                self.change(number, |object| {
                    object.free(offset, stream);
                    if let Some(content) = object.content_mut() {
                        content.free(offset, length);
                    }
                })
            }
            RecordType::Spill => {
                let payload = block::payload_of(records).map_err(unread)?;
                let spill = block::of(kind, header, payload);
                let spill = spill.map_err(|problem| odd(number, &problem))?;
                self.change(number, |object| object.set_spill(spill.bytes))
            }
            RecordType::WriteByref => Err(Error::refused(
                "a stream without repetitions (zfs send -D) cannot be read: what it leaves out lies elsewhere",
            )),
            RecordType::End | RecordType::ObjectRange | RecordType::Redact => Ok(()),
        }
    }

    /// Only what belongs on what was taken before is taken.
    pub fn begin(&mut self, header: &Header) -> Result<()> {
        let begin = header.begin();
        if begin.features & RAW != 0 {
            return Err(Error::refused(
                "this is a raw stream of an encrypted dataset: what is in it shows only where zfs has its key",
            )
            .hint("'z3 restore' brings the whole dataset back"));
        }
        let before = &self.begin;
        if begin.fromguid != before.toguid {
            return Err(Error::refused(match (self.streams, begin.fromguid) {
                (0, guid) => format!(
                    "this is an increment of the snapshot with guid {guid}: the stream of that one has to come first"
                ),
                (_, 0) => "this is a full stream, and only the first can be one".to_owned(),
                (_, guid) => format!(
                    "this is an increment of the snapshot with guid {guid}, the stream before it is of guid {}",
                    before.toguid
                ),
            }));
        }
        if self.streams > 0 && (begin.volume, header.order) != (before.volume, self.order) {
            return Err(Error::refused(
                "it is of another kind than the stream before it: a volume, or the other byte order",
            ));
        }
        self.order = header.order;
        self.begin = begin;
        Ok(())
    }

    fn object(&mut self, number: u64, header: &Header, payload: &[u8]) -> Result<()> {
        let mut object = Dnode::new(header, payload, self.streams);
        let before = self.remove(number);
        if let Some(before) = before.filter(|before| self.goes_on(before, &object)) {
            let tells = self.begin.flags & TELLS_SPILLS != 0;
            object.inherit(before, !tells || header.u8(35) & HAS_SPILL != 0);
        }
        self.kept_bytes += object.cost();
        self.all.insert(number, object);
        self.bounded()
    }

    /// A number is given to another file when the first one is gone. Where that cannot be seen, the stream frees what is gone.
    fn goes_on(&self, before: &Dnode, now: &Dnode) -> bool {
        let generation = |object| self.schema.generation(object);
        let same = match (generation(before), generation(now)) {
            (Some(before), Some(now)) => before == now,
            _ => true,
        };
        now.goes_on(before) && same
    }

    fn write<R: Read>(
        &mut self,
        kind: RecordType,
        header: &Header,
        records: &mut Records<R>,
    ) -> Result<()> {
        let number = header.u64(8);
        let Some(object) = self.all.get_mut(&number) else {
            return Ok(());
        };
        object.write(block::place_of(kind, header).end, self.streams);
        if object.content().is_err() {
            return Ok(());
        }
        let payload = block::payload_of(records).map_err(unread)?;
        let block = match (block::of(kind, header, payload), &self.damage) {
            (Ok(block), _) => block,
            (Err(_), Some(damage)) => {
                damage.note_names(number);
                return Ok(());
            }
            (Err(problem), None) => return Err(odd(number, &problem)),
        };
        self.change(number, |object| {
            if let Some(content) = object.content_mut() {
                content.write(block.offset, block.bytes);
            }
        })
    }

    /// Notes that the stream has some of the content of an object, up to there at most.
    pub fn has_data(&mut self, number: u64, end: u64) {
        if let Some(object) = self.all.get_mut(&number) {
            object.write(end, self.streams);
        }
    }

    fn change(&mut self, number: u64, change: impl FnOnce(&mut Dnode)) -> Result<()> {
        if let Some(object) = self.all.get_mut(&number) {
            self.kept_bytes -= object.cost();
            change(object);
            self.kept_bytes += object.cost();
        }
        self.bounded()
    }

    /// Forgets so many objects from this one on.
    pub fn free_objects(&mut self, first: u64, count: u64) {
        let end = first.saturating_add(count);
        while let Some((&number, _)) = self.all.range(first..end).next() {
            self.remove(number);
        }
    }

    fn remove(&mut self, number: u64) -> Option<Dnode> {
        let object = self.all.remove(&number)?;
        self.kept_bytes -= object.cost();
        Some(object)
    }

    fn bounded(&self) -> Result<()> {
        if self.kept_bytes <= self.most_bytes {
            return Ok(());
        }
        let most = size::humanize(self.most_bytes);
        Err(Error::refused(format!(
            "the names and attributes of {} objects and more take more than {most} of memory",
            self.all.len()
        ))
        .hint("a larger MAX_MEMORY gives them more room"))
    }
}

/// A stream that could not be read.
pub fn unread(error: std::io::Error) -> Error {
    Error::io("read the stream", error)
}

fn odd(number: u64, problem: &str) -> Error {
    Error::refused(format!("object {number}: {problem}"))
}
