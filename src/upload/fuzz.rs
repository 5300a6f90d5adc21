//! The notes of this module for `make fuzz`; not compiled otherwise.

use super::survey::Earlier;
use crate::config::PartLimits;
use crate::host::Machine;
use crate::note::{Note, Origin};
use crate::schedule::Schedule;
use crate::store::{CreateOptions, Upload};

/// Reads the bytes as a note: what somebody else has written is never ours, and what it says about parts breaks nothing.
///
/// # Panics
/// If a note that we have not sealed is believed, or parts are not what they must be.
pub fn note(bytes: &[u8]) {
    let Ok(note) = serde_json::from_slice::<Note>(bytes) else {
        return;
    };
    let host = Machine::here();
    assert!(!note.is_own(&host, "id"));
    let limits = PartLimits {
        max_parts: 10_000,
        min_part_bytes: 5 << 20,
        growth: true,
        max_memory_bytes: 2 << 30,
        concurrency: 32,
    };
    let Ok(schedule) = Schedule::new(None, &limits) else {
        return;
    };
    if let Some(resumed) = schedule.resume(&note.cut) {
        for number in [0, 1, 2, 9_000, 10_000, u32::MAX] {
            let bytes = resumed.part_bytes(number);
            assert!((1..=limits.max_memory_bytes).contains(&bytes));
            assert!((1..=limits.concurrency).contains(&resumed.workers(number)));
        }
    }
    let origin = Origin {
        send: "zfs send tank/a@b".to_owned(),
        codec: "none".to_owned(),
    };
    let options = CreateOptions::default();
    let wanted = Note::new("tank/a@b", &options, origin, schedule.cut(), &host);
    assert!(!note.fits(&wanted) || note.key == "tank/a@b");
    let upload = Upload {
        key: note.key.clone(),
        id: "id".to_owned(),
        checksum: None,
    };
    assert!(Earlier { upload, note }.snapshots().count() <= 2);
}
