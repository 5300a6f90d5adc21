//! Whether a dataset's backups are fresh, and what else is wrong with them: the rules of `z3 check`.
//!
//! Responsible for the verdict on what was seen. Not responsible for looking ([`crate::check`]), nor for how it is told.

mod seen;

use std::time::Duration;

use crate::name::SnapName;
pub use seen::{NewestLocal, Seen, is_future};

/// The states of a check, by their weight when several are seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum CheckState {
    /// All is as it should be.
    #[default]
    Ok,
    /// Nobody knows.
    Unknown,
    /// It should be looked at.
    Warning,
    /// There is no backup that is new enough.
    Critical,
}

impl CheckState {
    /// The word that monitoring has for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Ok => "OK",
            Self::Unknown => "UNKNOWN",
            Self::Warning => "WARNING",
            Self::Critical => "CRITICAL",
        }
    }

    /// The exit status that monitoring has for it.
    pub fn exit_status(self) -> u8 {
        match self {
            Self::Ok => 0,
            Self::Warning => 1,
            Self::Critical => 2,
            Self::Unknown => 3,
        }
    }
}

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// An older newest backup is critical.
    pub max_age: Duration,
    /// An older one is a warning.
    pub warn_age: Option<Duration>,
    /// The most backups in a chain.
    pub chain: Option<u32>,
    /// The most backups.
    pub count: Option<u32>,
    /// Nothing but the age is judged.
    pub only_age: bool,
    /// To have no backup at all is no fault (`ALLOW_EMPTY`).
    pub may_be_empty: bool,
}

/// Something that was found, and how bad it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckFinding {
    /// How bad it is.
    pub state: CheckState,
    /// In words.
    pub text: String,
}

impl Seen {
    /// Everything that is to be said, the age first.
    pub fn judge(&self, limits: &Limits) -> Vec<CheckFinding> {
        let mut findings = vec![self.judge_age(limits)];
        if let Some(why) = &self.withheld {
            let text = format!("the newest cannot be read ({why})");
            findings.push(finding(CheckState::Unknown, text));
        }
        if let (Some(name), true) = (&self.future, self.newest.is_some()) {
            findings.push(finding(CheckState::Unknown, of_the_future(name)));
        }
        if !limits.only_age {
            findings.extend(self.judge_rest(limits));
        }
        findings.extend(self.judge_pool(limits));
        findings
    }

    fn judge_age(&self, limits: &Limits) -> CheckFinding {
        let (Some((name, made)), Some(age)) = (&self.newest, self.age()) else {
            return match (&self.future, self.broken) {
                (Some(name), _) => finding(CheckState::Unknown, of_the_future(name)),
                (None, 0) if limits.may_be_empty => {
                    finding(CheckState::Ok, "no backup, which ALLOW_EMPTY allows")
                }
                (None, 0) => finding(CheckState::Critical, "no backup"),
                (None, broken) if broken == self.unread => {
                    let text = format!("none of {broken} backups could be looked at");
                    finding(CheckState::Unknown, text)
                }
                (None, broken) => {
                    let text = format!("no backup that can be restored, {broken} are broken");
                    finding(CheckState::Critical, text)
                }
            };
        };
        let guess = if made.exact { "" } else { "about " };
        let text = format!("newest {guess}{} old (@{name})", span(age));
        let over = |limit: Duration| age > limit.as_secs();
        match limits.warn_age {
            _ if over(limits.max_age) => {
                let most = span(limits.max_age.as_secs());
                finding(CheckState::Critical, format!("{text}, more than {most}"))
            }
            Some(limit) if over(limit) => {
                let most = span(limit.as_secs());
                finding(CheckState::Warning, format!("{text}, more than {most}"))
            }
            _ => finding(CheckState::Ok, text),
        }
    }

    fn judge_rest(&self, limits: &Limits) -> Vec<CheckFinding> {
        let warn = |text| finding(CheckState::Warning, text);
        let more = |number: usize, most: Option<u32>| most.filter(|&most| number > most as usize);
        let broken = self.newer_broken.as_ref();
        let broken = broken.filter(|_| self.newest.is_some());
        let broken = broken.map(|text| warn(format!("a newer one is broken ({text})")));
        let unread = self.newest.is_some() && self.unread > 0;
        let unread = unread.then(|| {
            let text = format!("{} could not be looked at", self.unread);
            finding(CheckState::Unknown, text)
        });
        let (_, stale) = self.uploads.unwrap_or_default();
        let stale = (stale > 0).then(|| warn(format!("{stale} unfinished uploads stand still")));
        let chain = self.chain;
        let chain = more(chain, limits.chain)
            .map(|most| warn(format!("a chain of {chain} backups, more than {most}")));
        let count = self.healthy + self.broken;
        let count = more(count, limits.count).map(|most| {
            warn(format!(
                "{count} backups, more than {most}: pruning is behind"
            ))
        });
        [broken, unread, stale, chain, count]
            .into_iter()
            .flatten()
            .collect()
    }

    fn judge_pool(&self, limits: &Limits) -> Option<CheckFinding> {
        match self.pool.as_ref()? {
            Err(problem) => Some(finding(CheckState::Unknown, format!("the pool: {problem}"))),
            Ok(None) if limits.may_be_empty => None,
            Ok(None) => Some(finding(
                CheckState::Warning,
                "the pool has no such snapshot",
            )),
            Ok(Some(newest)) => {
                let age = self.now.saturating_sub(newest.creation);
                let late = !newest.stored && age > limits.max_age.as_secs();
                late.then(|| {
                    let (name, age) = (&newest.name, span(age));
                    let text = format!("the pool's newest @{name} is {age} old and not stored");
                    finding(CheckState::Warning, text)
                })
            }
        }
    }
}

/// The worst of them.
pub fn worst(findings: &[CheckFinding]) -> CheckState {
    let states = findings.iter().map(|finding| finding.state);
    states.max().unwrap_or_default()
}

fn of_the_future(name: &SnapName) -> String {
    format!("@{name} was made in the future: a clock is wrong")
}

fn finding(state: CheckState, text: impl Into<String>) -> CheckFinding {
    let text = text.into();
    CheckFinding { state, text }
}

/// So many seconds as people say it: `45m`, `26h`, `12d`.
pub fn span(seconds: u64) -> String {
    match seconds {
        0..120 => format!("{seconds}s"),
        120..7_200 => format!("{}m", seconds / 60),
        7_200..345_600 => format!("{}h", seconds / 3_600),
        _ => format!("{}d", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests;
