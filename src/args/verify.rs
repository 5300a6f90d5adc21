//! The command line of `z3 verify`.

use argh::{ArgsInfo, FromArgs};

/// check that what is stored can be restored, or that a file is a whole stream
#[derive(Debug, PartialEq, Eq, FromArgs, ArgsInfo)]
#[argh(
    subcommand,
    name = "verify",
    help_triggers("-h", "--help"),
    usage = "[--level list|data|receive] [--scratch DATASET] [--subset K/N]
                 [DATASET... | --all] [SNAPSHOT...]
       z3 verify --stream FILE",
    example = "z3 --dataset tank/spam verify
z3 --dataset tank/spam verify --level list
z3 --dataset tank/spam verify --level receive --scratch tank/scratch monday
z3 --dataset tank/spam verify --subset 1/30
z3 verify --all --level list
zfs send -R tank/spam@monday | z3 verify --stream -",
    note = "Levels: `list` looks at keys and metadata only. `data`, the default,
downloads and checks every byte and needs no pool. `receive` has zfs receive
it, too, into a dataset that must not exist and is destroyed afterwards.

A named snapshot stands for itself and all that it builds on, no name for
everything that SNAPSHOT_PREFIX or SNAPSHOT_GLOB means. Of several datasets a
table tells at the end what became of each.

Exit status: 0 all is well, 1 damage was found or there is nothing of that
name, 2 wrong usage, 3 no damage was found but not everything could be looked
at (no secret key, an archived object, no access, no connection)."
)]
pub struct VerifyArgs {
    /// the snapshots to check: the part behind the @, or DATASET@SNAPSHOT. What has a / and no @ is a dataset
    #[argh(positional, arg_name = "SNAPSHOT")]
    pub names: Vec<String>,

    /// how closely to look: list, data or receive (default data)
    #[argh(option, from_str_fn(level), arg_name = "level")]
    pub level: Option<Level>,

    /// the dataset to receive into; it is made and destroyed
    #[argh(option, arg_name = "dataset")]
    pub scratch: Option<String>,

    /// look at another K of N parts of the objects each day: 1/30 sees all in 30 days
    #[argh(option, from_str_fn(subset), arg_name = "k/n")]
    pub subset: Option<Subset>,

    /// check a stream in this file, or on standard input for -; needs no settings
    #[argh(option, arg_name = "file")]
    pub stream: Option<String>,
}

impl VerifyArgs {
    /// The datasets that are named: no snapshot has a slash.
    pub fn datasets(&self) -> Vec<String> {
        self.names(is_dataset)
    }

    /// The snapshots that are named.
    pub fn snapshots(&self) -> Vec<String> {
        self.names(|name| !is_dataset(name))
    }

    fn names(&self, wanted: fn(&str) -> bool) -> Vec<String> {
        let names = self.names.iter().filter(|name| wanted(name));
        names.cloned().collect()
    }
}

fn is_dataset(name: &str) -> bool {
    name.contains('/') && !name.contains('@')
}

/// How closely `z3 verify` looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// Keys, metadata and chains.
    List,
    /// Every byte.
    Data,
    /// Every byte, and what zfs makes of it.
    Receive,
}

impl Level {
    /// Its word, what it proves, and what it does not.
    pub fn meaning(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::List => (
                "list",
                "the objects are there, with the lengths and ETags that their receipts tell, and their metadata makes whole chains",
                "that their bytes are good (--level data)",
            ),
            Self::Data => (
                "data",
                "every byte can be read and decompressed and is a whole send stream of the right snapshot on the right base",
                "that zfs receive takes it (--level receive)",
            ),
            Self::Receive => (
                "receive",
                "every byte is good and zfs receive makes the right snapshots of it",
                "that the files were good when they were sent",
            ),
        }
    }
}

/// `K/N`: so many out of so many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Subset {
    /// At least 1, at most `of`.
    pub wanted: u64,
    /// At least 1.
    pub of: u64,
}

fn level(text: &str) -> Result<Level, String> {
    match text {
        "list" => Ok(Level::List),
        "data" => Ok(Level::Data),
        "receive" => Ok(Level::Receive),
        _ => Err(format!("expected list, data or receive, got '{text}'")),
    }
}

fn subset(text: &str) -> Result<Subset, String> {
    let number = |text: &str| text.parse::<u32>().map(u64::from);
    let numbers = text.split_once('/').map(|(k, n)| (number(k), number(n)));
    match numbers {
        Some((Ok(wanted), Ok(of))) if (1..=of).contains(&wanted) => Ok(Subset { wanted, of }),
        _ => Err(format!("expected K/N with K from 1 to N, got '{text}'")),
    }
}
