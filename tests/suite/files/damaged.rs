//! Streams with damage in them, and what has to be true of what is left.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::PathBuf;

use super::STREAMS;
use crate::support::{Ended, Run, Z3, noise, tree};

/// A record of a stream: its type, its object, and where its bytes are.
pub struct Record {
    pub kind: u8,
    pub object: u64,
    pub at: usize,
    pub end: usize,
}

pub fn records(stream: &[u8]) -> Vec<Record> {
    let (mut all, mut at) = (Vec::new(), 0);
    while at < stream.len() {
        let word = |from: usize, bytes: usize| -> u64 {
            let field = &stream[at + from..][..bytes];
            let digits = field.iter().rev();
            digits.fold(0, |number, &byte| number << 8 | u64::from(byte))
        };
        let kind = stream[at];
        let payload = match kind {
            0 => word(4, 4),
            1 => word(28, 4).next_multiple_of(8),
            3 if stream[at + 50] != 0 => word(96, 8),
            3 => word(32, 8),
            7 if word(40, 8) != 0 => word(40, 8),
            7 => word(16, 8),
            8 => word(52, 4).next_multiple_of(8),
            _ => 0,
        };
        let end = at + 312 + payload as usize;
        let object = word(8, 8);
        all.push(Record {
            kind,
            object,
            at,
            end,
        });
        at = end;
    }
    all
}

/// A corner with streams in files.
pub struct Corner {
    pub z3: Z3,
    pub streams: Vec<PathBuf>,
}

impl Corner {
    pub fn new(test: &str, streams: &[&[u8]]) -> Self {
        let z3 = Z3::new(test);
        let streams = streams.iter().enumerate();
        let streams = streams.map(|(place, stream)| z3.file(&format!("{place}.zfs"), stream));
        let streams = streams.collect();
        Self { z3, streams }
    }

    pub fn run(&self, command: &str, rest: &[&str]) -> Ended {
        let streams = self.streams.iter();
        let streams = streams.flat_map(|path| ["--stream".into(), path.into()]);
        let run = Run::program("z3").args([command]).args::<PathBuf>(streams);
        run.args(rest.iter().copied()).run()
    }

    /// All that is left, below a directory of this name, and how it ended.
    pub fn extracted(&self, name: &str) -> (BTreeMap<String, Vec<u8>>, Ended) {
        let to = self.z3.dir().join(name);
        let _ = fs::remove_dir_all(&to);
        let ended = self.run("extract", &["--salvage", "--to", to.to_str().unwrap(), "/"]);
        let files = match to.exists() {
            true => tree(&to).into_keys().collect(),
            false => Vec::new(),
        };
        let content = |path: PathBuf| {
            let file = Some(to.join(&path)).filter(|file| file.is_file() && !file.is_symlink());
            let name = format!("/{}", path.strip_prefix(&to).unwrap_or(&path).display());
            file.map(|file| (name, fs::read(file).unwrap()))
        };
        (files.into_iter().filter_map(content).collect(), ended)
    }
}

/// The places of lost bytes that are told of a file; all of it, if more than bytes is.
fn lost_places(told: &str) -> Vec<std::ops::RangeInclusive<usize>> {
    let Some((before, places)) = told.split_once("bytes ") else {
        return vec![0..=usize::MAX];
    };
    if before.contains("attributes") || places.contains("...") {
        return vec![0..=usize::MAX];
    }
    let places = places.split(" and ").map(|place| {
        let (from, to) = place.split_once(" to ").unwrap();
        from.trim().parse().unwrap()..=to.trim().parse().unwrap()
    });
    places.collect()
}

/// Each file is as it was, or is named with what it has lost, or is named as one that cannot be read.
pub fn is_honest(
    truth: &BTreeMap<String, Vec<u8>>,
    left: &BTreeMap<String, Vec<u8>>,
    ended: &Ended,
) {
    let text = ended.text();
    let told = |path: &str| {
        let mut lines = text.lines();
        let line = lines.find_map(|line| line.strip_prefix(&format!("{path} ")));
        line.map(lost_places)
    };
    let directory_lost = text.contains("names in it");
    for (path, wanted) in truth {
        match (left.get(path), told(path)) {
            (Some(content), None) => assert!(content == wanted, "{path} is wrong: {text}"),
            (Some(content), Some(places)) => {
                for (at, (one, other)) in content.iter().zip(wanted).enumerate() {
                    let is_told = places.iter().any(|place| place.contains(&at));
                    assert!(one == other || is_told, "{path} at {at}: {text}");
                }
            }
            (None, _) => assert!(
                directory_lost || ended.stderr.contains(path),
                "{path} is missing: {text}{}",
                ended.stderr
            ),
        }
    }
}

pub fn sample(name: &str) -> Vec<u8> {
    let found = STREAMS.iter().find(|(known, _)| *known == name);
    found.unwrap().1.to_vec()
}

/// The stream with junk in so many bytes of the data of an object, behind so many of its blocks.
pub fn overwritten(stream: &[u8], object: u64, blocks: usize, bytes: usize) -> Vec<u8> {
    let records = records(stream);
    let mut writes = records
        .iter()
        .filter(|it| (it.kind, it.object) == (3, object));
    let at = writes.nth(blocks).unwrap().at + 400;
    let mut damaged = stream.to_vec();
    damaged[at..at + bytes].copy_from_slice(&noise(bytes, 3));
    damaged
}

pub fn members(stream: &[u8]) -> Vec<u8> {
    let mut all = Vec::new();
    for piece in stream.chunks(256 << 10) {
        let builder = flate2::GzBuilder::new().operating_system(255);
        let mut member = builder.write(Vec::new(), flate2::Compression::fast());
        member.write_all(piece).unwrap();
        all.extend(member.finish().unwrap());
    }
    all
}
