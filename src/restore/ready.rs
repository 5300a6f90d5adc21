//! A restore that can begin: nothing that is known before is in its way.

use super::{
    HalfReceived, Mounts, Place, Restore, RestoreEvent, RestoreRequest, TellRestore, partial,
};
use crate::catalog::Stored;
use crate::error::Result;
use crate::plan;
use crate::run::Run;
use crate::zfs::{self, LocalSnapshot, Target};

/// What is done, and what is known of where.
pub struct Ready<'a> {
    restore: Restore<'a>,
    steps: Vec<&'a Stored>,
    /// There is such a dataset.
    there: bool,
    /// It is there, and more than half of the first step.
    exists: bool,
    /// What is above it, if it is not.
    place: Place,
    /// Half a snapshot has to go before.
    drops: bool,
    /// What is made is to be mounted.
    mount: bool,
    /// What `--force` will cost, in words.
    lost: Vec<String>,
}

impl<'a> Ready<'a> {
    /// Looks at everything that zfs would look at.
    pub fn new(
        run: &Run<'_>,
        request: &RestoreRequest<'_>,
        mut restore: Restore<'a>,
        steps: Vec<&'a Stored>,
        locals: &[LocalSnapshot],
    ) -> Result<Self> {
        let dataset = restore.dataset;
        let mut target = Target::of(dataset)?;
        let there = target.is_some();
        let half = match steps.first() {
            Some(step) => partial::look(dataset, target.as_ref(), step, restore.force)?,
            None => HalfReceived::Nothing,
        };
        // Without a snapshot there is nothing but that half: it goes with it, and is made whole without a cost.
        if !matches!(half, HalfReceived::Nothing) && locals.is_empty() {
            target = None;
        }
        let (exists, drops) = (target.is_some(), matches!(half, HalfReceived::Dropped));
        if let HalfReceived::Ours(partial) = half {
            restore.partial = Some(partial);
        }
        let place = match exists {
            true => Place::default(),
            false => Place::above(dataset, there, request)?,
        };
        place.takes(run, request, &mut restore, target.as_ref(), &steps)?;
        let cost = plan::cost(locals, target, &steps);
        cost.allowed(dataset, restore.force, || zfs::clones(dataset))?;
        let lost = match restore.force {
            true => cost.lines(dataset),
            false => Vec::new(),
        };
        Ok(Self {
            restore,
            steps,
            there,
            exists,
            place,
            drops,
            mount: request.mount,
            lost,
        })
    }

    /// Mounting waits for the last step: OpenZFS refuses an increment for a dataset whose files somebody has looked at.
    pub fn receive(&self, tell: TellRestore<'_>) -> Result<()> {
        self.lost.iter().for_each(|line| log::warn!("{line}"));
        let dataset = self.restore.dataset;
        self.place.make()?;
        if self.drops {
            zfs::drop_partial(dataset)?;
        }
        let first = self.steps.first().filter(|_| !self.exists);
        let makes = first.map(|step| dataset.snapshot(&step.name));
        let before = self.there.then(|| zfs::mounted(dataset)).transpose()?;
        let before = before.unwrap_or_default();
        let mut mounts = Mounts::of(dataset, before, makes.transpose()?, self.mount);
        let mut untold = None;
        // Each of the others has just seen the snapshot before it.
        if let Some(first) = self.steps.first() {
            self.restore.expect_receiver(first)?;
        }
        for (at, step) in self.steps.iter().enumerate() {
            if let Some(partial) = self.restore.partial_of(step) {
                let (snapshot, share) = (dataset.full_name(&step.name), partial.share(step));
                log::info!("{snapshot}: resumed at {share}");
            }
            let received = self.restore.receive(step)?;
            mounts.received(at + 1 < self.steps.len());
            // A full disk under the log stops no restore, and is told at the end.
            if let Err(error) = tell(RestoreEvent::Received(
                &self.restore,
                step,
                received.fetched_bytes,
            )) {
                untold.get_or_insert(error);
            }
        }
        let set = self.restore.set_afterwards();
        mounts.complete();
        set.and(untold.map_or(Ok(()), Err))
    }

    /// What a dry run tells.
    pub fn show(&self, tell: TellRestore<'_>) -> Result<()> {
        for line in &self.lost {
            tell(RestoreEvent::Lost(line))?;
        }
        for name in &self.place.missing {
            tell(RestoreEvent::Would(zfs::create_cmd(name)))?;
        }
        let dataset = self.restore.dataset;
        if self.drops {
            tell(RestoreEvent::Would(zfs::drop_partial_cmd(dataset)))?;
        }
        for step in &self.steps {
            tell(RestoreEvent::Planned(&self.restore, step))?;
        }
        for cmd in self.restore.set_cmds() {
            tell(RestoreEvent::Would(cmd))?;
        }
        match self.mounts()? {
            true => tell(RestoreEvent::Would(zfs::mount_cmd(dataset))),
            false => Ok(()),
        }
    }

    /// Whether it ends with a mount. An increment is received below a mounted file system; only a full leaves one that is to be
    /// mounted.
    fn mounts(&self) -> Result<bool> {
        let dataset = self.restore.dataset;
        let begins_full = self.steps.first().is_some_and(|step| step.label.full);
        let mounted = || -> Result<bool> { Ok(zfs::mounted(dataset)?.contains(dataset)) };
        Ok(begins_full && (!self.exists && self.mount || self.exists && mounted()?))
    }
}
