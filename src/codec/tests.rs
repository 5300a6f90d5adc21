use super::*;

use std::io::Cursor;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use samples::mixed;

fn compressor(name: &str) -> Compressor {
    Compressor::parse(name).unwrap()
}

fn all(source: ByteSource) -> std::io::Result<Vec<u8>> {
    let mut source = source;
    let mut out = Vec::new();
    source.read_to_end(&mut out).map(|_| out)
}

#[test]
fn names_go_in_and_come_out() {
    for name in COMPRESSORS {
        assert_eq!(compressor(name).name(), name);
    }
}

#[test]
fn other_names_are_none() {
    for name in [
        "", "pigz", "pigz2", "gzip0", "gzip10", "GZIP", "None", "zstd10",
    ] {
        assert_eq!(Compressor::parse(name), None, "{name}");
    }
}

#[test]
fn commands_are_those_that_a_person_would_type() {
    use GzipEngine::{Native, Pigz};
    let shown = |cmd: Option<Cmd>| cmd.map(|cmd| cmd.to_string());
    for (name, engine, there, back) in [
        ("pigz1", Native, "pigz -1 --blocksize 4096", "pigz -d"),
        ("pigz4", Pigz, "pigz -4 --blocksize 4096", "pigz -d"),
        ("gzip", Native, "gzip -6", "gzip -d"),
        ("gzip9", Native, "gzip -9", "gzip -d"),
        ("gzip", Pigz, "pigz -6 --blocksize 4096", "gzip -d"),
        ("gzip2", Pigz, "pigz -2 --blocksize 4096", "gzip -d"),
        ("zstd", Native, "zstd -3", "zstd -d"),
        ("zstd9", Pigz, "zstd -9", "zstd -d"),
        ("gpg", Native, "gpg -e -r z3_backup", "gpg -d"),
    ] {
        let compressor = compressor(name);
        let cmd = compress_cmd(compressor, engine, "z3_backup");
        assert_eq!(shown(cmd).as_deref(), Some(there), "{name}");
        let cmd = decompress_cmd(compressor);
        assert_eq!(shown(cmd).as_deref(), Some(back), "{name}");
    }
    assert!(compress_cmd(Compressor::None, Native, "r").is_none());
    assert!(decompress_cmd(Compressor::None).is_none());
}

#[test]
fn every_name_and_engine_there_and_back() {
    let data = mixed(700_000);
    for engine in [GzipEngine::Native, GzipEngine::Pigz] {
        let gzip = ["none", "pigz1", "pigz4", "gzip", "gzip1", "gzip5", "gzip9"];
        let zstd: &[&str] = match cfg!(feature = "zstd") {
            true => &["zstd", "zstd1", "zstd9"],
            false => &[],
        };
        for name in gzip.iter().chain(zstd) {
            let source = Box::new(Cursor::new(data.clone()));
            let packed = all(compress(compressor(name), engine, "", source, 2).unwrap()).unwrap();
            let magic: &[u8] = match &name[..2] {
                "no" => &data[..9],
                "zs" => &[0x28, 0xb5, 0x2f, 0xfd],
                _ => &[0x1f, 0x8b],
            };
            assert!(packed.starts_with(magic), "{name} {engine:?}");
            assert_eq!(packed.len() < data.len() * 4 / 5, *name != "none");
            let source = Box::new(Cursor::new(packed));
            let back = all(decompress(compressor(name), source).unwrap()).unwrap();
            assert!(back == data, "{name} {engine:?}");
        }
    }
}

#[test]
fn the_numbers_of_gzip_are_ordered_by_strength() {
    let data = mixed(1_000_000);
    let sizes: Vec<usize> = (1..=9)
        .map(|number| {
            let source = Box::new(Cursor::new(data.clone()));
            let compressor = compressor(&format!("gzip{number}"));
            let packed = compress(compressor, GzipEngine::Native, "", source, 2).unwrap();
            all(packed).unwrap().len()
        })
        .collect();
    assert!(sizes[0] > sizes[8], "{sizes:?}");
}

/// The children take the keyring from the environment, which a test must not change while others run: so this test is a
/// process of its own that runs [`gpg_there_and_back`] alone.
#[test]
fn gpg_with_a_keyring_of_its_own() {
    let private = std::fs::Permissions::from_mode(0o700);
    let home = tempfile::Builder::new()
        .permissions(private)
        .tempdir()
        .unwrap();
    let mut gpg = Command::new("gpg");
    gpg.env("GNUPGHOME", home.path())
        .args(["--batch", "--quiet", "--pinentry-mode", "loopback"])
        .args(["--passphrase", "", "--quick-gen-key"])
        .args(["z3_backup", "default", "default", "never"]);
    assert!(gpg.status().unwrap().success());
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "codec::tests::gpg_there_and_back", "--ignored"])
        .env("GNUPGHOME", home.path())
        .output()
        .unwrap();
    let stdout = String::from_utf8_lossy(&output.stdout);
    Command::new("gpgconf")
        .env("GNUPGHOME", home.path())
        .args(["--kill", "all"])
        .status()
        .unwrap();
    assert!(output.status.success(), "{stdout}");
    assert!(stdout.contains("1 passed"), "{stdout}");
}

#[test]
#[ignore = "needs the keyring that gpg_with_a_keyring_of_its_own makes, and is run by it"]
fn gpg_there_and_back() {
    let home = std::env::var_os("GNUPGHOME").unwrap();
    assert!(Path::new(&home).starts_with(std::env::temp_dir()));
    let data = mixed(300_000);
    let gpg = |recipient: &str| {
        let source = Box::new(Cursor::new(data.clone()));
        all(compress(Compressor::Gpg, GzipEngine::Native, recipient, source, 2).unwrap())
    };
    let packed = gpg("z3_backup").unwrap();
    assert!(!packed.windows(8).any(|bytes| bytes == b"snapshot"));
    let source = Box::new(Cursor::new(packed.clone()));
    assert!(all(decompress(Compressor::Gpg, source).unwrap()).unwrap() == data);

    let error = gpg("nobody").unwrap_err().to_string();
    assert!(error.contains("nobody"), "{error}");
    let source = Box::new(Cursor::new(packed[..packed.len() - 1000].to_vec()));
    all(decompress(Compressor::Gpg, source).unwrap()).unwrap_err();
}

#[test]
#[cfg(not(feature = "zstd"))]
fn a_build_without_zstd_says_so() {
    let source = || -> ByteSource { Box::new(Cursor::new(b"")) };
    for tried in [
        compress(compressor("zstd"), GzipEngine::Native, "", source(), 1),
        decompress(compressor("zstd"), source()),
    ] {
        let error = tried.err().unwrap().to_string();
        let wanted = "COMPRESSOR=zstd: this build of z3 has no zstd";
        assert!(error.starts_with(wanted), "{error}");
    }
}
