//! Half a snapshot that a broken `zfs receive -s` has left in the dataset, and what becomes of it.
//!
//! Responsible for telling one that this restore goes on with from one that is somebody else's. Not responsible for making the
//! rest of its stream ([`crate::resume`]).

use crate::catalog::Stored;
use crate::error::{Error, Result};
use crate::name::{Dataset, SnapName};
use crate::resume::Token;
use crate::terminal::plain;
use crate::zfs::{self, Target};

/// Half of the snapshot that is to be received next.
#[derive(Debug, Clone)]
pub struct Partial {
    /// Which snapshot it is half of.
    pub name: SnapName,
    /// What was received, and how far.
    pub token: Token,
    /// The token as zfs prints it.
    pub text: String,
    /// It becomes a volume.
    pub volume: bool,
}

/// What is to be done about half a snapshot.
pub enum HalfReceived {
    /// There is none.
    Nothing,
    /// It is received to its end.
    Ours(Partial),
    /// It is dropped, as `--force` has it.
    Dropped,
}

/// Looks for half a snapshot in the target, of which `step` is received next.
pub fn look(
    dataset: &Dataset,
    target: Option<&Target>,
    step: &Stored,
    force: bool,
) -> Result<HalfReceived> {
    let Some((target, text)) =
        target.and_then(|target| Some((target, target.resume_token.clone()?)))
    else {
        return Ok(HalfReceived::Nothing);
    };
    match Token::read(&text) {
        Ok(token) if is_of(&token, step) => {
            let name = step.name.clone();
            let volume = target.volume;
            let partial = Partial {
                name,
                token,
                text,
                volume,
            };
            unchanged(dataset, target, step, force)?;
            Ok(HalfReceived::Ours(partial))
        }
        _ if force => Ok(HalfReceived::Dropped),
        other => Err(foreign(dataset, other, step)),
    }
}

impl Partial {
    /// Whether it is half of this snapshot.
    pub fn is_of(&self, step: &Stored) -> bool {
        self.name == step.name
    }
}

/// Objects of the Python tell no guid: then the stream in them has to be the token's, which is seen before a byte is received.
fn is_of(token: &Token, step: &Stored) -> bool {
    let label = &step.label;
    let from_fits = match label.full {
        true => token.fromguid == 0,
        false => token.fromguid != 0 && label.parent_guid.is_none_or(|guid| guid == token.fromguid),
    };
    label.may_be(token.toguid) && from_fits
}

/// What zfs would refuse only behind the whole download: something has been written to the dataset since its last snapshot,
/// access times are enough.
fn unchanged(dataset: &Dataset, target: &Target, step: &Stored, force: bool) -> Result<()> {
    if force || step.label.full || target.written.is_none_or(|bytes| bytes == 0) {
        return Ok(());
    }
    Err(Error::refused(format!(
        "{dataset} was written to since @{}, on which the half received {} builds",
        plain(step.label.parent_name()),
        step.name
    ))
    .hint(format!(
        "'z3 restore --force' rolls {dataset} back and goes on: what was changed since is lost"
    )))
}

fn foreign(dataset: &Dataset, token: Result<Token>, step: &Stored) -> Error {
    let held = match token {
        Ok(token) => format!("{} (guid {})", plain(&token.toname), token.toguid),
        Err(error) => format!("a snapshot that cannot be told ({error})"),
    };
    let guid = step.label.guid.map(|guid| format!(" (guid {guid})"));
    Error::refused(format!(
        "{dataset} holds half of {held} that a 'zfs receive -s' has left, and {}{} is to be received next",
        dataset.full_name(&step.name),
        guid.unwrap_or_default()
    ))
    .hint(format!(
        "'zfs receive -A {dataset}' drops it, and so does --force; 'z3_get --token' has what it lacks"
    ))
}

impl Partial {
    /// Half of which snapshot, and how much of its stream: by the estimate of who sent it.
    pub fn share(&self, step: &Stored) -> String {
        let bytes = self.token.bytes;
        match step.label.size_bytes() {
            Ok(Some(size)) if size > 0 => {
                let percent = u128::from(bytes) * 100 / u128::from(size);
                format!("{} %", percent.min(99))
            }
            _ => format!("byte {bytes}"),
        }
    }
}

/// Says what a failed receive has left, and how to go on.
pub fn advise(dataset: &Dataset, error: Error) -> Error {
    let target = Target::of(dataset).ok().flatten();
    if target.and_then(|target| target.resume_token).is_none() {
        return error;
    }
    let kept = format!(
        "what was received stays: the same command goes on with it, {} drops it",
        format_args!("'{}'", zfs::drop_partial_cmd(dataset))
    );
    let hint = match error.advice() {
        Some(advice) => format!("{advice}; {kept}"),
        None => kept,
    };
    error.without_hint().hint(hint)
}

#[cfg(test)]
mod tests;
