use super::*;

const GIB: u64 = 1 << 30;

fn limits() -> PartLimits {
    PartLimits {
        max_parts: 10_000,
        min_part_bytes: 5 * MIB,
        growth: true,
        max_memory_bytes: 2 * GIB,
        concurrency: 32,
    }
}

#[test]
fn the_documented_sizes() {
    for (estimate, mebibytes) in [
        (50 * GIB, 5.38),
        (500 * GIB, 53.77),
        (1024 * GIB, 110.11),
        (2048 * GIB, 220.22),
    ] {
        let bytes = Schedule::new(Some(estimate), &limits())
            .unwrap()
            .part_bytes(1);
        assert_eq!(
            format!("{:.2}", bytes as f64 / MIB as f64),
            format!("{mebibytes:.2}")
        );
    }
    assert_eq!(
        Schedule::new(Some(12_000_000), &limits())
            .unwrap()
            .part_bytes(1),
        5 * MIB
    );
    assert_eq!(
        Schedule::new(Some(1 << 40), &limits())
            .unwrap()
            .part_bytes(1),
        115_460_266
    );
}

#[test]
fn the_largest_streams_get_the_largest_parts() {
    let roomy = PartLimits {
        max_memory_bytes: 5 * GIB,
        ..limits()
    };
    let part_bytes = |estimate| Schedule::new(Some(estimate), &roomy).map(|it| it.part_bytes(1));
    assert_eq!(part_bytes(48 << 40).unwrap(), 5 * GIB);
    assert_eq!(part_bytes(50_000 * GIB).unwrap(), 5 * GIB);
    assert!(part_bytes(50_000 * GIB + 1).is_err());
}

#[test]
fn at_most_9999_parts_by_the_estimate() {
    for estimate in [50 * GIB, 500 * GIB, 10_000 * GIB] {
        let schedule = Schedule::new(Some(estimate), &limits()).unwrap();
        assert!(estimate.div_ceil(schedule.part_bytes(1)) <= 9999);
    }
}

#[test]
fn a_stream_several_times_its_estimate_fits() {
    for factor in [3, 10, 15] {
        let schedule = Schedule::new(Some(500 * GIB), &limits()).unwrap();
        let room: u64 = (1..=10_000).map(|number| schedule.part_bytes(number)).sum();
        assert!(room > factor * 100 * GIB, "{factor}: {room}");
    }
    let unknown = Schedule::new(None, &limits()).unwrap();
    assert_eq!(
        (unknown.part_bytes(1000), unknown.part_bytes(1001)),
        (5 * MIB, 10 * MIB)
    );
    assert!(
        (1..=10_000)
            .map(|number| unknown.part_bytes(number))
            .sum::<u64>()
            > 4_000 * GIB
    );
}

#[test]
fn parts_double_every_hundred_after_9000_up_to_the_memory() {
    let schedule = Schedule::with_base(64 * MIB, &limits()).unwrap();
    let sizes =
        [9000, 9001, 9100, 9101, 9501, 10_000].map(|number| schedule.part_bytes(number) / MIB);
    assert_eq!(sizes, [64, 128, 128, 256, 2048, 2048]);
    let fixed = Schedule::with_base(
        64 * MIB,
        &PartLimits {
            growth: false,
            ..limits()
        },
    )
    .unwrap();
    assert_eq!(fixed.part_bytes(10_000), 64 * MIB);
    let equal = PartLimits {
        growth: false,
        ..limits()
    };
    let unknown = Schedule::new(None, &equal).unwrap();
    assert_eq!(unknown.part_bytes(1), 256 * MIB);
    assert_eq!(unknown.part_bytes(10_000), 256 * MIB);
}

#[test]
fn an_earlier_cut_is_kept_if_the_limits_allow_it() {
    let equal = PartLimits {
        growth: false,
        ..limits()
    };
    let [grown, fixed] = [limits(), equal].map(|it| Schedule::with_base(MIB, &it).unwrap());
    assert_eq!(grown.resume(fixed.cut()).unwrap().cut(), fixed.cut());
    assert!(fixed.resume(fixed.cut()).is_some());
    assert!(
        fixed.resume(grown.cut()).is_none(),
        "PART_GROWTH is off now"
    );
}

#[test]
fn workers_fit_the_memory() {
    let schedule = Schedule::with_base(256 * MIB, &limits()).unwrap();
    assert_eq!(
        (
            schedule.workers(1),
            schedule.workers(9001),
            schedule.workers(9999)
        ),
        (8, 4, 1)
    );
    assert_eq!(Schedule::new(None, &limits()).unwrap().workers(1), 32);
}

#[test]
fn what_does_not_fit_is_refused_with_the_value_that_would() {
    let small = PartLimits {
        max_memory_bytes: 64 * MIB,
        ..limits()
    };
    let error = Schedule::new(Some(1 << 40), &small).unwrap_err();
    assert_eq!(
        error.to_string(),
        "one part of 110.11 M does not fit into MAX_MEMORY (64 M)"
    );
    assert_eq!(error.advice(), Some("set MAX_MEMORY to 111M or more"));
    assert!(Schedule::new(Some(1 << 57), &limits()).is_err());
}
