//! How the snapshots of a plan are sent: with which flags of `zfs send`, raw or not, and through which compressor.
//!
//! Responsible for asking zfs what the dataset is and what it can, and for saying what was decided. Not responsible for what a
//! chain can have: that is [`crate::plan`]'s.

use super::rotation::rotate;
use crate::catalog::Catalog;
use crate::codec::Compressor;
use crate::config::Settings;
use crate::error::{Error, Result};
use crate::name::Dataset;
use crate::plan::{self, BackupStep, Ruling, Sent, Turns, Wish};
use crate::receipt;
use crate::run::Run;
use crate::send_flags::SendFlags;
use crate::terminal::plain;
use crate::zfs::{self, LocalSnapshot, Properties, Property};

/// What all steps of a plan have in common.
pub struct Manner {
    /// The compressor that is wanted, and the one for streams that it makes no smaller.
    compressors: [Compressor; 2],
    /// Where new chains begin while the run goes on.
    pub turns: Turns,
    /// What the receipts tell of the dataset.
    pub properties: Vec<Property>,
}

impl Manner {
    /// Decides how the steps are sent, and writes it into them. Where nothing is to be sent, nothing is asked.
    pub fn choose(
        run: &Run<'_>,
        locals: &[LocalSnapshot],
        catalog: &mut Catalog,
        steps: &mut [BackupStep],
    ) -> Result<Self> {
        let settings = run.settings;
        let Some(first) = steps.first_mut() else {
            return Ok(Self {
                compressors: compressors(settings)?,
                turns: Turns::default(),
                properties: Vec::new(),
            });
        };
        let properties = Properties::of(&settings.dataset)?;
        let mut ruling = ruling(run, &properties, catalog, first)?;
        accept(run, &properties, &ruling)?;
        if ruling.anew {
            first.base = None;
        }
        let went_on = first.base.is_some();
        let turns = rotate(run, locals, catalog, steps)?;
        for (at, step) in steps.iter_mut().enumerate() {
            // A new chain may have what the one before it could not.
            if (at > 0 || went_on) && step.base.is_none() {
                ruling = self::ruling(run, &properties, catalog, step)?;
                accept(run, &properties, &ruling)?;
            }
            step.flags = ruling.flags;
        }
        tell_of_packed(settings, steps);
        Ok(Self {
            compressors: compressors(settings)?,
            turns,
            properties: receipt::fitting(properties.own()),
        })
    }

    /// What an object is made with whose stream is sent like this.
    pub fn compressor(&self, flags: SendFlags) -> Compressor {
        let [wanted, packed] = self.compressors;
        match is_packed(flags) {
            true => packed,
            false => wanted,
        }
    }

    /// How the first snapshot of a new chain is sent.
    pub fn of_new_chain(run: &Run<'_>) -> Result<SendFlags> {
        let properties = Properties::of(&run.settings.dataset)?;
        let ruling = plan::rule(&wish(run, &properties), None).map_err(Error::refused)?;
        accept(run, &properties, &ruling)?;
        Ok(ruling.flags)
    }
}

/// Says what was decided, and fails where it cannot be done.
fn accept(run: &Run<'_>, properties: &Properties, ruling: &Ruling) -> Result<()> {
    let dataset = &run.settings.dataset;
    tell(ruling, dataset);
    zfs::expect_flags(ruling.flags)?;
    readable(dataset, properties, ruling.flags)
}

fn wish(run: &Run<'_>, properties: &Properties) -> Wish {
    let send = &run.settings.send;
    Wish {
        flags: send.flags,
        raw: send.raw,
        full_on_change: send.full_on_change,
        encrypted: properties.encrypted(),
    }
}

fn ruling(
    run: &Run<'_>,
    properties: &Properties,
    catalog: &Catalog,
    first: &BackupStep,
) -> Result<Ruling> {
    let base = first.parent().map(|parent| {
        let stored = catalog.get(parent.name());
        stored.map_or_else(Sent::default, Sent::of)
    });
    plan::rule(&wish(run, properties), base).map_err(|problem| {
        Error::refused(format!("zfs send {}: {problem}", first.snapshot))
            .hint("'z3 backup --full' begins a new chain")
    })
}

fn tell(ruling: &Ruling, dataset: &Dataset) {
    if let Some(notice) = &ruling.notice {
        log::info!("{dataset}: {notice}");
    }
    if let Some(risk) = &ruling.risk {
        log::warn!("{dataset}: {risk}");
    }
}

/// What is not sent raw has to be decrypted.
fn readable(dataset: &Dataset, properties: &Properties, flags: SendFlags) -> Result<()> {
    if flags.has(SendFlags::RAW) || !properties.encrypted() || !properties.locked() {
        return Ok(());
    }
    let root = properties.encryption_root().unwrap_or(dataset.as_str());
    let root = plain(root);
    Err(Error::refused(format!(
        "{dataset} is encrypted, its key is not loaded, and its backups are not raw"
    ))
    .hint(format!(
        "'zfs load-key {root}' loads it; raw backups need no key: with RAW=on, 'z3 backup' begins a new chain of them"
    )))
}

/// Whether blocks stay as they are on the disks: they are compressed there, or encrypted, and no compressor makes them smaller.
fn is_packed(flags: SendFlags) -> bool {
    !(flags - SendFlags::LARGE - SendFlags::EMBEDDED).is_empty()
}

/// The compressor that is wanted, and the one for what is packed: none, but one that was asked for stays.
fn compressors(settings: &Settings) -> Result<[Compressor; 2]> {
    let name = &settings.compressor;
    let asked = Compressor::parse(name);
    let asked = asked.ok_or_else(|| Error::refused(format!("no compressor '{name}'")))?;
    Ok([asked, asked_for(settings).unwrap_or(Compressor::None)])
}

fn asked_for(settings: &Settings) -> Option<Compressor> {
    Compressor::parse(&settings.compressor).filter(|_| settings.compressor_given)
}

/// Says that what was asked for takes time and saves little.
fn tell_of_packed(settings: &Settings, steps: &[BackupStep]) {
    let packed = steps.iter().find(|step| is_packed(step.flags));
    let asked = asked_for(settings).filter(|it| !matches!(it, Compressor::None | Compressor::Gpg));
    if let (Some(step), Some(_)) = (packed, asked) {
        let (name, flags) = (&settings.compressor, step.flags);
        log::info!(
            "{name} gains little on what zfs send -{flags} gives; COMPRESSOR=none saves its time"
        );
    }
}
