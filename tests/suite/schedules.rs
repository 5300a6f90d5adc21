//! What schedules make of a bucket in two years: every night a snapshot, and the real program on a pool and a server that have
//! a clock of their own. doc/schedules.md has the set-ups, as configuration files, and shows what came of them.
//!
//! `make schedules` (`Z3T_SCHEDULES=all`) lives through two years and writes tests/data/schedules.json and the page's tables.
//! Otherwise the first weeks have to come out as the page has them.

mod bucket;
mod nights;
mod page;
mod state;
mod stream;

use nights::{Nights, whole};
use page::Page;

#[test]
fn two_years_are_what_the_page_shows() {
    let mut page = Page::read();
    let all = std::env::var("Z3T_SCHEDULES").is_ok_and(|value| value == "all");
    if all {
        for setup in page.setups() {
            let lived = Nights::new(&setup).live(whole());
            page.set(setup.name, lived);
        }
        page.write();
        return;
    }
    page.expect_tables();
    // The whole of January, and five Sundays.
    let setup = page.setups().remove(0);
    let lived = Nights::new(&setup).live(35);
    assert_eq!(lived["months"][0], page.result(setup.name)["months"][0]);
}
