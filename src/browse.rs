//! The files of a snapshot, wherever its streams are: in files, or in the bucket as a restore would find them.
//!
//! Responsible for opening the streams, proved to their end, and for saying beforehand how much is read. Not responsible for what
//! is in them ([`crate::files`]), nor for writing files ([`crate::extract`]).

mod cat;
mod sparse;

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;
use std::sync::Arc;

pub use cat::cat;
pub use sparse::Sparse;

use crate::catalog::{Catalog, Scope, Stored};
use crate::codec::{self, Compressor};
use crate::error::{Error, Result};
use crate::fetch;
use crate::files::{StreamChain, StreamLink, Tree};
use crate::memory;
use crate::plan::{self, Receiver};
use crate::progress::Progress;
use crate::run::Run;
use crate::size::{self, MIB};
use crate::stream::{Accept, Check, Checked, Expect};

/// How much of names and attributes is kept where nothing is known of the machine's memory.
const MOST_BYTES: u64 = 256 * MIB;

/// The streams that these files hold, as `zfs send` wrote them or compressed.
pub fn of_files(paths: &[String]) -> StreamChain<'static> {
    let link = |path: &String| {
        let (name, path) = (path.clone(), path.clone());
        StreamLink {
            name,
            stored_bytes: std::fs::metadata(&path).ok().map(|file| file.len()),
            open: Box::new(move || opened(&path)),
        }
    };
    StreamChain {
        links: paths.iter().map(link).collect(),
    }
}

fn opened(path: &str) -> Result<Box<dyn Read>> {
    let file = File::open(path).map_err(|error| Error::io("open", error))?;
    let mut file = BufReader::new(file);
    let first = file.fill_buf().map_err(|error| Error::io("read", error))?;
    let compressor = Compressor::of_bytes(first).unwrap_or(Compressor::None);
    let stream = codec::decompress(compressor, Box::new(file))?;
    let check = Check::new(Accept::OnePlain, Expect::default()).with_lost_spills();
    Ok(Box::new(Checked::new(stream, check)))
}

/// How much of names and attributes may be kept where no settings say so.
pub fn most_bytes() -> u64 {
    let available = memory::available_bytes(Path::new("/"));
    memory::default_bytes(available, MIB).unwrap_or(MOST_BYTES)
}

/// The backups that a restore of the snapshot would fetch where nothing is there yet. No zfs is asked.
pub fn stored(run: &Run<'_>, wanted: &str) -> Result<Vec<Stored>> {
    let dataset = &run.settings.dataset;
    let wanted = dataset.own_name(wanted);
    let mut catalog = run.catalog(&[], &Scope::Chains(vec![wanted.clone()]))?;
    let planned = |catalog: &Catalog| -> Result<Vec<Stored>> {
        let locals = &[];
        let steps = plan::restore(dataset, Receiver { dataset, locals }, catalog, &wanted)?;
        Ok(steps.into_iter().cloned().collect())
    };
    let names = planned(&catalog)?.into_iter().map(|it| it.name);
    catalog.look(run.vault, &Vec::from_iter(names))?;
    planned(&catalog)
}

/// Those backups as streams.
pub fn of_backups<'r>(run: &'r Run<'r>, stored: Vec<Stored>) -> StreamChain<'r> {
    let link = |stored: Stored| StreamLink {
        name: stored.key.clone(),
        stored_bytes: Some(stored.head.size_bytes),
        open: Box::new(move || {
            let bytes = Some(stored.head.size_bytes);
            let progress = Arc::new(Progress::new(stored.name.as_str(), bytes, run.progress));
            let (store, limits) = (&run.vault.store, &run.settings.store.limits);
            let stream = fetch::open(store, &stored, limits, progress)?;
            Ok(Box::new(stream) as Box<dyn Read>)
        }),
    };
    StreamChain {
        links: stored.into_iter().map(link).collect(),
    }
}

/// Reads the names, and says how much that is.
pub fn tree(chain: &StreamChain<'_>, most_bytes: u64) -> Result<Tree> {
    say(chain, "names are read", |_| true);
    Tree::read(chain, most_bytes)
}

/// Says how much is read of a chain: all of the streams for which `is_read` holds.
fn say(chain: &StreamChain<'_>, what: &str, is_read: impl Fn(usize) -> bool) {
    let links = chain.links.iter().enumerate();
    let links: Vec<&StreamLink<'_>> = links
        .filter(|(place, _)| is_read(*place))
        .map(|(_, link)| link)
        .collect();
    let bytes = size::total(links.iter().filter_map(|link| link.stored_bytes));
    let (count, plural) = (links.len(), if links.len() == 1 { "" } else { "s" });
    log::info!("{what}: {count} stream{plural}, {}", size::humanize(bytes));
}

/// Says how much has to be read once more for the contents of these objects; no stream is read further than they go.
pub fn say_contents(
    chain: &StreamChain<'_>,
    tree: &Tree,
    wanted: &std::collections::BTreeSet<u64>,
) {
    let streams = crate::files::contents::streams(tree, wanted);
    say(chain, "contents are read, at most", |place| {
        streams.contains(&place)
    });
}

fn write_failed(error: io::Error) -> Error {
    Error::io("write a temporary file", error)
}
