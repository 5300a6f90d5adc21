//! The command lines of `z3 prune`, `z3 keep` and `z3 unkeep`.

use argh::{ArgsInfo, FromArgs};

use super::parsed::given;
use crate::config::FlagValue;

/// delete the backups that no rule keeps
#[derive(Debug, PartialEq, Eq, FromArgs, ArgsInfo)]
#[argh(
    subcommand,
    name = "prune",
    help_triggers("-h", "--help"),
    usage = "[--keep-last N] [--keep-hourly N] [--keep-daily N]
                [--keep-weekly N] [--keep-monthly N] [--keep-yearly N]
                [--keep-within TIME] [--max-delete N] [--early] [--broken]
                [--dry-run] [--prometheus FILE] [DATASET ... | --all]",
    example = "z3 --dataset tank/spam prune --keep-daily 7 --keep-monthly 12 --dry-run
z3 prune --all",
    note = "A backup stays if one rule picks it, or if something that stays builds on it.
N is a number, or unlimited; a --keep- flag takes the place of all KEEP_ keys.
Times are those of the snapshots, in UTC; weeks begin on Monday. Of a period
stays the FIRST full backup that was stored, else the first backup (restic and
borg keep the last, which in a chain would keep all of it), and only periods
count that have one. --keep-within counts from the newest backup, not from
now.

Always stay: the newest backup and the newest that the pool has, what
`z3 keep` has pinned, what is younger than a day, what object lock keeps,
what is paid for anyway (key MIN_STORAGE_DAYS), and what is of another prefix
or broken.
Nothing goes if the newest backup is old (PRUNE_IF_FRESHER), if the server
keeps back the bytes of what stays, or if that would be too much at once
(MAX_DELETE). What is destroyed in the pool stays stored. Only chains that end
can go: see FULL_EVERY. Of several datasets, those without a rule stay whole.

Exit status: 0 done, or nothing to do; 1 refused, nothing was deleted, or what
is left is not whole; 2 wrong usage, or no rule at all; 3 some that were to go
are still there, or some of several datasets failed; 4 another z3 is at work
on the dataset."
)]
pub struct PruneArgs {
    /// the datasets to prune (default: the one of --dataset or FILESYSTEM)
    #[argh(positional, arg_name = "dataset")]
    pub datasets: Vec<String>,

    /// keep so many of the newest (key KEEP_LAST)
    #[argh(option, arg_name = "n")]
    pub keep_last: Option<String>,

    /// keep one of each of the last so many hours that have any (key KEEP_HOURLY)
    #[argh(option, arg_name = "n")]
    pub keep_hourly: Option<String>,

    /// the same of days (key KEEP_DAILY)
    #[argh(option, arg_name = "n")]
    pub keep_daily: Option<String>,

    /// the same of weeks (key KEEP_WEEKLY)
    #[argh(option, arg_name = "n")]
    pub keep_weekly: Option<String>,

    /// the same of months (key KEEP_MONTHLY)
    #[argh(option, arg_name = "n")]
    pub keep_monthly: Option<String>,

    /// the same of years (key KEEP_YEARLY)
    #[argh(option, arg_name = "n")]
    pub keep_yearly: Option<String>,

    /// keep all that is not so much older than the newest: a number with h, d, w, m or y (key KEEP_WITHIN)
    #[argh(option, arg_name = "time")]
    pub keep_within: Option<String>,

    /// delete so many objects at most: a number, half or unlimited (key MAX_DELETE, default half)
    #[argh(option, arg_name = "n")]
    pub max_delete: Option<String>,

    /// delete what is paid for anyway, too
    #[argh(switch)]
    pub early: bool,

    /// delete what z3 made and nothing can mend, too: broken for want of its parent, and a week old
    #[argh(switch)]
    pub broken: bool,

    /// write what became of it for node_exporter's textfile collector (key PROMETHEUS, no default)
    #[argh(option, arg_name = "file")]
    pub prometheus: Option<String>,

    /// show what would be done, delete nothing
    #[argh(switch)]
    pub dry_run: bool,
}

/// pin a backup: no rule lets it go
#[derive(Debug, PartialEq, Eq, FromArgs, ArgsInfo)]
#[argh(
    subcommand,
    name = "keep",
    help_triggers("-h", "--help"),
    usage = "SNAPSHOT",
    example = "z3 --dataset tank/spam keep zfs-auto-snap:daily-2026-11-04",
    note = "What it builds on stays as well. `z3 unkeep` takes the pin away."
)]
pub struct KeepArgs {
    /// the snapshot: the part behind the @, or DATASET@SNAPSHOT
    #[argh(positional, arg_name = "SNAPSHOT")]
    pub snapshot: String,
}

/// take away the pin that `z3 keep` has made
#[derive(Debug, PartialEq, Eq, FromArgs, ArgsInfo)]
#[argh(
    subcommand,
    name = "unkeep",
    help_triggers("-h", "--help"),
    usage = "SNAPSHOT",
    example = "z3 --dataset tank/spam unkeep zfs-auto-snap:daily-2026-11-04"
)]
pub struct UnkeepArgs {
    /// the snapshot: the part behind the @, or DATASET@SNAPSHOT
    #[argh(positional, arg_name = "SNAPSHOT")]
    pub snapshot: String,
}

impl PruneArgs {
    /// The flags that have a configuration key.
    pub fn settings(&self) -> Vec<FlagValue> {
        given([
            ("KEEP_LAST", &self.keep_last, "--keep-last"),
            ("KEEP_HOURLY", &self.keep_hourly, "--keep-hourly"),
            ("KEEP_DAILY", &self.keep_daily, "--keep-daily"),
            ("KEEP_WEEKLY", &self.keep_weekly, "--keep-weekly"),
            ("KEEP_MONTHLY", &self.keep_monthly, "--keep-monthly"),
            ("KEEP_YEARLY", &self.keep_yearly, "--keep-yearly"),
            ("KEEP_WITHIN", &self.keep_within, "--keep-within"),
            ("MAX_DELETE", &self.max_delete, "--max-delete"),
            ("PROMETHEUS", &self.prometheus, "--prometheus"),
        ])
    }
}
