//! Which snapshots are meant: prefixes, and patterns for names as sanoid makes them.

use crate::support::Z3;

/// As sanoid and syncoid leave them: what kind it is stands at the end, the kinds in turn.
const NAMES: [&str; 6] = [
    "autosnap_2026-11-26_00:00:01_daily",
    "autosnap_2026-11-26_01:00:01_hourly",
    "syncoid_host_2026-11-27:00:00:00",
    "autosnap_2026-11-27_00:00:01_daily",
    "autosnap_2026-11-27_00:00:01_weekly",
    "autosnap_2026-11-28_00:00:01_daily",
];

/// NAME and PARENT of the rows that are stored.
fn stored(told: &str) -> Vec<(String, String)> {
    let cells = told.lines().skip(2).map(|row| {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        (cells[0].to_owned(), cells[1].to_owned())
    });
    cells.filter(|(_, parent)| parent != "-").collect()
}

#[test]
fn a_glob_makes_one_chain_of_what_it_matches() {
    let z3 = Z3::new("sanoid");
    z3.dataset.history(&NAMES[..4]);
    let glob = "autosnap_*_daily,*_weekly";
    z3.says(["--snapshot-glob", glob, "backup"]);
    z3.dataset.history(&NAMES[4..]);
    z3.says(["--snapshot-glob", glob, "backup"]);
    let told = z3.says(["--snapshot-glob", glob, "status"]);
    let (head, _) = told.split_once(" on ").unwrap();
    assert_eq!(
        head,
        format!("backup status for {}@{glob}", z3.dataset.name)
    );
    // By their names the weekly one comes last; what counts is when they were made.
    let link = |name: usize, parent: &str| (NAMES[name].to_owned(), parent.to_owned());
    assert_eq!(
        stored(&told),
        [
            link(0, ""),
            link(3, NAMES[0]),
            link(4, NAMES[3]),
            link(5, NAMES[4])
        ]
    );
    let verified = z3.says(["--snapshot-glob", "*_weekly", "verify", "--json"]);
    assert!(
        verified.contains("\"snapshot_glob\":\"*_weekly\""),
        "{verified}"
    );
    let said = z3.refuses(["--snapshot-glob", "*_yearly", "backup"]);
    let problem = "Are you sure SNAPSHOT_GLOB=\"*_yearly\" is correct?";
    assert!(said.contains(problem), "{said}");
}

#[test]
fn several_prefixes_are_one_chain_too() {
    let z3 = Z3::new("prefixes");
    z3.dataset
        .history(&["weekly-1", "hourly-1", "daily-1", "weekly-2"]);
    z3.says(["--snapshot-prefix", "daily-, weekly-", "backup"]);
    let told = z3.says(["--snapshot-prefix", "daily-,weekly-", "status"]);
    let (head, _) = told.split_once(" on ").unwrap();
    assert_eq!(
        head,
        format!("backup status for {}@daily-*,weekly-*", z3.dataset.name)
    );
    let links = [
        ("daily-1", "weekly-1"),
        ("weekly-1", ""),
        ("weekly-2", "daily-1"),
    ];
    let links = links.map(|(name, parent)| (name.to_owned(), parent.to_owned()));
    assert_eq!(stored(&told), links);
    let both = ["--snapshot-prefix", "a", "--snapshot-glob", "a*", "status"];
    let ended = z3.z3(both).run().expect_status(2);
    assert_eq!(
        ended.stderr.lines().next(),
        Some("z3: --snapshot-glob: expected this or SNAPSHOT_PREFIX, got both")
    );
}
