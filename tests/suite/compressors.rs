//! Every compressor, by either engine: its objects are what the system's own tools read.

use crate::support::{Gpg, Z3};

#[test]
fn real_tools_read_what_every_compressor_stores() {
    let z3 = Z3::new("compressors");
    let gpg = Gpg::new(&z3, "somebody@example.com");
    z3.dataset.history(&["a"]);
    let stream = z3.dataset.send(None, "a");
    for (compressor, engine, decoders) in [
        ("none", "native", &["cat"][..]),
        ("pigz1", "native", &["pigz -d", "gzip -d"]),
        ("pigz4", "native", &["pigz -d", "gzip -d"]),
        ("gzip", "native", &["gzip -d"]),
        ("gzip1", "native", &["gzip -d"]),
        ("gzip9", "native", &["gzip -d"]),
        ("zstd", "native", &["zstd -d"]),
        ("zstd9", "native", &["zstd -d"]),
        ("pigz1", "pigz", &["pigz -d"]),
        ("gzip9", "pigz", &["gzip -d"]),
        ("gpg", "native", &["gpg --quiet -d"]),
    ] {
        let log = z3.dir().join(format!("{compressor}-{engine}"));
        z3.z3([
            "--s3-prefix",
            &z3.key(engine),
            "backup",
            "--compressor",
            compressor,
        ])
        .args(["--gpg-recipient", "somebody@example.com"])
        .env("GZIP_ENGINE", engine)
        .env("GNUPGHOME", &gpg.home)
        .env("SHIM_LOG", &log)
        .run()
        .expect_ok();
        let key = z3.key(&format!("{engine}/{}@a", z3.dataset.name));
        let object = z3.bucket.head(&key).unwrap();
        let named = object
            .metadata
            .get("compressor")
            .map_or("none", String::as_str);
        assert_eq!(named, compressor);
        for decoder in decoders {
            assert!(
                z3.piped(decoder, z3.bucket.get(&key)) == stream,
                "{compressor} {decoder}"
            );
        }
        let ran = std::fs::read_to_string(&log).unwrap();
        assert_eq!(
            ran.contains("\npigz "),
            engine == "pigz",
            "{compressor} {engine}: {ran}"
        );
        z3.bucket.delete(&key);
    }
}
