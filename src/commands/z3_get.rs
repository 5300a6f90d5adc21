//! `z3_get`: an object goes to standard output, and nothing else does.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, BufRead, Write};
use std::ops::Range;
use std::os::fd::AsFd;
use std::process::ExitCode;
use std::sync::Arc;

use super::exit::{self, level};
use super::pput::Whole;
use super::report::Report;
use super::session::Plain;
use super::start;
use crate::args::Z3Get;
use crate::buffer::Pipe;
use crate::download::Download;
use crate::error::{Error, Result};
use crate::fetch::{self, Shape, Way, Which};
use crate::progress::{Mode, Progress};
use crate::resume::Token;
use crate::terminal::plain as shown;

/// The program.
pub fn main(argv: Vec<OsString>) -> ExitCode {
    exit::run(
        "z3_get",
        argv,
        |args: &Z3Get| level(args.verbose, false),
        run,
    )
}

fn run(args: Z3Get, report: &Report) -> Result<()> {
    if start::stdout_was_closed() {
        return Err(Error::refused("write to standard output: it is closed")
            .hint("'>/dev/null' discards an object that is only to be read"));
    }
    let token = args.token.as_deref().map(Token::read).transpose()?;
    let plain = Plain::open(args.settings(), args.config.as_deref())?;
    let (settings, store) = (&plain.settings, &plain.vault.store);
    let (name, bucket) = (&args.name, &settings.s3.bucket);
    let missing = || Error::refused(format!("get {name}: no such object in bucket {bucket}"));
    let head = store.head(name)?.ok_or_else(missing)?;
    let part = part(&args, head.size_bytes)?;
    let shape = Shape {
        token,
        repair: args.repair,
    };
    let object = Which::Any {
        key: name,
        head: &head,
    };
    let way = Way::find(store, object, &shape)?;
    let bytes = way.left_bytes().min(part.end - part.start);
    let progress = Progress::new(name, Some(bytes), Mode::Terminal);
    let progress = Arc::new(progress);
    let (limits, mut stdout) = (&settings.limits, stdout()?);
    if args.decode || args.repair || shape.token.is_some() {
        let fetched = way.open(limits, progress)?;
        let given = fetch::give(fetched, shape, &mut stdout, unwritten);
        given.map_err(|error| error.about(shown(name)))?;
    } else {
        let mut download = Download::of_part(store, name, &head, part, limits, progress)?;
        copy(&mut download, &mut stdout)?;
    }
    report.line(&Whole {
        bucket,
        key: name,
        bytes: head.size_bytes,
        etag: &head.etag,
    })
}

/// Which of its bytes are wanted.
fn part(args: &Z3Get, size: u64) -> Result<Range<u64>> {
    let Some(range) = args.range else {
        return Ok(0..size);
    };
    let name = &args.name;
    let text = format!("get {name}: it has {size} bytes, and none of them is in the range");
    range.of(size).ok_or_else(|| Error::refused(text))
}

fn unwritten(error: io::Error) -> Error {
    Error::io("write to standard output", error)
}

/// Unlike a listing, an object whose reader goes away has not been delivered: a broken pipe is an error here. What is
/// written is not looked at, as [`io::stdout`] would do, which is made for lines.
pub(super) fn stdout() -> Result<Pipe<File>> {
    let stdout = io::stdout().as_fd().try_clone_to_owned();
    Ok(Pipe::new(File::from(stdout.map_err(unwritten)?)))
}

fn copy(download: &mut Download, stdout: &mut impl Write) -> Result<()> {
    loop {
        let bytes = download.fill_buf();
        let bytes = bytes.map_err(|error| Error::io("read the object", error))?;
        if bytes.is_empty() {
            return Ok(());
        }
        stdout.write_all(bytes).map_err(unwritten)?;
        let count = bytes.len();
        download.consume(count);
    }
}
