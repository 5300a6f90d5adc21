//! The zfs of this machine, what it lets us do, and the dataset's snapshots.

use std::fs;

use super::{Case, Chart, snapshots};
use crate::config::Settings;
use crate::error::Result;
use crate::name::Dataset;
use crate::send_flags::SendFlags;
use crate::system;
use crate::zfs::{self, Host};

/// What a backup by another user than root needs; without the second, what is being sent may be destroyed meanwhile.
const RIGHTS: [&str; 2] = ["send", "hold"];
/// The versions whose `zfs send -e` may misplace a spill block (openzfs/zfs#18239).
const MISPLACES: [&str; 2] = ["2.3.", "2.4."];

pub fn examine(case: &Case, chart: &mut Chart<'_>) -> Result<()> {
    chart.area = "zfs";
    let flags = match zfs::known_flags() {
        Ok(flags) => flags,
        Err(error) => {
            return chart.error(
                "zfs",
                &error,
                "z3 ls, cat, extract, check and verify work without",
            );
        }
    };
    let version = system::zfs_version();
    chart.ok(
        "version",
        version
            .as_deref()
            .unwrap_or("unknown, as of zfs-fuse and FreeBSD"),
    )?;
    let flags = match flags.is_empty() {
        true => "none of -Lcew".to_owned(),
        false => format!("-{flags}"),
    };
    let options = match zfs::knows_options() {
        Ok(true) => "knows -o and -x",
        _ => "knows neither -o nor -x",
    };
    chart.ok(
        "send and receive",
        format!("send knows {flags}, receive {options}"),
    )?;
    let Some(settings) = &case.settings else {
        return Ok(());
    };
    wanted_flags(settings, version.as_deref().unwrap_or_default(), chart)?;
    dataset(settings, chart)
}

fn wanted_flags(settings: &Settings, version: &str, chart: &mut Chart<'_>) -> Result<()> {
    let wanted = settings.send.flags;
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

fn dataset(settings: &Settings, chart: &mut Chart<'_>) -> Result<()> {
    let dataset = &settings.dataset;
    match zfs::dataset_exists(&Host::Local, dataset) {
        Ok(true) => chart.ok("dataset", format!("{dataset} is there"))?,
        Ok(false) => {
            return chart.fail(
                "dataset",
                format!("there is no {dataset}"),
                "zfs list shows what there is; a restore makes it",
            );
        }
        Err(error) if zfs::is_absent(&error) => {
            return chart.error("zfs", &error, "load its module or start its daemon");
        }
        Err(error) => return chart.error("dataset", &error, ""),
    }
    rights(dataset, chart)?;
    match zfs::list_snapshots(&Host::Local, dataset) {
        Ok(all) => {
            let names: Vec<_> = all.into_iter().map(|one| one.name).collect();
            chart.note(
                "snapshots",
                snapshots::judge(&names, &settings.snapshots, settings.allow_empty),
            )
        }
        Err(error) => chart.error("snapshots", &error, ""),
    }
}

fn rights(dataset: &Dataset, chart: &mut Chart<'_>) -> Result<()> {
    let uid = system::uid();
    if uid == 0 {
        return chart.ok("rights", "root");
    }
    let passwd = fs::read_to_string("/etc/passwd").unwrap_or_default();
    let user = user_in(&passwd, uid).unwrap_or_default();
    match zfs::lacking(dataset, &user, &RIGHTS) {
        Ok(lacking) if lacking.is_empty() => chart.ok("rights", format!("{user}, by zfs allow")),
        Ok(lacking) => {
            let hint = format!("as root: zfs allow {user} {} {dataset}", RIGHTS.join(","));
            let found = format!("the user '{user}' lacks {}", lacking.join(" and "));
            match lacking.contains(&"send") {
                true => chart.fail("rights", found, &hint),
                false => chart.warn("rights", found, &hint),
            }
        }
        Err(error) => chart.warn("rights", error.to_string(), "run z3 as root, or ask who is"),
    }
}

/// The name of a user (passwd(5)).
pub(super) fn user_in(passwd: &str, uid: u32) -> Option<String> {
    let mut lines = passwd.lines();
    lines.find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)?.parse() == Ok(uid)).then(|| name.to_owned())
    })
}
