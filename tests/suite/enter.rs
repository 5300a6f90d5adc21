//! The rest of a stream out of the middle of its object: what is fetched, and that it is the rest.

use libdeflater::{CompressionLvl, Compressor};

use crate::support::stream::{BLOCK_BYTES, Stream, token};
use crate::support::{Act, Ended, Proxy, Server, When, Z3, share};

/// Members of gzip data as z3 makes them.
fn members(stream: &[u8]) -> Vec<u8> {
    let mut deflate = Compressor::new(CompressionLvl::new(1).unwrap());
    let mut all = Vec::new();
    for block in stream.chunks(256 << 10) {
        let mut out = vec![0; deflate.gzip_compress_bound(block.len())];
        let count = deflate.gzip_compress(block, &mut out).unwrap();
        all.extend(&out[..count]);
    }
    all
}

struct Scene {
    z3: Z3,
    proxy: Proxy,
    /// What the large file has, of [`BLOCK_BYTES`] each.
    blocks: u64,
    stream: Vec<u8>,
    /// What the metadata says of its length.
    size: String,
}

impl Scene {
    fn new(test: &str) -> Self {
        Self::of(test, 400)
    }

    fn of(test: &str, blocks: u64) -> Self {
        let proxy = Proxy::to(Server::Rgw.endpoint());
        let z3 = Z3::new(test).through(&proxy);
        let stream = Stream::made(blocks).bytes;
        let size = stream.len().to_string();
        Self {
            z3,
            proxy,
            blocks,
            stream,
            size,
        }
    }

    /// Frames of zstd for so many bytes of the stream each.
    fn frames(&self, bytes: usize) -> Vec<u8> {
        let frame = |it: &[u8]| self.z3.piped("zstd -1 -c", it.to_vec());
        self.stream.chunks(bytes).flat_map(frame).collect()
    }

    fn put(&self, name: &str, body: &[u8], compressor: Option<&str>) {
        let mut metadata = vec![("isfull", "true"), ("size", self.size.as_str())];
        metadata.extend(compressor.map(|compressor| ("compressor", compressor)));
        let multipart: Vec<&[u8]> = body.chunks(16 << 20).collect();
        self.z3
            .bucket
            .put_multipart(&self.z3.key(name), &multipart, &metadata);
    }

    /// The token of a receiver that has this share of the large file.
    fn token(&self, percent: u64) -> String {
        let block = self.blocks * percent / 100;
        let bytes = 4 * BLOCK_BYTES + block * (BLOCK_BYTES + 312);
        token(7, block * BLOCK_BYTES, bytes)
    }

    fn get(&self, name: &str, flags: &[&str]) -> Ended {
        let key = self.z3.key(name);
        let arguments = ["-v"].iter().chain(flags).copied().chain([key.as_str()]);
        self.z3.program("z3_get", arguments).run()
    }

    /// The rest is the rest of the whole, and so much was fetched for it, in percent of the object.
    fn rest(&self, name: &str, percent: u64, size: usize) -> u64 {
        let token = self.token(percent);
        let before = self.proxy.count("GET", name);
        let rest = self.get(name, &["--token", &token]).expect_ok();
        let asked = self.proxy.asked_bytes(name, before);
        let whole = self.get(name, &["--repair", "--token", &token]).expect_ok();
        assert!(rest.stdout == whole.stdout, "{name} {percent}");
        assert!(
            whole
                .stderr
                .contains("is skipped: what is repaired may lie before the point"),
            "{}",
            whole.stderr
        );
        asked * 100 / size as u64
    }
}

#[test]
fn only_the_rest_is_fetched() {
    let scene = Scene::new("enter");
    // Frames as z3 makes them are a sixth of so small an object: it takes most of what half of it would save to find one. Shorter
    // ones are expected to be as long.
    for (name, compressor, body, at_90, at_50) in [
        ("none", None, scene.stream.clone(), 15, 57),
        ("gzip", Some("pigz1"), members(&scene.stream), 15, 57),
        ("small", Some("zstd1"), scene.frames(1 << 20), 30, 70),
        ("zstd", Some("zstd1"), scene.frames(8 << 20), 50, 120),
    ] {
        scene.put(name, &body, compressor);
        for (percent, most) in [(90, at_90), (50, at_50), (0, 101)] {
            let fetched = scene.rest(name, percent, body.len());
            assert!(fetched <= most, "{name}, received {percent} %: {fetched} %");
        }
    }
}

