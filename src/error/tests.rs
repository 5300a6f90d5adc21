use super::*;

#[test]
fn our_error_survives_the_journey_through_io() {
    let through: io::Error = Error::refused("no common snapshot")
        .hint("use --full")
        .into();
    let back = Error::io("read the stream", through);
    assert_eq!(back.to_string(), "no common snapshot");
    assert_eq!(back.advice(), Some("use --full"));
}

#[test]
fn os_errors_are_lower_case_and_without_numbers() {
    let error = Error::io("open /nosuch", io::Error::from_raw_os_error(2));
    assert_eq!(error.to_string(), "open /nosuch: no such file or directory");
}

#[test]
fn an_object_is_named_once_and_keeps_the_advice() {
    let error = Error::refused("x").hint("y").about("tank/a@b");
    assert_eq!(error.to_string(), "tank/a@b: x");
    assert_eq!(error.advice(), Some("y"));
    let stored = StoreError {
        act: "list".into(),
        object: "bucket".into(),
        kind: crate::store::Kind::Denied,
        code: String::new(),
        cause: "no".into(),
        hint: None,
    };
    assert_eq!(
        Error::from(stored).about("k").to_string(),
        "list bucket: no"
    );
}

#[test]
fn usage_exits_2_even_with_a_hint() {
    assert_eq!(Error::Usage("x".into()).hint("y").exit_status(), 2);
    assert_eq!(Error::refused("x").exit_status(), 1);
}

#[test]
fn every_kind_is_on_the_page_for_programs() {
    let page = include_str!("../../doc/json.md");
    let io = || io::Error::from_raw_os_error(2);
    let word = String::new;
    let (text, holder) = (word(), word());
    let (command, status, stderr) = (word(), word(), word());
    let (program, place, dataset) = (word(), word(), word());
    let stream = crate::stream::StreamError {
        offset: 0,
        problem: word(),
    };
    let mut kinds: Vec<&str> = [
        Error::Usage(text.clone()),
        Error::config("", "", ""),
        Error::refused("").about("").hint(""),
        Error::Locked { dataset, holder },
        Error::Unread(text.clone()),
        Error::Partly(text),
        Error::Child {
            command,
            status,
            stderr,
        },
        Error::Missing { program, place },
        Error::from(stream),
        Error::io("", io()),
    ]
    .iter()
    .map(Error::kind)
    .collect();
    use crate::store::Kind::{Archived, Changed, Denied, NotFound, Refused, Unknown};
    let stores = [Archived, Changed, Denied, NotFound, Refused, Unknown];
    kinds.extend(stores.map(crate::store::Kind::word));
    for kind in &kinds {
        assert!(page.contains(&format!("| `{kind}` |")), "{kind}");
    }
    kinds.sort_unstable();
    kinds.dedup();
    assert_eq!(kinds.len(), 16);
}
