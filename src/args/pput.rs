//! The command line of `pput`.
//!
//! Responsible for the shape and the help text only.

use argh::{ArgsInfo, FromArgs};

use super::parsed::{given, metadata, number};
use crate::config::FlagValue;
use crate::size;

/// Upload standard input to S3 as one object, in parts and in parallel.
#[derive(Debug, PartialEq, Eq, FromArgs, ArgsInfo)]
#[argh(
    help_triggers("-h", "--help"),
    usage = "[-s SIZE | --estimated SIZE] [--file-descriptor FD]
            [--concurrency N] [--limit-rate RATE] [--metadata KEY=VALUE]...
            [--storage-class CLASS] [--progress | --quiet] [--no-check]
            [--config FILE] [--json] [-v] NAME",
    example = "tar -cz /home | {command_name} home.tar.gz
zfs send tank/spam@monday | {command_name} --estimated 40G spam-monday.zfs",
    note = "Sizes are bytes or take K, M, G or T. Memory is the part size times
--concurrency and stays below MAX_MEMORY. Nothing becomes an object unless all
input arrived; no input at all is an error. Success prints one line of JSON
with the ETag.

What no option says comes from the environment, then from the
configuration file; z3.conf.sample explains every key.

Exit status: 0 done, 1 failed, 2 wrong usage, 129, 130 or 143 after a signal."
)]
pub struct Pput {
    /// the object key as it shall be; S3_PREFIX is not put before it
    #[argh(positional, arg_name = "NAME")]
    pub name: String,

    /// size of every part, e.g. 10M or 1G (key CHUNK_SIZE; by default small ones that grow)
    #[argh(option, short = 's', arg_name = "size")]
    pub chunk_size: Option<String>,

    /// about how many bytes will come; the part size is chosen to fit
    #[argh(option, from_str_fn(size::parse), arg_name = "size")]
    pub estimated: Option<u64>,

    /// read this descriptor instead of standard input, as in `pput --file-descriptor 3 name 3<file`
    #[argh(option, from_str_fn(number), arg_name = "fd")]
    pub file_descriptor: Option<u32>,

    /// how many parts to upload at a time (key CONCURRENCY, default 32)
    #[argh(option, arg_name = "n")]
    pub concurrency: Option<String>,

    /// bytes per second at most, e.g. 10M (key LIMIT_RATE, default no limit)
    #[argh(option, arg_name = "rate")]
    pub limit_rate: Option<String>,

    /// metadata of the object as KEY=VALUE; may be repeated
    #[argh(option, from_str_fn(metadata), arg_name = "key=value")]
    pub metadata: Vec<(String, String)>,

    /// the storage class (key S3_STORAGE_CLASS, default STANDARD_IA on AWS, none elsewhere)
    #[argh(option, arg_name = "class")]
    pub storage_class: Option<String>,

    /// report progress even without a terminal, a line a minute
    #[argh(switch)]
    pub progress: bool,

    /// print nothing but errors, not even the result
    #[argh(switch)]
    pub quiet: bool,

    /// do not check that input which begins like a ZFS send stream is a whole one
    #[argh(switch)]
    pub no_check: bool,

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

impl Pput {
    /// The flags that have a configuration key.
    pub fn settings(&self) -> Vec<FlagValue> {
        given([
            ("CHUNK_SIZE", &self.chunk_size, "--chunk-size"),
            ("CONCURRENCY", &self.concurrency, "--concurrency"),
            ("LIMIT_RATE", &self.limit_rate, "--limit-rate"),
            ("S3_STORAGE_CLASS", &self.storage_class, "--storage-class"),
        ])
    }
}
