use super::*;

const PROPERTY: &str = "z3:backup";

fn name(text: &str) -> Dataset {
    Dataset::parse(text).unwrap()
}

/// A dataset that was asked for; what is listed below it as `NAME` or `NAME VALUE SOURCE`.
fn root(dataset: &str, listed: &[&str]) -> Root {
    let listed = listed.iter().map(|line| {
        let mut words = line.splitn(3, ' ');
        let dataset = name(words.next().unwrap());
        let property = words.next().zip(words.next());
        let said = |(value, source): (&str, &str)| {
            let (property, value) = value.split_once('=').unwrap_or((PROPERTY, value));
            (property.to_owned(), (value.to_owned(), source.to_owned()))
        };
        Listed {
            properties: property.map(said).into_iter().collect(),
            dataset,
        }
    });
    Root {
        dataset: name(dataset),
        listed: listed.collect(),
    }
}

/// A section whose dataset was asked for; without anything below it is not recursive.
fn section(dataset: &str, exclude: &str, listed: &[&str]) -> (Root, Section) {
    let section = Section {
        dataset: name(dataset),
        recursive: !listed.is_empty(),
        exclude: Exclude::parse(exclude).unwrap(),
        property: PROPERTY.to_owned(),
    };
    (root(dataset, listed), section)
}

fn found(sections: &[(Root, Section)]) -> (Vec<RunDataset>, Vec<String>) {
    let (roots, sections): (Vec<Root>, Vec<Section>) = sections.iter().cloned().unzip();
    meant(&roots, &sections)
}

fn told(found: Vec<RunDataset>) -> Vec<String> {
    let told = found.into_iter().map(|one| match one.section {
        Ok(section) => format!("{} {section}", one.dataset),
        Err(_) => format!("{} failed", one.dataset),
    });
    told.collect()
}

/// `DATASET SECTION` of each, or `DATASET failed`.
fn chosen(sections: &[(Root, Section)]) -> Vec<String> {
    told(found(sections).0)
}

#[test]
fn sections_in_their_order_then_as_zfs_lists() {
    let sections = [
        section("tank/b", "", &[]),
        section(
            "tank",
            "",
            &["tank", "tank/a", "tank/ab", "tank/b", "tank/b/c"],
        ),
    ];
    assert_eq!(
        chosen(&sections),
        [
            "tank/b tank/b",
            "tank tank",
            "tank/a tank",
            "tank/ab tank",
            "tank/b/c tank",
        ],
        "a section that is not recursive is for its dataset alone"
    );
}

#[test]
fn each_once_with_the_settings_of_the_most_specific() {
    let below = ["tank/a", "tank/a/x"];
    let sections = [
        section("tank", "", &["tank", "tank/a", "tank/a/x", "tank/ab"]),
        section("tank/a", "", &below),
    ];
    let expected = [
        "tank tank",
        "tank/a tank/a",
        "tank/a/x tank/a",
        "tank/ab tank",
    ];
    assert_eq!(chosen(&sections), expected);
    assert_eq!(chosen(&[sections[0].clone(), sections[0].clone()]).len(), 4);
}

#[test]
fn a_property_leaves_out_and_brings_back() {
    let listed = [
        "tank off local",
        "tank/a off local",
        "tank/a/b off inherited from tank/a",
        "tank/a/c on local",
        "tank/d False local",
        "tank/e maybe local",
        "tank/f",
    ];
    assert_eq!(
        chosen(&[section("tank", "", &listed)]),
        ["tank tank", "tank/a/c tank", "tank/e failed", "tank/f tank",]
    );
}

