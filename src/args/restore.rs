//! The command line of `z3 restore`.

use argh::{ArgsInfo, FromArgs};

use super::parsed::property;
use crate::calendar::When;
use crate::tier::Tier;

/// bring a snapshot and all that it builds on back from the bucket
#[derive(Debug, PartialEq, Eq, FromArgs, ArgsInfo)]
#[argh(
    subcommand,
    name = "restore",
    help_triggers("-h", "--help"),
    usage = "[--to DATASET] [-o NAME=VALUE] [-x NAME] [--no-mount]
                  [--create-parents] [--dry-run | --thaw[=TIER]] [--force]
                  [--repair] SNAPSHOT | --at TIME",
    example = "z3 --dataset tank/spam restore zfs-auto-snap:daily-2026-11-04
z3 --dataset tank/spam restore --to pool2/spam -o compression=zstd monday
z3 --dataset tank/spam restore --thaw=bulk zfs-auto-snap:daily-2026-11-04
z3 --dataset tank/spam restore --at 2026-11-04T12:00 --to tank/before",
    note = "Without --force nothing is ever rolled back or destroyed. --thaw alone is
--thaw=standard; 'z3 thaw --help' tells how long that takes.

What --to names must not be there yet, or must have a snapshot of the chain:
then only what is behind that is received. -o and -x may be repeated; zfs
receive gets them with every backup of the chain."
)]
pub struct Restore {
    /// the snapshot to restore: the part behind the @, or DATASET@SNAPSHOT
    #[argh(positional, arg_name = "SNAPSHOT")]
    pub snapshot: Option<String>,

    /// instead of a name: the newest backup that is no newer than this, e.g. 2026-11-28T14:05 (UTC), 2026-11-28 (its end) or 3d (ago)
    #[argh(option, from_str_fn(When::parse), arg_name = "time")]
    pub at: Option<When>,

    /// print the commands that would do it, receive nothing
    #[argh(switch)]
    pub dry_run: bool,

    /// if it lies in an archive class, ask for copies as `z3 thaw` does (standard, bulk or expedited), and wait for them
    #[argh(option, from_str_fn(Tier::parse), arg_name = "tier")]
    pub thaw: Option<Tier>,

    /// receive into this dataset (default: the one that the snapshot is of)
    #[argh(option, arg_name = "dataset")]
    pub to: Option<String>,

    /// a property that the received dataset is to have, e.g. mountpoint=/mnt; may be repeated
    #[argh(option, short = 'o', from_str_fn(property), arg_name = "name=value")]
    pub set: Vec<(String, String)>,

    /// a property that the received dataset is to take from its place; may be repeated
    #[argh(option, short = 'x', arg_name = "name")]
    pub unset: Vec<String>,

    /// leave what is made unmounted
    #[argh(switch)]
    pub no_mount: bool,

    /// make the datasets above it if they are missing (with canmount=off)
    #[argh(switch)]
    pub create_parents: bool,

    /// let zfs receive roll the dataset back (-F): local changes and later snapshots are lost
    #[argh(switch)]
    pub force: bool,

    /// put spill blocks back that OpenZFS 2.3 or 2.4 has lost when it sent the stream; `z3 verify` and a restore tell of them
    #[argh(switch)]
    pub repair: bool,
}
