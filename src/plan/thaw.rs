//! What to ask of an archive class: which objects of a chain need a readable copy, and for how long.

use std::time::{Duration, SystemTime};

use crate::catalog::Stored;
use crate::error::{Error, Result};
use crate::store::{Head, ThawTerms, Thawed};
use crate::tier::Tier;

/// Classes and tiers from which nothing comes fast.
const DEEP: [&str; 2] = ["DEEP_ARCHIVE", "DEEP_ARCHIVE_ACCESS"];
/// Expedited copies of larger objects take more than minutes.
const FAST_BYTES: u64 = 250_000_000;
const DAY: Duration = Duration::from_secs(86_400);

/// Where an object stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Frost {
    /// It can be read; as a copy until this time, else for good.
    Readable(Option<SystemTime>),
    /// It can be read until this time, which is too soon for a long restore.
    Short(SystemTime),
    /// Its copy is on the way.
    UnderWay,
    /// There is no copy, and nobody has asked for one.
    Frozen,
}

impl Frost {
    /// What the server says of an object whose copy is wanted for so many days from now on.
    pub fn of(head: &Head, now: SystemTime, days: u32) -> Self {
        match (head.archived, head.thawed) {
            (true, Thawed::UnderWay) => Self::UnderWay,
            (true, _) => Self::Frozen,
            (false, Thawed::Until(Some(until))) if until < now + DAY * days / 2 => {
                Self::Short(until)
            }
            (false, Thawed::Until(until)) => Self::Readable(until),
            (false, _) => Self::Readable(None),
        }
    }

    /// Whether a restore can begin with it now.
    pub fn is_readable(self) -> bool {
        matches!(self, Self::Readable(_) | Self::Short(_))
    }

    /// Whether a copy has to be asked for, or for longer.
    pub fn needs_asking(self) -> bool {
        matches!(self, Self::Frozen | Self::Short(_))
    }

    /// Its word for people and programs.
    pub fn word(self) -> &'static str {
        match self {
            Self::Readable(_) | Self::Short(_) => "readable",
            Self::UnderWay => "under way",
            Self::Frozen => "frozen",
        }
    }

    /// When it is frozen again, if it is readable as a copy.
    pub fn until(self) -> Option<SystemTime> {
        match self {
            Self::Readable(until) => until,
            Self::Short(until) => Some(until),
            Self::UnderWay | Self::Frozen => None,
        }
    }
}

/// The fewest days that a copy has to stay, so that it is still there a day after the slowest has come: S3 counts them from the
/// moment when it is asked.
fn least_days(tier: Tier) -> u32 {
    match tier {
        Tier::Expedited | Tier::Standard => 2,
        Tier::Bulk => 3,
    }
}

/// What an object is asked for. Out of the archive tiers of INTELLIGENT_TIERING it comes itself, and to stay.
pub fn wish(head: &Head, tier: Tier, days: u32) -> ThawTerms {
    let days = head.archive_tier.is_none().then_some(days);
    ThawTerms { tier, days }
}

/// Refuses, before the first is asked for, what no server does or what would be gone when it comes; of what will take longer
/// than it says, a warning.
pub fn may_thaw(objects: &[&Stored], tier: Tier, days: u32) -> Result<Option<String>> {
    let least = least_days(tier);
    if days < least {
        return Err(Error::Usage(format!(
            "--days {days}: expected at least {least}, as copies by '--tier {tier}' may take longer than that to come"
        )));
    }
    if tier != Tier::Expedited {
        return Ok(None);
    }
    let frozen = || objects.iter().filter(|stored| stored.head.archived);
    if let Some(deep) = frozen().find(|stored| DEEP.contains(&stored.head.class())) {
        let (key, class) = (&deep.key, deep.head.class());
        return Err(Error::refused(format!(
            "{key} is in {class}, from where nothing comes expedited"
        ))
        .hint("'--tier standard' takes up to 12 hours, '--tier bulk' up to 48"));
    }
    let large = frozen().filter(|stored| stored.head.size_bytes >= FAST_BYTES);
    let large = large.count();
    Ok((large > 0).then(|| {
        format!("{large} of the objects have 250 MB or more: these take longer than minutes")
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: SystemTime = SystemTime::UNIX_EPOCH;

    fn frost(archived: bool, thawed: Thawed) -> Frost {
        let head = Head {
            archived,
            thawed,
            ..Head::default()
        };
        Frost::of(&head, NOW, 7)
    }

    #[test]
    fn a_copy_that_goes_too_soon_is_asked_for_again() {
        let [soon, late] = [DAY * 3, DAY * 4].map(|span| NOW + span);
        for (archived, thawed, told) in [
            (false, Thawed::No, Frost::Readable(None)),
            (false, Thawed::UnderWay, Frost::Readable(None)),
            (false, Thawed::Until(None), Frost::Readable(None)),
            (false, Thawed::Until(Some(soon)), Frost::Short(soon)),
            (
                false,
                Thawed::Until(Some(late)),
                Frost::Readable(Some(late)),
            ),
            (true, Thawed::No, Frost::Frozen),
            (true, Thawed::UnderWay, Frost::UnderWay),
            // Expired, and the bytes are gone.
            (true, Thawed::Until(Some(NOW)), Frost::Frozen),
        ] {
            assert_eq!(frost(archived, thawed), told, "{archived} {thawed:?}");
        }
        assert!(Frost::Short(soon).needs_asking() && Frost::Short(soon).is_readable());
        assert!(!Frost::UnderWay.needs_asking() && !Frost::UnderWay.is_readable());
    }

    #[test]
    fn nothing_deep_comes_fast() {
        let object = |class: &str, tier: Option<&str>, size_bytes| Stored {
            head: Head {
                archived: true,
                storage_class: Some(class.to_owned()),
                archive_tier: tier.map(str::to_owned),
                size_bytes,
                ..Head::default()
            },
            ..Stored::default()
        };
        let glacier = object("GLACIER", None, 5);
        let large = object("GLACIER", None, FAST_BYTES);
        let deep = object("DEEP_ARCHIVE", None, 5);
        let tiered = object("INTELLIGENT_TIERING", Some("DEEP_ARCHIVE_ACCESS"), 5);
        assert_eq!(may_thaw(&[&glacier], Tier::Expedited, 7).unwrap(), None);
        assert!(
            may_thaw(&[&glacier, &large], Tier::Expedited, 7)
                .unwrap()
                .is_some()
        );
        for deep in [&deep, &tiered] {
            assert!(may_thaw(&[&glacier, deep], Tier::Expedited, 7).is_err());
            assert_eq!(may_thaw(&[deep], Tier::Bulk, 3).unwrap(), None);
        }
        assert!(may_thaw(&[&deep], Tier::Bulk, 2).is_err());
        assert_eq!(wish(&tiered.head, Tier::Bulk, 7).days, None);
        assert_eq!(wish(&deep.head, Tier::Bulk, 7).days, Some(7));
    }
}
