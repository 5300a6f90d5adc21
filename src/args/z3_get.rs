//! The command line of `z3_get`.
//!
//! Responsible for the shape and the help text only.

use argh::{ArgsInfo, FromArgs};

use super::parsed::{ByteRange, byte_range, given};
use crate::config::FlagValue;

/// Write an object of the bucket to standard output, checked and in order.
#[derive(Debug, PartialEq, Eq, FromArgs, ArgsInfo)]
#[argh(
    help_triggers("-h", "--help"),
    usage = "[--range A-B | --decode | --token TOKEN] [--repair]
              [--limit-rate RATE] [--config FILE] [--json] [-v] NAME",
    example = "{command_name} z3-backup/tank/spam@monday | gzip -d | zfs receive tank/spam",
    example = "{command_name} --token \"$TOKEN\" KEY | ssh host zfs receive -s tank/spam",
    note = "Nothing but the object goes to standard output. A missing object is an error.
The last record of a damaged stream is not written, so that zfs receive cannot
take it.

Exit status: 0 done, 1 failed, 2 wrong usage, 129, 130 or 143 after a signal."
)]
pub struct Z3Get {
    /// the whole object key, with its prefix
    #[argh(positional, arg_name = "NAME")]
    pub name: String,

    /// write some of its bytes, as they are stored: from A to B, counted from 0, or A- to its end, or -N: the last N
    #[argh(option, from_str_fn(byte_range), arg_name = "a-b")]
    pub range: Option<ByteRange>,

    /// write the stream that is in the object: decompressed, and checked to its end
    #[argh(switch)]
    pub decode: bool,

    /// write what a broken zfs receive -s still lacks of that stream, by the receive_resume_token of its dataset; all of the
    /// object is fetched for it
    #[argh(option, arg_name = "token")]
    pub token: Option<String>,

    /// put spill blocks back that OpenZFS 2.3 or 2.4 has lost when it sent that stream (implies --decode)
    #[argh(switch)]
    pub repair: bool,

    /// bytes per second at most, e.g. 10M (key LIMIT_RATE, default no limit)
    #[argh(option, arg_name = "rate")]
    pub limit_rate: Option<String>,

    /// the configuration file (default $Z3_CONFIG, else /etc/z3_backup/z3.conf if it exists)
    #[argh(option, arg_name = "file")]
    pub config: Option<String>,

    /// tell of the object and the end as lines of JSON on stderr, for programs (doc/json.md)
    #[argh(switch)]
    pub json: bool,

    /// tell what is being done, on stderr; -vv tells more
    #[argh(switch, short = 'v')]
    pub verbose: u8,
}

impl Z3Get {
    /// The flags that have a configuration key.
    pub fn settings(&self) -> Vec<FlagValue> {
        given([("LIMIT_RATE", &self.limit_rate, "--limit-rate")])
    }
}
