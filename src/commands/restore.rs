//! `z3 restore`.

use serde_json::{Value, json};

use super::dated::wanted;
use super::report::{Command, Item, Report};
use super::session::Session;
use super::thaw;
use crate::args;
use crate::catalog::Stored;
use crate::error::{Error, Result};
use crate::name::Dataset;
use crate::progress;
use crate::receive_options::ReceiveOptions;
use crate::restore::{self, Event, Request, Restore};
use crate::store::Kind;

/// Runs the command.
pub fn run(
    session: &Session,
    options: &args::Restore,
    progress: progress::Mode,
    report: &Report,
) -> Result<()> {
    let place = Place::of(options)?;
    let name = options.snapshot.as_deref();
    let name = wanted(session, name, options.at, options.dry_run, report)?;
    let once = || once(session, options, &place, &name, progress, report);
    let Some(tier) = options.thaw else {
        return once().1;
    };
    // A copy may be gone again before its turn comes: then the rest is thawed once more. Each turn brings a snapshot back.
    loop {
        thaw::before_restore(session, &name, place.to.as_ref(), tier, report)?;
        match once() {
            (received, Err(error)) if received > 0 && is_frozen(&error) => log::warn!("{error}"),
            (_, done) => return done,
        }
    }
}

/// Where it is received.
struct Place {
    to: Option<Dataset>,
    options: ReceiveOptions,
}

impl Place {
    fn of(options: &args::Restore) -> Result<Self> {
        let to = options.to.as_deref().map(Dataset::parse).transpose()?;
        let options = ReceiveOptions::new(&options.set, &options.unset);
        let options = options.map_err(Error::Usage)?;
        Ok(Self { to, options })
    }
}

/// Whether an object could not be read because it lies in an archive class.
fn is_frozen(error: &Error) -> bool {
    matches!(error.innermost(), Error::Store(error) if error.kind == Kind::Archived)
}

/// One restore: how many snapshots it has brought back, and how it ended.
fn once(
    session: &Session,
    options: &args::Restore,
    place: &Place,
    snapshot: &str,
    progress: progress::Mode,
    report: &Report,
) -> (usize, Result<()>) {
    let request = Request {
        snapshot,
        to: place.to.as_ref(),
        options: &place.options,
        mount: !options.no_mount,
        create_parents: options.create_parents,
        force: options.force,
        repair: options.repair,
        dry: options.dry_run,
    };
    let mut received = 0;
    let done = restore::run(&session.run(progress), &request, &mut |event| match event {
        Event::Lost(line) => report.tell(&Cost(line)),
        Event::Planned(restore, step) => {
            let line = restore.shell_text(session.program("z3_get"), step)?;
            report.tell(&Command(line))
        }
        Event::Would(command) => report.tell(&Command(command)),
        Event::Received(restore, step) => {
            received += 1;
            report.note(&Received(restore, step))
        }
    });
    (received, done)
}

/// A snapshot that zfs has received and shows.
struct Received<'a>(&'a Restore<'a>, &'a Stored);

impl Item for Received<'_> {
    const TYPE: &'static str = "received";

    fn fields(&self) -> Value {
        let Self(restore, stored) = self;
        let resumed = restore.partial_of(stored);
        json!({
            "dataset": restore.dataset.as_str(),
            "name": stored.name,
            "guid": stored.label.guid.map(|guid| guid.to_string()),
            "key": stored.key,
            "stored_bytes": stored.head.size_bytes,
            "resumed_bytes": resumed.map_or(0, |partial| partial.token.bytes),
        })
    }

    fn text(&self) -> String {
        format!("received {}@{}", self.0.dataset, self.1.name)
    }
}

/// What `--force` would cost.
struct Cost<'a>(&'a str);

impl Item for Cost<'_> {
    const TYPE: &'static str = "cost";

    fn fields(&self) -> Value {
        json!({ "cost": self.0 })
    }

    fn text(&self) -> String {
        format!("# {}\n", self.0)
    }
}
