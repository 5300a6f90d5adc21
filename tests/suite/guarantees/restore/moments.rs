//! The moments of a restore at which something breaks: of the second step of three, where nothing else is said.

use super::super::strike::Victim;
use crate::support::{Act, Halt, Proxy, Run, Stage, When};

/// The moments, in order.
pub const POINTS: [Point; 6] = [
    Point::Start,
    Point::HalfFull,
    Point::HalfObject,
    Point::BeforeEnd,
    Point::Given,
    Point::BetweenSteps,
];

/// When something breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Point {
    Start,
    HalfFull,
    HalfObject,
    BeforeEnd,
    Given,
    BetweenSteps,
}

impl Point {
    pub fn text(self) -> &'static str {
        match self {
            Self::Start => "at the start of the increment 2, before its first byte",
            Self::HalfFull => "in the middle of the full 1",
            Self::HalfObject => "in the middle of the increment 2",
            Self::BeforeEnd => "before END is given: all else of the increment 2 is there",
            Self::Given => "END of the increment 2 is given, before `zfs recv` exits",
            Self::BetweenSteps => "between the increments 2 and 3",
        }
    }

    /// Whether the full is there before.
    pub fn in_increment(self) -> bool {
        self != Self::HalfFull
    }

    /// Why it cannot happen.
    pub fn impossible(self, victim: Victim) -> Option<&'static str> {
        match (victim, self) {
            (Victim::Compressor, Self::Given | Self::BetweenSteps) => {
                Some("END is given only after it has exited 0")
            }
            (Victim::Recv, Self::BetweenSteps) => Some("none is running"),
            _ => None,
        }
    }

    /// Makes the run stand still there; the increment has so many ranges.
    pub fn place(
        self,
        run: Run,
        victim: Victim,
        (proxy, ranges): (&Proxy, usize),
        halt: &Halt,
    ) -> Run {
        let rule = |object, after| {
            let act = Act::Halt(halt.clone(), Stage::Done);
            proxy.rule("GET", object, When::After(after), act);
            // Moments are told by ranges, and what is near comes in one answer. The first answer of a download may be the
            // second one, as the object's beginning is looked at before.
            proxy.rule("GET", object, When::First(2), Act::far());
        };
        match (self, victim) {
            (Self::Start, Victim::Compressor) => {
                return halt.in_program(run, "gpg", "before", "-d*");
            }
            (Self::BeforeEnd, Victim::Compressor) => {
                return halt.in_program(run, "gpg", "after", "-d*");
            }
            (Self::Start, _) => return halt.in_program(run, "zfs", "before", "recv *@2"),
            (Self::Given, _) => return halt.in_program(run, "zfs", "after", "recv *@2"),
            (Self::BetweenSteps, _) => {
                return halt.in_program(run, "zfs", "before", "get * guid *@2");
            }
            (Self::HalfFull, _) => rule("%401", 6),
            (Self::HalfObject, _) => rule("%402", 6),
            (Self::BeforeEnd, _) => rule("%402", ranges - 1),
        }
        run
    }
}
