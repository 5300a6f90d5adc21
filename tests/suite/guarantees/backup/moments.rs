//! The moments of a backup at which something breaks.

use super::super::strike::Victim;
use crate::support::{Act, Halt, Proxy, Run, Stage, When};

/// So many parts are stored when something breaks in the middle.
pub const STORED: usize = 6;

/// The moments, in order.
pub const POINTS: [Point; 11] = [
    Point::Start,
    Point::NoNote,
    Point::HalfPart,
    Point::BetweenParts,
    Point::EndSent,
    Point::OwnExit,
    Point::BeforeComplete,
    Point::CompleteSent,
    Point::CompleteDone,
    Point::NoReceipt,
    Point::NoteLeft,
];

/// When something breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd)]
pub enum Point {
    Start,
    NoNote,
    HalfPart,
    BetweenParts,
    EndSent,
    OwnExit,
    BeforeComplete,
    CompleteSent,
    CompleteDone,
    NoReceipt,
    NoteLeft,
}

impl Point {
    pub fn text(self) -> &'static str {
        match self {
            Self::Start => "at the start, before the first byte of the stream",
            Self::NoNote => "the upload is created, its note is not yet written",
            Self::HalfPart => "6 parts are stored, others half sent",
            Self::BetweenParts => "6 parts are stored, none is on its way",
            Self::EndSent => "after the stream's END, before `zfs send` exits",
            Self::OwnExit => "after the compressor's last byte, before it exits",
            Self::BeforeComplete => "all parts are stored, before Complete",
            Self::CompleteSent => "Complete is sent, the server has not done it",
            Self::CompleteDone => "Complete is done, its answer is on its way",
            Self::NoReceipt => "after Complete, before the receipt is written",
            Self::NoteLeft => "after the receipt, before the note is removed",
        }
    }

    /// Why it cannot happen.
    pub fn impossible(self, victim: Victim) -> Option<&'static str> {
        match victim {
            Victim::Send | Victim::Compressor if self >= Self::BeforeComplete => {
                Some("it has ended, and z3 has seen its exit status")
            }
            Victim::Compressor => None,
            Victim::Send if self == Self::OwnExit => {
                Some("it has ended before the compressor gives its last byte")
            }
            _ if self == Self::OwnExit => Some("the same as before `zfs send` exits"),
            _ => None,
        }
    }

    /// Makes the run stand still there.
    pub fn place(self, run: Run, victim: Victim, proxy: &Proxy, halt: &Halt) -> Run {
        let some_parts = (STORED * victim.part_bytes()).to_string();
        let rule = |method, needle, when, stage| {
            proxy.rule(method, needle, when, Act::Halt(halt.clone(), stage));
        };
        match self {
            // z3 starts the compressor with the first bytes that there are for it.
            Self::Start if victim == Victim::Compressor => {
                return halt.in_program(run, "pigz", "before", "-*");
            }
            Self::Start => return halt.in_program(run, "zfs", "before", "send *@1"),
            Self::EndSent => return halt.in_program(run, "zfs", "after", "send *@1"),
            Self::OwnExit => return halt.in_program(run, "pigz", "after", "-*"),
            Self::BetweenParts => {
                let (program, pattern) = match victim {
                    Victim::Compressor => ("pigz", "-*"),
                    _ => ("zfs", "send *@1"),
                };
                return halt.in_program(run, program, &some_parts, pattern);
            }
            Self::NoNote => rule("PUT", "/.z3/uploads/", When::Always, Stage::Sent),
            Self::HalfPart => rule("PUT", "partNumber=", When::After(STORED), Stage::HalfSent),
            Self::BeforeComplete => rule("HEAD", "%401", When::Nth(1), Stage::Sent),
            Self::CompleteSent => rule("POST", "uploadId=", When::Nth(1), Stage::Sent),
            Self::CompleteDone => rule("POST", "uploadId=", When::Nth(1), Stage::Done),
            Self::NoReceipt => rule("PUT", "/.z3/receipts/", When::Always, Stage::Sent),
            Self::NoteLeft => rule("DELETE", "/.z3/uploads/", When::Always, Stage::Sent),
        }
        run
    }

    /// How many parts the server has when all has come to a stand; `None` where it does not matter.
    pub fn stored(self, victim: Victim, whole: usize) -> Option<usize> {
        match self {
            Self::HalfPart | Self::BetweenParts => Some(STORED),
            Self::EndSent if victim != Victim::Compressor => Some(whole - 1),
            _ => None,
        }
    }
}
