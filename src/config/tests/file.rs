//! The file and its syntax.

use super::*;
use crate::secret::Secret;

#[test]
fn the_originals_sample_file_loads() {
    let text = "[main]\n# you can override any of these with an environment variable\nBUCKET=x\nS3_KEY_ID=\nS3_SECRET=\n\n\
        CONCURRENCY=64\nMAX_RETRIES=3\nS3_PREFIX=z3-backup/\nFILESYSTEM=pool\n\
        SNAPSHOT_PREFIX=zfs-auto-snap:daily\nCOMPRESSOR=gpg\n#   dictate the algorithms used\nGPG_RECIPIENT=z3_backup\n";
    let settings = load_text(text, &[], &[]).unwrap();
    assert_eq!(settings.dataset.as_str(), "pool");
    assert_eq!(
        (
            settings.store.limits.concurrency,
            settings.compressor.as_str()
        ),
        (64, "gpg")
    );
    assert_eq!(settings.store.s3.access, Access::Chain { profile: None });
}

#[test]
fn sections_keep_their_case_and_keys_do_not() {
    let text = "filesystem=Tank/Spam\n[fs:tank/spam]\nCompressor: none\n[ fs: Tank/Spam ] ; ours\ncompressor: gpg\n";
    assert_eq!(file(text).compressor, "gpg");
}

#[test]
fn secrets_are_literal() {
    for secret in [
        r#"ab#cd;ef=gh+/%20%x=="#,
        r#""quoted" # 'v'"#.replace(' ', "_").as_str(),
        r"ends\",
        r"ends\\",
        r"\n\x41\",
        "a:b=c",
    ] {
        for line_end in ["\n", "\r\n"] {
            let text = format!("S3_KEY_ID = id\nS3_SECRET={secret}\nCONCURRENCY=7\n");
            let settings = file(&text.replace('\n', line_end));
            let expected = Secret::new(secret);
            assert_eq!(
                settings.store.s3.access,
                Access::Keys {
                    id: "id".to_owned(),
                    secret: expected
                }
            );
            assert_eq!(
                settings.store.limits.concurrency, 7,
                "the line behind it is its own"
            );
        }
    }
}

#[test]
fn a_file_of_another_editor_is_read() {
    let text = "\u{feff}[main]\r\n  # indented\r\n\t; comment\r\nBUCKET = b\r\n  CONCURRENCY : 9\r\n\r\n[fs:tank]\r\n";
    assert_eq!(
        load_text(text, &[], &[]).unwrap().store.limits.concurrency,
        9
    );
    assert_eq!(
        load_text("[main]\nBUCKET=b", &[], &[])
            .unwrap()
            .store
            .s3
            .bucket,
        "b"
    );
}

#[test]
fn broken_files_name_the_line_and_never_show_it() {
    for (text, error) in [
        (
            "[main\nBUCKET=b\n[fs:tank]\n",
            "line 1 in /z3.conf: expected ']' at the end of a section's name",
        ),
        (
            "[main] x\n",
            "line 1 in /z3.conf: expected ']' at the end of a section's name",
        ),
        (
            "# c\nBUCKET=b\n[main]\n",
            "line 2 in /z3.conf: expected [main] before the first key",
        ),
        (
            "[main]\nBUCKET=b\nS3_SECRET hidden\n",
            "line 3 in /z3.conf: expected KEY=VALUE",
        ),
        (
            "[main]\n=hidden\n",
            "line 2 in /z3.conf: expected KEY=VALUE",
        ),
        (
            "[main\\]\nS3_SECRET=hidden\n[fs:a]\nFILESYSTEM=b\n",
            "line 1 in /z3.conf: expected a section's name without a backslash",
        ),
        (
            "[main]\nBUCKET\\=b\nS3_SECRET=hidden\n",
            "line 2 in /z3.conf: expected a key without a backslash",
        ),
        (
            "[main]\nBUCKET=b\nbucket=c\n",
            "BUCKET in [main] of /z3.conf: expected once, got it twice",
        ),
        (
            "[main]\nBUCKET=b\n[main]\nBUCKET=c\n",
            "BUCKET in [main] of /z3.conf: expected once, got it twice",
        ),
        (
            "# Caf\u{fffd}\n[main]\nBUCKET=caf\u{fffd}\n",
            "line 3 in /z3.conf: expected UTF-8",
        ),
        (
            "[fs:a]\nFILESYSTEM=b\n",
            "FILESYSTEM in [fs:a] of /z3.conf: expected in [main] only",
        ),
    ] {
        assert_eq!(load_text(text, &[], &[]).unwrap_err().to_string(), error);
    }
}

