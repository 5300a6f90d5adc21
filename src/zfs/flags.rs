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
    match ask(&Host::Local, Cmd::new("zfs").arg("send")) {
        Err(Error::Child { stderr, .. }) => known(&stderr, wanted),
        Err(error) => Err(error),
        Ok(_) => known("", wanted),
    }
}

/// The flags are those of the form that sends one snapshot, and takes bookmarks: since OpenZFS 0.6.5 it is a line of its own.
pub(super) fn known(usage: &str, wanted: SendFlags) -> Result<()> {
    let forms = || {
        usage
            .lines()
            .map(str::trim)
            .filter(|line| line.starts_with("send "))
    };
    let single = forms().find(|line| line.contains("snapshot|bookmark"));
    let letters = single.and_then(|line| line.split(['[', ']']).nth(1));
    let letters = letters.and_then(|option| option.strip_prefix('-'));
    let lacking = wanted - SendFlags::among(letters.unwrap_or_default());
    if lacking.is_empty() {
        return Ok(());
    }
    let form = single.or_else(|| forms().next()).unwrap_or("unknown");
    Err(Error::refused(format!(
        "zfs send -{wanted}: this zfs has no -{lacking}, its usage is '{}'",
        shown(form)
    ))
    .hint("SEND_FLAGS without them works with any zfs; OpenZFS has L since 0.6.5, c since 0.7, w since 0.8"))
}
