//! Sizes, names of datasets, snapshots and compressors, and the command lines that they come in (NUL between words).
#![no_main]

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;

use libfuzzer_sys::fuzz_target;
use z3::workbench::args::{self, Exit, MpCleanup, Pput, SshSync, Z3, Z3Get};
use z3::workbench::codec::Compressor;
use z3::workbench::name::{Dataset, SnapName};
use z3::workbench::size;

fn names(text: &str) {
    if let Ok(bytes) = size::parse(text) {
        assert_eq!(size::parse(&bytes.to_string()), Ok(bytes));
        let shown = size::humanize(bytes);
        assert!(shown.ends_with(['M', 'G', 'T']), "{shown}");
    }
    if let Some(compressor) = Compressor::parse(text) {
        assert_eq!(compressor.name(), text);
    }
    let (dataset, name) = text.split_once('@').unwrap_or((text, "x"));
    if let Ok(dataset) = Dataset::parse(dataset) {
        assert!(text.starts_with(dataset.as_str()) && dataset.as_str().len() < 256);
        if let Ok(snapshot) = dataset.snapshot(&SnapName::from(name)) {
            assert_eq!(snapshot.to_string(), format!("{dataset}@{name}"));
            assert!(snapshot.to_string().len() < 256);
        }
    }
}

fn checked<T>(parsed: Result<T, Exit>) {
    if let Err(Exit::Text(text) | Exit::Usage(text)) = parsed {
        assert!(text.ends_with('\n'));
    }
}

fuzz_target!(|data: &[u8]| {
    names(&String::from_utf8_lossy(data));
    let argv = || {
        let words = data.split(|&byte| byte == 0).map(<[u8]>::to_vec);
        let words = words.map(OsString::from_vec);
        [OsString::from("program")].into_iter().chain(words)
    };
    checked(args::parse::<Z3>("program", argv().collect()));
    checked(args::parse::<Pput>("program", argv().collect()));
    checked(args::parse::<Z3Get>("program", argv().collect()));
    checked(args::parse::<SshSync>("program", argv().collect()));
    checked(args::parse::<MpCleanup>("program", argv().collect()));
});
