//! The bytes of an object on their way.

use super::{Kind, StoreError};

/// Bytes of an object as they come: fills the beginning of what it is given, and says how much that is. Nothing is the end.
pub type Inflow = Box<dyn FnMut(&mut [u8]) -> Result<usize, StoreError> + Send>;

/// Fills all of it with what comes of that key, or it is a failure.
pub fn fill(inflow: &mut Inflow, key: &str, mut into: &mut [u8]) -> Result<(), StoreError> {
    while !into.is_empty() {
        match inflow(into)? {
            0 => return Err(early_end(key)),
            count => into = into.get_mut(count..).unwrap_or_default(),
        }
    }
    Ok(())
}

fn early_end(key: &str) -> StoreError {
    StoreError {
        act: "read".to_owned(),
        object: key.to_owned(),
        kind: Kind::Unknown,
        code: String::new(),
        cause: "it ends early".to_owned(),
        hint: None,
    }
}
