//! The content of one file, in order.
//!
//! Responsible for putting together what several streams have of it. One stream has it in order; where a later one has changed
//! parts, they are put together in a temporary file, which has no name any more when it is written.

use std::collections::BTreeSet;
use std::env;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::process;

use super::{Sparse, say_contents, write_failed};
use crate::chain::{StreamChain, What, contents};
use crate::error::{Error, Result};
use crate::files::Tree;
use crate::order::gathered;

/// A content that is wanted.
pub struct CatRequest<'c, 'a> {
    /// Where it stands.
    pub chain: &'c StreamChain<'a>,
    pub tree: &'c Tree,
    pub object: u64,
    /// How long it is.
    pub bytes: u64,
}

/// Writes the content.
pub fn cat(request: &CatRequest<'_, '_>, to: &mut impl Write) -> Result<()> {
    let wanted: BTreeSet<u64> = gathered([request.object]);
    say_contents(request.chain, request.tree, &wanted);
    match contents::streams(request.tree, &wanted).len() {
        0 | 1 => request.in_order(&wanted, to),
        _ => request.put_together(&wanted, to),
    }
}

fn unwritten(error: io::Error) -> Error {
    Error::io("write to standard output", error)
}

impl CatRequest<'_, '_> {
    fn in_order(&self, wanted: &BTreeSet<u64>, to: &mut impl Write) -> Result<()> {
        let (bytes, mut at) = (self.bytes, 0);
        contents::give(self.chain, self.tree, wanted, &mut |piece| {
            let What::Data(data) = piece.what else {
                return Ok(());
            };
            let offset = piece.offset;
            if offset < at {
                let (from, object) = (self.tree.snapshot(), piece.object);
                let text =
                    format!("read {from}: the blocks of object {object} do not come in order");
                return Err(Error::refused(text));
            }
            zeros(offset.min(bytes).saturating_sub(at), to)?;
            let left = bytes.saturating_sub(offset).min(data.len() as u64);
            let data = data.get(..left as usize).unwrap_or_default();
            to.write_all(data).map_err(unwritten)?;
            at = offset.saturating_add(left).min(bytes).max(at);
            Ok(())
        })?;
        zeros(bytes.saturating_sub(at), to)?;
        to.flush().map_err(unwritten)
    }

    fn put_together(&self, wanted: &BTreeSet<u64>, to: &mut impl Write) -> Result<()> {
        let mut sparse = Sparse::new(temporary()?, self.bytes).map_err(write_failed)?;
        contents::give(self.chain, self.tree, wanted, &mut |piece| {
            sparse.take(&piece).map_err(write_failed)
        })?;
        let mut file = sparse.into_file();
        file.rewind().map_err(write_failed)?;
        io::copy(&mut file, to).map_err(unwritten)?;
        to.flush().map_err(unwritten)
    }
}

fn zeros(count: u64, to: &mut impl Write) -> Result<()> {
    let copied = io::copy(&mut io::repeat(0).take(count), to);
    copied.map(drop).map_err(unwritten)
}

/// A new file without a name, that nobody else can open, in TMPDIR or /tmp.
fn temporary() -> Result<File> {
    let path = env::temp_dir().join(format!("z3-cat-{}", process::id()));
    let mut options = OpenOptions::new();
    let file = options
        .read(true)
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&path);
    let file = file.map_err(|error| Error::io(format!("create {}", path.display()), error))?;
    fs::remove_file(&path).map_err(write_failed)?;
    Ok(file)
}
