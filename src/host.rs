//! Who is at work: this machine, its user and this process, as one run knows another by what that has left behind.
//!
//! Responsible for a name that may be shown, for a seal that nobody else can make, and for the question whether a process
//! that has left something still lives. Not responsible for what is left ([`crate::upload`]).

use std::fs;
use std::path::Path;

use hmac::{Hmac, Mac};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::lock::uid;

/// Where Linux says which boot this is: another random id each time (random(4)).
const BOOT_ID: &str = "/proc/sys/kernel/random/boot_id";

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
    /// The namespace that its number is of, as `/proc/PID/ns/pid` spells it.
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
        let first = |places: &[&str]| {
            let text = places.iter().flat_map(fs::read_to_string).next();
            text.unwrap_or_default().trim().to_owned()
        };
        let name = first(&["/proc/sys/kernel/hostname", "/etc/hostname"]);
        let id = first(&["/etc/machine-id", "/var/lib/dbus/machine-id"]);
        let boot = first(&[BOOT_ID]);
        let process = Process::here(&boot).unwrap_or_default();
        Self::of(&name, &id, &boot, process)
    }

    /// The machine's id is confidential and the same after a reboot (machine-id(5)); where there is none, as in many
    /// containers, the boot's id has to do.
    fn of(name: &str, machine_id: &str, boot_id: &str, process: Process) -> Self {
        let is_id = |id: &&str| id.len() >= 32 && id.is_ascii();
        let id = [machine_id, boot_id].into_iter().find(is_id);
        let secret = id.map(|id| format!("z3 {id} {}", uid().unwrap_or_default()));
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
        let now = started(Path::new("/proc"), &other.pid.to_string());
        match now.is_some_and(|(_, started)| started == other.started) {
            true => Life::Alive,
            false => Life::Over,
        }
    }
}

impl Process {
    /// `None` if `/proc` is not that of our own namespace: then others cannot be looked for in it.
    fn here(boot_id: &str) -> Option<Self> {
        let (pid, started) = started(Path::new("/proc"), "self")?;
        let namespace = fs::read_link("/proc/self/ns/pid").ok()?;
        let own = pid == std::process::id() && !boot_id.is_empty();
        own.then(|| Self {
            boot: short_hash(&format!("z3 boot {boot_id}")),
            namespace: namespace.to_string_lossy().into_owned(),
            pid,
            started,
        })
    }
}

/// The number of a process that has not ended, and when it started, out of `/proc/PID/stat` (proc(5)). The second field is
/// its name, which may have anything in it. A zombie has ended.
fn started(proc: &Path, process: &str) -> Option<(u32, u64)> {
    let text = fs::read(proc.join(process).join("stat")).ok()?;
    let text = String::from_utf8_lossy(&text);
    let (pid, rest) = text.split_once(' ')?;
    let (_, rest) = rest.rsplit_once(')')?;
    let mut fields = rest.split_whitespace();
    let over = matches!(fields.next()?, "Z" | "X" | "x");
    let started = fields.nth(18)?.parse().ok()?;
    (!over).then_some((pid.parse().ok()?, started))
}

fn short_hash(text: &str) -> String {
    let hash = hex::encode(Sha256::digest(text));
    hash.chars().take(8).collect()
}

#[cfg(test)]
mod tests;
