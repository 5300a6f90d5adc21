//! `z3_get`: an object goes to standard output, and nothing else does.

use std::io::{self, Read, Write};
use std::process::ExitCode;
use std::sync::Arc;

use super::exit::{self, Noise};
use super::session::Session;
use crate::args::Z3Get;
use crate::download::Download;
use crate::error::{Error, Result};
use crate::progress::{Mode, Progress};

/// How much is written at once, in bytes.
const COPY_BYTES: usize = 256 << 10;

/// The program.
pub fn main() -> ExitCode {
    exit::run(
        "z3_get",
        Z3Get::parse,
        |args| Noise {
            verbose: args.verbose,
            quiet: false,
        },
        run,
    )
}

fn run(args: Z3Get) -> Result<()> {
    let session = Session::open(Vec::new(), args.config.as_deref())?;
    let (settings, store) = (&session.settings, &session.store);
    let head = store.head(&args.name)?.ok_or_else(|| {
        Error::refused(format!(
            "get {}: no such object in bucket {}",
            args.name, settings.s3.bucket
        ))
    })?;
    let progress = Arc::new(Progress::new(
        &args.name,
        Some(head.size_bytes),
        Mode::Terminal,
    ));
    let mut download = Download::new(store, &args.name, &head, &settings.limits, progress)?;
    copy(&mut download)?;
    Ok(())
}

/// Unlike a listing, an object whose reader goes away has not been delivered: a broken pipe is an error here.
fn copy(download: &mut Download) -> Result<()> {
    let mut stdout = io::stdout().lock();
    let mut buffer = vec![0; COPY_BYTES];
    loop {
        let count = match download
            .read(&mut buffer)
            .map_err(|error| Error::io("read the object", error))?
        {
            0 => {
                return stdout
                    .flush()
                    .map_err(|error| Error::io("write to standard output", error));
            }
            count => count,
        };
        let bytes = buffer.get(..count).unwrap_or_default();
        stdout
            .write_all(bytes)
            .map_err(|error| Error::io("write to standard output", error))?;
    }
}
