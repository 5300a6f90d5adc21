//! The zfs of this machine, what it lets us do, and the dataset's snapshots.

use super::{Case, Chart, Grade, snapshots, stored};
use crate::config::Settings;
use crate::error::Result;
use crate::name::Dataset;
use crate::send_flags::SendFlags;
use crate::system;
use crate::zfs::{self, Host, Who};

/// A machine that only backs up does without these.
const RESTORE: &str = "rights to restore";
/// What another user than root needs, for what, and what happens else.
const RIGHTS: [(&str, &[&str], &str); 3] = [
    ("rights", &["send"], "there is no backup"),
    (
        "rights to hold",
        &["hold", "release"],
        "what is being sent may be destroyed meanwhile",
    ),
    (
        RESTORE,
        &["receive", "create", "mount"],
        "only another user can restore",
    ),
];
/// The versions whose `zfs send -e` may misplace a spill block (openzfs/zfs#18239).
const MISPLACES: [&str; 2] = ["2.3.", "2.4."];

pub fn examine(case: &Case, others: &[Settings], chart: &mut Chart<'_>) -> Result<()> {
    chart.area = "zfs";
    let flags = match zfs::known_flags() {
        Ok(flags) => flags,
        Err(error) => {
            return chart.error(
                "zfs",
                &error,
                "install zfs, or load its module; without it there are z3 ls, cat, extract, check and verify",
            );
        }
    };
    let version = known(flags, chart)?;
    let mut wanted: Vec<SendFlags> = Vec::new();
    for settings in case.settings.iter().chain(others) {
        let flags = settings.send.flags;
        if !wanted.contains(&flags) {
            wanted.push(flags);
            wanted_flags(flags, &version, chart)?;
        }
    }
    let mut answers = true;
    if let Some(settings) = &case.settings {
        answers = dataset(settings, chart)?;
        if let Some(client) = &case.client {
            stored::examine(client, settings, chart)?;
        }
    }
    // A zfs that does not answer is told of once.
    let mut others = others.iter();
    while answers && let Some(settings) = others.next() {
        answers = other(settings, chart)?;
    }
    Ok(())
}

/// One that has a section of its own; whether zfs answers.
fn other(settings: &Settings, chart: &mut Chart<'_>) -> Result<bool> {
    let subject = settings.dataset.to_string();
    let there = is_there(&subject, &settings.dataset, chart)?;
    if there == Some(true) {
        meant(&subject, settings, chart)?;
    }
    Ok(there.is_some())
}

/// What this zfs is and can do; the version, if it tells one.
fn known(flags: SendFlags, chart: &mut Chart<'_>) -> Result<String> {
    let version = system::zfs_version();
    let unknown = "unknown, as of zfs-fuse and FreeBSD";
    chart.ok("version", version.as_deref().unwrap_or(unknown))?;
    let flags = match flags.is_empty() {
        true => "none of -Lcew".to_owned(),
        false => format!("-{flags}"),
    };
    let options = match zfs::ReceiveUsage::ask() {
        Ok(usage) if usage.has_options() => "knows -o and -x",
        _ => "knows neither -o nor -x",
    };
    chart.ok(
        "send and receive",
        format!("send knows {flags}, receive {options}"),
    )?;
    Ok(version.unwrap_or_default())
}

/// Which of its snapshots are meant.
fn meant(subject: &str, settings: &Settings, chart: &mut Chart<'_>) -> Result<()> {
    match zfs::list_snapshots(&Host::Local, &settings.dataset) {
        Ok(all) => {
            let names: Vec<_> = all.into_iter().map(|one| one.name).collect();
            chart.note(
                subject,
                snapshots::judge(&names, &settings.snapshots, settings.allow_empty),
            )
        }
        Err(error) => chart.error(subject, &error, ""),
    }
}

fn wanted_flags(wanted: SendFlags, version: &str, chart: &mut Chart<'_>) -> Result<()> {
    let embeds = wanted.has(SendFlags::EMBEDDED);
    if let Err(error) = zfs::expect_flags(wanted) {
        return chart.error("SEND_FLAGS", &error, "");
    }
    if embeds && MISPLACES.iter().any(|begin| version.starts_with(begin)) {
        let hint = "leave e out of SEND_FLAGS: it may lose symlinks, attributes or ACLs there (openzfs/zfs#18239), and z3 refuses such a stream";
        return chart.warn("SEND_FLAGS", format!("e with OpenZFS {version}"), hint);
    }
    Ok(())
}

/// The one that is looked at closely; whether zfs answers.
fn dataset(settings: &Settings, chart: &mut Chart<'_>) -> Result<bool> {
    let dataset = &settings.dataset;
    let there = is_there("dataset", dataset, chart)?;
    if there == Some(true) {
        chart.ok("dataset", format!("{dataset} is there"))?;
        rights(dataset, chart)?;
        meant("snapshots", settings, chart)?;
    }
    Ok(there.is_some())
}

/// Tells of one that is not, and of a zfs that does not answer: nothing is known then.
fn is_there(subject: &str, dataset: &Dataset, chart: &mut Chart<'_>) -> Result<Option<bool>> {
    match zfs::dataset_exists(&Host::Local, dataset) {
        Ok(true) => return Ok(Some(true)),
        Ok(false) => chart.fail(
            subject,
            format!("there is no {dataset}"),
            "zfs list shows what there is; a restore makes it",
        )?,
        Err(error) if zfs::is_absent(&error) => {
            chart.error("zfs", &error, "load its module or start its daemon")?;
            return Ok(None);
        }
        Err(error) => chart.error(subject, &error, "")?,
    }
    Ok(Some(false))
}

/// What root has to allow another user: what a backup needs, and what a restore does.
fn rights(dataset: &Dataset, chart: &mut Chart<'_>) -> Result<()> {
    if system::uid() == 0 {
        return chart.ok("rights", "root");
    }
    let lacks = |wanted| -> Result<_> {
        let who = Who::am_i()?;
        let lacking = zfs::lacking(dataset, &who, wanted)?;
        let hint = format!("as root: {}", zfs::allow_cmd(dataset, &who, &lacking));
        Ok((who.user, lacking, hint))
    };
    for (subject, wanted, without) in RIGHTS {
        let (user, lacking, hint) = match lacks(wanted) {
            Ok(found) => found,
            Err(error) => {
                let hint = "run z3 as root, or ask who is";
                return chart.warn("rights", error.to_string(), hint);
            }
        };
        let grade = match lacking.as_slice() {
            [] => {
                chart.ok(subject, format!("{user} has {}", wanted.join(", ")))?;
                continue;
            }
            some if some.contains(&"send") => Grade::Failure,
            _ if subject == RESTORE => Grade::Ok,
            _ => Grade::Warning,
        };
        let found = format!("{user} lacks {}: {without}", lacking.join(", "));
        chart.note(subject, (grade, found, hint))?;
    }
    Ok(())
}
