//! How long a send stream will be, before it exists.

use super::list::LocalSnapshot;
use super::send::Send;
use crate::error::{Error, Result};
use crate::pipeline::{Captured, Pipeline};

/// How zfs ends when it does not know an option.
const USAGE: &str = "exit 2";

/// Asks how long streams will be, and remembers that a zfs has no answer.
#[derive(Debug, Default)]
pub struct Estimator {
    unknown: bool,
}

impl Estimator {
    /// The length of a stream in bytes, of a snapshot that zfs has listed like this; see [`estimate_in`].
    pub fn of(&mut self, send: &Send<'_>, local: &LocalSnapshot) -> Result<u64> {
        if self.unknown {
            return Ok(referenced(local));
        }
        let answer = Pipeline::from(send.estimate_cmd()).capture();
        self.unknown = answer.as_ref().is_err_and(is_usage);
        estimate_in(answer, local)
    }
}

fn is_usage(error: &Error) -> bool {
    matches!(error, Error::Child { status, .. } if status == USAGE)
}

fn referenced(local: &LocalSnapshot) -> u64 {
    local.referenced.max(1)
}

/// The length of the stream in bytes, as `zfs send -nvP` estimates it; never 0. It is often too low, as much as 2.6
/// times: it may choose the size of a part, but must not be taken for a limit.
///
/// A zfs without that option (zfs-fuse) gives what the snapshot refers to, for an increment as well: it is the
/// nearest to an upper bound that such a zfs knows. `used` counts what would become free with the snapshot, which is 0 for the newest
/// one, whatever has changed; and too small an estimate costs more than one that is too large.
pub(super) fn estimate_in(answer: Result<Captured>, local: &LocalSnapshot) -> Result<u64> {
    let estimated = match answer {
        // With -n the answer is on standard output; the oldest versions have it on standard error.
        Ok(captured) => size_in(&captured.stdout).or_else(|| size_in(&captured.stderr)),
        Err(error) if is_usage(&error) => None,
        Err(error) => return Err(error),
    };
    Ok(estimated.unwrap_or_else(|| referenced(local)))
}

/// The line `size<TAB>NUMBER`, whatever stands around it.
fn size_in(text: &str) -> Option<u64> {
    text.lines()
        .filter_map(|line| line.strip_prefix("size\t"))
        .find_map(|digits| digits.parse().ok())
        .filter(|&bytes| bytes > 0)
}
