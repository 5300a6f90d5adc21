//! The snapshot that a command is to bring back, by its name or by its time.

use serde_json::{Value, json};

use super::report::{Item, Report};
use super::session::Session;
use crate::calendar::{When, show};
use crate::error::Result;
use crate::name::Dataset;
use crate::progress::Mode;
use crate::restore::{self, Chosen};
use crate::terminal::plain;

/// The name of the snapshot. Of one that is chosen by its time it is told which one it is, in a comment where lines are to be
/// pasted.
pub fn wanted(
    session: &Session,
    name: Option<&str>,
    at: Option<When>,
    comment: bool,
    report: &Report,
) -> Result<String> {
    let Some(at) = at else {
        return Ok(name.unwrap_or_default().to_owned());
    };
    let chosen = restore::newest(&session.run(Mode::Off), at)?;
    let dataset = &session.settings.dataset;
    report.tell(&Dated {
        dataset,
        chosen: &chosen,
        comment,
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
        let (name, made) = (plain(name), show(made.seconds));
        format!("{mark}{}@{name} of {guess}{made}\n", self.dataset)
    }
}
