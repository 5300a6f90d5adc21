use std::os::unix::fs::{PermissionsExt, chown, symlink};

use super::*;

fn lock_in(directories: &[&Path], dataset: &str) -> Result<RunLock> {
    let directories: Vec<PathBuf> = directories.iter().map(|path| path.into()).collect();
    RunLock::take_in(&directories, dataset, "0123abcd", |_, _| Name::Unknown)
}

#[test]
fn one_holder_at_a_time_who_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let place = dir.path().join("z3");
    let lock = lock_in(&[&place], "tank/a b").unwrap();
    let refused = lock_in(&[&place], "tank/a b").unwrap_err();
    let pid = std::process::id();
    assert_eq!(
        refused.to_string(),
        format!("tank/a b is being worked on by another z3: process {pid}")
    );
    assert_eq!(refused.exit_status(), 4);
    assert!(refused.advice().is_some());
    let other = lock_in(&[&place], "tank/other");
    drop((lock, other.unwrap()));
    // The file has stayed, and does not matter.
    assert!(place.join("tank_a_b-0123abcd").exists());
    assert_eq!(fs::metadata(&place).unwrap().mode() & 0o777, 0o700);
    assert!(lock_in(&[&place], "tank/a b").unwrap().is_held());
}

#[test]
fn a_directory_of_somebody_else_is_not_used() {
    let dir = tempfile::tempdir().unwrap();
    let [open, foreign, link, own] =
        ["open", "foreign", "link", "own"].map(|name| dir.path().join(name));
    fs::create_dir(&open).unwrap();
    fs::set_permissions(&open, fs::Permissions::from_mode(0o1777)).unwrap();
    symlink("/usr", &link).unwrap();
    fs::create_dir(&foreign).unwrap();
    // Only root can give a directory away; to anybody else, root's are foreign.
    let foreign = match chown(&foreign, Some(65534), None) {
        Ok(()) => foreign.as_path(),
        Err(_) => Path::new("/usr"),
    };
    let unusable = [&open, foreign, &link, Path::new("/nosuch/z3")];
    assert!(!lock_in(&unusable, "t").unwrap().is_held());
    let _lock = lock_in(&[&open, foreign, &link, &own], "t").unwrap();
    assert!(own.join("t-0123abcd").exists());
    assert!(lock_in(&[&own], "t").is_err());
}

#[test]
fn without_the_first_place_every_other_one_is_locked() {
    let files = tempfile::tempdir().unwrap();
    let [missing, session, temporary] =
        ["missing/below", "session", "temporary"].map(|name| files.path().join(name));
    let cron = lock_in(&[&missing, &temporary], "t").unwrap();
    assert!(lock_in(&[&missing, &session, &temporary], "t").is_err());
    drop(cron);
    let _shell = lock_in(&[&missing, &session, &temporary], "t").unwrap();
    assert!(lock_in(&[&missing, &temporary], "t").is_err());
}

/// A service with a private /tmp and a read-only /run/lock.
#[test]
fn who_sees_other_directories_is_met_at_the_name() {
    let files = tempfile::tempdir().unwrap();
    let [missing, one, other] =
        ["missing/below", "one", "other"].map(|name| files.path().join(name));
    let id = format!("name-{}", std::process::id());
    let take = |places: [&PathBuf; 2]| {
        let places = places.map(PathBuf::clone);
        RunLock::take_in(&places, "t", &id, |dataset, id| {
            name::take(dataset, id, uid())
        })
    };
    let first = take([&missing, &one]).unwrap();
    assert!(first.is_held());
    let refused = take([&missing, &other]).unwrap_err();
    let holder = format!("process {}", std::process::id());
    assert!(refused.to_string().ends_with(&holder), "{refused}");
    assert_eq!(refused.exit_status(), 4);
    drop(first);
    assert!(take([&missing, &other]).unwrap().is_held());
}

#[test]
fn a_name_that_somebody_has_is_a_doubt_and_no_lock() {
    let dir = tempfile::tempdir().unwrap();
    let places = [dir.path().join("z3")];
    let lock = RunLock::take_in(&places, "t", "0", |_, _| Name::Taken).unwrap();
    assert!(!lock.is_held());
}

#[test]
fn a_link_in_the_files_place_is_not_followed() {
    let dir = tempfile::tempdir().unwrap();
    let [place, precious] = ["z3", "precious"].map(|name| dir.path().join(name));
    fs::write(&precious, "precious").unwrap();
    make_private(&place).unwrap();
    symlink(&precious, place.join("t-0123abcd")).unwrap();
    assert!(!lock_in(&[&place], "t").unwrap().is_held());
    assert_eq!(fs::read_to_string(&precious).unwrap(), "precious");
}

#[test]
fn only_a_number_is_shown_of_the_file() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("file");
    fs::write(&path, " 4711\n").unwrap();
    assert_eq!(holder(&path), "process 4711");
    for text in ["", "12\u{1b}[2J", "99999999999", "-1", &"1".repeat(1 << 20)] {
        fs::write(&path, text).unwrap();
        assert_eq!(holder(&path), format!("the holder of {}", path.display()));
    }
}

#[test]
fn the_longest_dataset_fits() {
    let dir = tempfile::tempdir().unwrap();
    let place = dir.path().join("z3");
    let lock = lock_in(&[&place], &format!("tank/{}", "x".repeat(250))).unwrap();
    assert!(lock.is_held());
}