#[test]
#[ignore = "a measurement, of a GiB"]
fn of_a_large_object_the_rest_alone() {
    let scene = Scene::of("enter-large", 8_000);
    for (name, compressor, body) in [
        ("none", None, scene.stream.clone()),
        ("gzip", Some("pigz1"), members(&scene.stream)),
        ("zstd", Some("zstd1"), scene.frames(8 << 20)),
    ] {
        scene.put(name, &body, compressor);
        let fetched = scene.rest(name, 90, body.len());
        println!("{name}, {} bytes, 90 % received: {fetched} %", body.len());
        assert!(fetched <= 15, "{name}: {fetched} %");
    }
}

#[test]
fn a_size_that_is_a_lie_costs_some_bytes() {
    let mut scene = Scene::new("enter-lie");
    let (stream, gzip) = (scene.stream.clone(), members(&scene.stream));
    scene.put("true", &gzip, Some("pigz1"));
    let token = scene.token(70);
    let rest = scene.get("true", &["--token", &token]).expect_ok().stdout;
    let sizes = ["1", "18446744073709551615", "0", "much", "-7"];
    let bodies = [(&stream, None), (&gzip, Some("pigz1"))];
    let cases = sizes
        .iter()
        .flat_map(|size| bodies.map(|body| (size, body)));
    for (size, (body, compressor)) in share(2, cases) {
        scene.size = size.to_string();
        scene.put("lie", body, compressor);
        let lie = scene.get("lie", &["--token", &token]).expect_ok();
        assert!(lie.stdout == rest, "{size} {compressor:?}");
    }
}

#[test]
fn what_cannot_be_entered_is_fetched_and_skipped() {
    let scene = Scene::new("enter-not");
    for (name, compressor, command) in [
        ("pigz", "pigz1", "gzip -1 -c"),
        ("zstd", "zstd1", "zstd -1 -c"),
    ] {
        let body = scene.z3.piped(command, scene.stream.clone());
        scene.put(name, &body, Some(compressor));
        scene.rest(name, 90, body.len());
        let ended = scene.get(name, &["--token", &scene.token(90)]).expect_ok();
        assert!(
            ended
                .stderr
                .contains(" is fetched, and what was received is skipped: "),
            "{}",
            ended.stderr
        );
    }
}

#[test]
fn an_object_that_is_replaced_meanwhile_is_no_rest() {
    let scene = Scene::new("enter-replaced");
    scene.put("object", &scene.stream, None);
    for request in 1..6 {
        let changed = Act::error(412, "PreconditionFailed");
        scene
            .proxy
            .rule("GET", "object", When::Nth(request), changed);
        let ended = scene.get("object", &["--token", &scene.token(90)]);
        scene.proxy.heal();
        match ended.status.success() {
            true => assert!(request > 3, "{request}"),
            false => {
                assert!(ended.stdout.is_empty() || request > 3);
                assert!(
                    ended.stderr.contains("PreconditionFailed"),
                    "{}",
                    ended.stderr
                );
            }
        }
    }
}

#[test]
fn what_is_damaged_behind_the_place_gets_no_end() {
    let mut scene = Scene::new("enter-damaged");
    let at = scene.stream.len() - 2_000_000;
    scene.stream[at] ^= 1;
    scene.put("object", &scene.stream, None);
    let ended = scene
        .get("object", &["--token", &scene.token(90)])
        .expect_status(1);
    assert!(
        ended
            .stderr
            .contains("counted from where the stream was entered"),
        "{}",
        ended.stderr
    );
    // Nobody looks at what was received before.
    scene.stream[at] ^= 1;
    scene.stream[20_000_000] ^= 1;
    scene.put("object", &scene.stream, None);
    scene
        .get("object", &["--token", &scene.token(90)])
        .expect_ok();
}
