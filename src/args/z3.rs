//! The command line of `z3`.
//!
//! Responsible for the shapes and the help text only.

use argh::{ArgsInfo, FromArgs};

use super::parsed::given;
use super::{
    CatArgs, CheckArgs, Choice, DoctorArgs, ExtractArgs, KeepArgs, LsArgs, PruneArgs, RestoreArgs,
    StatusArgs, ThawArgs, UnkeepArgs, VerifyArgs,
};
use crate::config::FlagValue;

/// Back up ZFS snapshots to S3 and restore them.
#[derive(Debug, PartialEq, Eq, FromArgs, ArgsInfo)]
#[argh(
    help_triggers("-h", "--help"),
    usage = "[--dataset NAME] [--snapshot-prefix PREFIX | --snapshot-glob PATTERN]
          [--all] [--recursive] [--exclude PATTERN] [--s3-prefix PREFIX]
          [--limit-rate RATE] [--config FILE] [--json] [-v | -q]
          status | backup | restore | thaw | verify | check | prune | keep
          | unkeep | ls | cat | extract | doctor ...",
    example = "{command_name} status
{command_name} --dataset tank/spam backup
{command_name} --dataset tank/spam backup --full --dry-run
{command_name} backup tank/spam tank/eggs --recursive --exclude tank/**/tmp
{command_name} --dataset tank/spam restore zfs-auto-snap:daily-2026-11-04",
    note = "`{command_name} COMMAND --help` shows the options of a command; those above may
stand behind the command, too. Long options take any unique prefix.

status, backup, verify, check and prune take several datasets, one after the
other. What is below them is asked anew each time. {command_name} backup --help
tells more.

What no option says comes from the environment, then from [fs:DATASET] and
[main] of the configuration file; z3.conf.sample explains every key. The
bucket and its keys (BUCKET, S3_KEY_ID, S3_SECRET) stand there only.

pput, z3_get, z3_ssh_sync and s3_mp_cleanup are links to z3, each with a help
of its own; without a link, `{command_name} pput` is the same.

Exit status: 0 done, 1 failed, 2 wrong usage, 3 verify could not look at
everything, 4 another z3 is at work on the dataset, 129, 130 or 143 after a
signal. That of `{command_name} check` is for monitoring: 0, 1, 2 or 3."
)]
pub struct Z3 {
    /// the dataset to work on, also --filesystem (key FILESYSTEM, no default)
    #[argh(option, arg_name = "name")]
    pub dataset: Option<String>,

    /// work on every dataset that has a section in the file, and on that of FILESYSTEM
    #[argh(switch)]
    pub all: bool,

    /// work on what is below these datasets, too (key RECURSIVE)
    #[argh(switch)]
    pub recursive: bool,

    /// leave this out of what is below, e.g. tank/**/tmp; may be repeated (key EXCLUDE, no default)
    #[argh(option, arg_name = "pattern")]
    pub exclude: Vec<String>,

    /// work on the snapshots whose names begin like this (key SNAPSHOT_PREFIX, default zfs-auto-snap:daily)
    #[argh(option, arg_name = "prefix")]
    pub snapshot_prefix: Option<String>,

    /// work on the snapshots whose names match this instead, e.g. autosnap_*_daily (key SNAPSHOT_GLOB, no default)
    #[argh(option, arg_name = "pattern")]
    pub snapshot_glob: Option<String>,

    /// what every object key begins with (key S3_PREFIX, default z3-backup/)
    #[argh(option, arg_name = "prefix")]
    pub s3_prefix: Option<String>,

    /// bytes per second at most, up and down, e.g. 10M (key LIMIT_RATE, default no limit)
    #[argh(option, arg_name = "rate")]
    pub limit_rate: Option<String>,

    /// the configuration file (default $Z3_CONFIG, else /etc/z3_backup/z3.conf if it exists)
    #[argh(option, arg_name = "file")]
    pub config: Option<String>,

    /// tell everything as a line of JSON, for programs (doc/json.md)
    #[argh(switch)]
    pub json: bool,

    /// tell what is being done, on stderr; -vv tells more
    #[argh(switch, short = 'v')]
    pub verbose: u8,

    /// no progress and no notices, only errors and risks to data
    #[argh(switch, short = 'q')]
    pub quiet: bool,

    /// what to do
    #[argh(subcommand)]
    pub command: Subcommand,
}

/// What `z3` is asked to do.
#[derive(Debug, PartialEq, Eq, FromArgs, ArgsInfo)]
#[argh(subcommand)]
pub enum Subcommand {
    /// Show what is stored.
    Status(StatusArgs),
    /// Send snapshots to the bucket.
    Backup(BackupArgs),
    /// Bring a snapshot back.
    Restore(RestoreArgs),
    /// Ask an archive class for readable copies.
    Thaw(ThawArgs),
    /// Check what is stored.
    Verify(VerifyArgs),
    /// Delete what no rule keeps.
    Prune(PruneArgs),
    /// Pin a backup.
    Keep(KeepArgs),
    /// Take a pin away.
    Unkeep(UnkeepArgs),
    /// Tell how old the newest backup is.
    Check(CheckArgs),
    /// List files.
    Ls(LsArgs),
    /// Write a file to standard output.
    Cat(CatArgs),
    /// Bring files back.
    Extract(ExtractArgs),
    /// Look at everything that a backup needs.
    Doctor(DoctorArgs),
}

