//! Who is at work: this machine, its user and this process, as one run knows another by what that has left behind.
//!
//! Responsible for a name that may be shown, for a seal that nobody else can make, and for the question whether a process
//! that has left something still lives. Not responsible for what is left ([`crate::upload`]).

use hmac::{Hmac, Mac};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::system;

/// This machine and user, and this process on it.
#[derive(Debug, Clone, Default)]
pub struct Machine {
    name: String,
    secret: Option<String>,
    process: Process,
}

/// A process as a later one can look for it. Empty where there is no telling.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Process {
    /// A hash of the boot's id.
    pub boot: String,
    /// The namespace that its number is of, as the system spells it.
    pub namespace: String,
    /// Its number.
    pub pid: u32,
    /// When it started, in ticks since the boot: numbers are used again.
    pub started: u64,
}

/// What is known of a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Life {
    /// It has ended.
    Over,
    /// It is at work.
    Alive,
    /// It may be in a container that we cannot look into.
    Unknown,
}

impl Machine {
    /// This one.
    pub fn here() -> Self {
        let boot = system::boot_id();
        let process = Process::here(&boot).unwrap_or_default();
        Self::of(&system::host_name(), &system::machine_id(), &boot, process)
    }

    /// Where a machine has no id, as many containers, the boot's id has to do.
    fn of(name: &str, machine_id: &str, boot_id: &str, process: Process) -> Self {
        let is_id = |id: &&str| id.len() >= 32 && id.is_ascii();
        let id = [machine_id, boot_id].into_iter().find(is_id);
        let secret = id.map(|id| format!("z3 {id} {}", system::uid()));
        let short = secret.as_deref().map(short_hash).unwrap_or_default();
        Self {
            name: format!("{name} {short}").trim().to_owned(),
            secret,
            process,
        }
    }

    /// Another machine with a process that has ended, for tests.
    #[cfg(test)]
    pub fn named(name: &str) -> Self {
        let process = Process {
            boot: "another".to_owned(),
            ..Process::default()
        };
        Self::of(name, &name.repeat(32), "", process)
    }

    /// The same machine with this process.
    #[cfg(test)]
    pub fn with(self, process: Process) -> Self {
        Self { process, ..self }
    }

    /// The host's name and a hash of its id and our user id: many are called localhost. May be shown.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// This process.
    pub fn process(&self) -> &Process {
        &self.process
    }

    /// A text that only this machine and user can make of these bytes: HMAC-SHA256 with the machine's id as the key, which
    /// lies in no bucket. `None` where there is no id.
    pub fn seal(&self, bytes: &[u8]) -> Option<String> {
        let mut mac = self.mac()?;
        mac.update(bytes);
        Some(hex::encode(mac.finalize().into_bytes()))
    }

    /// Whether it is our seal of these bytes.
    pub fn has_sealed(&self, bytes: &[u8], seal: &str) -> bool {
        let (Some(mut mac), Ok(seal)) = (self.mac(), hex::decode(seal)) else {
            return false;
        };
        mac.update(bytes);
        mac.verify_slice(&seal).is_ok()
    }

    fn mac(&self) -> Option<Hmac<Sha256>> {
        // A key of any length will do (RFC 2104).
        Hmac::new_from_slice(self.secret.as_ref()?.as_bytes()).ok()
    }

    /// Whether a process of this machine, which may be another one's container, is still there.
    pub fn life(&self, other: &Process) -> Life {
        let own = &self.process;
        if own.boot.is_empty() || other.boot.is_empty() {
            return Life::Unknown;
        }
        if own.boot != other.boot {
            return Life::Over;
        }
        if own.namespace != other.namespace {
            return Life::Unknown;
        }
        match system::started(other.pid) == Some(other.started) {
            true => Life::Alive,
            false => Life::Over,
        }
    }
}

impl Process {
    /// `None` where others cannot be looked for.
    fn here(boot_id: &str) -> Option<Self> {
        let seen = system::own_process().filter(|_| !boot_id.is_empty())?;
        Some(Self {
            boot: short_hash(&format!("z3 boot {boot_id}")),
            namespace: seen.namespace,
            pid: seen.pid,
            started: seen.started,
        })
    }
}

fn short_hash(text: &str) -> String {
    let hash = hex::encode(Sha256::digest(text));
    hash.chars().take(8).collect()
}

#[cfg(test)]
mod tests;
