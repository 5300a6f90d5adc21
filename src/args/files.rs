//! The command lines of `z3 ls`, `z3 cat` and `z3 extract`.

use argh::{ArgsInfo, FromArgs};

use crate::calendar::When;

/// list the files of a stored snapshot, without zfs
#[derive(Debug, PartialEq, Eq, FromArgs, ArgsInfo)]
#[argh(
    subcommand,
    name = "ls",
    help_triggers("-h", "--help"),
    usage = "[-l] [-R] [--salvage] SNAPSHOT | --at TIME [PATH]
       z3 ls [-l] [-R] [--salvage] --stream FILE [--stream FILE ...] [PATH]",
    example = "z3 --dataset tank/spam ls monday
z3 --dataset tank/spam ls -lR monday /home
z3 ls --stream full.zfs --stream incr.zfs /etc",
    note = "No zfs, no pool and no root is needed. PATH begins at the top of the dataset.

Of a large chain only the parts are fetched that tell of the names that are
wanted, if zfs put checksums into its records (OpenZFS 0.7 or later) and it is
stored as it is, or compressed by z3 with gzip or zstd. Else, and with -R of
all, the full and all increments are read once. -v says how much it is.

Exit status: 0 done, 1 failed, 2 wrong usage, 3 something could not be read,
or is damaged (--salvage)."
)]
pub struct LsArgs {
    /// the snapshot, the part behind the @ or DATASET@SNAPSHOT (not with --at or --stream), and a path in it
    #[argh(positional, arg_name = "SNAPSHOT_or_PATH")]
    pub names: Vec<String>,

    /// show mode, links, owner, group, length and time, too
    #[argh(switch, short = 'l')]
    pub long: bool,

    /// show all that is below, with whole paths
    #[argh(switch, short = 'R')]
    pub below: bool,

    /// instead of SNAPSHOT: the newest backup that is no newer than this, e.g. 2026-11-28T14:05 (UTC), 2026-11-28 (its end) or 3d (ago)
    #[argh(option, from_str_fn(When::parse), arg_name = "time")]
    pub at: Option<When>,

    /// go on behind damage, and name the files that it has hit
    #[argh(switch)]
    pub salvage: bool,

    /// read this file instead of the bucket, as zfs send wrote it or compressed; one for each stream of the chain, the full first
    #[argh(option, arg_name = "file")]
    pub stream: Vec<String>,
}

/// write a file of a stored snapshot to standard output, without zfs
#[derive(Debug, PartialEq, Eq, FromArgs, ArgsInfo)]
#[argh(
    subcommand,
    name = "cat",
    help_triggers("-h", "--help"),
    usage = "[--salvage] SNAPSHOT | --at TIME PATH
       z3 cat [--salvage] --stream FILE [--stream FILE ...] PATH",
    example = "z3 --dataset tank/spam cat monday /home/letter.txt
z3 cat --stream full.zfs --stream incr.zfs /home/letter.txt
z3 --dataset tank/vol cat monday >volume",
    note = "Of a large chain no more is fetched than tells of the file, and the file;
where that cannot be (`z3 ls --help`) it is read once for the names, and
those of its streams once more that have some of the file. Of a volume there
is no PATH: all of it is written.

A file that increments have changed in parts is put together in TMPDIR first.
Names that are no UTF-8 cannot be typed here: `z3 extract` takes their
directory. --salvage gives zeros in the place of data that is lost, names it,
and ends with exit status 3."
)]
pub struct CatArgs {
    /// the snapshot, the part behind the @ or DATASET@SNAPSHOT (not with --at or --stream), and the path of the file in it
    #[argh(positional, arg_name = "SNAPSHOT_and_PATH")]
    pub names: Vec<String>,

    /// instead of SNAPSHOT: the newest backup that is no newer than this, e.g. 2026-11-28T14:05 (UTC), 2026-11-28 (its end) or 3d (ago)
    #[argh(option, from_str_fn(When::parse), arg_name = "time")]
    pub at: Option<When>,

    /// go on behind damage, and name the files that it has hit
    #[argh(switch)]
    pub salvage: bool,

    /// read this file instead of the bucket, as zfs send wrote it or compressed; one for each stream of the chain, the full first
    #[argh(option, arg_name = "file")]
    pub stream: Vec<String>,
}

/// bring files of a stored snapshot back into a directory, without zfs
#[derive(Debug, PartialEq, Eq, FromArgs, ArgsInfo)]
#[argh(
    subcommand,
    name = "extract",
    help_triggers("-h", "--help"),
    usage = "--to DIR [--force] [--setuid] [--salvage]
                  SNAPSHOT | --at TIME PATH ...
       z3 extract --to DIR [--force] [--setuid] [--salvage]
                  --stream FILE [--stream FILE ...] PATH ...",
    example = "z3 --dataset tank/spam extract --to /tmp/back monday /home/letter.txt
z3 --dataset tank/spam extract --to /tmp/all --at 2026-11-28 /
z3 extract --to /tmp/back --stream full.zfs --stream incr.zfs /etc",
    note = "Each file gets the path below DIR that it has in the snapshot; of a directory
all that is in it. Mode, time, links, holes and user.* attributes come back,
the owner if root does it. ACLs, other attributes, devices and sockets do not:
they are named. A file has its name only when it is whole.

Nothing that is there is replaced without --force, and a directory never.
Nothing is written outside of DIR, whatever names and links there are.

A damaged stream gives nothing, unless --salvage is given: then all that its
checksums prove, zeros in the place of data that is lost, and a table of the
files that are hit. A single wrong word is found and put right.

Exit status: 0 done, 1 failed, 2 wrong usage, 3 some files could not be read
or written, or are damaged."
)]
pub struct ExtractArgs {
    /// the snapshot, the part behind the @ or DATASET@SNAPSHOT (not with --at or --stream), and paths in it
    #[argh(positional, arg_name = "SNAPSHOT_and_PATH")]
    pub names: Vec<String>,

    /// the directory to write into; it is made if it is not there
    #[argh(option, arg_name = "dir")]
    pub to: String,

    /// replace files that are there
    #[argh(switch)]
    pub force: bool,

    /// set setuid and setgid bits, too
    #[argh(switch)]
    pub setuid: bool,

    /// instead of SNAPSHOT: the newest backup that is no newer than this, e.g. 2026-11-28T14:05 (UTC), 2026-11-28 (its end) or 3d (ago)
    #[argh(option, from_str_fn(When::parse), arg_name = "time")]
    pub at: Option<When>,

    /// go on behind damage, and name the files that it has hit
    #[argh(switch)]
    pub salvage: bool,

    /// read this file instead of the bucket, as zfs send wrote it or compressed; one for each stream of the chain, the full first
    #[argh(option, arg_name = "file")]
    pub stream: Vec<String>,
}
