//! `z3_get`: an object goes to standard output, and nothing else does.

use std::ffi::OsString;
use std::ops::Range;
use std::process::ExitCode;
use std::sync::Arc;

use super::exit::{self, level};
use super::output::{stdout, unwritten};
use super::report::Report;
use super::session::Plain;
use super::start;
use super::whole::Whole;
use crate::args::Z3Get;
use crate::download::Download;
use crate::error::{Error, Result};
use crate::fetch::{self, Shape, Way, Which};
use crate::progress::{Mode, Progress};
use crate::resume::Token;
use crate::terminal::plain as shown;

/// The program.
pub fn main(argv: Vec<OsString>) -> ExitCode {
    let level = |args: &Z3Get| level(args.verbose, false);
    exit::run("z3_get", argv, level, run)
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
        let download = Download::of_part(store, name, &head, part, limits, progress)?;
        fetch::give_bytes(download, &mut stdout, unwritten)?;
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
