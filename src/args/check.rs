//! The command line of `z3 check`.

use std::time::Duration;

use argh::{ArgsInfo, FromArgs};

use super::parsed::{given, number, only_age, span};
use crate::config::FlagValue;

/// tell how old the newest backup is, as a check of Nagios does
#[derive(Debug, PartialEq, Eq, FromArgs, ArgsInfo)]
#[argh(
    subcommand,
    name = "check",
    help_triggers("-h", "--help"),
    usage = "[--max-age TIME] [--warn-age TIME] [--max-chain N]
                [--max-count N] [--only age] [--pool] [--timeout TIME]
                [--prometheus FILE] [DATASET ... | --all]",
    example = "z3 --dataset tank/spam check
z3 check --all --max-age 50h --warn-age 26h
z3 check tank/spam --only age --json",
    note = "Asks the bucket alone, so that any machine can run it. The age is that of the
snapshot, by the server's clock, of the newest backup that can be restored and
that SNAPSHOT_PREFIX or SNAPSHOT_GLOB means.

Warned of are, too: a broken backup that is newer, an unfinished upload that
is older than MAX_AGE, a chain longer than CHECK_CHAIN, more backups than
--max-count. A policy has to allow s3:ListBucket and s3:GetObject.

Exit status, as monitoring has it: 0 OK, 1 WARNING, 2 CRITICAL (too old, or
there is none), 3 UNKNOWN (not reachable, no access, wrong settings or usage)."
)]
pub struct CheckArgs {
    /// the datasets to look at (default: the one of --dataset or FILESYSTEM)
    #[argh(positional, arg_name = "dataset")]
    pub datasets: Vec<String>,

    /// an older newest backup is critical, e.g. 26h or 8d (key MAX_AGE, default 26h)
    #[argh(option, arg_name = "time")]
    pub max_age: Option<String>,

    /// an older one is a warning (key WARN_AGE, no default)
    #[argh(option, arg_name = "time")]
    pub warn_age: Option<String>,

    /// warn of a chain of more backups than this (key CHECK_CHAIN, no default)
    #[argh(option, arg_name = "n")]
    pub max_chain: Option<String>,

    /// warn of more backups than this: pruning is behind
    #[argh(option, from_str_fn(number), arg_name = "n")]
    pub max_count: Option<u32>,

    /// look at nothing but the age
    #[argh(option, from_str_fn(only_age), arg_name = "age")]
    pub only: Option<OnlyAge>,

    /// look into the pool, too: is its newest snapshot stored?
    #[argh(switch)]
    pub pool: bool,

    /// answer within this time (default 50s)
    #[argh(
        option,
        from_str_fn(span),
        default = "Duration::from_secs(50)",
        arg_name = "time"
    )]
    pub timeout: Duration,

    /// write what was found for node_exporter's textfile collector (key PROMETHEUS, no default)
    #[argh(option, arg_name = "file")]
    pub prometheus: Option<String>,
}

/// The only thing that `--only` knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OnlyAge;

impl CheckArgs {
    /// The flags that have a configuration key.
    pub fn settings(&self) -> Vec<FlagValue> {
        given([
            ("MAX_AGE", &self.max_age, "--max-age"),
            ("WARN_AGE", &self.warn_age, "--warn-age"),
            ("CHECK_CHAIN", &self.max_chain, "--max-chain"),
            ("PROMETHEUS", &self.prometheus, "--prometheus"),
        ])
    }
}
