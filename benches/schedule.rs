//! How streams are cut, by the code that cuts them: `schedule MAX_MEMORY CONCURRENCY ESTIMATE...` prints a line of
//! JSON for every estimate, all in bytes: the parts of a stream that keeps to it, and `room_bytes`, which is the longest stream
//! that its parts would hold.

use std::io;

use serde_json::{Value, json};
use z3::workbench::config::PartLimits;
use z3::workbench::schedule::Schedule;
use z3::workbench::size::MIB;

/// The largest part of S3: a schedule with this much memory is held back by nothing else.
const AMPLE_BYTES: u64 = 5 << 30;

fn main() -> io::Result<()> {
    let numbers = std::env::args().skip(1).map(|word| word.parse::<u64>());
    let numbers: Vec<u64> = numbers
        .collect::<Result<_, _>>()
        .map_err(io::Error::other)?;
    let [max_memory_bytes, concurrency, estimates @ ..] = &numbers[..] else {
        return Err(io::Error::other(
            "usage: schedule MAX_MEMORY CONCURRENCY ESTIMATE...",
        ));
    };
    let limits = PartLimits {
        max_parts: 10_000,
        min_part_bytes: 5 * MIB,
        growth: true,
        max_memory_bytes: *max_memory_bytes,
        concurrency: *concurrency as usize,
    };
    for &estimate in estimates {
        println!("{}", row(estimate, &limits));
    }
    Ok(())
}

fn row(estimate: u64, limits: &PartLimits) -> Value {
    let ample = PartLimits {
        max_memory_bytes: AMPLE_BYTES,
        ..*limits
    };
    let with = |limits| Schedule::new(Some(estimate), limits);
    match (with(limits), with(&ample)) {
        (Ok(schedule), _) => cut(estimate, &schedule, "").unwrap_or_default(),
        // What would do is told beside what was refused.
        (Err(error), Ok(schedule)) => {
            cut(estimate, &schedule, &error.to_string()).unwrap_or_default()
        }
        (Err(error), Err(_)) => json!({ "estimate": estimate, "refused": error.to_string() }),
    }
}

/// `None` for a stream that does not fit, which no estimate makes.
fn cut(estimate: u64, schedule: &Schedule, refused: &str) -> Option<Value> {
    let sizes = |count| (1..=count).map(|number| schedule.part_bytes(number));
    let parts = (1..=schedule.max_parts()).find(|&count| sizes(count).sum::<u64>() >= estimate)?;
    let most = schedule.part_bytes(parts);
    let workers = schedule.workers(1);
    Some(json!({
        "estimate": estimate,
        "parts": parts,
        "part_bytes": schedule.part_bytes(1),
        "most_part_bytes": most,
        "workers": workers,
        "room_bytes": sizes(schedule.max_parts()).map(u128::from).sum::<u128>() as u64,
        "refused": refused,
    }))
}
