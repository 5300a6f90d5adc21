//! The command line of `z3 doctor`.

use argh::{ArgsInfo, FromArgs};

/// What a policy is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PolicyFor {
    /// `z3 backup`, which goes on with uploads of its own, and deletes their notes.
    Backup,
    /// All that reads: restore, thaw, verify, check, status, ls, cat and extract.
    Restore,
    /// `z3 prune`.
    Prune,
}

impl PolicyFor {
    /// For argh.
    pub fn parse(text: &str) -> Result<Self, String> {
        match text {
            "backup" => Ok(Self::Backup),
            "restore" => Ok(Self::Restore),
            "prune" => Ok(Self::Prune),
            _ => Err(format!("expected backup, restore or prune, got '{text}'")),
        }
    }
}

/// look at everything that a backup needs, and say what to do
#[derive(Debug, PartialEq, Eq, FromArgs, ArgsInfo)]
#[argh(
    subcommand,
    name = "doctor",
    help_triggers("-h", "--help"),
    usage = "[DATASET | --init | --iam-policy backup|restore|prune]",
    example = "z3 doctor tank/spam
z3 doctor --iam-policy backup
z3 --config ./z3.conf doctor --init",
    note = "Each thing is OK, WARNING or FAILURE: where every setting comes from, whose keys
sign, the way to the server, its clock, each right in the bucket, rules that
delete or leave things behind, zfs, snapshots, memory, lock, programs. It stores
small objects under S3_PREFIX.z3/doctor/ and deletes them again.

Exit status: 0 no failure, 1 a failure, 2 wrong usage."
)]
pub struct DoctorArgs {
    /// the dataset whose settings count (default: the one of --dataset or FILESYSTEM)
    #[argh(positional, arg_name = "dataset")]
    pub dataset: Option<String>,

    /// write a configuration to be filled in, with every key and what has snapshots here, mode 0600, where there is none
    #[argh(switch)]
    pub init: bool,

    /// print the least policy of AWS for this bucket and prefix: backup, restore or prune
    #[argh(option, from_str_fn(PolicyFor::parse), arg_name = "purpose")]
    pub iam_policy: Option<PolicyFor>,
}
