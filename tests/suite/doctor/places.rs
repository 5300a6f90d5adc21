//! Files by which others are told of runs, and that cannot be written.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use super::{corner, lines, said};

#[test]
fn a_file_that_cannot_be_written_is_found_and_nothing_is_left() {
    let z3 = corner("doctor-places");
    // Others get as far as there, which is not so for the suite's own folder.
    let folder = tempfile::tempdir_in("/tmp").unwrap();
    let folder = folder.path();
    fs::set_permissions(folder, fs::Permissions::from_mode(0o755)).unwrap();
    let (log, prom) = (folder.join("z3.log"), folder.join("z3.prom"));
    fs::write(&log, "before\n").unwrap();
    let examined = |log: &std::path::Path, prom: &std::path::Path| {
        let run = z3.z3(["doctor"]).env("Z3_LOG", log);
        run.env("PROMETHEUS", prom).run().expect_status(0)
    };
    let ended = examined(&log, &prom);
    for key in ["PROMETHEUS", "Z3_LOG"] {
        let begin = format!("OK      machine: {key}: ");
        assert_eq!(lines(&ended, &begin).len(), 1, "{}", ended.text());
    }
    let ended = examined(folder, &folder.join("none/z3.prom"));
    assert!(said(&ended, "WARNING machine: Z3_LOG: ").contains("is a directory"));
    let missing = said(&ended, "WARNING machine: PROMETHEUS: ");
    assert!(
        missing.contains("no such file") && missing.contains("/none for"),
        "{missing}"
    );

    let other = "exec 9<$(command -v z3) && exec setpriv --reuid 65534 --regid 65534 --clear-groups /proc/self/fd/9 doctor";
    let run = z3.shell(other).env("Z3_LOG", &log);
    let ended = run.env("PROMETHEUS", &prom).run().expect_status(1);
    for (key, place) in [("Z3_LOG", log.as_path()), ("PROMETHEUS", folder)] {
        let said = said(&ended, &format!("WARNING machine: {key}: "));
        let hint = format!("allowed to write to {}", place.display());
        assert!(
            said.contains("permission denied") && said.contains(&hint),
            "{said}"
        );
    }
    assert_eq!(fs::read_to_string(&log).unwrap(), "before\n");
    assert_eq!(fs::read_dir(folder).unwrap().count(), 1);

    let mount = |arguments: &[&str]| {
        let mut command = Command::new(arguments[0]);
        let status = command.args(&arguments[1..]).arg(folder).status();
        assert!(status.unwrap().success(), "{arguments:?}");
    };
    mount(&["mount", "-t", "tmpfs", "-o", "ro", "none"]);
    let ended = examined(&log, &prom);
    mount(&["umount"]);
    for key in ["PROMETHEUS", "Z3_LOG"] {
        let said = said(&ended, &format!("WARNING machine: {key}: "));
        assert!(said.contains("ReadWritePaths="), "{said}");
    }
}
