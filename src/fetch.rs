//! A stored object as the stream that its label promises.
//!
//! Responsible for joining download, decompressor and stream check. Not responsible for who reads it: a restore, a verify.

use std::io::{self, BufRead, Read, Write};
use std::sync::Arc;

use crate::catalog::Stored;
use crate::codec::{self, Compressor, Source};
use crate::config::PartLimits;
use crate::download::Download;
use crate::error::{Error, Result};
use crate::label::Label;
use crate::progress::Progress;
use crate::resume::{self, Token};
use crate::store::{Head, ObjectStore};
use crate::stream::{Accept, Check, Checked, Expect};
use crate::terminal::plain;
use crate::zfs;

/// The object, downloaded, decompressed, and checked while it is read. End of file means that all of it is good.
pub fn open(
    store: &Arc<dyn ObjectStore>,
    stored: &Stored,
    limits: &PartLimits,
    progress: Arc<Progress>,
) -> Result<Checked<Source>> {
    let download = Download::new(store, &stored.key, &stored.head, limits, progress)?;
    let stream = codec::decompress(compressor(stored), Box::new(download))?;
    let expect = Expect {
        toguid: stored.label.guid,
        fromguid: stored.label.full.then_some(0).or(stored.label.parent_guid),
    };
    // What lost spill blocks in an old stream were, nobody can bring back. The rest is whole, and so is the chain on it:
    // whoever reads the report says what is missing, and takes what is there.
    let check = Check::new(Accept::OnePlain, expect).named(&stored.name);
    let check = check.with_lost_spills();
    Ok(Checked::new(stream, check))
}

/// An object of any key as a stream, or as a package of streams, of which its metadata may say nothing: then its first bytes
/// tell what it was compressed with. End of file means that all of it is good.
pub fn open_any(
    store: &Arc<dyn ObjectStore>,
    key: &str,
    head: &Head,
    limits: &PartLimits,
    progress: Arc<Progress>,
) -> Result<Checked<Source>> {
    let label = Label::read(head.metadata.clone());
    let mut download = Download::new(store, key, head, limits, progress)?;
    let compressor = match &label.compressor {
        Some(_) => label.compressor(),
        None => {
            let first = download.fill_buf();
            let first = first.map_err(|error| Error::io("read the object", error))?;
            Compressor::of_bytes(first).unwrap_or(Compressor::None)
        }
    };
    let stream = codec::decompress(compressor, Box::new(download))?;
    let expect = Expect {
        toguid: label.guid,
        fromguid: label.full.then_some(0).or(label.parent_guid),
    };
    // Who looks by hand gets what is there, and is warned of what zfs will drop.
    let check = Check::new(Accept::Any, expect).with_lost_spills();
    Ok(Checked::new(stream, check))
}

/// Writes a stream, or what the receiver of this token still lacks of it, its last record only when all of it is good.
pub fn give(
    stream: Checked<Source>,
    token: Option<Token>,
    to: &mut impl Write,
    unwritten: impl Fn(io::Error) -> Error,
) -> Result<()> {
    let unread = |error| Error::io("read the object", error);
    let report = stream.report();
    let mut stream: Box<dyn Read> = match token {
        None => Box::new(stream),
        Some(token) => Box::new(resume::rest_of(stream, token)),
    };
    zfs::copy(&mut stream, to, unread, unwritten)?;
    let lost = report.get().map(|report| &report.lost_spills);
    if let Some(lost) = lost.filter(|lost| lost.count > 0) {
        log::warn!("{lost}");
    }
    Ok(())
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
