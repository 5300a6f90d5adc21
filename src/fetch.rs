//! A stored object as the stream that its label promises.
//!
//! Responsible for joining download, decompressor and stream check. Not responsible for who reads it: a restore, a verify.

mod rest;

use std::io::{self, BufRead, Read, Write};
use std::sync::Arc;

pub use rest::{Fetched, Way, Which};

use crate::catalog::Stored;
use crate::codec::{self, ByteSource, Compressor};
use crate::config::PartLimits;
use crate::download::Download;
use crate::error::{Error, Result};
use crate::label::Label;
use crate::mend;
use crate::progress::Progress;
use crate::resume::{self, Token};
use crate::store::{Head, ObjectStore};
use crate::stream::{Accept, Check, Checked, Expect, StreamSummary};
use crate::terminal::plain;
use crate::zfs;

/// The object, downloaded, decompressed, and checked while it is read. End of file means that all of it is good.
pub fn open(
    store: &Arc<dyn ObjectStore>,
    stored: &Stored,
    limits: &PartLimits,
    progress: Arc<Progress>,
) -> Result<Checked<ByteSource>> {
    let download = Download::new(store, &stored.key, &stored.head, limits, progress)?;
    let stream = codec::decompress(compressor(stored), Box::new(download))?;
    Ok(Checked::new(stream, check(stored)))
}

fn check(stored: &Stored) -> Check {
    // A stream that has lost spill blocks is whole otherwise, and so is the chain on it: whoever reads the report says what is
    // missing, and takes what is there or has it mended.
    let check = Check::new(Accept::OnePlain, expected(&stored.label));
    check.named(&stored.name).with_lost_spills()
}

fn expected(label: &Label) -> Expect {
    Expect {
        toguid: label.guid,
        fromguid: label.full.then_some(0).or(label.parent_guid),
    }
}

/// An object of any key as a stream, or as a package of streams, of which its metadata may say nothing: then its first bytes
/// tell what it was compressed with. End of file means that all of it is good.
fn open_any(
    store: &Arc<dyn ObjectStore>,
    key: &str,
    head: &Head,
    limits: &PartLimits,
    progress: Arc<Progress>,
) -> Result<Checked<ByteSource>> {
    let label = Label::read(head.metadata.clone());
    let mut download = Download::new(store, key, head, limits, progress)?;
    let compressor = match &label.compressor {
        Some(_) => label.compressor(),
        None => {
            let first = download.fill_buf();
            let first = first.map_err(unread)?;
            Compressor::of_bytes(first).unwrap_or(Compressor::None)
        }
    };
    let stream = codec::decompress(compressor, Box::new(download))?;
    Ok(Checked::new(stream, check_any(&label)))
}

/// Who looks by hand gets what is there, and is warned of what zfs will drop.
fn check_any(label: &Label) -> Check {
    Check::new(Accept::Any, expected(label)).with_lost_spills()
}

/// What becomes of a stream before a receiver gets it.
#[derive(Debug, Clone, Default)]
pub struct Shape {
    /// Only what the receiver of this token still lacks.
    pub token: Option<Token>,
    /// Spill blocks that zfs has lost are put back.
    pub repair: bool,
}

impl Shape {
    /// The stream as the receiver gets it.
    pub fn of<'r>(self, stream: impl Read + 'r) -> Box<dyn Read + 'r> {
        match (self.repair, self.token) {
            (false, None) => Box::new(stream),
            (false, Some(token)) => Box::new(resume::rest_of(stream, token)),
            (true, None) => Box::new(mend::mended(stream)),
            (true, Some(token)) => Box::new(resume::mended_rest_of(mend::mended(stream), token)),
        }
    }
}

/// What is to be said of spill blocks that zfs has lost, if it has; `way` is how they come back.
pub fn word_of_lost(report: &StreamSummary, repair: bool, way: &str) -> Option<String> {
    let lost = &report.lost_spills;
    match (lost.count, repair) {
        (0, _) => None,
        (_, false) => Some(format!("{lost}; '{way}' brings them back")),
        (count, true) => Some(format!(
            "{count} lost spill blocks were put back ({})",
            lost.whose()
        )),
    }
}

/// Writes a stream in this shape, its last record only when all of it is good.
pub fn give(
    fetched: Fetched,
    shape: Shape,
    to: &mut impl Write,
    unwritten: impl Fn(io::Error) -> Error,
) -> Result<()> {
    let repair = shape.repair;
    zfs::copy(&mut shape.of(fetched.stream), to, unread, unwritten)?;
    let lost = fetched.report.get();
    if let Some(words) = lost.and_then(|report| word_of_lost(report, repair, "z3_get --repair")) {
        log::warn!("{words}");
    }
    Ok(())
}

/// Writes the bytes of an object as they are stored, out of the place where they came to lie.
pub fn give_bytes(
    mut download: Download,
    to: &mut impl Write,
    unwritten: impl Fn(io::Error) -> Error,
) -> Result<()> {
    loop {
        let bytes = download.fill_buf().map_err(unread)?;
        if bytes.is_empty() {
            return Ok(());
        }
        to.write_all(bytes).map_err(&unwritten)?;
        let count = bytes.len();
        download.consume(count);
    }
}

fn unread(error: io::Error) -> Error {
    Error::io("read the object", error)
}

/// What undoes the object's compressor. If an unknown name does not mean a bare stream, the stream check finds out.
pub fn compressor(stored: &Stored) -> Compressor {
    if let Some(name) = &stored.label.compressor
        && Compressor::parse(name).is_none()
    {
        let (key, name) = (plain(&stored.key), plain(name));
        log::warn!("{key}: unknown compressor '{name}', taken as none");
    }
    stored.label.compressor()
}
