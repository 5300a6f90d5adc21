//! The command line of `z3 status`.

use argh::{ArgsInfo, FromArgs};

/// show local and stored snapshots and whether they can be restored
#[derive(Debug, PartialEq, Eq, FromArgs, ArgsInfo)]
#[argh(
    subcommand,
    name = "status",
    help_triggers("-h", "--help"),
    usage = "[--cost] [DATASET ... | --all]",
    example = "z3 --dataset tank/spam status
z3 status --all --cost"
)]
pub struct StatusArgs {
    /// tell what is stored in which class, how long the chains are, and what `z3 prune` would free
    #[argh(switch)]
    pub cost: bool,

    /// the datasets to show (default: the one of --dataset or FILESYSTEM)
    #[argh(positional, arg_name = "dataset")]
    pub datasets: Vec<String>,
}
