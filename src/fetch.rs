//! A stored object as the stream that its label promises.
//!
//! Responsible for joining download, decompressor and stream check. Not responsible for who reads it: a restore, a verify.

use std::sync::Arc;

use crate::catalog::Stored;
use crate::codec::{self, Compressor, Source};
use crate::config::PartLimits;
use crate::download::Download;
use crate::error::Result;
use crate::progress::Progress;
use crate::store::ObjectStore;
use crate::stream::{Accept, Check, Checked, Expect};
use crate::terminal::plain;

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
