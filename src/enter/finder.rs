//! The place for one token: the last record before its point, and what a receiver needs from before that.

use super::goal::{Goal, Need, first_of_block};
use super::look::{Look, Sight};
use super::quest::{Quest, SeenRecord};
use super::{Found, ObjectFacts};
use crate::error::Result;
use crate::resume::Token;
use crate::stream::Sums;

/// A place, and what is needed from before it.
pub struct Spot {
    /// Where in the object it is fetched from.
    pub at: u64,
    /// What comes first out of the object from there, and is none of it.
    pub skip_bytes: u64,
    /// The checksum of the stream up to there.
    pub sums: Sums,
    /// Records from before it that a receiver needs all the same.
    pub records: Vec<u8>,
}

/// Looks for it. Whatever is seen is held against all that may be needed.
pub struct Finder<'a> {
    look: Look<'a>,
    facts: &'a ObjectFacts,
    token: &'a Token,
    /// For the last record before the point.
    point: Quest,
    /// For the range in which its object lies.
    range: Quest,
    /// For what introduces its object.
    object: Quest,
}

/// One of them.
type Pick<'a> = for<'f> fn(&'f mut Finder<'a>) -> &'f mut Quest;

impl<'a> Finder<'a> {
    /// A finder that has seen the beginning of the stream.
    pub fn new(look: Look<'a>, facts: &'a ObjectFacts, token: &'a Token, start: &Sight) -> Self {
        let quest = |goal, need| Quest::new(goal, need, facts.size_bytes);
        let needed = |need: Need| quest(need.goal(), Some(need));
        let mut finder = Self {
            look,
            facts,
            token,
            point: quest(Goal::of(token), None),
            range: needed(Need::Range(token.object)),
            object: needed(Need::Object(token.object)),
        };
        finder.note(0, Some(start));
        finder
    }

    /// How much was fetched.
    pub fn spent_bytes(&self) -> u64 {
        self.look.spent_bytes()
    }

    /// Looks for the place. In a raw stream each dnode belongs to a range that has to come before it.
    pub fn find(&mut self, raw: bool) -> Result<Found<Spot>> {
        let expected = self.packed(self.token.bytes);
        self.point.expect(expected);
        let guess = expected.saturating_sub(self.margin());
        self.pursue(guess, |finder| &mut finder.point)?;
        let Some(seen) = self.point.last().cloned() else {
            return Ok(Err("no place before the point was found"));
        };
        let (object, entered) = (self.token.object, seen.record.object());
        let range: Pick<'_> = |finder| &mut finder.range;
        let introduction: Pick<'_> = |finder| &mut finder.object;
        let range = (raw && entered >= first_of_block(object)).then_some(range);
        let introduction = (entered == object).then_some(introduction);
        let mut records = Vec::new();
        for pick in range.into_iter().chain(introduction) {
            match self.needed(seen.at, pick)? {
                Some(needed) => records.extend(needed),
                None => return Ok(Err("what comes before its object was not found")),
            }
        }
        Ok(Ok(Spot::of(&seen, records, self.look.is_plain())))
    }

    /// Looks for records from before the place, which was seen there.
    fn needed(&mut self, seen_at: u64, pick: Pick<'a>) -> Result<Option<Vec<u8>>> {
        let before = self.packed(self.token.offset);
        let guess = seen_at.saturating_sub(before.saturating_add(self.margin()));
        self.pursue(guess, pick)?;
        Ok(pick(self).told().map(<[u8]>::to_vec))
    }

    fn pursue(&mut self, guess: u64, pick: Pick<'a>) -> Result<()> {
        pick(self).begin(guess);
        while self.look.may_look() {
            let window_bytes = self.look.window_bytes();
            let Some((at, bytes)) = pick(self).next(window_bytes) else {
                break;
            };
            let sight = self.look.at(at, bytes)?;
            self.note(at, sight.as_ref());
        }
        Ok(())
    }

    /// Takes what was seen from there on.
    fn note(&mut self, at: u64, sight: Option<&Sight>) {
        let quests = [&mut self.point, &mut self.range, &mut self.object];
        quests.into_iter().for_each(|quest| quest.note(at, sight));
    }

    /// How far before a place a piece begins from which it is in sight.
    fn margin(&self) -> u64 {
        let piece_bytes = self.packed(self.look.piece_bytes());
        piece_bytes.saturating_add(self.look.window_bytes())
    }

    /// About how long so much of the stream is in the object.
    fn packed(&self, bytes: u64) -> u64 {
        self.facts.packed(bytes, self.look.is_plain())
    }
}

impl Spot {
    pub fn of(seen: &SeenRecord, records: Vec<u8>, plain: bool) -> Self {
        let begin = seen.record.at as u64;
        let (at, skip_bytes) = match plain {
            true => (seen.at + begin, 0),
            false => (seen.at, begin),
        };
        Self {
            at,
            skip_bytes,
            sums: seen.record.sums,
            records,
        }
    }
}
