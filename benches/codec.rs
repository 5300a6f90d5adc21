//! One codec by itself: `codec NAME WORKERS` compresses stdin as `COMPRESSOR=NAME` does, `codec -d NAME` decompresses it;
//! both forget what comes out and print its length in bytes.

use std::io::{self, Read};

use z3::workbench::codec::{self, Compressor};
use z3::workbench::config::GzipEngine;

/// What a stage is asked for at a time, as in a backup.
const PIECE_BYTES: usize = 128 << 10;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let input = Box::new(io::stdin());
    let mut output = match words[..] {
        ["-d", name] => {
            codec::decompress(Compressor::parse(name).ok_or("no such compressor")?, input)?
        }
        [name, workers] => codec::compress(
            Compressor::parse(name).ok_or("no such compressor")?,
            GzipEngine::Native,
            "",
            input,
            workers.parse()?,
        )?,
        _ => return Err("usage: codec NAME WORKERS | codec -d NAME".into()),
    };
    let mut piece = vec![0; PIECE_BYTES];
    let mut length = 0;
    while let count @ 1.. = output.read(&mut piece)? {
        length += count;
    }
    println!("{length}");
    Ok(())
}
