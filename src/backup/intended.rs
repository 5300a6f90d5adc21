//! What a backup intends to do, by what is in the pool and what is in the bucket.
//!
//! Responsible for asking the bucket for no more than the plan needs, and for a look at what it builds on. Not responsible for
//! the decision ([`crate::plan`]).

use std::slice;

use super::{BackupRequest, bookmarks};
use crate::catalog::Catalog;
use crate::error::{Error, Result};
use crate::name::Dataset;
use crate::plan::{BackupStep, Candidates};
use crate::run::Run;
use crate::zfs::{self, Host, LocalSnapshot};

/// What is to be sent, and what it was decided by.
pub struct Intended<'a> {
    /// The snapshots, the oldest first.
    pub steps: Vec<BackupStep>,
    /// What is stored.
    pub catalog: Catalog,
    /// The newest snapshot that is stored and in the pool.
    pub stored: Option<&'a LocalSnapshot>,
}

impl<'a> Intended<'a> {
    /// Looks into the bucket, and plans.
    pub fn of(
        run: &'a Run<'_>,
        request: &BackupRequest<'_>,
        locals: &'a [LocalSnapshot],
    ) -> Result<Self> {
        let (dataset, selection) = (&run.settings.dataset, &run.settings.snapshots);
        let candidates = Candidates::find(dataset, locals, selection, request.last)
            .map_err(|error| absent(error, dataset, locals))?;
        let mut catalog = run.catalog(locals, &candidates.scope(request.full))?;
        if request.full {
            return Ok(Self {
                steps: candidates.full(&catalog)?,
                catalog,
                stored: None,
            });
        }
        let marked = bookmarks::base(run, locals, &candidates, &mut catalog)?;
        let steps = candidates.incremental(&catalog, marked.as_ref())?;
        match steps.first().map(BackupStep::parent) {
            // A backup that is not one is told of on the day when nothing is new, too: by its first bytes alone.
            None => catalog.look(run.vault, slice::from_ref(&candidates.last().name))?,
            Some(None) => {}
            Some(Some(parent)) => run.examine(&mut catalog, parent.name())?,
        }
        Ok(Self {
            // Once more, with what was seen there.
            steps: candidates.incremental(&catalog, marked.as_ref())?,
            stored: candidates.stored(&catalog)?,
            catalog,
        })
    }
}

/// Says that a dataset is not there at all, which looks like one without snapshots.
fn absent(error: Error, dataset: &Dataset, locals: &[LocalSnapshot]) -> Error {
    let there = !locals.is_empty() || zfs::dataset_exists(&Host::Local, dataset).unwrap_or(true);
    match there {
        true => error,
        false => error.without_hint().hint(format!(
            "there is no dataset {dataset} here: is its pool imported, was it renamed? 'zfs list' shows what there is"
        )),
    }
}
