//! `--properties`: what the receipt of a backup says was set for its dataset, put back.

use super::{Restore, RestoreRequest};
use crate::catalog::Stored;
use crate::error::{Error, Result};
use crate::pipeline::{Cmd, Pipeline};
use crate::receipt;
use crate::recovery::{Returned, returned};
use crate::run::Run;
use crate::terminal::plain;
use crate::zfs::{self, ReceiveUsage};

/// Adds to the restore what the last of its steps has noted: as options of `zfs receive` where that knows them, so that data is
/// written as it was, else to be set afterwards. What the user says of a property counts for more.
pub fn put_back(
    run: &Run<'_>,
    request: &RestoreRequest<'_>,
    restore: &mut Restore<'_>,
    last: &Stored,
    usage: Option<&ReceiveUsage>,
) -> Result<()> {
    let (dataset, Some(wish)) = (&run.settings.dataset, request.properties) else {
        return Ok(());
    };
    let noted = receipt::properties(run.vault, dataset, last).ok_or_else(|| {
        let snapshot = dataset.full_name(&last.name);
        Error::refused(format!(
            "the properties of {snapshot} are not known: it has no receipt"
        ))
        .hint("without --properties everything else is restored")
    })?;
    let known = zfs::known_properties(restore.dataset);
    let elsewhere = restore.dataset != dataset;
    let returned = returned(&noted, wish, elsewhere, known.as_ref());
    tell(&returned);
    let options = &mut restore.options;
    let knows_options = usage.is_some_and(ReceiveUsage::has_options);
    for (name, value) in &returned.set {
        match knows_options {
            true => options.set_unless_named(name, value),
            false if options.has(name) => {}
            false => restore.afterwards.push((name.clone(), value.clone())),
        }
    }
    Ok(())
}

/// Says what is left out.
fn tell(returned: &Returned) {
    let names = |names: &[String]| {
        names
            .iter()
            .map(|name| plain(name))
            .collect::<Vec<_>>()
            .join(", ")
    };
    if !returned.asked_for.is_empty() {
        log::info!("not put back: {}", names(&returned.asked_for));
    }
    if !returned.unknown.is_empty() {
        log::warn!(
            "not put back, as this zfs does not know them: {}",
            names(&returned.unknown)
        );
    }
}

impl Restore<'_> {
    /// What has to be set when all is received.
    pub fn set_cmds(&self) -> impl Iterator<Item = Cmd> {
        let set = self.afterwards.iter();
        set.map(|(name, value)| zfs::set_cmd(self.dataset, name, value))
    }

    /// Sets it. One that zfs refuses keeps none of the others back; the first error.
    pub fn set_afterwards(&self) -> Result<()> {
        let mut set = Ok(());
        for cmd in self.set_cmds() {
            let done = Pipeline::from(cmd).capture().map(drop);
            set = set.and(done);
        }
        set
    }
}
