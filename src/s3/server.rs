//! What is known of the server, by its answers, for as long as this process lives.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use crate::net::Clock;

/// What the server's answers have told this process.
#[derive(Default)]
pub(super) struct Server {
    pub clock: Clock,
    quirks: [AtomicBool; 6],
}

/// What a server has shown to want, or to do without.
#[derive(Debug, Clone, Copy)]
pub enum Quirk {
    /// It has answered.
    Answered,
    /// It refused `Expect: 100-continue`.
    NoExpect,
    /// It asked for Content-MD5.
    WantsMd5,
    /// It refused `x-amz-checksum-algorithm`, or did not echo it.
    NoChecksums,
    /// It knows the first ListObjects only.
    FirstListing,
    /// It refused `If-None-Match` or `If-Match` on Complete.
    NoConditions,
}

impl Server {
    /// Whether it is kept in mind.
    pub fn has(&self, quirk: Quirk) -> bool {
        let flag = self.flag(quirk);
        flag.is_some_and(|flag| flag.load(Relaxed))
    }

    fn flag(&self, quirk: Quirk) -> Option<&AtomicBool> {
        self.quirks.get(quirk as usize)
    }

    /// Keeps it in mind; whether that is news.
    pub fn note(&self, quirk: Quirk) -> bool {
        let flag = self.flag(quirk);
        flag.is_some_and(|flag| !flag.swap(true, Relaxed))
    }
}
