//! Which datasets a command is done for.
//!
//! Responsible for what `--all`, `--recursive`, `--exclude` and names behind a command mean, in the same way for every command.
//! Not responsible for what there is below a dataset ([`crate::many`]), nor for what is done with one.

use super::session::Sessions;
use crate::error::{Error, Result};
use crate::many;
use crate::name::Dataset;
use crate::order::gathered;

/// What there is to choose from.
const EITHER: &str = "expected it, names behind the command, or --all";

impl Sessions {
    /// The datasets that are meant, each once. Whose settings count for one is known until it is asked for.
    pub fn chosen(&mut self) -> Result<Vec<Dataset>> {
        let asked = self.asked()?;
        if !self.choice.is_made() {
            return Ok(asked);
        }
        let (found, slips) = many::found(&self.config, asked)?;
        slips.iter().for_each(|slip| log::warn!("{slip}"));
        for one in &found {
            let above = one.below.iter();
            above.for_each(|above| log::debug!("{} was found below {above}", one.dataset));
        }
        let datasets = found.iter().map(|one| one.dataset.clone()).collect();
        let by_name = found.into_iter().map(|one| (one.dataset.clone(), one));
        self.found = gathered(by_name);
        Ok(datasets)
    }

    /// What was asked for by name, or all that have one.
    fn asked(&self) -> Result<Vec<Dataset>> {
        let choice = &self.choice;
        let usage = |problem: &str| Err(Error::Usage(format!("{problem}, {EITHER}")));
        let flag = self.is_named_by_flag();
        match (choice.all, &choice.datasets[..]) {
            (true, _) if flag => usage("--dataset names one dataset"),
            (true, [_, ..]) => usage("--all takes no datasets"),
            (true, []) => match self.config.datasets()? {
                none if none.is_empty() => Err(Error::refused("no dataset has a section")
                    .hint("set FILESYSTEM in the configuration file, or write [fs:DATASET] into it, one for each dataset")),
                all => Ok(all),
            },
            (false, [_, ..]) if flag => usage("--dataset names one dataset"),
            (false, []) if choice.exclude && !choice.recursive => Err(Error::Usage(
                "--exclude is for --recursive, --all and named datasets".to_owned(),
            )),
            (false, []) => Ok(vec![self.named_dataset()?]),
            (false, names) => names.iter().map(|name| Dataset::parse(name)).collect(),
        }
    }
}
