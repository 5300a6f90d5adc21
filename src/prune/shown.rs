//! A decision as it is told: its rows, what they cost, and the words below them.

use std::collections::BTreeMap;

use super::Plan;
use crate::calendar;
use crate::catalog::Stored;
use crate::order::sort_by_key;
use crate::retention::{Action, Object, Totals, Verdict};
use crate::terminal::plain;

/// Letters of `2026-11-28T03:00`.
const MINUTE_LETTERS: usize = 16;

/// An object, and what becomes of it.
#[derive(Clone, Copy)]
pub struct PruneRow<'a> {
    /// What is stored.
    pub stored: &'a Stored,
    /// The same as the decision saw it.
    pub object: &'a Object,
    /// What becomes of it.
    pub verdict: &'a Verdict,
}

impl PruneRow<'_> {
    /// What kind of backup it is, as `z3 status` has it.
    pub fn kind(&self) -> &'static str {
        match self.stored.lacks_metadata() {
            true => "unknown",
            false if self.object.full => "full",
            false => "incremental",
        }
    }

    /// When its snapshot was made; `~` before what is only guessed.
    pub fn created(&self) -> String {
        let Some(created) = self.object.created else {
            return "-".to_owned();
        };
        let guess = if created.exact { "" } else { "~" };
        format!("{guess}{}", minute(created.seconds))
    }

    /// Its storage class.
    pub fn class(&self) -> &str {
        self.stored
            .head
            .storage_class
            .as_deref()
            .unwrap_or("STANDARD")
    }

    /// Why, in words.
    pub fn reasons(&self) -> Vec<String> {
        let reasons = self.verdict.reasons.iter();
        reasons.map(|reason| plain(&reason.to_string())).collect()
    }
}

fn minute(seconds: u64) -> String {
    let shown: String = calendar::show(seconds)
        .chars()
        .take(MINUTE_LETTERS)
        .collect();
    shown.replace('T', " ")
}

impl Plan {
    /// All objects, the oldest first.
    pub fn rows(&self) -> impl Iterator<Item = PruneRow<'_>> {
        let row = |(place, verdict)| {
            let (object, stored) = self.at(place)?;
            Some(PruneRow {
                stored,
                object,
                verdict,
            })
        };
        let verdicts = self.pruning.verdicts.iter().enumerate();
        let mut rows: Vec<PruneRow<'_>> = verdicts.filter_map(row).collect();
        sort_by_key(&mut rows, |row| (row.object.seconds(), row.object.stored));
        rows.into_iter()
    }

    /// What the objects of each storage class cost.
    pub fn totals(&self) -> BTreeMap<&str, Totals> {
        let mut totals: BTreeMap<&str, Totals> = BTreeMap::new();
        for (place, verdict) in self.pruning.verdicts.iter().enumerate() {
            if let Some((_, stored)) = self.at(place) {
                let class = stored.head.storage_class.as_deref().unwrap_or("STANDARD");
                let bytes = stored.head.size_bytes;
                totals.entry(class).or_default().add(verdict.action, bytes);
            }
        }
        totals
    }

    /// What stays and why, and what would help a policy that can do nothing; whole lines.
    pub fn words(&self) -> String {
        let (own, bases) = (self.count(Action::Keep), self.count(Action::Base));
        let mut words = match own {
            0 => String::new(),
            own => format!("kept: {own} for their own sake, {bases} as bases\n"),
        };
        if let Some((oldest, newest)) = self.restorable() {
            words += &format!("restorable afterwards: {oldest} to {newest}\n");
        }
        if let Some(more) = self.with_monthly_fulls {
            let (all, now) = (self.objects.len(), self.pruning.deletions());
            words += &format!(
                "{now} of {all} objects can go, as chains do not end before a new full: FULL_EVERY=month would let {more} go\n"
            );
        }
        words
    }

    fn count(&self, wanted: Action) -> usize {
        let verdicts = self.pruning.verdicts.iter();
        verdicts.filter(|verdict| verdict.action == wanted).count()
    }

    /// When the oldest and the newest of those were made that can be restored afterwards.
    fn restorable(&self) -> Option<(String, String)> {
        let stays =
            |row: &PruneRow<'_>| row.verdict.action != Action::Delete && !row.object.is_broken();
        let mut times = self.rows().filter(stays).map(|row| row.created());
        let oldest = times.next()?;
        let newest = times.last().unwrap_or(oldest.clone());
        Some((oldest, newest))
    }
}
