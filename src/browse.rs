//! The files of a snapshot, wherever its streams are: in files, or in the bucket as a restore would find them.
//!
//! Responsible for opening the streams, proved to their end, and for saying beforehand how much is read. Not responsible for what
//! is in them ([`crate::files`]), nor for writing files ([`crate::extract`]).

mod cat;
mod parts;
mod sparse;

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;
use std::sync::Arc;

pub use cat::{CatRequest, cat};
pub use sparse::Sparse;

use crate::catalog::{Catalog, Scope, Stored};
use crate::codec::{self, Compressor};
use crate::enter::Found;
use crate::error::{Error, Result};
use crate::fetch;
use crate::files::{Parts, StreamChain, StreamLink, Tree, TreeRequest};
use crate::memory;
use crate::plan::{self, Receiver};
use crate::progress::Progress;
use crate::run::Run;
use crate::size::{self, MIB};
use crate::stream::{Accept, Check, Checked, Expect};
use crate::terminal::plain;

/// How much of names and attributes is kept where nothing is known of the machine's memory.
const MOST_BYTES: u64 = 256 * MIB;

/// The streams that these files hold, as `zfs send` wrote them or compressed.
pub fn of_files(paths: &[String]) -> Result<StreamChain<'static>> {
    let bytes = |path: &String| std::fs::metadata(path).ok().map(|file| file.len());
    let worth_it = parts::is_worth_it(size::total(paths.iter().filter_map(bytes)));
    let link = |path: &String| {
        let (name, from) = (path.clone(), path.clone());
        let parts = worth_it.then(|| parts::of_file(path, check)).transpose()?;
        Ok(StreamLink {
            parts: entered(&name, bytes(path), parts),
            name,
            stored_bytes: bytes(path),
            open: Box::new(move || opened(&from)),
        })
    };
    let links: Result<_> = paths.iter().map(link).collect();
    Ok(StreamChain { links: links? })
}

/// Says of what cannot be entered that all of it is read.
fn entered<'a>(
    name: &str,
    bytes: Option<u64>,
    parts: Option<Found<Parts<'a>>>,
) -> Option<Parts<'a>> {
    let all = size::humanize(bytes.unwrap_or_default());
    parts?
        .map_err(|why| log::info!("{}: all of it ({all}) is read: {why}", plain(name)))
        .ok()
}

fn check() -> Check {
    Check::new(Accept::OnePlain, Expect::default()).with_lost_spills()
}

fn opened(path: &str) -> Result<Box<dyn Read>> {
    let file = File::open(path).map_err(|error| Error::io("open", error))?;
    let mut file = BufReader::new(file);
    let first = file.fill_buf().map_err(|error| Error::io("read", error))?;
    let compressor = Compressor::of_bytes(first).unwrap_or(Compressor::None);
    let stream = codec::decompress(compressor, Box::new(file))?;
    Ok(Box::new(Checked::new(stream, check())))
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
pub fn of_backups<'r>(run: &'r Run<'r>, stored: Vec<Stored>) -> Result<StreamChain<'r>> {
    let bytes = |stored: &Stored| stored.head.size_bytes;
    let worth_it = parts::is_worth_it(size::total(stored.iter().map(bytes)));
    let link = |stored: Stored| {
        let parts = worth_it
            .then(|| parts::of_backup(run, &stored))
            .transpose()?;
        let stored_bytes = Some(bytes(&stored));
        Ok(StreamLink {
            name: stored.key.clone(),
            stored_bytes,
            parts: entered(&stored.key, stored_bytes, parts),
            open: Box::new(move || {
                let progress = Arc::new(Progress::new(
                    stored.name.as_str(),
                    stored_bytes,
                    run.progress,
                ));
                let (store, limits) = (&run.vault.store, &run.settings.store.limits);
                let stream = fetch::open(store, &stored, limits, progress)?;
                Ok(Box::new(stream) as Box<dyn Read>)
            }),
        })
    };
    let links: Result<_> = stored.into_iter().map(link).collect();
    Ok(StreamChain { links: links? })
}

/// Reads the names that are wanted, or all of them, and says how much that is.
pub fn tree(chain: &StreamChain<'_>, wanted: &TreeRequest<'_>, most_bytes: u64) -> Result<Tree> {
    if chain.links.iter().any(|link| link.parts.is_some()) {
        match Tree::partly(chain, wanted, most_bytes)? {
            Ok(tree) => {
                let parts = chain.links.iter().filter_map(|link| link.parts.as_ref());
                let read = size::humanize(size::total(parts.map(Parts::fetched_bytes)));
                let all = stored_bytes(chain.links.iter());
                log::info!("names were found in {read} of {}", size::humanize(all));
                return Ok(tree);
            }
            Err(why) => log::info!("all names are read: {why}"),
        }
    }
    say(chain, "names are read", |_| true);
    Tree::read(chain, most_bytes)
}

fn stored_bytes<'l, 'a: 'l>(links: impl Iterator<Item = &'l StreamLink<'a>>) -> u64 {
    size::total(links.filter_map(|link| link.stored_bytes))
}

/// Says how much is read of a chain: all of the streams for which `is_read` holds.
fn say<'a>(chain: &StreamChain<'a>, what: &str, is_read: impl Fn(usize) -> bool) {
    let links = chain.links.iter().enumerate();
    let links: Vec<&StreamLink<'a>> = links
        .filter(|(place, _)| is_read(*place))
        .map(|(_, link)| link)
        .collect();
    let bytes = stored_bytes(links.iter().copied());
    if links.is_empty() {
        return;
    }
    let (count, plural) = (links.len(), if links.len() == 1 { "" } else { "s" });
    log::info!("{what}: {count} stream{plural}, {}", size::humanize(bytes));
}

/// Says how much has to be read once more for the contents of these objects; no stream is read further than they go, and those
/// that can be entered not from their beginning.
pub fn say_contents(
    chain: &StreamChain<'_>,
    tree: &Tree,
    wanted: &std::collections::BTreeSet<u64>,
) {
    let streams = crate::files::contents::streams(tree, wanted);
    say(chain, "contents are read, at most", |place| {
        let is_whole = chain.links.get(place).is_some_and(|it| it.parts.is_none());
        is_whole && streams.contains(&place)
    });
}

fn write_failed(error: io::Error) -> Error {
    Error::io("write a temporary file", error)
}
