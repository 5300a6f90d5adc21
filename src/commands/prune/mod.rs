//! `z3 prune`.

mod told;

use std::time::Instant;

use super::monitor::Work;
use super::session::{Session, Sessions};
use super::several::{self, Gap};
use crate::args;
use crate::error::Result;
use crate::many::{self, DatasetRow, Outcome, Tally};
use crate::prune::{self, PruneDone, PruneEvent, PruneRequest};
pub use told::Class;
use told::{Deleted, Pruned, Stayed, show};

/// What becomes of one of several datasets for which nothing says what to keep: all of it stays.
const NO_RULE: &str = "no rule";

/// Runs the command: the plan of each dataset, and what became of it.
pub fn run(sessions: &mut Sessions, options: &args::PruneArgs) -> Result<()> {
    let (mut unruled, mut gap) = (None, Gap::default());
    let titled = sessions.choice.is_made();
    let rows = sessions.each(|session| {
        let settings = &session.settings;
        match settings.retention.keep.is_empty() {
            // Nobody has said that anything of it may go: that is a policy as well, unless it is the only one.
            true => {
                unruled.get_or_insert(settings.dataset.clone());
                Ok(tally(NO_RULE, &PruneDone::default()))
            }
            false => one(session, titled.then_some(&mut gap), options),
        }
    })?;
    let is_unruled = |row: &DatasetRow<Tally>| matches!(&row.outcome, Outcome::Done(tally) if tally.word == NO_RULE);
    let all = rows.iter().flatten().all(is_unruled);
    match (unruled, rows) {
        (Some(first), _) if all => Err(prune::no_rule(&first)),
        (_, None) => Ok(()),
        (_, Some(rows)) => {
            several::results(&sessions.report, "DELETED", &rows)?;
            many::verdict(rows)
        }
    }
}

/// `gap`: of several, whose tables have titles.
fn one(session: &Session, mut gap: Option<&mut Gap>, options: &args::PruneArgs) -> Result<Tally> {
    let report = &session.report;
    let request = PruneRequest {
        dry: options.dry_run,
        early: options.early,
        broken: options.broken,
    };
    let dataset = session.settings.dataset.as_str();
    let begun = Instant::now();
    let run = session.run();
    let done = prune::run(&run, &request, &mut |event| match event {
        PruneEvent::Planned(plan) => show(gap.as_deref_mut(), dataset, plan, report),
        PruneEvent::Deleted(stored) => report.line(&Deleted(dataset, stored)),
        PruneEvent::Stayed(stored, problem) => {
            let snapshot = session.settings.dataset.full_name(&stored.name);
            log::warn!("{snapshot}: not deleted: {problem}");
            report.line(&Stayed(dataset, stored, problem))
        }
        PruneEvent::Done(&done) => report.tell(&Pruned {
            dataset,
            done,
            dry: request.dry,
        }),
    });
    if !request.dry {
        let work = done.as_ref().ok().copied().map(Work::Deleted);
        session.ran(begun, work, None, done.as_ref().err());
    }
    let done = done?;
    let word = match (request.dry, done.objects) {
        (_, 0) => "nothing to do",
        (true, _) => "planned",
        (false, _) => "done",
    };
    Ok(tally(word, &done))
}

fn tally(word: &'static str, done: &PruneDone) -> Tally {
    Tally {
        word,
        snapshots: done.objects,
        stored_bytes: done.bytes,
    }
}
