//! What came of a case with a server.

use std::cell::RefCell;
use std::panic::{self, AssertUnwindSafe};

use crate::cases::Case;
use crate::place::Place;

/// The most letters of what is told of a failure.
const MOST: usize = 400;

thread_local! {
    static SAID: RefCell<String> = const { RefCell::new(String::new()) };
}

/// What came of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    Works,
    /// z3 did what it has to, and the server something else than AWS: what that is and what z3 does about it, each a sentence.
    Odd(Vec<String>),
    /// What was seen instead.
    Fails(String),
}

impl Verdict {
    /// The cell of the table.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Works => "works",
            Self::Odd(_) => "odd",
            Self::Fails(_) => "**fails**",
        }
    }

    /// For whoever watches.
    fn text(&self) -> String {
        match self {
            Self::Works => "works".to_owned(),
            Self::Odd(sentences) => format!("odd\n    {}", sentences.join("\n    ")),
            Self::Fails(said) => format!("FAILS\n    {said}"),
        }
    }
}

/// What a case notes while it looks.
#[derive(Default)]
pub struct Seen(Vec<String>);

impl Seen {
    /// The server does not do as AWS does, in this way.
    pub fn odd(&mut self, what: impl Into<String>) {
        self.0.push(what.into());
    }

    /// The same, if it is so.
    pub fn odd_if(&mut self, is_so: bool, what: &str) {
        if is_so {
            self.odd(what);
        }
    }
}

/// From now on the words of a panic are kept for the verdict as well.
pub fn catch_panics() {
    let usual = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        SAID.with(|said| *said.borrow_mut() = info.to_string());
        usual(info);
    }));
}

impl Place {
    /// Runs a case; a panic in it is a failure.
    pub fn judge(&self, case: &Case) -> Verdict {
        let mut seen = Seen::default();
        let ran = panic::catch_unwind(AssertUnwindSafe(|| (case.run)(self, &mut seen)));
        let verdict = match ran {
            Ok(()) if seen.0.is_empty() => Verdict::Works,
            Ok(()) => Verdict::Odd(seen.0),
            Err(_) => Verdict::Fails(self.plain(&SAID.take())),
        };
        println!("{}: {}: {}", self.name, case.name, verdict.text());
        verdict
    }

    /// The words without what differs from run to run.
    fn plain(&self, said: &str) -> String {
        let lines = said.lines().skip(1);
        let text = lines.collect::<Vec<_>>().join(" ");
        let endpoint = self.server.endpoint();
        let mut text = text.replace(endpoint, "ENDPOINT").replace('|', "/");
        if let Some((at, _)) = text.char_indices().nth(MOST) {
            text.truncate(at);
        }
        text
    }
}
