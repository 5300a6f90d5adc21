mod endpoint;
mod file;
mod sample;
mod values;

use std::collections::BTreeMap;
use std::time::Duration;

use super::*;

const BASE: &str = "[main]\nBUCKET=b\n";

/// What a file, an environment and flags say on a machine with 4 GiB.
fn config(text: &str, env: &[(&str, &str)], flags: &[FlagValue]) -> Result<Config> {
    let pairs = env.iter();
    let env: BTreeMap<String, String> = pairs
        .map(|(key, value)| (key.to_string(), value.to_string()))
        .collect();
    let look = move |name: &str| env.get(name).cloned();
    let file = Some(("/z3.conf".into(), text.to_owned()));
    Config::new(flags.to_vec(), Box::new(look), file, 4 << 30)
}

/// Settings of a file below `[main] BUCKET=b`, an environment and flags.
fn load(file: &str, env: &[(&str, &str)], flags: &[FlagValue]) -> Result<Settings> {
    load_text(&format!("{BASE}{file}"), env, flags)
}

/// Those of FILESYSTEM, else of a dataset that no section is about.
fn load_text(text: &str, env: &[(&str, &str)], flags: &[FlagValue]) -> Result<Settings> {
    let config = config(text, env, flags)?;
    let named = config.named_dataset()?;
    config.of(&named.unwrap_or(Dataset::parse("pool/any").unwrap()))
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
    assert_eq!(settings.store.s3_prefix, "z3-backup/");
    assert_eq!(settings.snapshots.text(), "zfs-auto-snap:daily");
    assert_eq!(settings.compressor, "pigz1");
    assert_eq!(settings.gzip_engine, GzipEngine::Native);
    assert_eq!(settings.gpg_recipient, "z3_backup");
    assert_eq!(settings.store.chunk_bytes, None);
    let limits = PartLimits {
        max_parts: 10_000,
        min_part_bytes: 5 << 20,
        growth: true,
        max_memory_bytes: 1 << 30,
        concurrency: 32,
    };
    assert_eq!(settings.store.limits, limits);
    assert_eq!(settings.store.storage_class.as_deref(), Some("STANDARD_IA"));
    assert_eq!(
        settings.store.acl.as_deref(),
        Some("bucket-owner-full-control")
    );
    assert_eq!(settings.store.s3.access, Access::Chain { profile: None });
    assert_eq!(
        (settings.store.s3.max_retries, settings.store.s3.connections),
        (3, 33)
    );
    assert_eq!(settings.store.s3.retry_for, Duration::from_secs(900));
    assert_eq!(settings.store.s3.timeout, Duration::from_secs(60));
}

#[test]
fn dataset_and_prefix_need_no_bucket() {
    let text = "[main]\nS3_ENDPOINT=[\nFILESYSTEM=tank/a\n[fs:tank/b]\nSNAPSHOT_PREFIX=b\n";
    let flags = [flag("FILESYSTEM", "tank/b", "--dataset")];
    let config = |text| config(text, &[], &flags).unwrap();
    let dataset = config(text).dataset().unwrap();
    assert_eq!(dataset.as_str(), "tank/b");
    assert_eq!(config(text).snapshots_of(&dataset).unwrap().text(), "b");
    assert!(config(text).of(&dataset).is_err());
}

#[test]
fn one_reading_is_asked_for_each_dataset() {
    let text =
        "[main]\nBUCKET=b\nS3_PREFIX=all\n[fs:tank/a]\nS3_PREFIX=a\n[fs:tank/b]\nBUCKET=other\n";
    let config = config(text, &[], &[]).unwrap();
    let of = |name: &str| config.of(&Dataset::parse(name).unwrap()).unwrap();
    let (a, b, c) = (of("tank/a"), of("tank/b"), of("tank/c"));
    assert_eq!(a.dataset.as_str(), "tank/a");
    assert_eq!(
        (a.store.s3_prefix.as_str(), b.store.s3_prefix.as_str()),
        ("a/", "all/")
    );
    assert_eq!(b.store.s3.bucket, "other");
    // The same server needs no second connection.
    assert_eq!(a.store.s3, c.store.s3);
    assert_ne!(a.store.s3, b.store.s3);
    assert_eq!(config.plain().unwrap(), c.store);
    assert!(
        config
            .dataset()
            .unwrap_err()
            .to_string()
            .contains("--dataset")
    );
}

#[test]
fn a_recursive_section_counts_for_what_is_below() {
    let text = "[main]\nBUCKET=main\n[fs:tank]\nRECURSIVE=on\nBUCKET=tank\n[fs:tank/a]\nBUCKET=a\n";
    let flags = [flag("RECURSIVE", "on", "--recursive")];
    let bucket = |text: &str, name: &str| {
        let dataset = Dataset::parse(name).unwrap();
        let config = config(text, &[("FILESYSTEM", name)], &flags).unwrap();
        let named = config.plain().unwrap().s3.bucket;
        let settings = config.of(&dataset).unwrap();
        assert_eq!(
            (settings.dataset, &settings.store.s3.bucket),
            (dataset, &named)
        );
        named
    };
    for (name, expected) in [
        ("tank", "tank"),
        ("tank/a", "a"),
        ("tank/a/x", "tank"),
        ("tank/b/c", "tank"),
        ("tankb/c", "main"),
    ] {
        assert_eq!(bucket(text, name), expected, "{name}");
    }
    let alone = text.replace("RECURSIVE=on", "");
    assert_eq!(
        bucket(&alone, "tank/b"),
        "main",
        "as ever, whatever the flag says"
    );
    let wrong = text.replace("RECURSIVE=on", "RECURSIVE=perhaps");
    let wrong = self::config(&wrong, &[], &[]).unwrap();
    let error = wrong.of(&Dataset::parse("tank/b").unwrap()).unwrap_err();
    assert!(error.to_string().contains("RECURSIVE"), "{error}");
}

#[test]
fn who_moves_bytes_gets_the_section_of_the_named_dataset() {
    let text = "[main]\nBUCKET=b\nFILESYSTEM=tank/a\n[fs:tank/a]\nBUCKET=other\n";
    let bucket = |env: &[_]| config(text, env, &[]).unwrap().plain().unwrap().s3.bucket;
    assert_eq!(bucket(&[]), "other");
    assert_eq!(bucket(&[("FILESYSTEM", "tank/b")]), "b");
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
    assert_eq!(file(text).store.s3_prefix, "main/");
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
}

#[test]
fn a_dataset_that_is_not_named_may_be_one_of_the_sections() {
    let unnamed = |text: &str| {
        let file = Some((Path::new("/z3.conf").to_owned(), text.to_owned()));
        let config = Config::new(Vec::new(), Box::new(|_| None), file, 1 << 30).unwrap();
        config.dataset().unwrap_err()
    };
    let error = unnamed("[main]\n");
    assert_eq!(
        error.advice(),
        Some("'zfs list' shows which datasets there are")
    );
    let error = unnamed("[fs:tank/a]\n[fs:tank/b]\n");
    assert!(
        error
            .advice()
            .unwrap()
            .contains("--dataset tank/a means it")
    );
}

#[test]
fn what_others_can_do_with_the_file_is_told() {
    use std::os::unix::fs::PermissionsExt;
    let file = tempfile::NamedTempFile::new().unwrap();
    let own = system::uid();
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
    if own != 0 {
        assert_eq!(told(0o600, own + 1, true), Some("another user"));
    }
    let null = fs::metadata("/dev/null").unwrap();
    assert_eq!(risk(&null, own, true), None);
}