#[test]
fn a_lone_carriage_return_ends_a_line_as_well() {
    let text = "COMPRESSOR=none\rGPG_RECIPIENT=x\r\n";
    assert_eq!(file(text).compressor, "none");
    // Found by fuzzing: a section's name took in the lines behind it, and the error showed the secret.
    let error = refused("COMPRESSOR=x\r[\rh\nS3_SECRET=hidden\n[main]\nFILESYSTEM=a\n");
    assert_eq!(
        error,
        "line 4 in /z3.conf: expected ']' at the end of a section's name"
    );
}

#[test]
fn unknown_names_are_warned_of() {
    let text = "[main]\nCOMPRESOR=x\nHOST=h\nMAX_RETRY=1\n[fs:tank/a]\n[fs:]\n[Main]\n";
    let file = crate::config::file::File::parse(Path::new("/z3.conf"), text).unwrap();
    assert_eq!(
        file.warnings,
        [
            "/z3.conf: key COMPRESOR in [main] is unknown and ignored",
            "/z3.conf: section [fs:] is ignored, expected [main] or [fs:DATASET]",
            "/z3.conf: section [Main] is ignored, expected [main] or [fs:DATASET]",
        ]
    );
}

#[test]
fn real_files_are_read_or_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("z3.conf");
    let unread = |path| Config::read(path, Vec::new()).map(drop).unwrap_err();
    let missing = unread(path.to_str()).to_string();
    assert_eq!(
        missing,
        format!(
            "read configuration {}: no such file or directory",
            path.display()
        )
    );
    fs::write(&path, b"[main]\nBUCKET=b\nGPG_RECIPIENT=\xff\n").unwrap();
    let text = unread(path.to_str()).to_string();
    assert_eq!(
        text,
        format!("line 3 in {}: expected UTF-8", path.display())
    );
    let huge = unread(Some("/dev/zero")).to_string();
    assert_eq!(huge, "read configuration /dev/zero: it has more than 1 MiB");
    fs::write(&path, BASE).unwrap();
    assert_eq!(
        read_file(&path, &mut Vec::new()).unwrap(),
        (path.clone(), BASE.to_owned())
    );
}

#[test]
fn only_a_set_secret_is_one() {
    assert!(holds_secret("[main]\n s3_secret : x\n"));
    assert!(holds_secret("[main]\rS3_SECRET=x\r"));
    assert!(!holds_secret("[main]\n#S3_SECRET=x\nS3_SECRET=\n"));
}

#[test]
fn every_value_is_literal_and_ends_with_its_line() {
    let letters = ['\\', '"', '\'', '#', ';', '=', '[', ' ', 'n'];
    let mut values = vec![String::new()];
    for length in 1..=4 {
        let shorter: Vec<String> = values
            .iter()
            .filter(|value| value.chars().count() == length - 1)
            .cloned()
            .collect();
        for value in shorter {
            values.extend(letters.iter().map(|letter| format!("{value}{letter}")));
        }
    }
    assert_eq!(values.len(), 1 + 9 + 81 + 729 + 6561);
    for value in values {
        let text = format!("[main]\nBUCKET={value}\nS3_SECRET=next\n");
        let file = crate::config::file::File::parse(Path::new("/z3.conf"), &text).unwrap();
        assert_eq!(file.get("main", "BUCKET"), Some(value.trim()), "{text}");
        assert_eq!(file.get("main", "S3_SECRET"), Some("next"), "{text}");
    }
}
