//! `z3 restore --list`: what would be fetched, and whether it would go.

use crate::support::{Act, Dataset, ENV, Proxy, Run, Server, When, Z3};

/// The words of a table's row.
fn row(told: &str, name: &str) -> Vec<String> {
    let begin = format!("{name} ");
    let line = told
        .lines()
        .find(|line| line.starts_with(&begin))
        .unwrap_or_else(|| panic!("{told}"));
    line.split('|').map(|cell| cell.trim().to_owned()).collect()
}

#[test]
fn the_chain_is_shown_and_nothing_is_fetched() {
    let proxy = Proxy::to(Server::Rgw.endpoint());
    let z3 = Z3::new("list").through(&proxy);
    z3.dataset.history(&["a", "b", "c"]);
    z3.says(["backup", "--compressor", "none"]);
    let to = Dataset::named(format!("{}-to", z3.dataset.name));
    let sizes = ["a", "b", "c"].map(|name| z3.bucket.get(&z3.snapshot_key(name)).len());
    let told = z3.says(["restore", "--list", "c", "--to", &to.name]);
    assert!(told.starts_with("NAME | KIND        | STORED "), "{told}");
    assert_eq!(row(&told, "a")[1], "full");
    assert_eq!(
        [&row(&told, "b")[1], &row(&told, "b")[5]],
        ["incremental", "readable"]
    );
    assert_eq!(
        row(&told, "c")[2],
        row(&told, "c")[3],
        "the stream is stored as it is"
    );
    assert!(told.contains("to fetch: 3 objects, "), "{told}");
    assert!(
        told.contains(&format!("\n{} has ", ENV.pool)) && told.contains(" free, which is enough\n"),
        "{told}"
    );
    assert!(!to.exists());
    // Part of it is there.
    z3.says(["restore", "b", "--to", &to.name]);
    let told = z3.says(["restore", "--list", "c", "--to", &to.name]);
    assert_eq!(
        ["a", "b", "c"].map(|name| row(&told, name)[5].clone()),
        ["here", "here", "readable"]
    );
    assert!(told.contains("to fetch: 1 object, "), "{told}");
    let told = z3.says(["restore", "--list", "b", "--to", &to.name]);
    assert!(
        told.ends_with(&format!(
            "nothing to fetch: {} has that snapshot\n",
            to.name
        )),
        "{told}"
    );
    to.destroy();
    // What is frozen, what is broken, and what has no place: shown all the same, then refused as a restore would be.
    proxy.rule(
        "GET",
        "%40b",
        When::Always,
        Act::error(403, "InvalidObjectState"),
    );
    proxy.rule(
        "HEAD",
        "%40b",
        When::Always,
        Act::edit(|answer| answer.set("x-amz-storage-class", "GLACIER")),
    );
    let ended = z3
        .z3(["restore", "--list", "c", "--to", &to.name])
        .run()
        .expect_status(1);
    assert_eq!(row(ended.text(), "b")[4..6], ["GLACIER", "frozen"]);
    assert!(
        ended
            .text()
            .contains("1 of them cannot be read yet: they have to be thawed\nGLACIER has a fee"),
        "{}",
        ended.text()
    );
    assert!(
        ended.stderr.contains("archived, without a readable copy: "),
        "{}",
        ended.stderr
    );
    proxy.heal();
    z3.bucket.delete(&z3.snapshot_key("a"));
    let ended = z3
        .z3(["restore", "--list", "c", "--to", &to.name])
        .run()
        .expect_status(1);
    assert!(
        row(ended.text(), "b")[5].starts_with("broken: missing parent"),
        "{}",
        ended.text()
    );
    assert!(ended.stderr.contains(" is broken: "), "{}", ended.stderr);
    let fetched = proxy.count("GET", "%40");
    assert!(fetched > 0 && sizes.iter().all(|size| *size > 4096));
    let ended = z3
        .z3(["restore", "--list", "--dry-run", "c"])
        .run()
        .expect_status(2);
    assert!(
        ended
            .stderr
            .contains("--list and --dry-run exclude each other"),
        "{}",
        ended.stderr
    );
}

#[test]
fn with_prices_it_is_shown_what_it_would_cost() {
    let proxy = Proxy::to(Server::Rgw.endpoint());
    let z3 = Z3::new("list-price").through(&proxy);
    z3.dataset.history(&["a", "b"]);
    z3.says(["backup", "--compressor", "none"]);
    let to = Dataset::named(format!("{}-to", z3.dataset.name));
    let [full, rest] = ["a", "b"].map(|name| z3.bucket.get(&z3.snapshot_key(name)).len());
    proxy.rule(
        "HEAD",
        "%40b",
        When::Always,
        Act::edit(|answer| answer.set("x-amz-storage-class", "GLACIER_IR")),
    );
    let cost = |bytes: usize, price: f64| {
        (bytes as f64 * price * 100.0 / f64::from(1 << 30)).round() / 100.0
    };
    let way_cost = cost(full + rest, 1e6);
    let listed = |more: &[&str], prices: &[(&str, &str)]| {
        let run = z3.z3(["restore", "--list", "b", "--to", &to.name]);
        let with = |run: Run, (key, value): &(&str, &str)| run.env(key, *value);
        prices.iter().fold(run.args(more.iter().copied()), with)
    };
    let prices = [
        ("PRICE_EGRESS", "1000000"),
        ("PRICE_RETRIEVAL", "2,GLACIER_IR:500000.0"),
    ];
    let told = listed(&[], &prices).run().expect_ok();
    let way = format!("\nthe way here costs {:.2} at 1000000 a GiB\n", way_cost);
    let fee = format!(", {:.2} at 500000 a GiB\n", cost(rest, 5e5));
    assert!(told.text().contains(&way), "{}\n{way}", told.text());
    assert!(told.text().contains(&fee), "{}\n{fee}", told.text());
    let sum = |prices: &[(&str, &str)]| {
        let told = listed(&["--json"], prices).run().expect_ok();
        let line = told
            .text()
            .lines()
            .find(|line| line.contains("\"fetch\""))
            .unwrap()
            .to_owned();
        serde_json::from_str::<serde_json::Value>(&line).unwrap()
    };
    assert_eq!(sum(&prices)["egress_cost"], way_cost);
    // A fee whose price nobody knows is not taken for none.
    let unknown = sum(&[("PRICE_RETRIEVAL", "GLACIER:1")]);
    assert!(unknown["retrieval_cost"].is_null() && unknown["egress_cost"].is_null());
    let odd = listed(&[], &[("PRICE_EGRESS", "cheap")]).run();
    let told = odd.expect_status(1).stderr;
    let wanted =
        "PRICE_EGRESS in the environment: expected the price of a GiB, as 0.09, got 'cheap'";
    assert!(told.contains(wanted), "{told}");
    proxy.heal();
    assert_eq!(sum(&[])["retrieval_cost"], 0.0);
}
