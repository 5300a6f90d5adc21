//! Buffers for parts and ranges: the only allocations that are large enough to be refused.

use std::hint::black_box;

use crate::error::{Error, Result};
use crate::size;

/// A buffer of zeros, whose pages cost nothing before they are written to. `vec!` ends the program where there is no
/// memory (`ulimit -v`, no overcommit), with an upload left behind; so the room is asked for first.
pub fn zeroed(bytes: usize) -> Result<Vec<u8>> {
    let mut room = Vec::<u8>::new();
    let asked = room.try_reserve_exact(bytes);
    drop(black_box(room));
    match asked {
        Ok(()) => Ok(vec![0; bytes]),
        Err(_) => Err(Error::refused(format!(
            "there is no memory for a buffer of {}",
            size::humanize(bytes as u64)
        ))
        .hint("set a lower MAX_MEMORY or CONCURRENCY")),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn what_there_is_no_memory_for_is_refused() {
        assert_eq!(zeroed(3).unwrap(), [0, 0, 0]);
        let error = zeroed(isize::MAX as usize).unwrap_err();
        assert!(error.to_string().starts_with("there is no memory for"));
    }
}
