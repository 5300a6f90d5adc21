//! The snapshot that a command is to bring back, by its name or by its time.

use serde_json::{Value, json};

use super::report::Item;
use super::session::Session;
use crate::calendar::{When, show};
use crate::error::{Error, Result};
use crate::name::{Dataset, SnapName};
use crate::restore::{self, Chosen, OfTime};

/// What is to be brought back.
pub enum Wanted {
    /// The snapshot of this name.
    Name(SnapName),
    /// Nothing: there is none of that time yet.
    NotYet(Error),
}

impl Wanted {
    /// The name, where it is an error that there is none.
    pub fn name(self) -> Result<SnapName> {
        match self {
            Self::Name(name) => Ok(name),
            Self::NotYet(error) => Err(error),
        }
    }
}

/// The name of the snapshot. Of one that is chosen by its time it is told which one it is, in a comment where lines are to be
/// pasted.
pub fn wanted(
    session: &Session,
    name: Option<&str>,
    at: Option<When>,
    comment: bool,
) -> Result<Wanted> {
    let dataset = &session.settings.dataset;
    let Some(at) = at else {
        return Ok(Wanted::Name(dataset.own_name(name.unwrap_or_default())));
    };
    let chosen = match restore::newest(&session.run(), at)? {
        OfTime::Newest(chosen) => chosen,
        OfTime::NotYet(error) => return Ok(Wanted::NotYet(error)),
    };
    session.report.tell(&Dated {
        dataset,
        chosen: &chosen,
        comment,
    })?;
    Ok(Wanted::Name(chosen.name))
}

/// The same where standard output is for something else.
pub fn wanted_aside(session: &Session, at: When) -> Result<SnapName> {
    let chosen = match restore::newest(&session.run(), at)? {
        OfTime::Newest(chosen) => chosen,
        OfTime::NotYet(error) => return Err(error),
    };
    session.report.note(&Dated {
        dataset: &session.settings.dataset,
        chosen: &chosen,
        comment: false,
    })?;
    Ok(chosen.name)
}

/// A snapshot that was chosen by its time.
struct Dated<'a> {
    dataset: &'a Dataset,
    chosen: &'a Chosen,
    comment: bool,
}

impl Item for Dated<'_> {
    const TYPE: &'static str = "chosen";

    fn fields(&self) -> Value {
        let Chosen { name, guid, made } = self.chosen;
        json!({
            "dataset": self.dataset.as_str(),
            "name": name,
            "guid": guid.map(|guid| guid.to_string()),
            "creation": made.seconds,
            "creation_exact": made.exact,
        })
    }

    fn text(&self) -> String {
        let Chosen { name, made, .. } = self.chosen;
        let mark = if self.comment { "# " } else { "" };
        let guess = if made.exact { "" } else { "about " };
        let (snapshot, made) = (self.dataset.full_name(name), show(made.seconds));
        format!("{mark}{snapshot} of {guess}{made}\n")
    }
}
