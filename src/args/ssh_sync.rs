//! The command line of `z3_ssh_sync`.
//!
//! Responsible for the shape and the help text only.

use argh::{ArgsInfo, FromArgs};

use super::parsed::given;
use crate::config::FlagValue;

/// Send the latest snapshot to another machine over ssh, or fetch it from there.
#[derive(Debug, PartialEq, Eq, FromArgs, ArgsInfo)]
#[argh(
    help_triggers("-h", "--help"),
    usage = "[--dataset NAME] [--remote-dataset NAME]
                   [--snapshot-prefix PREFIX | --snapshot-glob PATTERN] [--pull]
                   [--quiet] [--dry-run] [--config FILE] [--json] [-v]
                   REMOTE",
    example = "{command_name} --dataset tank/spam --remote-dataset vault/spam backup.example.com
{command_name} --pull --dataset tank/spam backup.example.com",
    note = "On the remote machine `sudo -n zfs` has to work without a password.

Exit status: 0 done, 1 failed, 2 wrong usage, 129, 130 or 143 after a signal."
)]
pub struct SshSync {
    /// the other machine, as ssh takes it: HOST or USER@HOST
    #[argh(positional, arg_name = "REMOTE")]
    pub remote: String,

    /// the dataset on this machine, also --filesystem (key FILESYSTEM, no default)
    #[argh(option, arg_name = "name")]
    pub dataset: Option<String>,

    /// the dataset on the remote machine, also --remote-filesystem (default: the same as here)
    #[argh(option, arg_name = "name")]
    pub remote_dataset: Option<String>,

    /// work on the snapshots whose names begin like this (key SNAPSHOT_PREFIX, default zfs-auto-snap:daily)
    #[argh(option, arg_name = "prefix")]
    pub snapshot_prefix: Option<String>,

    /// work on the snapshots whose names match this instead, e.g. autosnap_*_daily (key SNAPSHOT_GLOB, no default)
    #[argh(option, arg_name = "pattern")]
    pub snapshot_glob: Option<String>,

    /// fetch from the remote machine instead of sending to it
    #[argh(switch)]
    pub pull: bool,

    /// print nothing but errors
    #[argh(switch)]
    pub quiet: bool,

    /// tell what would be sent, send nothing
    #[argh(switch)]
    pub dry_run: bool,

    /// the configuration file (default $Z3_CONFIG, else /etc/z3_backup/z3.conf if it exists)
    #[argh(option, arg_name = "file")]
    pub config: Option<String>,

    /// tell everything as a line of JSON, for programs (doc/json.md)
    #[argh(switch)]
    pub json: bool,

    /// tell what is being done, on stderr; -vv tells more
    #[argh(switch, short = 'v')]
    pub verbose: u8,
}

impl SshSync {
    /// The flags that have a configuration key.
    pub fn settings(&self) -> Vec<FlagValue> {
        given([
            ("FILESYSTEM", &self.dataset, "--dataset"),
            (
                "SNAPSHOT_PREFIX",
                &self.snapshot_prefix,
                "--snapshot-prefix",
            ),
            ("SNAPSHOT_GLOB", &self.snapshot_glob, "--snapshot-glob"),
        ])
    }
}
