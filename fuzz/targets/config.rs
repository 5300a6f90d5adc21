//! The configuration file, and values on their own: no panic, a secret in no error and no debug output, a value that
//! passes is taken literally.
#![no_main]

use libfuzzer_sys::fuzz_target;
use z3::workbench::config::{Access, Config, FlagValue, Settings, keys};
use z3::workbench::name::Dataset;

/// Stands for the secret; no key, section or message has it by chance.
const SECRET: &str = "0pen-Sesame/7=";

fn load(text: String, flags: &[FlagValue]) -> Result<Settings, String> {
    let file = Some(("/z3.conf".into(), text));
    let config = Config::new(flags.to_vec(), Box::new(|_| None), file, 4 << 30);
    let settings = config.and_then(|config| {
        let named = config.dataset();
        shows_no_secret(&named.as_ref().map_err(ToString::to_string));
        shows_no_secret(&config.plain().map_err(|error| error.to_string()));
        config.of(&named.or_else(|_| Dataset::parse("tank/any"))?)
    });
    let settings = settings.map_err(|error| error.to_string());
    shows_no_secret(&settings);
    settings
}

fn shows_no_secret(outcome: &impl std::fmt::Debug) {
    let shown = format!("{outcome:?}");
    assert!(!shown.contains(SECRET), "{shown}");
}

/// A whole file, every secret in it replaced by [`SECRET`].
fn file(text: &str) {
    if text.contains(SECRET) {
        return;
    }
    let secret = |line: &&str| {
        let key = line.split(['=', ':']).next().unwrap_or_default();
        key.trim().eq_ignore_ascii_case("S3_SECRET")
    };
    let lines = text.lines().map(|line| match Some(line).filter(secret) {
        Some(_) => format!("S3_SECRET={SECRET}"),
        None => line.to_owned(),
    });
    let _ = load(lines.collect::<Vec<_>>().join("\n"), &[]);
}

/// One value for one key, as a flag and in the file.
fn value(selector: u8, text: &str) {
    let row = keys::ALL[usize::from(selector) % keys::ALL.len()];
    let flag = FlagValue {
        key: row.name,
        value: text.to_owned(),
        flag: "--flag",
    };
    let base = "[main]\nBUCKET=b\n";
    let _ = load(base.to_owned(), std::slice::from_ref(&flag));
    let name = row.name;
    let file = match name {
        "BUCKET" => format!("[main]\nBUCKET={text}\n"),
        _ => format!("{base}{name}={text}\n"),
    };
    let loaded = load(file, &[]);
    if text.contains(['\n', '\r']) || text.trim().is_empty() {
        return;
    }
    match (name, loaded) {
        ("GPG_RECIPIENT", Ok(settings)) => assert_eq!(settings.gpg_recipient, text.trim()),
        ("BUCKET", Ok(settings)) => assert_eq!(settings.store.s3.bucket, text.trim()),
        _ => {}
    }
    let keys = format!("{base}S3_KEY_ID=id\nS3_SECRET={text}\n");
    if let Ok(settings) = load(keys, &[]) {
        let Access::Keys { secret, .. } = settings.store.s3.access else {
            panic!("a key and a secret were given");
        };
        assert_eq!(secret.reveal(), text.trim());
    }
}

fuzz_target!(|data: &[u8]| match data {
    // A file begins with something visible, as the sample does.
    [0..b' ', key, text @ ..] => value(*key, &String::from_utf8_lossy(text)),
    _ => file(&String::from_utf8_lossy(data)),
});
