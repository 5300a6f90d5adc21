//! What a dataset that is to receive looks like to `zfs receive`.

use super::{Host, ask, dataset_exists, get};
use crate::error::Result;
use crate::name::Dataset;

/// Whether a `zfs receive -s` has left half a snapshot there. A zfs that does not know of such has none.
pub fn is_half_received(dataset: &Dataset) -> bool {
    let cmd = get(["-o", "value", "receive_resume_token"]).arg(dataset.as_str());
    let token = ask(&Host::Local, cmd).map(|captured| captured.stdout);
    token.is_ok_and(|text| !matches!(text.trim(), "" | "-"))
}

/// Where a dataset that is not there cannot be made.
#[derive(Debug, PartialEq, Eq)]
pub enum Missing {
    /// Its pool is not there.
    Pool(String),
    /// Its pool is, the dataset above it is not.
    Parent(String),
}

/// What is missing above the dataset, or the pool that it is.
pub fn missing_above(dataset: &Dataset) -> Result<Option<Missing>> {
    let name = dataset.as_str();
    let pool = name.split('/').next().unwrap_or(name);
    if !dataset_exists(&Host::Local, &Dataset::parse(pool)?)? {
        return Ok(Some(Missing::Pool(pool.to_owned())));
    }
    let Some((parent, _)) = name.rsplit_once('/') else {
        return Ok(None);
    };
    let there = dataset_exists(&Host::Local, &Dataset::parse(parent)?)?;
    Ok((!there).then(|| Missing::Parent(parent.to_owned())))
}
