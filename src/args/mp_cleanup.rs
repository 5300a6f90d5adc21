//! The command line of `s3_mp_cleanup`.
//!
//! Responsible for the shape and the help text only.

use argh::{ArgsInfo, FromArgs};

use super::parsed::number;

/// Abort unfinished uploads that nothing has been added to for a while.
#[derive(Debug, PartialEq, Eq, FromArgs, ArgsInfo)]
#[argh(
    help_triggers("-h", "--help"),
    usage = "[--max-age DAYS] [--dry] [--config FILE] [--json] [-v]",
    example = "{command_name} --dry
{command_name} --max-age 7",
    note = "Unfinished uploads are no backups but cost money. The table marks with X what
is aborted, or would be without --dry: of the whole bucket, also uploads of
other programs under any prefix. An upload is as old as its newest part,
by the server's clock.

Exit status: 0 done, 1 failed, 2 wrong usage, 129, 130 or 143 after a signal."
)]
pub struct MpCleanup {
    /// abort uploads that are at least that many days old (default 1)
    #[argh(option, from_str_fn(number), default = "1", arg_name = "days")]
    pub max_age: u32,

    /// abort nothing, only show
    #[argh(switch)]
    pub dry: bool,

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
