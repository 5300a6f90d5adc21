//! Values, alone and together.

use super::*;

#[test]
fn an_empty_value_is_none_unless_it_means_something() {
    let text = "COMPRESSOR=gpg\nSNAPSHOT_PREFIX=\nS3_STORAGE_CLASS=\nS3_ACL=\nCONCURRENCY=\n";
    let settings = load(text, &[("COMPRESSOR", "")], &[]).unwrap();
    assert_eq!(
        (
            settings.compressor.as_str(),
            settings.store.limits.concurrency
        ),
        ("gpg", 32)
    );
    assert_eq!(settings.snapshots.text(), "");
    assert_eq!(
        (settings.store.storage_class, settings.store.acl),
        (None, None)
    );
    let empty = [flag("FILESYSTEM", "", "--dataset")];
    let error = load("FILESYSTEM=tank\n", &[], &empty).unwrap_err();
    assert_eq!(
        error.to_string(),
        "--dataset: expected a value, got an empty one"
    );
}

#[test]
fn a_prefix_gets_one_slash_or_none_if_empty() {
    for (given, prefix) in [
        ("", ""),
        ("/", "/"),
        ("a", "a/"),
        ("a//", "a/"),
        ("/a/b/", "/a/b/"),
    ] {
        assert_eq!(
            file(&format!("S3_PREFIX={given}\n")).store.s3_prefix,
            prefix,
            "{given}"
        );
    }
}

#[test]
fn wrong_values_are_refused() {
    for line in [
        "FILESYSTEM=None",
        "FILESYSTEM=tank@a",
        "SNAPSHOT_PREFIX=tank@daily",
        "SNAPSHOT_PREFIX=daily,",
        "SNAPSHOT_GLOB=a/*",
        "S3_TIMEOUT=0",
        "RETRY_FOR=1d",
        "RETRY_FOR=15mm",
        "RETRY_FOR=99999999999999999999h",
        "RETRY_FOR=721h",
        "CONCURRENCY=513",
        "CONCURRENCY=-1",
        "MAX_PARTS=10001",
        "CHUNK_SIZE=6G",
        "CHUNK_SIZE=5.5M",
        "PART_GROWTH=maybe",
        "GZIP_ENGINE=Native",
        "SEND_FLAGS=-Lc",
        "SEND_FLAGS=Lp",
        "SEND_FLAGS=w\nRAW=off",
        "RAW=perhaps",
        "FULL_ON_CHANGE=auto",
        "BOOKMARKS=on",
        "GPG_RECIPIENT=--output",
        "S3_REGION=eu central",
        "S3_ENDPOINT=ftp://h",
        "S3_ENDPOINT=https://h/pa th",
        "S3_ENDPOINT=https://user:hidden@h",
        "S3_ENDPOINT=Wö",
        "S3_ENDPOINT=http://W%c3%b6",
        "S3_KEY_ID=a b",
    ] {
        let error = refused(&format!("{line}\n"));
        assert!(
            error.contains("expected ") && !error.contains("hidden"),
            "{line}: {error}"
        );
    }
    assert!(load_text("[main]\nBUCKET=s3://b/x\n", &[], &[]).is_err());
}

#[test]
fn times_and_switches_are_read_in_every_spelling() {
    for (text, seconds) in [
        ("0", 0),
        ("60", 60),
        ("60s", 60),
        ("15m", 900),
        ("2h", 7200),
        ("720h", 2_592_000),
    ] {
        let time = file(&format!("RETRY_FOR={text}\n")).store.s3.retry_for;
        assert_eq!(time, Duration::from_secs(seconds), "{text}");
    }
    for text in ["off", "False", "NO", "0"] {
        assert!(
            !file(&format!("PART_GROWTH={text}\n")).store.limits.growth,
            "{text}"
        );
    }
    for text in ["on", "TRUE", "yes", "1"] {
        assert!(
            file(&format!("PART_GROWTH={text}\n")).store.limits.growth,
            "{text}"
        );
    }
}

#[test]
fn sizes_that_do_not_fit_name_the_size_that_would() {
    assert_eq!(
        refused("CHUNK_SIZE=4M\n"),
        "CHUNK_SIZE in [main] of /z3.conf: expected at least MIN_PART_SIZE (5M)"
    );
    assert_eq!(
        refused("MIN_PART_SIZE=64M\nMAX_MEMORY=63M\n"),
        "MAX_MEMORY in [main] of /z3.conf: expected at least MIN_PART_SIZE (64M)"
    );
    let flags = [flag("CHUNK_SIZE", "1", "--chunk-size")];
    let error = load("MIN_PART_SIZE=1000\n", &[], &flags).unwrap_err();
    assert_eq!(
        error.to_string(),
        "--chunk-size: expected at least MIN_PART_SIZE (1000)"
    );
}

