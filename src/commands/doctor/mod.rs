//! `z3 doctor`.

mod told;

use std::path::Path;

use super::report::Report;
use crate::args::{DoctorArgs, Z3};
use crate::config::{self, Config};
use crate::doctor::{self, Chart, Diagnosis};
use crate::error::{Error, Result};
use crate::name::Dataset;
use told::{Policy, Written};

/// Runs the command.
pub fn run(args: &Z3, options: &DoctorArgs, report: &Report) -> Result<()> {
    let file = args.config.as_deref();
    if options.init {
        let path = config::path_of(file);
        doctor::init(Path::new(&path))?;
        return report.tell(&Written(path));
    }
    let config = Config::read(file, args.settings());
    if let Some(purpose) = options.iam_policy {
        let config = config?;
        let store = match options.dataset.as_deref().map(Dataset::parse).transpose() {
            Ok(Some(dataset)) => config.of(&dataset)?.store,
            Ok(None) => config.plain()?,
            Err(error) => return Err(Error::Usage(error.to_string())),
        };
        return report.tell(&Policy(doctor::policy(purpose, &store)));
    }
    let mut tell = |diagnosis: &Diagnosis| report.tell(diagnosis);
    let mut chart = Chart::new(&mut tell);
    doctor::examine(&config, options.dataset.as_deref(), &mut chart)?;
    let (words, failed) = chart.verdict();
    report.say(&format!("{words}\n"))?;
    match failed {
        false => Ok(()),
        true => Err(Error::Checked {
            kind: "refused",
            exit_status: Error::FAILED,
            text: words,
        }),
    }
}
