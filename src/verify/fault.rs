//! What keeps a backup from being called good: damage, or that it could not be looked at.

use crate::error::Error;

/// What gpg says about bytes that are not what it wrote. Everything else that it may say is about keys, its agent and its
/// home: then the object may be good.
const GPG_DAMAGE: [&str; 9] = [
    "manipulated",
    "invalid packet",
    "unknown version",
    "no valid OpenPGP data",
    "decrypt_message failed",
    "Checksum error",
    "CRC error",
    "inflate problem",
    "read error (size",
];

/// What `zfs receive` says about a stream, not about the pool. A base that does not match may be the pool's fault.
const ZFS_DAMAGE: [&str; 2] = ["invalid stream", "invalid backup stream"];

/// Why a backup is not good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The object is damaged; else it could not be looked at.
    pub damaged: bool,
    /// Where in the stream, in bytes.
    pub offset: Option<u64>,
    /// In words.
    pub problem: String,
}

impl Fault {
    /// Something about the object is wrong.
    pub fn damage(problem: impl Into<String>) -> Self {
        Self {
            damaged: true,
            offset: None,
            problem: problem.into(),
        }
    }

    /// Nothing is known about the object.
    pub fn unread(problem: impl Into<String>) -> Self {
        Self {
            damaged: false,
            ..Self::damage(problem)
        }
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        let problem = error.to_string();
        match error.innermost() {
            Error::Stream(fault) => Self {
                offset: Some(fault.offset),
                ..Self::damage(problem)
            },
            error if is_damage(error) => Self::damage(problem),
            _ => Self::unread(problem),
        }
    }
}

/// Whether an error can only come from the stored bytes. A store that refuses, a program that is missing or that was
/// killed, a full pool: none of them tells anything about the object.
fn is_damage(error: &Error) -> bool {
    use std::io::ErrorKind::{InvalidData, UnexpectedEof};
    match error {
        // These two are what compressed data that is corrupt or ends early gives.
        Error::Io { source, .. } => matches!(source.kind(), InvalidData | UnexpectedEof),
        Error::Child {
            command,
            status,
            stderr,
        } => {
            let known: &[&str] = if command.starts_with("zfs") {
                &ZFS_DAMAGE
            } else {
                &GPG_DAMAGE
            };
            status.starts_with("ended before") || known.iter().any(|words| stderr.contains(words))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{Kind, StoreError};
    use crate::stream::StreamError;

    fn child(command: &str, status: &str, stderr: &str) -> Error {
        Error::Child {
            command: command.into(),
            status: status.into(),
            stderr: stderr.into(),
        }
    }

    /// What gpg 2.2 says of objects with a flipped bit, without an end, with a tail, and without a key for them.
    #[test]
    fn gpg_is_blamed_for_what_it_says() {
        for (damaged, stderr) in [
            (
                true,
                "gpg: WARNING: encrypted message has been manipulated!",
            ),
            (
                true,
                "gpg: Fatal: zlib inflate problem: incorrect data check",
            ),
            (
                true,
                "gpg: no valid OpenPGP data found.\ngpg: decrypt_message failed: Unknown system error",
            ),
            (
                true,
                "gpg: public key decryption failed: Checksum error\ngpg: decryption failed: No secret key",
            ),
            (
                false,
                "gpg: encrypted with ECDH key, ID C85D236A3C29AFEF\ngpg: decryption failed: No secret key",
            ),
            (
                false,
                "gpg: public key decryption failed: Inappropriate ioctl for device\ngpg: decryption failed: No secret key",
            ),
            (
                false,
                "gpg: Fatal: can't create directory '/root/.gnupg': Read-only file system",
            ),
        ] {
            let fault = Fault::from(child("gpg -d", "exit 2", stderr));
            assert_eq!(fault.damaged, damaged, "{stderr}");
        }
        assert!(!Fault::from(child("gpg -d", "killed by signal 9 (SIGKILL)", "")).damaged);
        assert!(
            Fault::from(child(
                "gpg -d",
                "ended before it had read all of its input",
                ""
            ))
            .damaged
        );
    }

    #[test]
    fn zfs_is_believed_about_streams_and_not_about_pools() {
        for (damaged, stderr) in [
            (
                false,
                "cannot receive incremental stream: most recent snapshot of t/a does not match incremental source",
            ),
            (
                true,
                "cannot receive new filesystem stream: invalid backup stream",
            ),
            (false, "cannot receive new filesystem stream: out of space"),
            (false, "cannot open 'nopool': dataset does not exist"),
        ] {
            let fault = Fault::from(child("zfs recv -u t/a@b", "exit 1", stderr));
            assert_eq!(fault.damaged, damaged, "{stderr}");
        }
    }

    #[test]
    fn stores_and_missing_programs_tell_nothing_about_the_object() {
        for kind in [
            Kind::NotFound,
            Kind::Denied,
            Kind::Changed,
            Kind::Archived,
            Kind::Refused,
            Kind::Unknown,
        ] {
            let error = StoreError {
                act: "get bytes 0-9 of".into(),
                object: "k".into(),
                kind,
                code: String::new(),
                cause: "no".into(),
                hint: None,
            };
            assert!(!Fault::from(Error::from(error)).damaged);
        }
        let program = "gpg".to_owned();
        let place = "not found in PATH".to_owned();
        assert!(!Fault::from(Error::Missing { program, place }).damaged);
    }

    #[test]
    fn damage_of_a_stream_has_its_offset() {
        let offset = 312;
        let problem = "11 is no record type".to_owned();
        let fault = Fault::from(Error::from(StreamError { offset, problem }).about("k"));
        assert_eq!((fault.damaged, fault.offset), (true, Some(312)));
        assert_eq!(
            fault.problem,
            "k: send stream: at byte 312: 11 is no record type"
        );
    }
}
