use super::*;

fn store(kind: Kind, act: &str) -> Error {
    Error::Store(StoreError {
        act: act.to_owned(),
        object: "k".to_owned(),
        kind,
        code: String::new(),
        cause: "because".to_owned(),
        hint: None,
    })
}

fn busy() -> Error {
    Error::Locked {
        dataset: "t/a".to_owned(),
        holder: "process 1".to_owned(),
    }
}

/// What became of four datasets, a letter each, and the exit status.
fn ran(bucket: &str, errors: [Option<fn() -> Error>; 4]) -> (String, u8) {
    let names = ["t/0", "t/1", "t/2", "t/3"].map(|name| Dataset::parse(name).unwrap());
    let mut next = errors.into_iter();
    let mut told = 0;
    let work = |_: &Dataset| next.next().unwrap().map_or(Ok(()), |error| Err(error()));
    let bucket = |dataset: &Dataset| Some(bucket.replace("NAME", dataset.as_str()));
    let rows = each(names, bucket, work, |_| told += 1);
    assert_eq!(told, 4);
    let letters = rows.iter().map(|row| match row.outcome {
        Outcome::Done(()) => 'd',
        Outcome::Failed(_) => 'f',
        Outcome::Busy(_) => 'b',
        Outcome::NotTried => 'n',
    });
    let letters = letters.collect();
    let status = verdict(rows).map_or_else(|error| error.exit_status(), |()| 0);
    (letters, status)
}

/// What the store refuses is not damage, whatever is said around it.
#[test]
fn what_could_not_be_looked_at_is_not_bad() {
    let status = |errors: Vec<Error>| {
        let row = |error| DatasetRow {
            dataset: Dataset::parse("t/0").unwrap(),
            outcome: Outcome::<()>::Failed(error),
            time: Duration::ZERO,
        };
        worst(errors.into_iter().map(row).collect()).map_or_else(|e| e.exit_status(), |()| 0)
    };
    let denied = || store(Kind::Denied, "list");
    assert_eq!(status(vec![denied()]), 3);
    assert_eq!(status(vec![denied().about("t/0").hint("ask")]), 3);
    assert_eq!(status(vec![denied(), Error::refused("damage")]), 1);
}

#[test]
fn one_that_fails_stops_no_other() {
    let own: Option<fn() -> Error> = Some(|| Error::refused("no"));
    let dead: Option<fn() -> Error> = Some(|| store(Kind::Unknown, "upload part 3 of").about("x"));
    let closed: Option<fn() -> Error> = Some(|| store(Kind::Denied, "list").hint("ask"));
    let denied: Option<fn() -> Error> = Some(|| store(Kind::Denied, "create upload of"));
    let held: Option<fn() -> Error> = Some(busy);
    let part: Option<fn() -> Error> = Some(|| Error::Partly("1 of 2".to_owned()).hint("x"));
    let wrong: Option<fn() -> Error> = Some(|| Error::Usage("--x".to_owned()));
    for (errors, letters, status) in [
        ([None, None, None, None], "dddd", 0),
        ([own, None, None, None], "fddd", 3),
        ([own, own, own, own], "ffff", 1),
        ([None, denied, None, None], "dfdd", 3),
        ([None, dead, None, None], "dfnn", 3),
        ([dead, None, None, None], "fnnn", 1),
        ([closed, None, None, None], "fnnn", 1),
        ([None, wrong, None, None], "dfnn", 2),
        ([held, held, held, held], "bbbb", 4),
        ([held, None, None, None], "bddd", 3),
        ([held, own, held, held], "bfbb", 3),
        ([part, part, own, own], "ffff", 3),
    ] {
        assert_eq!(ran("b", errors), (letters.to_owned(), status));
    }
    // Each with a bucket of its own.
    assert_eq!(
        ran("NAME", [dead, closed, None, None]),
        ("ffdd".to_owned(), 3)
    );
    assert_eq!(ran("NAME", [wrong, None, None, None]).0, "fnnn");
}
