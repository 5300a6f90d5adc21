//! The command line of `z3 restore`.

use argh::{ArgsInfo, FromArgs};

use super::parsed::property;
use crate::calendar::When;
use crate::receive_options::PutBack;
use crate::tier::Tier;

/// bring a snapshot and all that it builds on back from the bucket
#[derive(Debug, PartialEq, Eq, FromArgs, ArgsInfo)]
#[argh(
    subcommand,
    name = "restore",
    help_triggers("-h", "--help"),
    usage = "[--to DATASET] [--create-parents] [-o NAME=VALUE] [-x NAME]
                  [--properties[=all]] [--no-mount] [--force] [--repair]
                  [--list | --dry-run | --thaw[=TIER]]
                  SNAPSHOT | --at TIME [--recursive]",
    example = "z3 --dataset tank/spam restore zfs-auto-snap:daily-2026-11-04
z3 --dataset tank/spam restore --to pool2/spam -o compression=zstd monday
z3 --dataset tank/spam restore --thaw=bulk zfs-auto-snap:daily-2026-11-04
z3 --dataset tank/spam restore --at 2026-11-04T12:00 --to tank/before
z3 --dataset tank restore --recursive --at 3d --to pool2/tank --create-parents",
    note = "Without --force nothing is ever rolled back or destroyed. --thaw alone is
--thaw=standard; 'z3 thaw --help' tells how long that takes.

What --to names must not be there yet, or must have a snapshot of the chain:
then only what is behind that is received. -o and -x may be repeated; zfs
receive gets them with every backup of the chain.

--properties puts back what the receipt of the backup says was set for its
dataset: how data is kept and read, and users' properties. With =all also
mountpoint (not with --to), canmount, sharenfs, sharesmb, quotas and
reservations.

--recursive brings back the dataset and all below it that have backups, each
as of that time, at the same places below --to. A table tells what became of
each; one that has no backup of that time is not there yet, and no failure,
unless that is so of all.
Exit status: 0 all done, 1 all failed, 3 some failed.

--list downloads nothing: it shows the chain, what it would fetch and whether
there is room. Its exit status is 0 if the restore would begin."
)]
pub struct RestoreArgs {
    /// the snapshot to restore: the part behind the @, or DATASET@SNAPSHOT
    #[argh(positional, arg_name = "SNAPSHOT")]
    pub snapshot: Option<String>,

    /// instead of a name: the newest backup that is no newer than this, e.g. 2026-11-28T14:05 (UTC), 2026-11-28 (its end) or 3d (ago)
    #[argh(option, from_str_fn(When::parse), arg_name = "time")]
    pub at: Option<When>,

    /// show what would be fetched, how much that is, and in which state; change nothing
    #[argh(switch)]
    pub list: bool,

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

    /// set what was set for the dataset when it was backed up; usual or all (default usual)
    #[argh(option, from_str_fn(PutBack::parse), arg_name = "which")]
    pub properties: Option<PutBack>,

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

impl RestoreArgs {
    /// Whether nothing is changed.
    pub fn is_dry(&self) -> bool {
        self.dry_run || self.list
    }
}