#[test]
fn each_section_has_a_property_of_its_own() {
    let listed = [
        "tank",
        "tank/a other=off received",
        "tank/a/b other=off local",
        "tank/a/c z3:backup=off local",
        "tank/a/d other=off inherited from tank/a",
        "tank/b other=off local",
    ];
    let (root, tank) = section("tank", "", &listed);
    let mut nested = section("tank/a", "", &["tank/a"]).1;
    nested.property = "other".to_owned();
    let (found, _) = meant(&[root], &[tank, nested]);
    let expected = [
        "tank tank",
        "tank/a tank/a",
        "tank/a/c tank/a",
        "tank/a/d tank/a",
        "tank/b tank",
    ];
    assert_eq!(told(found), expected);
}

#[test]
fn what_came_with_a_stream_is_not_believed() {
    let listed = [
        "tank",
        "tank/r off received",
        "tank/r/x off inherited from tank/r",
        "tank/r/y on local",
    ];
    assert_eq!(
        chosen(&[section("tank", "", &listed)]),
        ["tank tank", "tank/r tank", "tank/r/x tank", "tank/r/y tank",]
    );
}

#[test]
fn exclusion_beats_the_property_and_is_taken_back() {
    let listed = [
        "tank",
        "tank/tmp on local",
        "tank/tmp/a",
        "tank/tmp/keep",
        "tank/tmpx",
    ];
    let of = |exclude| chosen(&[section("tank", exclude, &listed)])[1..].join(", ");
    let (property, x) = ("tank/tmp tank", "tank/tmpx tank");
    let (a, keep) = ("tank/tmp/a tank", "tank/tmp/keep tank");
    assert_eq!(of("tank/tmp"), [a, keep, x].join(", "));
    assert_eq!(of("tank/tmp/**"), [property, x].join(", "));
    assert_eq!(of("tank/tmp, tank/tmp/**"), x);
    assert_eq!(of("**/tmp/*,!**/keep"), [property, keep, x].join(", "));
    assert_eq!(
        of("tank"),
        [property, a, keep, x].join(", "),
        "a section counts"
    );
}

#[test]
fn a_pattern_that_matches_nothing_is_told() {
    let sections = [section(
        "tank",
        "tank/a,tank/b*,!tank/c",
        &["tank", "tank/a"],
    )];
    assert_eq!(
        found(&sections).1,
        [
            "EXCLUDE of tank: nothing is called tank/b*",
            "EXCLUDE of tank: nothing is called tank/c"
        ]
    );
    assert!(Exclude::parse("tank/a,").is_err());
}

#[test]
fn a_pattern_leaves_out_no_section() {
    let sections = [
        section("tank", "tank/a", &["tank", "tank/a", "tank/b"]),
        section("tank/a", "", &[]),
    ];
    let (_, slips) = found(&sections);
    let told = "EXCLUDE of tank: tank/a leaves out nothing, as tank/a has a section or was named";
    assert_eq!(slips, [told]);
}

#[test]
fn sections_count_below_what_was_named() {
    let roots = [root(
        "tank/a",
        &["tank/a", "tank/a/b", "tank/a/b/c", "tank/a/d"],
    )];
    let mut sections: Vec<Section> = Vec::new();
    for (dataset, exclude) in [
        ("tank/a", "tank/a/b,tank/a/d"),
        ("tank", ""),
        ("tank/a/b", ""),
    ] {
        sections.push(section(dataset, exclude, &["tank"]).1);
    }
    let (found, _) = meant(&roots, &sections);
    let below: Vec<bool> = found.iter().map(|one| one.below.is_some()).collect();
    let expected = ["tank/a tank/a", "tank/a/b tank/a/b", "tank/a/b/c tank/a/b"];
    assert_eq!(
        (told(found), below),
        (
            expected.map(str::to_owned).to_vec(),
            vec![false, false, true]
        )
    );
}

#[test]
fn many_sections_and_datasets_take_no_time() {
    let names: Vec<String> = (0..20_000).map(|number| format!("tank/{number}")).collect();
    let listed: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut sections = vec![section("tank", "", &listed)];
    sections.extend(names.iter().map(|name| section(name, "", &[])));
    assert_eq!(chosen(&sections).len(), 20_001);
}
