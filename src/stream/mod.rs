//! The check of a `zfs send` stream, in line: whole, undamaged, and the stream that was asked for.
//!
//! Responsible for the grammar of records, their lengths and checksums, both byte orders, and the guids. A stream that
//! passes has its END record, and every byte of it is covered by a fletcher-4 checksum of the sender (which finds errors,
//! not forgeries). A package (`zfs send -R`) has to hold the snapshots that its header lists. No payload is kept but that
//! list, at most 16 MiB: the memory of a plain stream is one record header. Not responsible for what a payload means, nor
//! for the sender's exit status: a package of snapshots between two others (`-I`) does not list those it should hold.
//!
//! Source of the format: OpenZFS, `include/sys/zfs_ioctl.h` and `module/zfs/dmu_recv.c`.

#[cfg(any(test, fuzzing))]
#[cfg_attr(fuzzing, allow(dead_code))]
#[allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]
pub mod build;
mod check;
mod expect;
mod features;
mod fill;
mod fletcher;
#[cfg(any(test, fuzzing))]
#[allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]
pub mod fuzz;
mod order;
mod package;
mod record;
mod records;
#[cfg(test)]
mod tests;

use std::io::{self, BufReader, Read};
use std::sync::{Arc, OnceLock};

pub use check::{Check, LostSpills};
pub use expect::{Accept, Expect};
pub use features::{EMBEDDED, RAW, REDACTED, RESUMING, feature_names, pool_features, sent_with};
pub use fletcher::{Fletcher4, Sums};
pub use order::Order;
pub use record::{Header, RecordType};
pub use records::{Records, has_record_sums};

use crate::error::Error;

/// Length of the BEGIN record, the first thing in every stream, without what may follow in its payload.
pub const BEGIN_RECORD_BYTES: usize = record::HEADER_BYTES;

/// Length of the END record, the last thing in every stream. `zfs receive` commits nothing before it has read it.
pub const END_RECORD_BYTES: usize = record::HEADER_BYTES;

/// How much [`Checked::drain`] reads at once, in bytes.
const DRAIN_BYTES: usize = 256 << 10;

/// The bits of [`Begin::features`].
const FEATURES: u64 = (1 << 54) - 1;

/// Why bytes are no whole ZFS send stream.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("at byte {offset}: {problem}")]
pub struct StreamError {
    /// Offset in the stream, in bytes.
    pub offset: u64,
    /// What was found and what was expected.
    pub problem: String,
}

/// What the first BEGIN record says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Begin {
    /// The guid of the snapshot; 0 in a package.
    pub toguid: u64,
    /// The guid of the snapshot it is an increment of; 0 for a full stream and in a package.
    pub fromguid: u64,
    /// `dataset@snapshot` as the sender named it.
    pub toname: String,
    /// When the snapshot was made, in seconds since 1970; 0 in a package.
    pub creation_time: u64,
    /// `drr_flags` (1 is a clone).
    pub flags: u32,
    /// The `DMU_BACKUP_FEATURE_*` bits.
    pub features: u64,
    /// It is of a volume.
    pub volume: bool,
}

/// What is known about a stream that passed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StreamSummary {
    /// Its length.
    pub stream_bytes: u64,
    /// Its first BEGIN record.
    pub begin: Begin,
    /// The number of streams inside; `None` for a plain stream.
    pub package: Option<u64>,
    /// How many WRITE payloads hold nothing but 0x2f5baddb10c. A sender with `zfs_send_corrupt_data` set puts that in
    /// the place of a block it could not read: the stream is whole, the data is lost.
    pub corrupt_fill: u64,
    /// What a receiver will drop; empty unless the check was told to let that pass.
    pub lost_spills: LostSpills,
    /// The checksum in the last END record, except the zeros that end a package.
    pub end_checksum: [u64; 4],
}

/// Whether `first` begins like a send stream, in either byte order; give it at least 16 bytes.
pub fn looks_like_stream(first: &[u8]) -> bool {
    record::Order::detect(first).is_some()
}

/// The BEGIN record that `first` begins with, if all of it is there and it is that of one stream, not of a package.
pub fn begin_of(first: &[u8]) -> Option<Begin> {
    let order = record::Order::detect(first)?;
    let bytes = *first.first_chunk()?;
    let header = record::Header { bytes, order };
    (header.stream_type() == 1).then(|| header.begin())
}

/// Passes the bytes of `R` on unchanged and checks them. End of file only after the stream passed; anything else is an
/// [`io::Error`] around [`Error::Stream`].
pub struct Checked<R> {
    inner: R,
    check: Check,
    report: Arc<OnceLock<StreamSummary>>,
}

impl<R: Read> Checked<R> {
    /// Checks what `inner` yields.
    pub fn new(inner: R, check: Check) -> Self {
        Self {
            inner,
            check,
            report: Arc::default(),
        }
    }

    /// Where the report will be once end of file was reached, for whoever gives the reader itself away.
    pub fn report(&self) -> Arc<OnceLock<StreamSummary>> {
        Arc::clone(&self.report)
    }

    /// Reads it to its end for the sake of the report.
    pub fn drain(mut self) -> io::Result<StreamSummary> {
        let mut buffered = BufReader::with_capacity(DRAIN_BYTES, &mut self);
        io::copy(&mut buffered, &mut io::sink())?;
        Ok(self.report.get().cloned().unwrap_or_default())
    }
}

impl<R: Read> Read for Checked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        let count = self.inner.read(buffer)?;
        match buffer.get(..count).unwrap_or_default() {
            [] => {
                let report = self.check.finish().map_err(Error::from)?;
                // The first report stays: there is one end of file.
                let _ = self.report.set(report);
            }
            bytes => self.check.feed(bytes).map_err(Error::from)?,
        }
        Ok(count)
    }
}
