//! `z3 restore`.

mod list;
mod one;
mod sum;
mod told;
mod tree;

use super::session::Sessions;
use crate::args;
use crate::error::{Error, Result};
use crate::name::Dataset;
use crate::receive_options::ReceiveOptions;
use one::One;

/// Runs the command: for one dataset, or for a tree of them.
pub fn run(sessions: &mut Sessions, options: &args::RestoreArgs) -> Result<()> {
    let place = ReceiveSettings::of(options)?;
    if sessions.choice.recursive {
        return tree::run(sessions, options, &place);
    }
    let one = One {
        session: &sessions.only("restore")?,
        options,
        place: &place,
        coming: &[],
    };
    one.run(&one.wanted()?.name()?).map(drop)
}

/// Where it is received.
#[derive(Clone)]
struct ReceiveSettings {
    to: Option<Dataset>,
    options: ReceiveOptions,
}

impl ReceiveSettings {
    fn of(options: &args::RestoreArgs) -> Result<Self> {
        let to = options.to.as_deref().map(Dataset::parse).transpose()?;
        let options = ReceiveOptions::new(&options.set, &options.unset);
        let options = options.map_err(Error::Usage)?;
        Ok(Self { to, options })
    }
}
