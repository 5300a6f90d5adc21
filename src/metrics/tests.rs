//! The file as the next run, and the collector, find it.

use super::*;

fn newest(dataset: &str, prefix: &str, value: u64) -> Metrics {
    let mut metrics = Metrics::default();
    metrics.set(
        "z3_newest_backup_timestamp_seconds",
        &[dataset, prefix],
        value,
    );
    metrics
}

fn values(path: &Path) -> Vec<String> {
    let text = fs::read_to_string(path).unwrap();
    assert!(text.ends_with('\n'));
    let lines = text
        .lines()
        .filter(|line| !line.starts_with('#') && !line.contains("build_info"));
    lines.map(str::to_owned).collect()
}

/// Cron begins all of them in the same minute.
#[test]
fn who_writes_at_the_same_time_loses_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("z3.prom");
    std::thread::scope(|scope| {
        for number in 0..8 {
            let (path, name) = (&path, number.to_string());
            scope.spawn(move || newest(&name, "", 7).write(path).unwrap());
        }
    });
    assert_eq!(values(&path).len(), 8);
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
}

#[test]
fn what_others_have_said_stays() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("z3.prom");
    newest("a", "daily", 7).write(&path).unwrap();
    newest("o\"d\\d\n", "", 8).write(&path).unwrap();
    let mut run = newest("a", "hourly", 9);
    run.set("z3_last_run_success", &["backup", "a"], 1);
    run.write(&path).unwrap();
    let mut run = Metrics::default();
    run.set("z3_last_run_success", &["prune", "a"], 0);
    run.write(&path).unwrap();
    assert_eq!(
        values(&path),
        [
            "z3_last_run_success{command=\"backup\",dataset=\"a\"} 1",
            "z3_last_run_success{command=\"prune\",dataset=\"a\"} 0",
            "z3_newest_backup_timestamp_seconds{dataset=\"a\",prefix=\"hourly\"} 9",
            "z3_newest_backup_timestamp_seconds{dataset=\"o\\\"d\\\\d\\n\",prefix=\"\"} 8",
        ]
    );
    let mode = fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o644);
    assert_eq!(
        fs::read_dir(dir.path()).unwrap().count(),
        1,
        "nothing beside it"
    );
}

#[test]
fn what_we_would_not_have_written_goes() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("z3.prom");
    for odd in [
        "z3_newest_backup_timestamp_seconds{dataset=\"b\",prefix=\"\"} 1e9",
        "z3_newest_backup_timestamp_seconds{dataset=\"b\",prefix=\"\"} 1 1700000000",
        "z3_newest_backup_timestamp_seconds{prefix=\"\",dataset=\"b\"} 1",
        "z3_newest_backup_timestamp_seconds{dataset=\"b\\x\",prefix=\"\"} 1",
        "z3_newest_backup_timestamp_seconds{dataset=\"b",
        "z3_stored_bytes{dataset=\"b\"} 99999999999999999999",
        "z3_stored_bytes 1",
        "node_load1{dataset=\"b\"} 1",
        "\u{1b}[2J",
    ] {
        fs::write(&path, format!("{odd}\n")).unwrap();
        newest("a", "", 7).write(&path).unwrap();
        assert_eq!(values(&path).len(), 1, "{odd}");
    }
    fs::write(&path, [0xff; 9]).unwrap();
    newest("a", "", 7).write(&path).unwrap();
    let mut unknown = Metrics::default();
    unknown.set("z3_nosuch", &["a"], 1);
    unknown.set("z3_stored_bytes", &["a", "b"], 1);
    assert_eq!(unknown, Metrics::default());
}

#[test]
fn nobodys_link_is_followed_and_nothing_is_left() {
    let dir = tempfile::tempdir().unwrap();
    let (path, target) = (dir.path().join("z3.prom"), dir.path().join("target"));
    fs::write(&target, "precious").unwrap();
    let beside = dir.path().join(format!("z3.prom.{}", std::process::id()));
    std::os::unix::fs::symlink(&target, &beside).unwrap();
    newest("a", "", 7).write(&path).unwrap();
    assert_eq!(fs::read_to_string(&target).unwrap(), "precious");
    assert!(fs::symlink_metadata(&path).unwrap().is_file());
    let nowhere = dir.path().join("nosuch/z3.prom");
    assert!(newest("a", "", 7).write(&nowhere).is_err());
    // A directory in its place.
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    assert!(newest("a", "", 7).write(&path).is_err());
    assert!(!beside.exists());
}