/// send snapshots that are not stored yet to the bucket
#[derive(Debug, PartialEq, Eq, FromArgs, ArgsInfo)]
#[argh(
    subcommand,
    name = "backup",
    help_triggers("-h", "--help"),
    usage = "[--snapshot NAME] [--full | --incremental] [--compressor NAME]
                 [--gpg-recipient KEY] [--send-flags LETTERS]
                 [--full-every WHEN] [--no-resume] [--dry-run] [--parseable]
                 [--prometheus FILE]
                 [DATASET ... | --all]",
    example = "z3 --dataset tank/spam backup
z3 backup --all
z3 backup tank/spam tank/eggs --recursive --exclude tank/eggs/tmp
z3 --dataset tank/spam backup --full --snapshot monday
z3 --dataset tank/spam backup --compressor none --dry-run",
    note = "Compressors: none; gpg; pigz1, pigz4, gzip, gzip1 to gzip9, read by `gzip -d`;
zstd, zstd1 to zstd9, read by `zstd -d`, but not by the Python z3.

A first backup sends the oldest matching snapshot in full and the rest as
increments. Nothing new to send is success. Encrypted datasets are sent raw in
new chains (key RAW).

Several datasets are backed up one after the other, and a table tells what
became of each. Exit status: 0 all done, 1 all failed, or something that
concerns all of them, 3 some failed, 4 all are being worked on by others.
--all and named datasets take what is below where RECURSIVE is on, --recursive
does everywhere; EXCLUDE and the user property z3:backup=off leave out."
)]
pub struct BackupArgs {
    /// the datasets to back up (default: the one of --dataset or FILESYSTEM)
    #[argh(positional, arg_name = "dataset")]
    pub datasets: Vec<String>,

    /// the last snapshot to send, the part behind the @ (default: the latest)
    #[argh(option, arg_name = "name")]
    pub snapshot: Option<String>,

    /// send this one snapshot whole: it starts a new chain
    #[argh(switch)]
    pub full: bool,

    /// send what changed since the last stored snapshot, one object per snapshot; this is the default
    #[argh(switch)]
    pub incremental: bool,

    /// how to compress (key COMPRESSOR, default pigz1)
    #[argh(option, arg_name = "name")]
    pub compressor: Option<String>,

    /// the public key that gpg encrypts for (key GPG_RECIPIENT, default z3_backup)
    #[argh(option, arg_name = "key")]
    pub gpg_recipient: Option<String>,

    /// what zfs send is told: letters of L, c, e and w (key SEND_FLAGS, default none)
    #[argh(option, arg_name = "letters")]
    pub send_flags: Option<String>,

    /// when a new chain begins: never, week, month, quarter, year, 30d, 100 (increments), ratio:1.0 (key FULL_EVERY, default never)
    #[argh(option, arg_name = "when")]
    pub full_every: Option<String>,

    /// print the commands that would do it, send nothing
    #[argh(switch)]
    pub dry_run: bool,

    /// write what became of it for node_exporter's textfile collector (key PROMETHEUS, no default)
    #[argh(option, arg_name = "file")]
    pub prometheus: Option<String>,

    /// begin anew instead of going on with an upload that was cut off, and leave nothing to go on with
    #[argh(switch)]
    pub no_resume: bool,

    /// print one line per stored snapshot: its name, a NUL byte, its estimated size in bytes
    #[argh(switch)]
    pub parseable: bool,
}

impl BackupArgs {
    /// The flags that have a configuration key.
    fn settings(&self) -> Vec<FlagValue> {
        given([
            ("COMPRESSOR", &self.compressor, "--compressor"),
            ("GPG_RECIPIENT", &self.gpg_recipient, "--gpg-recipient"),
            ("SEND_FLAGS", &self.send_flags, "--send-flags"),
            ("PROMETHEUS", &self.prometheus, "--prometheus"),
            ("FULL_EVERY", &self.full_every, "--full-every"),
        ])
    }
}

impl Z3 {
    /// Which datasets the command is to be done for.
    pub fn choice(&self) -> Choice {
        Choice {
            all: self.all,
            recursive: self.recursive,
            exclude: !self.exclude.is_empty(),
            datasets: match &self.command {
                Subcommand::Status(status) => status.datasets.clone(),
                Subcommand::Backup(backup) => backup.datasets.clone(),
                Subcommand::Verify(verify) => verify.datasets(),
                Subcommand::Check(check) => check.datasets.clone(),
                Subcommand::Prune(prune) => prune.datasets.clone(),
                _ => Vec::new(),
            },
        }
    }

    /// The flags that have a configuration key.
    pub fn settings(&self) -> Vec<FlagValue> {
        let recursive = self.recursive.then(|| "on".to_owned());
        let exclude = (!self.exclude.is_empty()).then(|| self.exclude.join(","));
        let mut flags = given([
            ("FILESYSTEM", &self.dataset, "--dataset"),
            (
                "SNAPSHOT_PREFIX",
                &self.snapshot_prefix,
                "--snapshot-prefix",
            ),
            ("SNAPSHOT_GLOB", &self.snapshot_glob, "--snapshot-glob"),
            ("S3_PREFIX", &self.s3_prefix, "--s3-prefix"),
            ("LIMIT_RATE", &self.limit_rate, "--limit-rate"),
            ("RECURSIVE", &recursive, "--recursive"),
            ("EXCLUDE", &exclude, "--exclude"),
        ]);
        flags.extend(match &self.command {
            Subcommand::Backup(backup) => backup.settings(),
            Subcommand::Prune(prune) => prune.settings(),
            Subcommand::Check(check) => check.settings(),
            _ => Vec::new(),
        });
        flags
    }
}
