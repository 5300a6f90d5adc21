//! Where what `zfs receive -s` leaves of a snapshot that it could not finish can stay.

use super::pool::features;
use super::receive::{knows_how, usage};
use crate::name::Dataset;

/// Whether what was received can stay: this zfs knows how, and so does the pool. Who cannot be asked cannot.
pub fn keeps_partial(dataset: &Dataset) -> bool {
    usage().is_ok_and(|usage| knows_how(&usage)) && has_feature(dataset)
}

/// The state lies in an extensible dataset.
fn has_feature(dataset: &Dataset) -> bool {
    let features = features(dataset).unwrap_or_default();
    features.has("extensible_dataset")
}
