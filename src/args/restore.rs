//! The command line of `z3 restore`.

use argh::{ArgsInfo, FromArgs};

use crate::tier::Tier;

/// bring a snapshot and all that it builds on back from the bucket
#[derive(Debug, PartialEq, Eq, FromArgs, ArgsInfo)]
#[argh(
    subcommand,
    name = "restore",
    help_triggers("-h", "--help"),
    usage = "[--dry-run | --thaw[=TIER]] [--force] [--repair] SNAPSHOT",
    example = "z3 --dataset tank/spam restore zfs-auto-snap:daily-2026-11-04
z3 --dataset tank/spam restore --thaw=bulk zfs-auto-snap:daily-2026-11-04",
    note = "Without --force nothing is ever rolled back or destroyed. --thaw alone is
--thaw=standard; 'z3 thaw --help' tells how long that takes."
)]
pub struct Restore {
    /// the snapshot to restore: the part behind the @, or DATASET@SNAPSHOT
    #[argh(positional, arg_name = "SNAPSHOT")]
    pub snapshot: String,

    /// print the commands that would do it, receive nothing
    #[argh(switch)]
    pub dry_run: bool,

    /// if it lies in an archive class, ask for copies as `z3 thaw` does (standard, bulk or expedited), and wait for them
    #[argh(option, from_str_fn(Tier::parse), arg_name = "tier")]
    pub thaw: Option<Tier>,

    /// let zfs receive roll the dataset back (-F): local changes and later snapshots are lost
    #[argh(switch)]
    pub force: bool,

    /// put spill blocks back that OpenZFS 2.3 or 2.4 has lost when it sent the stream; `z3 verify` and a restore tell of them
    #[argh(switch)]
    pub repair: bool,
}
