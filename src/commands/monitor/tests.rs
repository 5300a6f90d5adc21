use super::*;
use crate::prune::PruneDone;

#[test]
fn a_line_has_a_word_for_each_value() {
    let ran = |work, problem: Option<&str>| Ran {
        dataset: "tank/a b".to_owned(),
        prefix: "d".to_owned(),
        begun: Instant::now(),
        work,
        newest: None,
        problem: problem.map(str::to_owned),
    };
    for (ran, rest) in [
        (
            ran(Some(Work::Sent(3, 123)), None),
            "result=done snapshots=3 sent=123",
        ),
        (ran(Some(Work::Sent(0, 0)), None), "result=\"up to date\""),
        (
            ran(
                Some(Work::Deleted(PruneDone {
                    objects: 2,
                    bytes: 99,
                    left_bytes: 1,
                    ..PruneDone::default()
                })),
                None,
            ),
            "result=done deleted=2 freed=99",
        ),
        (
            ran(None, Some("it's\n\"so\"")),
            "result=failed problem=\"it's?\\\"so\\\"\"",
        ),
    ] {
        let line = format!("backup dataset=\"tank/a b\" {rest} seconds=0");
        assert_eq!(ran.line("backup"), line);
    }
    assert_eq!(now().len(), 20);
    let id = run_id().unwrap();
    assert_eq!(
        (id.len(), id.matches('-').count(), &id[14..15]),
        (36, 4, "4")
    );
}
