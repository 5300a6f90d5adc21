mod endpoint;
mod file;
mod sample;
mod values;

use std::time::Duration;

use super::*;

const BASE: &str = "[main]\nBUCKET=b\n";

/// Settings of a file below `[main] BUCKET=b`, an environment and flags, on a machine with 4 GiB.
fn load(file: &str, env: &[(&str, &str)], flags: &[FlagValue]) -> Result<Settings> {
    load_text(&format!("{BASE}{file}"), env, flags)
}

fn load_text(text: &str, env: &[(&str, &str)], flags: &[FlagValue]) -> Result<Settings> {
    with_inputs(text, env, flags, Settings::load)
}

fn with_inputs<T>(
    text: &str,
    env: &[(&str, &str)],
    flags: &[FlagValue],
    load: fn(&Inputs) -> Result<T>,
) -> Result<T> {
    let look = |name: &str| {
        let found = env.iter().find(|(key, _)| *key == name);
        found.map(|(_, value)| value.to_string())
    };
    load(&Inputs {
        flags,
        env: &look,
        file: Some(("/z3.conf".into(), text.to_owned())),
        ram_bytes: 4 << 30,
    })
}

fn flag(key: &'static str, value: &str, flag: &'static str) -> FlagValue {
    FlagValue {
        key,
        value: value.to_owned(),
        flag,
    }
}

fn file(text: &str) -> Settings {
    load(text, &[], &[]).unwrap()
}

fn refused(text: &str) -> String {
    load(text, &[], &[]).unwrap_err().to_string()
}

#[test]
fn defaults_are_those_of_the_table() {
    let settings = file("");
    assert_eq!(settings.s3_prefix, "z3-backup/");
    assert_eq!(settings.pool.snapshot_prefix, "zfs-auto-snap:daily");
    assert_eq!(settings.compressor, "pigz1");
    assert_eq!(settings.gzip_engine, GzipEngine::Native);
    assert_eq!(settings.gpg_recipient, "z3_backup");
    assert_eq!(settings.chunk_bytes, None);
    let limits = PartLimits {
        max_parts: 10_000,
        min_part_bytes: 5 << 20,
        growth: true,
        max_memory_bytes: 1 << 30,
        concurrency: 32,
    };
    assert_eq!(settings.limits, limits);
    assert_eq!(settings.storage_class.as_deref(), Some("STANDARD_IA"));
    assert_eq!(settings.acl.as_deref(), Some("bucket-owner-full-control"));
    assert_eq!(settings.s3.access, Access::Chain { profile: None });
    assert_eq!((settings.s3.max_retries, settings.s3.connections), (3, 33));
    assert_eq!(settings.s3.retry_for, Duration::from_secs(900));
    assert_eq!(settings.s3.timeout, Duration::from_secs(60));
    assert_eq!(settings.pool.dataset, None);
}

#[test]
fn dataset_and_prefix_need_no_bucket() {
    let text = "[main]\nS3_ENDPOINT=[\nFILESYSTEM=tank/a\n[fs:tank/b]\nSNAPSHOT_PREFIX=b\n";
    let flags = [flag("FILESYSTEM", "tank/b", "--dataset")];
    let pool = with_inputs(text, &[], &flags, PoolSettings::load).unwrap();
    assert_eq!(pool.dataset().unwrap().as_str(), "tank/b");
    assert_eq!(pool.snapshot_prefix, "b");
    assert!(
        with_inputs("[main]\n", &[], &[], PoolSettings::load)
            .unwrap()
            .dataset()
            .is_err()
    );
}

#[test]
fn flag_beats_environment_beats_section_beats_main() {
    let text =
        "FILESYSTEM=tank/a\nCOMPRESSOR=gzip1\nS3_PREFIX=main\n[fs:tank/a]\nCOMPRESSOR=gzip2\n";
    let env = [("COMPRESSOR", "gzip3")];
    let flags = [flag("COMPRESSOR", "gzip4", "--compressor")];
    assert_eq!(load(text, &env, &flags).unwrap().compressor, "gzip4");
    assert_eq!(load(text, &env, &[]).unwrap().compressor, "gzip3");
    assert_eq!(file(text).compressor, "gzip2");
    assert_eq!(file(text).s3_prefix, "main/");
    let other = [("FILESYSTEM", "tank/b")];
    assert_eq!(load(text, &other, &[]).unwrap().compressor, "gzip1");
    let flags = [flag("FILESYSTEM", "tank/a", "--dataset")];
    assert_eq!(load(text, &other, &flags).unwrap().compressor, "gzip2");
    // [DEFAULT] is configparser's: it counts where nothing else does.
    let text = format!("[DEFAULT]\nCOMPRESSOR=none\nGPG_RECIPIENT=x\n{BASE}COMPRESSOR=gzip5\n");
    let settings = load_text(&text, &[], &[]).unwrap();
    assert_eq!(
        (
            settings.compressor.as_str(),
            settings.gpg_recipient.as_str()
        ),
        ("gzip5", "x")
    );
}

#[test]
fn errors_name_key_place_and_what_was_expected() {
    assert_eq!(
        refused("CONCURRENCY=0\n"),
        "CONCURRENCY in [main] of /z3.conf: expected a number from 1 to 512, got '0'"
    );
    assert_eq!(
        refused("MAX_RETRY=x\n"),
        "MAX_RETRY in [main] of /z3.conf: expected a number from 0 to 1000, got 'x'"
    );
    let error = load("", &[("COMPRESSOR", "PIGZ1")], &[]).unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("COMPRESSOR in the environment: expected one of none, pigz1,")
    );
    let error = load("", &[], &[flag("COMPRESSOR", "lz4", "--compressor")]).unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("--compressor: expected one of none,")
    );
    assert_eq!(error.exit_status(), 2);
    assert_eq!(
        load_text("", &[], &[]).unwrap_err().to_string(),
        "BUCKET in the configuration: not set, expected in the environment or in [main] of /z3.conf"
    );
    assert!(
        file("")
            .pool
            .dataset()
            .unwrap_err()
            .to_string()
            .contains("--dataset")
    );
}

#[test]
fn what_others_can_do_with_the_file_is_told() {
    use std::os::unix::fs::PermissionsExt;
    let file = tempfile::NamedTempFile::new().unwrap();
    let own = lock::uid();
    let told = |mode, uid, secret| {
        let mode = fs::Permissions::from_mode(mode);
        fs::set_permissions(file.path(), mode).unwrap();
        let words = risk(&fs::metadata(file.path()).unwrap(), uid, secret).unwrap_or("");
        ["write", "read", "another user"]
            .into_iter()
            .find(|word| words.contains(word))
    };
    for (mode, secret, expected) in [
        (0o600, true, None),
        (0o400, true, None),
        (0o644, false, None),
        (0o644, true, Some("read")),
        (0o604, true, Some("read")),
        (0o620, false, Some("write")),
        (0o602, true, Some("write")),
        (0o666, true, Some("write")),
    ] {
        assert_eq!(told(mode, own, secret), expected, "{mode:o}");
    }
    if own != Some(0) {
        assert_eq!(
            told(0o600, own.map(|uid| uid + 1), true),
            Some("another user")
        );
    }
}
