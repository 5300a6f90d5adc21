//! Every command of the original's README, as it is typed.

use crate::support::Z3;

const LATEST: &str = "daily-spam-3";

/// The shell of a user whose settings stand in the environment, as the README has them.
fn run(z3: &Z3, command: &str) -> String {
    let dataset = &z3.dataset.name;
    let command = command
        .replace("tank/spam", dataset)
        .replace("NAME", LATEST);
    let run = z3.shell(&command).env("SNAPSHOT_PREFIX", "daily-");
    run.run().expect_ok().text().to_owned()
}

#[test]
fn help_tells_every_command_and_option() {
    let z3 = Z3::new("help");
    let options = ["--help", "--version"];
    for (command, words) in [
        (
            "z3 --help",
            &[
                "status",
                "backup",
                "restore",
                "--s3-prefix",
                "--filesystem",
                "--dataset",
                "--snapshot-prefix",
                "--json",
            ][..],
        ),
        ("z3 status --help", &[]),
        (
            "z3 backup --help",
            &[
                "--snapshot",
                "--dry-run",
                "--compressor",
                "--gpg-recipient",
                "--send-flags",
                "--parseable",
                "--full",
                "--incremental",
            ],
        ),
        ("z3 restore --help", &["--dry-run", "--force"]),
        (
            "z3 verify --help",
            &["--level", "--scratch", "--subset", "--stream"],
        ),
        (
            "pput --help",
            &[
                "--chunk-size",
                "--estimated",
                "--file-descriptor",
                "--concurrency",
                "--metadata",
                "--storage-class",
                "--progress",
                "--quiet",
            ],
        ),
        ("z3_get --help", &[]),
        (
            "z3_ssh_sync --help",
            &[
                "--filesystem",
                "--remote-filesystem",
                "--remote-dataset",
                "--snapshot-prefix",
                "--pull",
                "--quiet",
                "--dry-run",
            ],
        ),
        ("s3_mp_cleanup --help", &["--max-age", "--dry"]),
    ] {
        let told = run(&z3, command);
        for word in words.iter().chain(&options) {
            assert!(told.contains(word), "{command}: {word}");
        }
        assert!(
            told.starts_with(&format!("Usage: {}", command.trim_end_matches(" --help"))),
            "{told}"
        );
        assert_eq!(run(&z3, &command.replace("--help", "-h")), told);
    }
}

#[test]
fn the_commands_of_the_readme_do_what_it_says() {
    let z3 = Z3::new("readme");
    z3.dataset
        .history(&["daily-ham-1", "daily-spam-1", "daily-spam-2", LATEST]);
    let rows = |told: &str| told.lines().skip(2).map(str::to_owned).collect::<Vec<_>>();
    let told = rows(&run(&z3, "z3 status"));
    assert_eq!(told.len(), 4);
    assert!(
        told.iter()
            .all(|row| row.contains("| missing | -      | ok ")),
        "{told:?}"
    );
    let filtered = "z3 --dataset tank/spam --snapshot-prefix daily-spam- status";
    assert_eq!(rows(&run(&z3, filtered)).len(), 3);

    let told = run(&z3, "z3 backup --compressor pigz4 --dry-run");
    assert_eq!(
        told.matches(" | pigz -4 --blocksize 4096 | ").count(),
        4,
        "{told}"
    );
    assert_eq!(z3.keys(), [""; 0]);
    run(&z3, "z3 backup --compressor pigz4");
    assert_eq!(
        z3.bucket.head(&z3.snapshot_key(LATEST)).unwrap().metadata["compressor"],
        "pigz4"
    );
    let told = rows(&run(&z3, filtered));
    assert!(
        told.iter()
            .all(|row| row.contains("| incremental | ok     | ok ")),
        "{told:?}"
    );

    let told = run(&z3, "z3 backup --full --snapshot NAME --dry-run");
    assert!(
        told.starts_with(&format!("zfs send '{}@{LATEST}' | ", z3.dataset.name)),
        "{told}"
    );
    run(&z3, "z3 backup --full --snapshot NAME");
    assert!(rows(&run(&z3, filtered))[2].contains("| full        | ok     | ok "));

    let tree = z3.dataset.tree();
    assert_eq!(run(&z3, "z3 restore NAME --dry-run"), "");
    z3.dataset.destroy();
    let told = run(&z3, "z3 restore NAME --dry-run");
    assert_eq!(told.matches("z3_get ").count(), 1, "{told}");
    assert!(!z3.dataset.exists());
    run(&z3, "z3 restore NAME");
    assert!(z3.dataset.tree() == tree);
    z3.dataset.destroy();
    z3.dataset.create_unmounted();
    run(&z3, "z3 restore NAME --force");
    assert!(z3.dataset.tree() == tree);
}
