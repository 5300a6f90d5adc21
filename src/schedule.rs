//! How a stream is cut into parts, and how many workers its parts leave memory for.
//!
//! A pure function of the estimate and the limits, so that the same stream is always cut the same way. Not responsible
//! for reading or sending. The numbers of S3 (10,000 parts, 5 MiB to 5 GiB each) are from the "Amazon S3 multipart upload
//! limits" page; other endpoints have others, hence [`PartLimits`].

use serde::{Deserialize, Serialize};

use crate::config::PartLimits;
use crate::error::{Error, Result};
use crate::size::{self, MIB};

/// The largest part that S3 takes, in bytes.
const MAX_PART_BYTES: u64 = 5 << 30;

/// For a stream of unknown length whose parts may not grow: 10,000 of these are 2.4 TiB.
const EQUAL_PART_BYTES: u64 = 256 << 20;

/// Where a stream is cut: the same for the same stream in every run, and written down for a run that goes on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cut {
    base_bytes: u64,
    /// The last part that has the base size; from the next one on parts double.
    steady: u32,
    /// How many parts there are of each doubled size.
    every: u32,
    /// Parts grow no further.
    largest_bytes: u64,
    max_parts: u32,
}

/// The sizes of all parts of one upload, and how many may be in memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    cut: Cut,
    limits: PartLimits,
}

impl Schedule {
    /// For a stream of about `estimate_bytes`. The estimate is often too low (2.6 times has been measured), so parts
    /// grow in the last tenth; without an estimate they grow from the start.
    pub fn new(estimate_bytes: Option<u64>, limits: &PartLimits) -> Result<Self> {
        let tenth = (limits.max_parts / 10).max(1);
        match estimate_bytes.filter(|&bytes| bytes > 0) {
            Some(bytes) => {
                let parts = u128::from(limits.max_parts.max(2) - 1);
                let share = u128::from(bytes) * 105 / (100 * parts);
                let share = u64::try_from(share).unwrap_or(u64::MAX);
                // The largest streams go without the margin.
                let fits = bytes.div_ceil(u64::from(limits.max_parts)) <= MAX_PART_BYTES;
                let most = if fits { MAX_PART_BYTES } else { u64::MAX };
                Self::with_base(share.min(most).max(limits.min_part_bytes), limits)
            }
            None if !limits.growth => {
                let fits = EQUAL_PART_BYTES.min(limits.max_memory_bytes);
                Self::with_base(fits.max(limits.min_part_bytes), limits)
            }
            None => {
                let mut schedule = Self::with_base(limits.min_part_bytes, limits)?;
                (schedule.cut.steady, schedule.cut.every) = (tenth, tenth);
                Ok(schedule)
            }
        }
    }

    /// For parts of the size that the user asked for; they grow only when the parts run out.
    pub fn with_base(base_bytes: u64, limits: &PartLimits) -> Result<Self> {
        let part = size::humanize(base_bytes);
        if base_bytes > MAX_PART_BYTES {
            return Err(Error::refused(format!(
                "the stream needs parts of {part}, S3 takes parts of at most 5 GiB"
            )));
        }
        if base_bytes > limits.max_memory_bytes {
            let needed = base_bytes.div_ceil(MIB);
            let memory = size::humanize(limits.max_memory_bytes);
            return Err(Error::refused(format!(
                "one part of {part} does not fit into MAX_MEMORY ({memory})"
            ))
            .hint(format!("set MAX_MEMORY to {needed}M or more")));
        }
        let cut = Cut {
            base_bytes,
            steady: limits.max_parts / 10 * 9,
            every: (limits.max_parts / 100).max(1),
            largest_bytes: match limits.growth {
                true => MAX_PART_BYTES.min(limits.max_memory_bytes),
                false => base_bytes,
            },
            max_parts: limits.max_parts,
        };
        let limits = *limits;
        Ok(Self { cut, limits })
    }

    /// Where it cuts.
    pub fn cut(&self) -> &Cut {
        &self.cut
    }

    /// The schedule of an earlier run with the memory of this one; `None` if its parts do not fit any more.
    pub fn resume(&self, cut: &Cut) -> Option<Self> {
        let limits = self.limits;
        let fits = cut.largest_bytes <= limits.max_memory_bytes
            && cut.max_parts <= limits.max_parts
            && (limits.growth || cut.largest_bytes == cut.base_bytes)
            && (1..=cut.largest_bytes).contains(&cut.base_bytes)
            && cut.every > 0;
        let cut = cut.clone();
        fits.then_some(Self { cut, limits })
    }

    /// Length of part `number` (from 1) in bytes; the last part of a stream is what is left.
    pub fn part_bytes(&self, number: u32) -> u64 {
        let cut = &self.cut;
        let grown = number.saturating_sub(cut.steady);
        let doublings = grown.div_ceil(cut.every).min(32);
        let part_bytes = cut.base_bytes.saturating_mul(1 << doublings);
        part_bytes.min(cut.largest_bytes)
    }

    /// How many parts of that size may be in memory at once: at least one, at most `CONCURRENCY`.
    pub fn workers(&self, number: u32) -> usize {
        let fit = self.limits.max_memory_bytes / self.part_bytes(number).max(1);
        fit.clamp(1, self.limits.concurrency.max(1) as u64) as usize
    }

    /// The most parts that the upload may have.
    pub fn max_parts(&self) -> u32 {
        self.cut.max_parts
    }
}

#[cfg(test)]
mod tests;
