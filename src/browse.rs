//! The files of a snapshot, wherever its streams are: in files, or in the bucket as a restore would find them.
//!
//! Responsible for opening the streams, proved to their end, and for saying beforehand how much is read. Not responsible for what
//! is in them ([`crate::files`]), nor for writing files ([`crate::extract`]).

mod cat;
mod near;
mod parts;
mod salvage;
mod sips;
mod sparse;

use std::cell::Cell;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::sync::Arc;

pub use cat::{CatRequest, cat};
use parts::RangedStream;
use salvage::Rescue;
pub use sparse::Sparse;

use crate::catalog::{Catalog, Scope, Stored};
use crate::chain::{Open, Parts, StreamChain, StreamLink, TreeRequest};
use crate::codec::{self, Compressor};
use crate::enter::Found;
use crate::error::{Error, Result};
use crate::fetch;
use crate::files::Tree;
use crate::memory;
use crate::name::SnapName;
use crate::plan::{self, Receiver};
use crate::progress::Progress;
use crate::run::Run;
use crate::salvage::Damage;
use crate::size::{self, MIB};
use crate::stream::{Accept, Check, Checked, Expect};
use crate::system;
use crate::terminal::plain;

/// How much of names and attributes is kept where nothing is known of the machine's memory.
const MOST_BYTES: u64 = 256 * MIB;

/// The streams that these files hold, as `zfs send` wrote them or compressed; of damaged ones what is left, if that is wanted.
pub fn of_files(paths: &[String], salvage: bool) -> Result<StreamChain<'static>> {
    let bytes = |path: &String| std::fs::metadata(path).ok().map(|file| file.len());
    let worth_it = parts::is_worth_it(size::total(paths.iter().filter_map(bytes)));
    let (near, damage) = (Arc::default(), salvage.then(Damage::default));
    let link = |(place, path): (usize, &String)| {
        let (name, stored_bytes, from) = (path.clone(), bytes(path), path.clone());
        let ranged = || parts::of_file(path, check, (&near, place));
        let way = Way {
            ranged: (worth_it || salvage).then(ranged).transpose()?,
            in_parts: worth_it,
            damage: damage.clone().map(|damage| (damage, place)),
        };
        let was_opened = Cell::new(false);
        let open = move || opened(&from, was_opened.replace(true));
        way.link(name, stored_bytes, Box::new(open))
    };
    let links: Result<_> = paths.iter().enumerate().map(link).collect();
    let links = links?;
    Ok(StreamChain { links, damage })
}

/// How a stream is read.
struct Way<'a> {
    ranged: Option<RangedStream<'a>>,
    /// It is worth it to look for single objects.
    in_parts: bool,
    damage: Option<(Damage, usize)>,
}

impl<'a> Way<'a> {
    /// `open` is for one that has to be right.
    fn link(
        self,
        name: String,
        stored_bytes: Option<u64>,
        open: Open<'a>,
    ) -> Result<StreamLink<'a>> {
        let (open, parts) = match (self.ranged, self.damage) {
            (Some(ranged), Some(damage)) => {
                let rescue = Rescue::new(ranged, &name, damage)?;
                let parts = self.in_parts.then(|| rescue.parts()).transpose()?;
                (Box::new(move || rescue.whole()) as Open<'a>, parts)
            }
            (ranged, _) => (open, ranged.map(RangedStream::parts).transpose()?),
        };
        Ok(StreamLink {
            parts: entered(&name, stored_bytes, parts),
            name,
            stored_bytes,
            open,
        })
    }
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

fn opened(path: &str, again: bool) -> Result<Box<dyn Read>> {
    if again && !std::fs::metadata(path).is_ok_and(|it| it.is_file() || is_block_device(&it)) {
        let text = "contents are read after names, and this can be read once only";
        return Err(Error::refused(text).hint("--stream takes files: write the stream into one"));
    }
    let file = File::open(path).map_err(|error| Error::io("open", error))?;
    let mut file = BufReader::new(file);
    let first = file.fill_buf().map_err(|error| Error::io("read", error))?;
    let compressor = Compressor::of_bytes(first).unwrap_or(Compressor::None);
    let stream = codec::decompress(compressor, Box::new(file))?;
    Ok(Box::new(Checked::new(stream, check())))
}

fn is_block_device(it: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::FileTypeExt;
    it.file_type().is_block_device()
}

/// How much of names and attributes may be kept where no settings say so.
pub fn most_bytes() -> u64 {
    let available = system::available_bytes();
    memory::default_bytes(available, MIB).unwrap_or(MOST_BYTES)
}

/// The backups that a restore of the snapshot would fetch where nothing is there yet. No zfs is asked.
pub fn stored(run: &Run<'_>, wanted: &SnapName) -> Result<Vec<Stored>> {
    let dataset = &run.settings.dataset;
    let mut catalog = run.catalog(&[], &Scope::Chains(vec![wanted.clone()]))?;
    let planned = |catalog: &Catalog| -> Result<Vec<Stored>> {
        let locals = &[];
        let steps = plan::restore(dataset, Receiver { dataset, locals }, catalog, wanted)?;
        Ok(steps.into_iter().cloned().collect())
    };
    let names = planned(&catalog)?.into_iter().map(|it| it.name);
    catalog.look(run.vault, &Vec::from_iter(names))?;
    planned(&catalog)
}

/// Those backups as streams; of damaged ones what is left, if that is wanted.
pub fn of_backups<'r>(
    run: &'r Run<'r>,
    stored: Vec<Stored>,
    salvage: bool,
) -> Result<StreamChain<'r>> {
    let bytes = |stored: &Stored| stored.head.size_bytes;
    let worth_it = parts::is_worth_it(size::total(stored.iter().map(bytes)));
    let (near, damage) = (Arc::default(), salvage.then(Damage::default));
    let link = |(place, stored): (usize, Stored)| {
        let ranged = || parts::of_backup(run, &stored, (&near, place));
        let way = Way {
            ranged: (worth_it || salvage).then(ranged),
            in_parts: worth_it,
            damage: damage.clone().map(|damage| (damage, place)),
        };
        let (name, stored_bytes) = (stored.key.clone(), Some(bytes(&stored)));
        let open = move || {
            let name = stored.name.as_str();
            let progress = Arc::new(Progress::new(name, stored_bytes, run.progress));
            let (store, limits) = (&run.vault.store, &run.settings.store.limits);
            let stream = fetch::open(store, &stored, limits, progress)?;
            Ok(Box::new(stream) as Box<dyn Read>)
        };
        way.link(name, stored_bytes, Box::new(open))
    };
    let links: Result<_> = stored.into_iter().enumerate().map(link).collect();
    let links = links?;
    Ok(StreamChain { links, damage })
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
    let streams = crate::chain::contents::streams(tree, wanted);
    say(chain, "contents are read, at most", |place| {
        let is_whole = chain.links.get(place).is_some_and(|it| it.parts.is_none());
        is_whole && streams.contains(&place)
    });
}

fn write_failed(error: io::Error) -> Error {
    let place = std::env::temp_dir();
    let what = format!("write a temporary file in {} (TMPDIR)", place.display());
    Error::io(what, error)
}
