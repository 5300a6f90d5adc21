//! The way over damage.

use std::io;

use super::gap::RecordPlace;
use super::{Held, Salvaged};
use crate::error::Error;
use crate::stream::{BEGIN_RECORD_BYTES, Header, RecordType};

impl Salvaged<'_> {
    /// What is held, or what was read behind it, is damaged.
    pub(super) fn lost(&mut self, header: Option<Header>) -> io::Result<()> {
        let held = self.held.take();
        if held
            .as_ref()
            .is_some_and(|held| held.kind == RecordType::Begin)
        {
            let text = "nothing can be salvaged: its first records are damaged";
            return Err(Error::refused(text).into());
        }
        let assumed_at = held.as_ref().and_then(|held| held.assumed_at);
        let is_first = assumed_at.is_none() && held.is_some();
        let from = self.before_gap(held);
        self.gap.get_or_insert(from);
        if let Some((kind, header)) = header
            .filter(|_| is_first)
            .and_then(|it| self.plausible(it))
        {
            return self.hold(kind, &header, Some(self.record_at));
        }
        self.go_on(assumed_at.unwrap_or(self.record_at))
    }

    /// Where a gap begins. What has nothing behind its header needs nobody to prove it.
    fn before_gap(&mut self, held: Option<Held>) -> RecordPlace {
        match held {
            None => self.last,
            Some(held) if held.assumed_at.is_none() && !held.is_open => {
                (self.out, self.given) = (held.bytes, 0);
                self.last = held.place;
                (held.place.0, held.place.1.saturating_add(1))
            }
            Some(held) => held.place,
        }
    }

    /// Goes on at a later place, whose first record is taken at its word.
    fn go_on(&mut self, mut before: u64) -> io::Result<()> {
        while self.damage.may_go_on(self.stream)
            && let Some(source) = (self.onward)(before)?
        {
            (self.source, self.read_bytes, self.record_at) = (source, 0, 0);
            let bytes = self.piece(BEGIN_RECORD_BYTES as u64)?;
            let order = self.begin.order;
            let header = bytes.first_chunk().map(|&bytes| Header { bytes, order });
            if let Some((kind, header)) = header.and_then(|header| self.plausible(header)) {
                return self.hold(kind, &header, Some(0));
            }
            before = 0;
        }
        self.end_gap((u64::MAX, u64::MAX));
        self.done = true;
        Ok(())
    }

    /// A header behind damage that may be right.
    fn plausible(&self, header: Header) -> Option<(RecordType, Header)> {
        let kind = header.kind().ok()?;
        let fits = header.toguid(kind) == self.begin.begin().toguid
            && kind != RecordType::Begin
            && header.payload_bytes(kind).is_ok();
        fits.then_some((kind, header))
    }
}
