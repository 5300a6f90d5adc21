//! Where every value comes from, and whether they make sense together.

use super::{Case, Chart};
use crate::config::{Config, Settings, default_path, keys};
use crate::error::{Error, Result};
use crate::name::Dataset;

pub fn examine(
    config: &Result<Config>,
    wanted: Option<&str>,
    chart: &mut Chart<'_>,
) -> Result<Case> {
    chart.area = "configuration";
    let config = match config {
        Ok(config) => config,
        Err(error) => {
            chart.error("file", error, "z3.conf(5) explains the file")?;
            return Ok(Case::default());
        }
    };
    match config.path() {
        Some(path) => chart.ok("file", path.display().to_string())?,
        None => chart.ok(
            "file",
            format!(
                "there is no {}; 'z3 doctor --init' writes one",
                default_path()
            ),
        )?,
    }
    for warning in &config.warnings {
        chart.warn("file", warning, "z3.conf(5) has every key")?;
    }
    let case = case(config, wanted, chart)?;
    let given = config.given(case.dataset.as_ref()).unwrap_or_default();
    for [name, value, place] in &given {
        let value = if value.is_empty() { "empty" } else { value };
        chart.ok(name, format!("{value} ({place})"))?;
    }
    let rest = keys::ALL.len().saturating_sub(given.len());
    chart.ok("other keys", format!("{rest} have their defaults"))?;
    Ok(case)
}

const NAMES: &str =
    "it is a dataset as 'zfs list' has it: no mountpoint, without quotes and snapshot";

/// The settings of every other dataset that `z3 backup --all` would take, as far as they can be read.
pub fn others(config: &Config, case: &Case, chart: &mut Chart<'_>) -> Result<Vec<Settings>> {
    chart.area = "configuration";
    let mut settings = Vec::new();
    for dataset in config.sections() {
        if case.dataset.as_ref() == Some(dataset) {
            continue;
        }
        match config.of(dataset) {
            Ok(of) => settings.push(of),
            Err(error) => chart.error(&dataset.to_string(), &error, "z3.conf(5) has every key")?,
        }
    }
    Ok(settings)
}

/// The dataset, and its settings; without one, those of the bucket.
fn case(config: &Config, wanted: Option<&str>, chart: &mut Chart<'_>) -> Result<Case> {
    let named = match wanted {
        Some(name) => Dataset::parse(name).map_err(|error| Error::Usage(error.to_string())),
        None => config.dataset(),
    };
    let dataset = match named {
        Ok(dataset) => Some(dataset),
        // Each that has a section is looked at.
        Err(_)
            if config.sections().next().is_some() && matches!(config.named_dataset(), Ok(None)) =>
        {
            None
        }
        Err(error) => {
            chart.error("dataset", &error, NAMES)?;
            None
        }
    };
    let settings = match &dataset {
        Some(dataset) => config
            .of(dataset)
            .map(|settings| (settings.store.clone(), Some(settings))),
        None => config.plain().map(|store| (store, None)),
    };
    let (store, settings) = match settings {
        Ok((store, settings)) => (Some(store), settings),
        Err(error) => {
            chart.error("settings", &error, "z3.conf(5) has every key")?;
            (None, None)
        }
    };
    Ok(Case {
        dataset,
        store,
        settings,
        client: None,
    })
}
