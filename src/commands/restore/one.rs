//! The restore of one dataset: which snapshot, what is thawed before, and what is told of it.

use super::ReceiveSettings;
use super::list;
use super::told::{ForceCost, ReceivedItem};
use crate::args;
use crate::commands::dated::{Wanted, wanted};
use crate::commands::report::Command;
use crate::commands::session::Session;
use crate::commands::thaw;
use crate::error::{Error, Result};
use crate::many::Tally;
use crate::name::{Dataset, SnapName};
use crate::restore::{self, RestoreEvent, RestoreRequest};
use crate::store::Kind;
use crate::tier::Tier;

/// The restore of one dataset.
pub struct One<'a> {
    /// The dataset.
    pub session: &'a Session,
    /// What is asked for.
    pub options: &'a args::RestoreArgs,
    /// Where it is received.
    pub place: &'a ReceiveSettings,
    /// What the same command would have restored before.
    pub coming: &'a [Dataset],
}

impl One<'_> {
    /// The snapshot that is asked for, by its name or by its time.
    pub fn wanted(&self) -> Result<Wanted> {
        let options = self.options;
        let (name, comment) = (options.snapshot.as_deref(), options.dry_run);
        wanted(self.session, name, options.at, comment)
    }

    /// Brings a snapshot back, or tells what that would fetch.
    pub fn run(&self, snapshot: &SnapName) -> Result<Tally> {
        match self.options.thaw {
            _ if self.options.list => self.list(snapshot),
            Some(tier) => self.thawed(snapshot, tier),
            None => self.once(snapshot).1,
        }
    }

    /// A copy may be gone again before its turn comes: then the rest is thawed once more. Each turn brings a snapshot back.
    fn thawed(&self, snapshot: &SnapName, tier: Tier) -> Result<Tally> {
        loop {
            let to = self.place.to.as_ref();
            thaw::before_restore(self.session, snapshot, to, tier)?;
            match self.once(snapshot) {
                (received, Err(error)) if received > 0 && is_frozen(&error) => {
                    log::warn!("{error}");
                }
                (_, done) => return done,
            }
        }
    }

    fn request<'r>(&'r self, snapshot: &'r SnapName) -> RestoreRequest<'r> {
        let Self { options, place, .. } = self;
        RestoreRequest {
            snapshot,
            to: place.to.as_ref(),
            options: &place.options,
            properties: options.properties,
            mount: !options.no_mount,
            create_parents: options.create_parents,
            coming: self.coming,
            force: options.force,
            repair: options.repair,
            dry: options.dry_run,
        }
    }

    fn list(&self, snapshot: &SnapName) -> Result<Tally> {
        let (run, request) = (self.session.run(), self.request(snapshot));
        restore::survey(&run, &request, &mut |survey| {
            list::tell(survey, &self.session.settings.prices, &self.session.report)
        })?;
        Ok(Tally::nothing("planned"))
    }

    /// One restore: how many snapshots it has brought back, and how it ended.
    fn once(&self, snapshot: &SnapName) -> (usize, Result<Tally>) {
        let (run, report) = (self.session.run(), &self.session.report);
        let (mut received, mut planned, mut stored_bytes) = (0, 0, 0_u64);
        let done = restore::run(&run, &self.request(snapshot), &mut |event| match event {
            RestoreEvent::Lost(line) => report.tell(&ForceCost(line)),
            RestoreEvent::Planned(restore, step) => {
                planned += 1;
                stored_bytes = stored_bytes.saturating_add(step.head.size_bytes);
                let line = restore.shell_text(self.session.program("z3_get"), step)?;
                report.tell(&Command(line))
            }
            RestoreEvent::Would(command) => report.tell(&Command(command)),
            RestoreEvent::Received(restore, step, fetched_bytes) => {
                received += 1;
                stored_bytes = stored_bytes.saturating_add(step.head.size_bytes);
                report.note(&ReceivedItem(restore, step, fetched_bytes))
            }
        });
        let tally = Tally::of_run(planned, received, stored_bytes, "up to date");
        (received, done.map(|()| tally))
    }
}

/// Whether an object could not be read because it lies in an archive class.
fn is_frozen(error: &Error) -> bool {
    matches!(error.innermost(), Error::Store(error) if error.kind == Kind::Archived)
}
