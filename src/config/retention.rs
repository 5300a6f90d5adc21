//! From the keys of a policy to what is to be kept.

use super::keys::{self, Key};
use super::view::View;
use crate::error::Result;
use crate::keep::{Keep, Retention};

/// Flags replace the whole of what is configured: half of one policy and half of another would be neither.
pub fn retention(view: &View) -> Result<Retention> {
    let counts = [
        &keys::KEEP_LAST,
        &keys::KEEP_HOURLY,
        &keys::KEEP_DAILY,
        &keys::KEEP_WEEKLY,
        &keys::KEEP_MONTHLY,
        &keys::KEEP_YEARLY,
        &keys::KEEP_WITHIN,
    ];
    let is_flag = |key: &Key<u64>| view.config.flag(key.row.name).is_some();
    let by_flags = counts.iter().any(|key| is_flag(key));
    let number = |key: &Key<u64>| -> Result<u64> {
        match by_flags && !is_flag(key) {
            true => Ok(0),
            false => Ok(view.given(key)?.unwrap_or(0)),
        }
    };
    Ok(Retention {
        keep: Keep {
            last: number(&keys::KEEP_LAST)?,
            hourly: number(&keys::KEEP_HOURLY)?,
            daily: number(&keys::KEEP_DAILY)?,
            weekly: number(&keys::KEEP_WEEKLY)?,
            monthly: number(&keys::KEEP_MONTHLY)?,
            yearly: number(&keys::KEEP_YEARLY)?,
            within_seconds: number(&keys::KEEP_WITHIN)?,
            calendar: view.get(&keys::DAY_BEGINS)?,
        },
        fresher_seconds: view.get(&keys::PRUNE_IF_FRESHER)?,
        max_delete: view.get(&keys::MAX_DELETE)?,
        min_days: view.given(&keys::MIN_STORAGE_DAYS)?,
    })
}
