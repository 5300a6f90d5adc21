//! `z3 status`: local and stored snapshots side by side, byte for byte the original's table.

mod told;

use super::cost;
use super::session::{Session, Sessions};
use super::several::Gap;
use crate::args;
use crate::catalog::Scope;
use crate::error::{Error, Result};
use crate::many::{self, Tally};
use crate::size;
use crate::zfs::{self, Host, LocalSnapshot};
use told::{PlaceItem, SnapshotRow, rows};

/// Runs the command: a table for each dataset.
pub fn run(sessions: &mut Sessions, options: &args::StatusArgs) -> Result<()> {
    let mut gap = Gap::default();
    let rows = sessions.each(|session| {
        let tally = one(session, &mut gap);
        match options.cost && tally.is_ok() {
            true => cost::tell(session).and(tally),
            false => tally,
        }
    })?;
    rows.map_or(Ok(()), many::verdict)
}

/// What is in the bucket can be looked at without a pool, as in a rescue system: that there is no zfs is
/// only said. One that fails costs the exit status as well, but not the table.
fn one(session: &Session, gap: &mut Gap) -> Result<Tally> {
    let dataset = &session.settings.dataset;
    let mut failed = false;
    let locals = zfs::list_snapshots(&Host::Local, dataset).unwrap_or_else(|error| {
        log::warn!("unable to list local snapshots: {error}");
        failed = !matches!(error, Error::Missing { .. });
        Vec::new()
    });
    let vanished = !failed && locals.is_empty();
    if vanished && !zfs::dataset_exists(&Host::Local, dataset).unwrap_or(true) {
        log::info!("there is no dataset {dataset} here: is its pool imported, was it renamed?");
    }
    let tally = show(session, gap, &locals)?;
    match failed {
        true => Err(Error::refused(
            "zfs failed: what is stored is shown, the snapshots of the pool are not",
        )),
        false => Ok(tally),
    }
}

fn show(session: &Session, gap: &mut Gap, locals: &[LocalSnapshot]) -> Result<Tally> {
    let (settings, report) = (&session.settings, &session.report);
    let (dataset, selection) = (&settings.dataset, &settings.snapshots);
    let catalog = session.run().catalog(locals, &Scope::All)?;
    let rows = rows(dataset, locals, &catalog, selection);
    if rows.is_empty() && !locals.is_empty() {
        log::info!("no snapshot of {dataset} {}", selection.verb());
    }
    report.tell(&PlaceItem(settings))?;
    let wanted = dataset.prefix() + &selection.patterns();
    let place = format!("{}/{}", settings.store.s3.bucket, settings.store.s3_prefix);
    let title = format!("backup status for {wanted} on {place}\n");
    let header = ["NAME", "PARENT", "TYPE", "HEALTH", "LOCAL STATE", "SIZE"];
    report.say(gap.next())?;
    report.table(&title, header, &rows, SnapshotRow::cells)?;
    let stored = rows.iter().filter_map(|row| row.stored);
    Ok(Tally {
        word: "done",
        snapshots: stored.clone().count(),
        stored_bytes: size::total(stored.map(|stored| stored.head.size_bytes)),
    })
}
