//! How a snapshot is sent: what is wanted, and what the chain that it goes on with can have.
//!
//! What `zfs receive` makes of a change in the middle of a chain was tried with OpenZFS 2.1 and 2.3 (`tests/openzfs`): `c` and
//! `e` may come and go. `L` may come, which OpenZFS before 2.0 receives with holes, and is refused once it goes. An increment that
//! is raw on one that is not is refused, and the other way round it is taken, but no raw one after it.

use crate::catalog::Stored;
use crate::send_flags::{Raw, SendFlags};
use crate::stream::sent_with;

/// What is wanted for a dataset.
#[derive(Debug, Clone, Copy)]
pub struct Wish {
    /// `SEND_FLAGS`, without `w`.
    pub flags: SendFlags,
    /// `RAW`.
    pub raw: Raw,
    /// `FULL_ON_CHANGE`.
    pub full_on_change: bool,
    /// The dataset is encrypted: another one is never sent raw.
    pub encrypted: bool,
}

/// How the backup was sent that an increment goes on from.
#[derive(Debug, Clone, Copy, Default)]
pub struct Sent {
    /// What its stream says, or, where that cannot be read, its metadata.
    pub counts: SendFlags,
    /// What its metadata says: a flag leaves no trace in a stream without such blocks.
    pub noted: SendFlags,
}

/// How to send, and what there is to say about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ruling {
    /// What to send with.
    pub flags: SendFlags,
    /// The stored chain cannot have these: a new one begins.
    pub anew: bool,
    /// A notice.
    pub notice: Option<String>,
    /// A risk, told when it begins.
    pub risk: Option<String>,
}

impl Sent {
    /// The stream has the last word: metadata is anybody's.
    pub fn of(stored: &Stored) -> Self {
        let begin = stored.first.as_ref().and_then(|first| first.begin());
        let noted = stored.label.send_flags;
        let counts = begin.map_or(noted, |begin| sent_with(begin.features));
        Self { counts, noted }
    }

    fn is_raw(self) -> bool {
        self.counts.has(SendFlags::RAW)
    }

    /// Raw blocks are as large as they are.
    fn is_large(self) -> bool {
        self.counts.has(SendFlags::LARGE) && !self.is_raw()
    }
}

/// Decides how to send what comes after `base`, or a new chain. The error says why there is no way.
pub fn rule(wish: &Wish, base: Option<Sent>) -> Result<Ruling, String> {
    let Some(base) = base else {
        return Ok(begin(wish, None));
    };
    let Some(problem) = forbidden(wish, base) else {
        return Ok(go_on(wish, base));
    };
    if wish.full_on_change {
        let notice = format!("{problem}: a new chain begins (FULL_ON_CHANGE=on)");
        return Ok(begin(wish, Some(notice)));
    }
    if base.is_raw() && !wish.encrypted {
        return Err(format!("{problem}, and FULL_ON_CHANGE is off"));
    }
    Ok(Ruling {
        flags: kept(wish, base),
        anew: false,
        notice: Some(format!(
            "{problem}: it goes on as it is (FULL_ON_CHANGE=off)"
        )),
        risk: None,
    })
}

/// A new chain, with all that is wanted.
fn begin(wish: &Wish, notice: Option<String>) -> Ruling {
    let plain = wish.encrypted && wish.raw == Raw::Off;
    let risk = "it is encrypted and goes into the bucket in plain text (RAW=off)";
    let raw = wish.encrypted && !plain;
    let useless = wish.raw == Raw::On && !wish.encrypted;
    let unlocked = "it is not encrypted and is not sent raw";
    Ruling {
        flags: wish.flags | raw_if(raw),
        anew: notice.is_some(),
        notice: notice.or_else(|| useless.then(|| unlocked.to_owned())),
        risk: plain.then(|| risk.to_owned()),
    }
}

/// Why the chain cannot have what is wanted.
fn forbidden(wish: &Wish, base: Sent) -> Option<&'static str> {
    match (base.is_raw(), wish.raw) {
        (true, _) if !wish.encrypted => {
            Some("the stored chain is raw, the dataset is not encrypted")
        }
        (true, Raw::Off) => Some("the stored chain is raw, RAW is off"),
        (false, Raw::On) if wish.encrypted => Some("the stored chain is not raw, RAW is on"),
        _ if base.is_large() && !wish.flags.has(SendFlags::LARGE) => {
            Some("the stored chain has large blocks, SEND_FLAGS has no L")
        }
        _ => None,
    }
}

fn go_on(wish: &Wish, base: Sent) -> Ruling {
    let flags = kept(wish, base);
    let known = base.counts | base.noted;
    let comes =
        flags.has(SendFlags::LARGE) && !known.has(SendFlags::LARGE) && !known.has(SendFlags::RAW);
    let risk = "L comes into a chain that began without it: what is sent from now on has to be restored with OpenZFS 2.0 or later, older ones lose large files without a word";
    let plain = wish.encrypted && !base.is_raw() && wish.raw == Raw::Auto;
    let notice = "it is encrypted, its stored chain is in plain text and goes on so; 'z3 backup --full' begins a raw one";
    Ruling {
        flags,
        anew: false,
        notice: plain.then(|| notice.to_owned()),
        risk: comes.then(|| risk.to_owned()),
    }
}

/// What is wanted, as far as the chain can have it.
fn kept(wish: &Wish, base: Sent) -> SendFlags {
    let large = match base.is_large() {
        true => SendFlags::LARGE,
        false => SendFlags::NONE,
    };
    wish.flags | large | raw_if(base.is_raw())
}

fn raw_if(raw: bool) -> SendFlags {
    match raw {
        true => SendFlags::RAW,
        false => SendFlags::NONE,
    }
}
