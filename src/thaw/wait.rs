//! The wait for copies: days, if it must be, and an end to it.

use std::thread;
use std::time::{Duration, Instant};

use super::{ChainObject, TellThaw, ThawRequest, ask, look, not_readable};
use crate::error::{Error, Result};
use crate::plan::Frost;
use crate::run::Run;
use crate::store::Kind;
use crate::terminal::plain;

/// A wait to which nobody has set an end: the slowest copies take two days, and a server that never finishes is not waited for for
/// ever.
const LONGEST: Duration = Duration::from_secs(72 * 3600);

/// Looks again and again. A network that is gone for a while costs nothing but time: only the limit ends it.
pub(super) fn wait(
    run: &Run<'_>,
    request: &ThawRequest<'_>,
    objects: &mut [ChainObject],
    tell: TellThaw<'_>,
) -> Result<()> {
    let begun = Instant::now();
    let until = request.until.unwrap_or(begun + LONGEST);
    loop {
        let left = not_readable(objects);
        let most = until.saturating_duration_since(Instant::now());
        if left.is_empty() || most.is_zero() {
            return Ok(());
        }
        let pause = pause(begun.elapsed()).min(most);
        log::info!("{}", waiting(objects, &left, pause));
        thread::sleep(pause);
        match again(run, request, objects, &left) {
            Err(Error::Store(error)) if error.kind == Kind::Unknown => log::info!("{error}"),
            looked => looked?,
        }
        let (came, _): (Vec<_>, Vec<_>) = left.into_iter().partition(|&at| {
            objects
                .get(at)
                .is_some_and(|object| object.frost.is_readable())
        });
        for at in came {
            tell(objects.get(at..=at).unwrap_or_default())?;
        }
    }
}

/// Looks at these; what nobody seems to have asked for is asked for once more.
fn again(
    run: &Run<'_>,
    request: &ThawRequest<'_>,
    objects: &mut [ChainObject],
    left: &[usize],
) -> Result<()> {
    look(run, request, objects, left)?;
    match objects.iter().any(|object| object.frost == Frost::Frozen) {
        true => ask(run, request, objects),
        false => Ok(()),
    }
}

/// What is waited for.
fn waiting(objects: &[ChainObject], left: &[usize], pause: Duration) -> String {
    let first = left.first().and_then(|&at| objects.get(at));
    let first = first.map_or(String::new(), |first| {
        format!(": {} is {}", plain(&first.stored.key), first.frost.word())
    });
    let pause = match pause.as_secs() {
        seconds @ 0..60 => format!("{seconds} s"),
        seconds => format!("{} min", seconds / 60),
    };
    let (left, all) = (left.len(), objects.len());
    format!("{left} of {all} objects cannot be read yet{first}; the next look is in {pause}")
}

/// How long to wait after so much waiting. Some servers are done at once, some copies take two days.
fn pause(waited: Duration) -> Duration {
    let minutes = |count: u64| Duration::from_secs(60 * count);
    if waited < minutes(1) {
        waited.max(Duration::from_secs(1))
    } else if waited < minutes(15) {
        minutes(1)
    } else if waited < minutes(6 * 60) {
        minutes(5)
    } else {
        minutes(15)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longer_it_takes_the_less_often_it_is_looked_at() {
        let paused = |seconds| pause(Duration::from_secs(seconds)).as_secs();
        let told = [0, 8, 59, 60, 899, 900, 21_599, 21_600].map(paused);
        assert_eq!(told, [1, 8, 59, 60, 60, 300, 300, 900]);
        let mut waited = Duration::ZERO;
        let looks = (0..).take_while(|_| {
            waited += pause(waited);
            waited < Duration::from_secs(48 * 3600)
        });
        assert!(looks.count() < 300);
    }
}
