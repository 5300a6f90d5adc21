//! How long it takes to find out that there is nothing to do. It measures and prints, and is not among the tests of every day:
//!
//!     tests/env/with cargo test --locked --release --test suite -- --ignored --nocapture many::speed

use std::time::{Duration, Instant};

use crate::support::{Act, Proxy, Server, When, Z3};

const DATASETS: usize = 300;
const ROUND_TRIP: Duration = Duration::from_millis(30);
/// Backups of each dataset, all of one chain.
const LINKS: usize = 3;
/// How long it may take to store them.
const PATIENCE: Duration = Duration::from_secs(900);

#[test]
#[ignore = "measures, for some minutes"]
fn three_hundred_datasets_with_nothing_to_do() {
    let proxy = Proxy::to(Server::Rgw.endpoint());
    let z3 = Z3::new("many-speed").through(&proxy);
    let above = &z3.dataset.name;
    let make = format!(
        "zfs create -p -o mountpoint=none {above} && for i in $(seq {}); do zfs create {above}/$i || exit; done",
        DATASETS - 1
    );
    z3.shell(&make).patience(PATIENCE).run().expect_ok();
    for number in 0..LINKS {
        let snapshot = format!("zfs snapshot -r {above}@{number:03}");
        z3.shell(&snapshot).run().expect_ok();
    }
    let all = || {
        let run = z3.z3(["--dataset", above, "backup", "--recursive"]);
        run.patience(PATIENCE).run().expect_ok()
    };
    all();
    proxy.rule("", "", When::Always, Act::Delay(ROUND_TRIP));
    let (before, begun) = (proxy.count("", ""), Instant::now());
    let ended = all();
    let seconds = begun.elapsed().as_secs_f64();
    assert_eq!(ended.text().matches("up to date").count(), DATASETS);
    let asked = (proxy.count("", "") - before) as f64 / DATASETS as f64;
    let used_kib = ended.peak_kib;
    eprintln!(
        "{DATASETS} datasets, chains of {LINKS}: {seconds:.1} s, {asked:.2} requests a dataset, {used_kib} KiB"
    );
}
