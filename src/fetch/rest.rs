//! How much of an object is fetched: all of it, or from a place near the point up to which its stream was received.

use std::io::Read;
use std::sync::{Arc, OnceLock};

use super::{Shape, check, check_any, open, open_any};
use crate::catalog::Stored;
use crate::codec::{self, Compressor};
use crate::config::PartLimits;
use crate::download::Download;
use crate::enter::{self, Entry, Looked, ObjectFacts};
use crate::error::Result;
use crate::label::Label;
use crate::progress::Progress;
use crate::size::humanize;
use crate::store::{Head, ObjectStore};
use crate::stream::{Check, StreamSummary};
use crate::terminal::plain;

/// An object, and from where on it is fetched.
pub struct Way<'a> {
    store: &'a Arc<dyn ObjectStore>,
    object: Which<'a>,
    entry: Option<Entry>,
    /// How much was fetched to find that.
    spent_bytes: u64,
}

/// A backup, or any object.
#[derive(Clone, Copy)]
pub enum Which<'a> {
    Stored(&'a Stored),
    Any { key: &'a str, head: &'a Head },
}

/// A stream that is being fetched.
pub struct Fetched {
    /// The stream, or BEGIN and what follows from a later place. End of file means that all that was fetched is good.
    pub stream: Box<dyn Read + Send>,
    /// The report, at end of file; of a part, it tells of that alone.
    pub report: Arc<OnceLock<StreamSummary>>,
}

impl<'a> Way<'a> {
    /// Looks for a place at which to enter the object, if only the rest of its stream is wanted, and says what has become of it.
    pub fn find(store: &'a Arc<dyn ObjectStore>, object: Which<'a>, shape: &Shape) -> Result<Self> {
        let mut way = Self {
            store,
            object,
            entry: None,
            spent_bytes: 0,
        };
        let Some(token) = &shape.token else {
            return Ok(way);
        };
        let ranges = Box::new(move |at: u64, into: &mut [u8]| {
            Ok(store.get_range(object.key(), object.head(), at, into)?)
        });
        let looked = match shape.repair {
            true => Looked::in_vain("what is repaired may lie before the point", 0),
            false => enter::find(&object.facts(), token, ranges)?,
        };
        way.spent_bytes = looked.spent_bytes;
        let why = looked.entry.map(|entry| way.entry = Some(entry)).err();
        way.tell(why);
        Ok(way)
    }

    fn tell(&self, why_all: Option<&str>) {
        let (key, all) = (plain(self.object.key()), humanize(self.size_bytes()));
        match why_all {
            None => log::info!(
                "{key}: {} of {all} are fetched, what was received before is not looked at again",
                humanize(self.fetched_bytes())
            ),
            Some(why) => log::info!(
                "{key}: all of it ({all}) is fetched, and what was received is skipped: {why}"
            ),
        }
    }

    fn size_bytes(&self) -> u64 {
        self.object.head().size_bytes
    }

    fn begin(&self) -> u64 {
        self.entry.as_ref().map_or(0, Entry::at)
    }

    /// How much is still to be fetched.
    pub fn left_bytes(&self) -> u64 {
        self.size_bytes().saturating_sub(self.begin())
    }

    /// How much is fetched in all.
    pub fn fetched_bytes(&self) -> u64 {
        self.left_bytes().saturating_add(self.spent_bytes)
    }

    /// Fetches it.
    pub fn open(self, limits: &PartLimits, progress: Arc<Progress>) -> Result<Fetched> {
        let part = self.begin()..self.size_bytes();
        let (store, object) = (self.store, self.object);
        let Some(entry) = self.entry else {
            let checked = match object {
                Which::Stored(stored) => open(store, stored, limits, progress)?,
                Which::Any { key, head } => open_any(store, key, head, limits, progress)?,
            };
            return Ok(Fetched::of(checked.report(), checked));
        };
        let (key, head) = (object.key(), object.head());
        let download = Download::of_part(store, key, head, part, limits, progress)?;
        let rest = codec::decompress(entry.compressor, Box::new(download))?;
        let entered = entry.stream(rest, object.check());
        let (stream, report) = entered.map_err(|error| error.about(plain(key)))?;
        Ok(Fetched::of(report, stream))
    }
}

impl Fetched {
    fn of(report: Arc<OnceLock<StreamSummary>>, stream: impl Read + Send + 'static) -> Self {
        let stream = Box::new(stream);
        Self { stream, report }
    }
}

impl<'a> Which<'a> {
    fn key(&self) -> &'a str {
        match *self {
            Self::Stored(stored) => &stored.key,
            Self::Any { key, .. } => key,
        }
    }

    fn head(&self) -> &'a Head {
        match *self {
            Self::Stored(stored) => &stored.head,
            Self::Any { head, .. } => head,
        }
    }

    /// What its stream has to pass.
    pub fn check(&self) -> Check {
        match self {
            Self::Stored(stored) => check(stored),
            Self::Any { head, .. } => check_any(&Label::read(head.metadata.clone())),
        }
    }

    /// What is known of it before it is looked at.
    pub fn facts(&self) -> ObjectFacts {
        let known = |label: &Label, compressor: Option<Compressor>| ObjectFacts {
            size_bytes: self.head().size_bytes,
            compressor,
            stream_bytes: label.size_bytes().ok().flatten(),
            // The Python stored what came.
            looked_at: label.z3id.is_some(),
        };
        match self {
            Self::Stored(stored) => known(&stored.label, Some(stored.label.compressor())),
            Self::Any { head, .. } => {
                let label = Label::read(head.metadata.clone());
                let compressor = label.compressor.as_ref().map(|_| label.compressor());
                known(&label, compressor)
            }
        }
    }
}
