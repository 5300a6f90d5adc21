//! What this machine has for a backup: memory, a place for the lock, programs.

use super::{Case, Chart, places};
use crate::config::{Config, GzipEngine, Settings};
use crate::error::Result;
use crate::lock::RunLock;
use crate::pipeline::{Cmd, Pipeline};
use crate::size::humanize;
use crate::system;

pub fn examine(case: &Case, config: Option<&Config>, chart: &mut Chart<'_>) -> Result<()> {
    chart.area = "machine";
    if let (Some(config), Some(store)) = (config, &case.store) {
        let limits = &store.limits;
        let (parts, ram) = (
            humanize(limits.max_memory_bytes),
            humanize(config.ram_bytes),
        );
        let found = format!(
            "{parts} for parts, of {ram} that this process may use; {} workers",
            limits.concurrency
        );
        match config.ram_bytes > limits.max_memory_bytes {
            true => chart.ok("memory", found)?,
            false => chart.warn(
                "memory",
                found,
                "lower MAX_MEMORY, or raise the limit of the container or service",
            )?,
        }
    }
    if let Some(Ok(monitor)) = config.map(Config::monitor) {
        places::examine(&monitor, chart)?;
    }
    if let Some(settings) = &case.settings {
        lock(settings, chart)?;
        programs(settings, chart)?;
    }
    Ok(())
}

fn lock(settings: &Settings, chart: &mut Chart<'_>) -> Result<()> {
    match RunLock::take(
        settings.dataset.as_str(),
        &settings.store.destination_id(""),
    ) {
        Ok(lock) if lock.is_held() => chart.ok("lock", "can be taken"),
        Ok(_) => {
            let place = system::lock_directory(system::uid());
            let hint = format!(
                "let z3 write to {}: a second z3 for the same dataset would not be noticed",
                place.display()
            );
            chart.warn("lock", "there is no place for it", &hint)
        }
        Err(error) => chart.ok("lock", error.to_string()),
    }
}

/// Those that the settings ask for.
fn programs(settings: &Settings, chart: &mut Chart<'_>) -> Result<()> {
    let name = settings.compressor.as_str();
    let program = match name {
        "gpg" => "gpg",
        _ if name.starts_with("pigz") && settings.gzip_engine == GzipEngine::Pigz => "pigz",
        _ => return Ok(()),
    };
    if !Cmd::new(program).is_installed() {
        return chart.fail(
            program,
            format!("it is not installed, COMPRESSOR={name} needs it"),
            "install it, or choose another COMPRESSOR",
        );
    }
    if program == "pigz" {
        return chart.ok(program, "installed");
    }
    let recipient = settings.gpg_recipient.as_str();
    let keys = Cmd::new("gpg").args(["--batch", "--list-keys", "--", recipient]);
    match Pipeline::from(keys).run() {
        Ok(()) => chart.ok("gpg", format!("has the key of {recipient}")),
        Err(error) => chart.error(
            "gpg",
            &error,
            "GPG_RECIPIENT has to be a key of the user that runs z3: gpg --import",
        ),
    }
}
