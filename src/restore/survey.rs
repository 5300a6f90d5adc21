//! `z3 restore --list`: what a restore would fetch, where each object stands, and whether there is room for it.
//!
//! Responsible for asking; nothing is downloaded but first bytes, and nothing is changed. Not responsible for what would be
//! refused: that a dry run of the restore itself says.

use super::{RestoreRequest, run};
use crate::catalog::{Catalog, Health, Scope, Stored};
use crate::download;
use crate::error::Result;
use crate::name::{Dataset, SnapName};
use crate::plan::{self, Frost, Receiver};
use crate::receipt;
use crate::run::Run;
use crate::zfs;

/// Where an object of the chain stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LinkState {
    /// The receiver has its snapshot, or one that comes after it in the chain.
    Here,
    /// It cannot be restored, for this reason.
    Broken(String),
    /// What the server says of it.
    Frost(Frost),
}

/// An object of the chain.
#[derive(Debug, Clone)]
pub struct Link {
    /// The backup.
    pub stored: Stored,
    /// Where it stands.
    pub state: LinkState,
    /// The length of its stream, and whether that is known or estimated.
    pub stream_bytes: Option<(u64, bool)>,
    /// How many ranges a download asks for.
    pub requests: u64,
}

/// The chain, and the place for it.
#[derive(Debug, Clone)]
pub struct RestoreSurvey {
    /// The receiver.
    pub dataset: Dataset,
    /// The full first.
    pub links: Vec<Link>,
    /// How many bytes the receiver may still write, and where that was asked.
    pub free: Option<(Dataset, u64)>,
}

impl RestoreSurvey {
    /// The objects that a restore would fetch.
    pub fn fetched(&self) -> impl Iterator<Item = &Link> {
        self.links
            .iter()
            .filter(|link| link.state != LinkState::Here)
    }

    /// The length of all streams that would be received, and whether each is known; nothing if one is not even estimated.
    pub fn stream_bytes(&self) -> Option<(u64, bool)> {
        self.fetched()
            .try_fold((0_u64, true), |(sum, exact), link| {
                let (bytes, known) = link.stream_bytes?;
                Some((sum.saturating_add(bytes), exact && known))
            })
    }
}

/// Tells of the chain, and fails as its restore would before the first byte.
pub fn survey(
    run: &Run<'_>,
    request: &RestoreRequest<'_>,
    tell: &mut dyn FnMut(&RestoreSurvey) -> Result<()>,
) -> Result<()> {
    let (dataset, target) = (
        &run.settings.dataset,
        request.to.unwrap_or(&run.settings.dataset),
    );
    let locals = run.locals_if_any(target)?;
    let receiver = Receiver {
        dataset: target,
        locals: locals.as_deref().unwrap_or_default(),
    };
    let wanted = request.snapshot;
    let mut catalog = run.catalog(receiver.locals, &Scope::Chains(vec![wanted.clone()]))?;
    let is_there = |stored: &&&Stored| receiver.has(stored).unwrap_or(false);
    let chain = plan::links(dataset, &catalog, wanted)?;
    let rest = chain.iter().rev().take_while(|stored| !is_there(stored));
    let names: Vec<SnapName> = rest.map(|stored| stored.name.clone()).collect();
    catalog.look(run.vault, &names)?;
    tell(&RestoreSurvey {
        dataset: target.clone(),
        links: links(run, receiver, &catalog, wanted)?,
        free: locals.is_some().then(|| free(target)).flatten(),
    })?;
    match locals {
        Some(_) => run::run(
            run,
            &RestoreRequest {
                dry: true,
                ..*request
            },
            &mut |_| Ok(()),
        ),
        None => plan::restore(dataset, receiver, &catalog, wanted).map(drop),
    }
}

fn links(
    run: &Run<'_>,
    receiver: Receiver<'_>,
    catalog: &Catalog,
    wanted: &SnapName,
) -> Result<Vec<Link>> {
    let dataset = &run.settings.dataset;
    let chain = plan::links(dataset, catalog, wanted)?;
    let receipts = receipt::load(run.vault, dataset, &chain)?;
    let has = |stored: &Stored| receiver.has(stored).unwrap_or(false);
    let base = chain.iter().rposition(|stored| has(stored));
    let link = |(at, stored): (usize, &&Stored)| {
        let noted = receipts
            .get(&stored.name)
            .map(|receipt| (receipt.stream_bytes, true));
        let estimate = || Some((stored.label.size_bytes().ok()??, false));
        Link {
            state: match base.is_some_and(|base| at <= base) {
                true => LinkState::Here,
                false => state(run, catalog, stored),
            },
            stream_bytes: noted.or_else(estimate),
            requests: download::requests(&stored.head, &run.settings.store.limits),
            stored: (*stored).clone(),
        }
    };
    Ok(chain.iter().enumerate().map(link).collect())
}

fn state(run: &Run<'_>, catalog: &Catalog, stored: &Stored) -> LinkState {
    match catalog.health(stored) {
        Health::Ok => LinkState::Frost(Frost::of(&stored.head, run.vault.store.now(), 0)),
        _ => LinkState::Broken(catalog.reason(stored)),
    }
}

/// The room of the dataset, or of the nearest one above it.
fn free(target: &Dataset) -> Option<(Dataset, u64)> {
    let mut places = std::iter::successors(Some(target.clone()), Dataset::above);
    places.find_map(|place| zfs::available(&place).map(|bytes| (place, bytes)))
}
