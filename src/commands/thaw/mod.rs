//! `z3 thaw`, and what `z3 restore --thaw` does before it restores.

mod told;

use std::time::Instant;

use super::dated::wanted;
use super::session::Session;
use crate::args;
use crate::error::Result;
use crate::name::{Dataset, SnapName};
use crate::thaw::{self, ThawRequest};
use crate::tier::Tier;
use told::{HEADER, ObjectRow, summary};

/// How many days the copies that a restore has asked for stay.
const DAYS: u32 = 7;

/// Runs the command.
pub fn run(session: &Session, options: &args::ThawArgs) -> Result<()> {
    let name = options.snapshot.as_deref();
    let name = wanted(session, name, options.at, false)?.name()?;
    let timeout = options.timeout;
    let request = ThawRequest {
        snapshot: &name,
        to: None,
        tier: options.tier,
        days: options.days,
        wait: options.wait,
        until: timeout.and_then(|time| Instant::now().checked_add(time)),
        dry: options.dry_run,
    };
    let (report, mut shown) = (session.report, false);
    told(session, &request, &mut |rows| {
        if std::mem::replace(&mut shown, true) {
            return rows.iter().try_for_each(|row| report.note(row));
        }
        report.table("", HEADER, rows, ObjectRow::cells)?;
        report.say(&summary(rows))
    })
}

/// Waits until all that a restore of the snapshot will fetch can be read.
pub fn before_restore(
    session: &Session,
    snapshot: &SnapName,
    to: Option<&Dataset>,
    tier: Tier,
) -> Result<()> {
    let request = ThawRequest {
        snapshot,
        to,
        tier,
        days: DAYS,
        wait: true,
        until: None,
        dry: false,
    };
    let note = |rows: &[ObjectRow<'_>]| rows.iter().try_for_each(|row| session.report.note(row));
    told(session, &request, &mut |rows| note(rows))
}

fn told(
    session: &Session,
    request: &ThawRequest<'_>,
    tell: &mut dyn FnMut(&[ObjectRow<'_>]) -> Result<()>,
) -> Result<()> {
    let dataset = &session.settings.dataset;
    thaw::run(&session.run(), request, &mut |objects| {
        let rows: Vec<ObjectRow<'_>> = objects
            .iter()
            .map(|object| ObjectRow(dataset, object))
            .collect();
        tell(&rows)
    })
}
