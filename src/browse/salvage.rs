//! What is left of a stored stream that is damaged.
//!
//! Responsible for the way on behind damage: a later place at which the object can be entered. Not responsible for what is
//! proved ([`crate::salvage`]).

use std::cell::RefCell;
use std::io::Read;
use std::rc::Rc;
use std::sync::Arc;

use super::parts::RangedStream;
use super::sips::{Noted, Progressed, Sips};
use crate::chain::Parts;
use crate::codec::{self, Compressor};
use crate::enter::{Bounds, Entry, Excerpts, Found};
use crate::error::Result;
use crate::salvage::{Damage, Onward, Salvaged};
use crate::terminal::plain;

/// A stored stream that may be damaged.
pub struct Rescue<'a> {
    stream: RangedStream<'a>,
    /// Nothing, if it can be read from its beginning only.
    excerpts: Option<RefCell<Excerpts<'a>>>,
    compressor: Compressor,
    /// Where damage is noted, and which stream of its chain it is.
    damage: (Damage, usize),
}

/// How far it was read.
struct Went {
    /// Where the last rest begins in the object.
    at: u64,
    /// How far a decoder has come, if there is one.
    progressed: Option<Arc<Progressed>>,
}

impl<'a> Rescue<'a> {
    /// Looks at its beginning.
    pub fn new(stream: RangedStream<'a>, name: &str, damage: (Damage, usize)) -> Result<Rc<Self>> {
        let mut first = vec![0; stream.facts.size_bytes.min(16) as usize];
        stream.ranges()(0, &mut first)?;
        let compressor = stream.facts.compressor;
        let compressor = compressor.or_else(|| Compressor::of_bytes(&first));
        let excerpts = Excerpts::open_within(Bounds::of_salvage(), &stream.facts, stream.ranges())?;
        let excerpts = excerpts.map_err(|why| {
            let name = plain(name);
            log::warn!("{name}: what lies behind damage cannot be read: {why}");
        });
        Ok(Rc::new(Self {
            stream,
            excerpts: excerpts.ok().map(RefCell::new),
            compressor: compressor.unwrap_or(Compressor::None),
            damage,
        }))
    }

    /// All of it.
    pub fn whole(self: &Rc<Self>) -> Result<Box<dyn Read + 'a>> {
        let (source, went) = self.unpacked(0)?;
        let (check, onward) = ((self.stream.check)(), self.onward(went));
        let whole = Salvaged::whole(source, check, onward, self.damage.clone());
        Ok(Box::new(whole?))
    }

    /// How it is read in parts.
    pub fn parts(self: &Rc<Self>) -> Result<Found<Parts<'a>>> {
        let rescue = Rc::clone(self);
        let stream = self.stream.clone();
        stream.parts_by(Box::new(move |entry| rescue.entered(entry)))
    }

    fn entered(self: &Rc<Self>, entry: Entry) -> Result<Box<dyn Read + 'a>> {
        let (source, went) = self.unpacked(entry.at())?;
        let (head, source, sums) = entry.rest(source)?;
        let (check, onward) = ((self.stream.check)(), self.onward(went));
        let entered = Salvaged::entered(head, (source, sums), check, onward, self.damage.clone());
        Ok(Box::new(entered?))
    }

    fn unpacked(&self, at: u64) -> Result<(Box<dyn Read + 'a>, Went)> {
        let source = self.stream.onward(at);
        if self.compressor == Compressor::None {
            let progressed = None;
            return Ok((source, Went { at, progressed }));
        }
        let (sips, progressed) = Sips::new(source, self.compressor, at);
        let source = codec::decompress(self.compressor, Box::new(sips))?;
        let source = Box::new(Noted(source, Arc::clone(&progressed)));
        let progressed = Some(progressed);
        Ok((source, Went { at, progressed }))
    }

    /// Of a stream that lies there as it is, it is known where its records are; of a packed one, what was unpacked.
    fn onward(self: &Rc<Self>, mut went: Went) -> Onward<'a> {
        let rescue = Rc::clone(self);
        Box::new(move |read_bytes| {
            let Some(excerpts) = &rescue.excerpts else {
                return Ok(None);
            };
            let from = match &went.progressed {
                None => went.at.saturating_add(read_bytes),
                Some(progressed) => progressed.behind(),
            };
            let from = from.max(went.at.saturating_add(1));
            let Some(entry) = excerpts.borrow_mut().behind(from)? else {
                return Ok(None);
            };
            let (source, onward) = rescue.unpacked(entry.at())?;
            went = onward;
            let (_, source, _) = entry.rest(source)?;
            Ok(Some(Box::new(source) as Box<dyn Read + 'a>))
        })
    }
}
