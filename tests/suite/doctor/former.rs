//! What a doctor leaves that is killed, and a later one takes away.

use std::time::Duration;

use super::{corner, lines};
use crate::support::proxy::http_date;
use crate::support::{Act, Proxy, Server, When};

#[test]
fn what_a_killed_doctor_has_left_goes_when_it_is_old() {
    let proxy = Proxy::to(Server::Rgw.endpoint());
    let z3 = corner("doctor-killed").through(&proxy);
    let place = format!("{}.z3/doctor/", z3.prefix);
    let foreign = [
        format!("{place}{}", "notes"),
        format!("{}.z3/{}", z3.prefix, "0".repeat(32)),
    ];
    for key in &foreign {
        z3.bucket.put(key, b"x", &[]);
    }
    let delay = Act::Delay(Duration::from_secs(20));
    proxy.rule("GET", "uploads=", When::Always, delay);
    let mut running = z3.z3(["doctor"]).start();
    running.until("it lists uploads", || proxy.count("GET", "uploads=") > 0);
    running.signal("KILL");
    running.wait().expect_status(137);
    proxy.heal();
    let begin = "OK      rights: left behind by a doctor that was killed: 2 objects and uploads";
    // Whoever has made it may be at work.
    let ended = z3.examined(0);
    assert_eq!(lines(&ended, begin).len(), 0);
    assert_eq!(z3.bucket.keys(&place).len(), 2);
    assert_eq!(z3.bucket.uploads(&z3.prefix).len(), 1);

    let aged = Act::edit(|answer| answer.set("Last-Modified", http_date(-7200)));
    proxy.rule("HEAD", "doctor", When::Always, aged);
    proxy.rule("GET", "uploads=", When::Always, Act::age_dates(1));
    let ended = z3.examined(0);
    assert_eq!(lines(&ended, begin).len(), 1, "{}", ended.text());
    let mut kept = z3.bucket.keys(&z3.prefix);
    kept.sort();
    let mut foreign = foreign.to_vec();
    foreign.sort();
    assert_eq!(kept, foreign);
    z3.expect_no_uploads();
}
