//! Bugs of configuration, installation and `z3_ssh_sync`, and small ones.

use super::{expect_nothing, pput};
use crate::support::{Act, Dataset, Proxy, Run, Server, When, Z3};

const PROGRAMS: [&str; 5] = ["z3", "pput", "z3_get", "z3_ssh_sync", "s3_mp_cleanup"];

#[test]
fn b08_a_remote_that_has_snapshots_is_synced() {
    let z3 = Z3::new("b08");
    // A stand-in that runs the command here; the real ssh has tests of its own.
    z3.replace("ssh", "shift $(($# - 1))\nexec sh -c \"$1\"");
    let remote = Dataset::named(format!("{}-remote", z3.dataset.name));
    let sync = |more: &[&str]| {
        let run = z3.program("z3_ssh_sync", ["--remote-dataset", &remote.name]);
        run.args(more.iter().copied())
            .args(["somewhere"])
            .run()
            .expect_ok()
            .text()
            .to_owned()
    };
    for names in [&["a"][..], &["b", "c"]] {
        z3.dataset.history(names);
        let told = sync(&["--dry-run"]);
        assert!(
            told.starts_with("zfs send ") && !remote.snapshots().contains(&names[0].to_owned()),
            "{told}"
        );
        sync(&[]);
        assert_eq!(remote.snapshots(), z3.dataset.snapshots());
    }
    assert_eq!(sync(&[]), "Nothing to do here.\n");
    z3.dataset.destroy();
    sync(&["--pull"]);
    assert_eq!(z3.dataset.snapshots(), ["c"]);
    assert_eq!(z3.dataset.guid("c"), remote.guid("c"));
    remote.destroy();
}

#[test]
fn b09_host_is_one_value_for_all_programs_and_no_business_of_the_shell() {
    let z3 = Z3::new("b09");
    z3.bucket.put(&z3.key("object"), b"data", &[]);
    let file = z3.file(
        "z3.conf",
        format!("[main]\nHOST={}\n", Server::Rgw.endpoint()),
    );
    let with_host = |program, arguments: &[&str]| {
        z3.program(program, ["--config", file.to_str().unwrap()])
            .args(arguments.iter().copied())
            .env_remove("S3_ENDPOINT")
            .env("HOST", "laptop.invalid")
    };
    let key = z3.key("object");
    assert_eq!(
        with_host("z3_get", &[&key]).run().expect_ok().text(),
        "data"
    );
    with_host("pput", &[&z3.key("other")])
        .stdin("data")
        .run()
        .expect_ok();
    with_host("z3", &["status"]).run().expect_ok();
    with_host("s3_mp_cleanup", &["--dry"]).run().expect_ok();
}

#[test]
fn b12_the_environment_beats_a_section_and_a_percent_sign_is_a_letter() {
    let z3 = Z3::new("b12");
    z3.dataset.history(&["daily-1", "weekly-1"]);
    let section = format!(
        "[main]\nS3_PREFIX={}100%cd\n[fs:{}]\nSNAPSHOT_PREFIX=weekly\nCOMPRESSOR=pigz4\n",
        z3.prefix, z3.dataset.name
    );
    let file = z3.file("z3.conf", section);
    let backup = || {
        let run = z3.z3([
            "backup",
            "--full",
            "--dry-run",
            "--config",
            file.to_str().unwrap(),
        ]);
        run.env_remove("SNAPSHOT_PREFIX").env_remove("S3_PREFIX")
    };
    let told = backup().run().expect_ok();
    assert!(
        told.text().contains("@weekly-1' | pigz -4 "),
        "{}",
        told.text()
    );
    assert!(told.text().contains(&format!(
        " {}100%cd/{}@weekly-1\n",
        z3.prefix, z3.dataset.name
    )));
    let told = backup()
        .env("SNAPSHOT_PREFIX", "daily")
        .env("COMPRESSOR", "none")
        .run()
        .expect_ok();
    assert!(told.text().contains("@daily-1' | pput "), "{}", told.text());
    let help = z3.program("pput", ["--help"]).run().expect_ok();
    assert!(!help.text().contains(".z3.cfg"));
}

#[test]
fn b21_the_programs_need_nothing_installed() {
    for name in PROGRAMS {
        let version = Run::program(name).args(["--version"]).run().expect_ok();
        assert_eq!(
            version.text(),
            format!("{name} {}\n", env!("CARGO_PKG_VERSION"))
        );
    }
}

#[test]
fn b22_descriptor_0_is_a_descriptor() {
    let z3 = Z3::new("b22-descriptor");
    pput(&z3, &["--file-descriptor", "0"])
        .stdin("data")
        .run()
        .expect_ok();
    assert_eq!(z3.bucket.get(&z3.key("object")), b"data");
}

#[test]
fn b22_quiet_means_errors_only() {
    let proxy = Proxy::to(Server::Rgw.endpoint());
    let z3 = Z3::new("b22-quiet").through(&proxy);
    proxy.rule(
        "PUT",
        "partNumber=",
        When::First(1),
        Act::error(500, "InternalError"),
    );
    let retried = pput(&z3, &["--quiet"])
        .env("MAX_RETRIES", "1")
        .stdin("data")
        .run()
        .expect_ok();
    assert_eq!((retried.text(), retried.stderr.as_str()), ("", ""));
    z3.bucket.delete(&z3.key("object"));
    let empty = pput(&z3, &["--quiet"]).run().expect_status(1);
    assert_eq!(empty.text(), "");
    assert!(
        empty.stderr.starts_with("pput: ") && empty.stderr.lines().count() == 1,
        "{}",
        empty.stderr
    );
    expect_nothing(&z3);
}

#[test]
fn b22_the_help_of_restore_is_about_restore() {
    let help = Run::program("z3")
        .args(["restore", "--help"])
        .run()
        .expect_ok();
    assert!(help.text().contains("bring a snapshot") && !help.text().contains("not implemented"));
}
