//! What breaks, and how.

use super::server::OwnServer;
use crate::support::ended::Ended;
use crate::support::process::{group, kill};
use crate::support::run::Running;
use crate::support::{Halt, Proxy, Run};

/// What breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Victim {
    /// `zfs send` dies.
    Send,
    /// `zfs recv` dies.
    Recv,
    /// The external compressor dies: pigz, or gpg on the way back.
    Compressor,
    /// z3 itself dies.
    Z3,
    /// The server closes every connection and takes no new one.
    Server,
    /// A real server dies, and is started again before the next run.
    KilledServer,
    /// Every connection breaks, once.
    Cut,
    /// Nothing gets through any more, and no connection breaks.
    Silence,
}

impl Victim {
    /// Its name in the tables of backups and restores.
    pub fn text(self, table: &str) -> &'static str {
        match self {
            Self::Send => "`zfs send`",
            Self::Recv => "`zfs recv`",
            Self::Compressor if table == "backup" => "compressor (pigz)",
            Self::Compressor => "decompressor (gpg)",
            Self::Z3 => "z3",
            Self::Server => "S3 server, gone",
            Self::KilledServer => "S3 server (SeaweedFS), SIGKILL",
            Self::Cut => "network, cut once",
            Self::Silence => "network, silent",
        }
    }

    /// `MIN_PART_SIZE`, as small as the server takes it.
    pub fn part_bytes(self) -> usize {
        match self {
            Self::KilledServer => 5 << 20,
            _ => 64 << 10,
        }
    }

    /// As much patience as the fault is meant to meet: none for what does not come back.
    pub fn patience(self, run: Run) -> Run {
        let (retry_for, timeout) = match self {
            Self::Cut => ("20", "30"),
            Self::Silence => ("0", "1"),
            _ => ("0", "30"),
        };
        run.env("MAX_RETRIES", "1")
            .env("RETRY_FOR", retry_for)
            .env("S3_TIMEOUT", timeout)
            .env("CONCURRENCY", "2")
    }

    /// Breaks it while the run stands at `halt`, lets the rest go on, and waits for the end of all of it.
    pub fn strike(
        self,
        running: Running,
        proxy: &Proxy,
        halt: &Halt,
        own: Option<&OwnServer>,
    ) -> Ended {
        match self {
            Self::Send => kill_named(&running, &["zfs send"]),
            Self::Recv => kill_named(&running, &["zfs recv"]),
            Self::Compressor => kill_named(&running, &["pigz -", "gpg -d"]),
            Self::Z3 => running.signal("KILL"),
            Self::Server => proxy.close(),
            Self::KilledServer => own.unwrap().kill(),
            Self::Cut => proxy.cut(),
            Self::Silence => proxy.fall_silent(),
        }
        if self != Self::Z3 {
            halt.open();
        }
        let ended = running.wait();
        // What it had half sent never arrives.
        proxy.cut();
        halt.open();
        proxy.settle();
        ended.expect_no_children()
    }
}

/// SIGKILL for every program of the run whose command line has one of these words; a script that stands for it is one, too.
fn kill_named(running: &Running, names: &[&str]) {
    let living = group(running.pid());
    let fits = |line: &str| names.iter().any(|name| line.contains(name));
    let pids: Vec<u32> = living
        .iter()
        .filter(|(_, line)| fits(line))
        .map(|(pid, _)| *pid)
        .collect();
    assert!(!pids.is_empty(), "no {names:?} among {living:?}");
    for pid in pids {
        kill("KILL", &pid.to_string());
    }
}