#[test]
fn the_default_memory_bows_to_the_machine() {
    let on = |ram_bytes: u64, text: &str| {
        let file = Some(("/z3.conf".into(), format!("{BASE}{text}")));
        let config = Config::new(Vec::new(), Box::new(|_| None), file, ram_bytes)?;
        let limits = config.plain()?.limits;
        Ok::<_, Error>((limits.max_memory_bytes >> 20, limits.concurrency))
    };
    for (ram_mib, text, expected) in [
        (64 << 10, "", (2048, 32)),
        (0, "", (2048, 32)),
        (512, "", (128, 32)),
        (64, "", (16, 32)),
        (48, "", (12, 8)),
        (40, "", (6, 4)),
        (48, "CONCURRENCY=20\n", (12, 20)),
        (8, "MAX_MEMORY=5M\n", (5, 32)),
        (4 << 10, "MIN_PART_SIZE=512M\n", (1024, 32)),
    ] {
        assert_eq!(on(ram_mib << 20, text).unwrap(), expected, "{ram_mib}");
    }
    let error = on(32 << 20, "").unwrap_err();
    assert_eq!(
        error.to_string(),
        "this process may use 32 MiB of memory, z3 needs 38 for one part at a time"
    );
    assert!(error.advice().unwrap().contains("MAX_MEMORY"));
}

#[test]
fn keys_come_in_pairs_and_hide_themselves() {
    assert_eq!(
        refused("S3_KEY_ID=id\n"),
        "S3_KEY_ID in [main] of /z3.conf: expected S3_SECRET as well"
    );
    let error = load("", &[("S3_SECRET", "hidden")], &[]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "S3_SECRET in the environment: expected S3_KEY_ID as well"
    );
    let error = load("S3_KEY_ID=id\n", &[("S3_SECRET", "hid den")], &[]).unwrap_err();
    assert!(!format!("{error} {error:?}").contains("hid"));
    let settings = file("S3_KEY_ID=id\nS3_SECRET=hidden\n");
    assert!(!format!("{settings:?}").contains("hidden"));
    let named = file("PROFILE=own\n").store.s3.access;
    let own = Some("own".to_owned());
    assert_eq!(named, Access::Chain { profile: own });
    let chain = load("", &[("AWS_PROFILE", "backup")], &[])
        .unwrap()
        .store
        .s3
        .access;
    assert_eq!(
        chain,
        Access::Chain {
            profile: Some("backup".to_owned())
        }
    );
}

#[test]
fn of_prefix_and_glob_the_one_in_the_better_place_counts() {
    let said = |text: &str, env: &[_], flags: &[_]| {
        let settings = load(&format!("FILESYSTEM=tank\n{text}"), env, flags);
        settings.map(|settings| settings.snapshots.verb())
    };
    let glob = "SNAPSHOT_GLOB=*_daily\n";
    let both = format!("SNAPSHOT_PREFIX=main\n[fs:tank]\n{glob}");
    assert_eq!(
        said(glob, &[], &[]).unwrap(),
        "matches SNAPSHOT_GLOB \"*_daily\""
    );
    assert_eq!(
        said(&both, &[], &[]).unwrap(),
        "matches SNAPSHOT_GLOB \"*_daily\""
    );
    let flags = [flag("SNAPSHOT_PREFIX", "a,b", "--snapshot-prefix")];
    assert_eq!(
        said(&both, &[], &flags).unwrap(),
        "begins with SNAPSHOT_PREFIX \"a,b\""
    );
    let env = [("SNAPSHOT_PREFIX", "")];
    assert_eq!(
        said(&both, &env, &[]).unwrap(),
        "begins with SNAPSHOT_PREFIX \"\""
    );
    let flags = [flag("SNAPSHOT_GLOB", "x*", "--snapshot-glob")];
    assert_eq!(
        said(&both, &env, &flags).unwrap(),
        "matches SNAPSHOT_GLOB \"x*\""
    );
    assert_eq!(
        refused(&format!("SNAPSHOT_PREFIX=a\n{glob}")),
        "SNAPSHOT_GLOB in [main] of /z3.conf: expected this or SNAPSHOT_PREFIX, got both"
    );
}

#[test]
fn sections_may_differ_in_more_than_what_is_sent() {
    let differ = |text: &str| config(text, &[], &[]).unwrap().sections_differ();
    assert!(differ("[main]\n[fs:tank/a]\nBUCKET=other\n"));
    assert!(!differ(
        "[main]\n[fs:tank/a]\nCOMPRESSOR=none\nSNAPSHOT_PREFIX=\nS3_PREFIX=a\n"
    ));
    assert!(!differ("[main]\nMAX_RETRIES=1\n"));
}
