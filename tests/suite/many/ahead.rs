//! Many datasets of which few have anything new: what is found out ahead of their turns is never older than it may be.

use super::{backup, results, row};
use crate::support::{Act, Message, Proxy, Server, When, Z3};

const KIDS: usize = 11;

/// A dataset, and eleven below it, each with a snapshot that is stored.
fn stored(test: &str) -> (Z3, Proxy) {
    let proxy = Proxy::to(Server::Rgw.endpoint());
    let z3 = Z3::new(test).through(&proxy);
    let above = &z3.dataset.name;
    let make = format!(
        "zfs create -p {above} && for i in $(seq 10 {}); do zfs create {above}/k$i || exit; done; zfs snapshot -r {above}@a",
        9 + KIDS
    );
    z3.shell(&make).run().expect_ok();
    let told = all(&z3);
    assert_eq!(told, vec![row("done", "1"); 1 + KIDS]);
    (z3, proxy)
}

/// RESULT and SNAPSHOTS of all of them.
fn all(z3: &Z3) -> Vec<(String, String)> {
    let ended = backup(z3, &[&z3.dataset.name, "--recursive"]).run();
    assert_eq!(ended.stderr, "");
    results(ended.expect_ok().text())
}

/// All but these have nothing new.
fn expected(new: &[usize]) -> Vec<(String, String)> {
    let of = |at| match new.contains(&at) {
        true => row("done", "1"),
        false => row("up to date", "0"),
    };
    (0..=KIDS).map(of).collect()
}

#[test]
fn nothing_new_costs_little() {
    let (z3, proxy) = stored("ahead-little");
    let asked = |method, needle| proxy.count(method, needle);
    let count = || {
        [
            asked("GET", "list-type=2"),
            asked("GET", "uploads="),
            asked("HEAD", ""),
            asked("GET", ""),
        ]
    };
    let before = count();
    assert_eq!(all(&z3), expected(&[]));
    let after = count();
    let [lists, uploads, heads, gets] = [0, 1, 2, 3].map(|at| after[at] - before[at]);
    // Of the first one as ever: its names, notes and uploads. Of all others together: their names, and the notes.
    assert_eq!((lists, uploads, heads), (4, 1, 1 + KIDS));
    assert_eq!(gets, lists + uploads + 1 + KIDS, "and their first bytes");
    // What is new, held, or gone, is seen at its turn.
    let above = &z3.dataset.name;
    let change =
        format!("zfs snapshot {above}/k12@b; zfs snapshot {above}@b; zfs hold x {above}/k13@a");
    z3.shell(&change).run().expect_ok();
    z3.bucket.delete(&z3.key(&format!("{above}/k14@a")));
    assert_eq!(all(&z3), expected(&[0, 3, 5]));
    z3.shell(&format!("zfs release x {above}/k13@a"))
        .run()
        .expect_ok();
    assert_eq!(all(&z3), expected(&[]));
}

/// The common listing, as it would have been before others stored and deleted something.
#[test]
fn an_old_listing_does_no_harm() {
    let (z3, proxy) = stored("ahead-old");
    let above = z3.dataset.name.clone();
    z3.shell(&format!("zfs snapshot {above}/k15@b"))
        .run()
        .expect_ok();
    let common = format!("<Prefix>{}{above}/k</Prefix>", z3.prefix);
    let edit = move |answer: &mut Message| {
        answer.edit_text(|xml| match xml.replace("%2F", "/").contains(&common) {
            false => xml,
            true => old(&xml),
        })
    };
    proxy.rule("GET", "list-type=2", When::Always, Act::edit(edit));
    let parts = proxy.count("PUT", "partNumber");
    assert_eq!(all(&z3), expected(&[6]));
    assert_eq!(proxy.count("PUT", "partNumber") - parts, 1);
}

/// Without a backup that is there, and with one that is not.
fn old(xml: &str) -> String {
    let mut rows = xml.split("<Contents>");
    let mut text = rows.next().unwrap().to_owned();
    for row in rows {
        let kept = !row.contains("k11@a") && !row.contains("k11%40a");
        if kept {
            text += &format!("<Contents>{row}");
        }
        let end = row.find("</Contents>").unwrap();
        let row = &row[..end];
        if row.contains("k15@a") || row.contains("k15%40a") {
            let more = row.replace("k15@a", "k15@b").replace("k15%40a", "k15%40b");
            let (head, tail) = text.split_at(text.rfind("<Contents>").unwrap());
            text = format!("{head}<Contents>{more}</Contents>{tail}");
        }
    }
    assert_ne!(text, xml);
    text
}

#[test]
fn who_may_not_list_more_than_a_dataset_needs_not() {
    let (z3, proxy) = stored("ahead-denied");
    let before = proxy.count("GET", "list-type=2");
    all(&z3);
    let seen = proxy.seen("GET", "list-type=2");
    let common = seen[before..]
        .iter()
        .position(|one| one.target.contains("%2Fk&") || one.target.ends_with("%2Fk"));
    let common = common.unwrap() + 1;
    proxy.rule(
        "GET",
        "list-type=2",
        When::Nth(common),
        Act::error(403, "AccessDenied"),
    );
    let before = proxy.count("GET", "list-type=2");
    assert_eq!(all(&z3), expected(&[]));
    let lists = proxy.count("GET", "list-type=2") - before;
    assert!(lists > 2 * KIDS, "each has its own: {lists}");
}
