//! The command line of `z3 thaw`.

use std::time::Duration;

use argh::{ArgsInfo, FromArgs};

use super::parsed::{days, span};
use crate::calendar::When;
use crate::tier::Tier;

/// ask an archive class for readable copies of a snapshot and all that it builds on
#[derive(Debug, PartialEq, Eq, FromArgs, ArgsInfo)]
#[argh(
    subcommand,
    name = "thaw",
    help_triggers("-h", "--help"),
    usage = "[--tier standard|bulk|expedited] [--days N]
               [--wait [--timeout TIME]] [--dry-run] SNAPSHOT | --at TIME",
    example = "z3 --dataset tank/spam thaw monday
z3 --dataset tank/spam thaw monday --tier bulk --wait
until z3 --dataset tank/spam thaw monday; do sleep 1800; done",
    note = "What a restore would fetch is asked for, all at once; what can be read already
is not. The table tells where each object stands. Asking again costs nothing:
run the same command to look.

Standard takes 3 to 5 hours (DEEP_ARCHIVE: 12), bulk 5 to 12 (48), expedited
minutes (not from DEEP_ARCHIVE, dear, and for objects below 250 MB).

Exit status: 0 all of it can be read, 1 failed, or this store cannot thaw,
2 wrong usage, 3 some of it cannot be read yet."
)]
pub struct ThawArgs {
    /// the snapshot to be restored: the part behind the @, or DATASET@SNAPSHOT
    #[argh(positional, arg_name = "SNAPSHOT")]
    pub snapshot: Option<String>,

    /// instead of a name: the newest backup that is no newer than this, e.g. 2026-11-28T14:05 (UTC), 2026-11-28 (its end) or 3d (ago)
    #[argh(option, from_str_fn(When::parse), arg_name = "time")]
    pub at: Option<When>,

    /// how fast and how dear: standard, bulk or expedited (default standard)
    #[argh(
        option,
        from_str_fn(Tier::parse),
        default = "Tier::Standard",
        arg_name = "tier"
    )]
    pub tier: Tier,

    /// how many days the copies are to stay (default 7)
    #[argh(option, from_str_fn(days), default = "7", arg_name = "n")]
    pub days: u32,

    /// wait until all of it can be read
    #[argh(switch)]
    pub wait: bool,

    /// wait no longer than this, e.g. 12h (default 72h)
    #[argh(option, from_str_fn(span), arg_name = "time")]
    pub timeout: Option<Duration>,

    /// ask for nothing, only show what is frozen
    #[argh(switch)]
    pub dry_run: bool,
}
