//! The lock that needs no file: a name that one process at a time can have, where the system has such.
//!
//! It holds for everybody in the network namespace, whatever directories they see. But anyone on the machine may take any
//! name, so a taken one says something only if the process that has it is root's or our own user's.

use std::io::ErrorKind;
use std::os::unix::net::UnixListener;

use sha2::{Digest, Sha256};

use crate::system::{holder_of_name, take_name};

/// What became of it.
#[derive(Debug)]
pub enum Name {
    /// It is ours until this is dropped.
    Held {
        /// Closed, the name is free.
        _listener: UnixListener,
    },
    /// This process of root or of our own user has it.
    TakenBy(u32),
    /// Somebody has it, and there is no telling who.
    Taken,
    /// There are no such sockets here.
    Unknown,
}

/// Takes the name for work on a dataset; `id` tells one bucket from another.
pub fn take(dataset: &str, id: &str, uid: u32) -> Name {
    let hash = hex::encode(Sha256::digest(format!("{dataset}\n{id}")));
    let name: String = format!("z3-lock-{hash}").chars().take(40).collect();
    match take_name(&name) {
        Ok(_listener) => Name::Held { _listener },
        Err(error) if error.kind() == ErrorKind::AddrInUse => {
            holder_of_name(&name, uid).map_or(Name::Taken, Name::TakenBy)
        }
        Err(error) => {
            log::debug!("no lock by a socket's name: {error}");
            Name::Unknown
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::system::uid;

    #[test]
    fn a_name_has_one_holder_until_that_ends() {
        let id = format!("test-{}", std::process::id());
        let first = take("tank/a", &id, uid());
        assert!(matches!(first, Name::Held { .. }), "{first:?}");
        let second = take("tank/a", &id, uid());
        assert!(
            matches!(second, Name::TakenBy(pid) if pid == std::process::id()),
            "{second:?}"
        );
        assert!(matches!(take("tank/b", &id, uid()), Name::Held { .. }));
        drop(first);
        assert!(matches!(take("tank/a", &id, uid()), Name::Held { .. }));
    }

    #[test]
    fn a_name_that_a_stranger_has_proves_nothing() {
        assert_eq!(holder_of_name("z3-lock-nobody", uid()), None);
    }
}
