//! The text of a first configuration.

use crate::doctor::first::*;

#[test]
fn what_is_needed_stands_on_top_and_nothing_is_lost() {
    let names = "tank/a@20\ntank/b@x_1_daily\ntank/b@x_2_daily\ntank/b@x_1\nodd\ntank/c@\ntank/a@\u{1b}[2J\n";
    let text = with(&inventory_of(names));
    let lines = "\
# SNAPSHOT_GLOB below:
#   tank/b: x_*_daily (2), x_* (1)
#   tank/a: * (1)
#
# The dataset to work on, if --dataset does not say it.
FILESYSTEM=
";
    assert!(text.contains(lines), "{text}");
    let keys = |text: &str| {
        let lines = text.lines().filter_map(|line| line.split_once('='));
        let names = lines.map(|(name, _)| name.trim_start_matches('#').to_owned());
        let mut names: Vec<String> = names.filter(|name| !name.contains(' ')).collect();
        names.sort();
        names
    };
    assert_eq!(keys(&text), keys(SAMPLE));
    let (live, _) = text.split_once("# Every other key").unwrap();
    let live = live.lines().filter_map(|line| line.strip_suffix('='));
    assert_eq!(live.collect::<Vec<_>>(), NEEDED);
    assert_eq!(
        with(&Inventory::new())
            .matches("SNAPSHOT_GLOB below")
            .count(),
        0
    );
}

#[test]
fn only_some_of_many_are_shown() {
    let snapshot = |dataset: &str, name: &str| {
        let dataset = crate::name::Dataset::parse(dataset).unwrap();
        format!("{}\n", dataset.full_name(&name.into()))
    };
    let names: String = (0..30)
        .flat_map(|dataset| {
            ["a", "b", "c", "d"].map(|name| snapshot(&format!("p/{dataset}"), name))
        })
        .collect();
    let text = with(&inventory_of(&names));
    assert_eq!(text.matches("#   p/").count(), SHOWN.0);
    assert_eq!(text.matches(" (1)").count(), SHOWN.0 * SHOWN.1);
}
