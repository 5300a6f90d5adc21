//! Which flags the `zfs send` of this machine knows.

use super::{ask, shown};
use crate::error::{Error, Result};
use crate::pipeline::Cmd;
use crate::send_flags::SendFlags;
use crate::zfs::Host;

/// Fails unless `zfs send` knows all of these flags. It is asked by sending nothing, which it answers with its usage; where
/// no flag is wanted nothing is asked.
pub fn expect_flags(wanted: SendFlags) -> Result<()> {
    if wanted.is_empty() {
        return Ok(());
    }
    known(&usage()?, wanted)
}

/// All that it knows of those that z3 knows.
pub fn known_flags() -> Result<SendFlags> {
    let usage = usage()?;
    Ok(letters(&usage).map_or(SendFlags::NONE, SendFlags::among))
}

fn usage() -> Result<String> {
    match ask(&Host::Local, Cmd::new("zfs").arg("send")) {
        Err(Error::Child { stderr, .. }) => Ok(stderr),
        Err(error) => Err(error),
        Ok(_) => Ok(String::new()),
    }
}

fn forms(usage: &str) -> impl Iterator<Item = &str> {
    let lines = usage.lines().map(str::trim);
    lines.filter(|line| line.starts_with("send "))
}

fn single(usage: &str) -> Option<&str> {
    forms(usage).find(|line| line.contains("snapshot|bookmark"))
}

fn letters(usage: &str) -> Option<&str> {
    single(usage)?.split(['[', ']']).nth(1)?.strip_prefix('-')
}

/// The flags are those of the form that sends one snapshot, and takes bookmarks: since OpenZFS 0.6.5 it is a line of its own.
pub(super) fn known(usage: &str, wanted: SendFlags) -> Result<()> {
    let lacking = wanted - SendFlags::among(letters(usage).unwrap_or_default());
    if lacking.is_empty() {
        return Ok(());
    }
    let form = single(usage).or_else(|| forms(usage).next());
    let form = form.unwrap_or("unknown");
    Err(Error::refused(format!(
        "zfs send -{wanted}: this zfs has no -{lacking}, its usage is '{}'",
        shown(form)
    ))
    .hint("SEND_FLAGS without them works with any zfs; OpenZFS has L since 0.6.5, c since 0.7, w since 0.8"))
}
