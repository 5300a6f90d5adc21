//! What lies between the send stream and the bucket: nothing, gzip, zstd or gpg.
//!
//! Responsible for the names of the compressors, which are the metadata's, for what each name does on the way to the
//! bucket and back, and for the shell commands that do the same by hand. Not responsible for where names come from
//! ([`crate::config`]).

mod decode;
mod gzip;
mod openpgp;
#[cfg(feature = "zstd")]
mod zstd;

use std::io::Read;

pub use decode::gunzip;
#[cfg(feature = "zstd")]
pub use decode::unzstd;
pub use gzip::gzip;
#[cfg(feature = "zstd")]
pub use zstd::zstd;

use crate::config::{COMPRESSORS, GzipEngine};
use crate::error::{Error, Result};
use crate::pipeline::{Cmd, Pipeline};

/// Any stage of a chain of readers: end of file means success.
pub type ByteSource = Box<dyn Read + Send>;

/// A compressor by its name in the metadata (`compressor`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compressor {
    /// The stream as it is; in the metadata by no entry at all.
    None,
    /// One of the names for gzip data.
    Gzip(Method),
    /// One of the names for zstd data.
    Zstd(Method),
    /// Encrypted by gpg, which compresses as well.
    Gpg,
}

/// A name for compressed data: a format and a strength.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Method {
    name: &'static str,
    /// Who would do it in a shell.
    program: &'static str,
    /// How hard it tries, there and here. libdeflate's levels were measured against `pigz -N`: each makes less for half of
    /// the CPU time.
    level: u8,
}

impl Compressor {
    /// Finds a compressor by its name.
    pub fn parse(name: &str) -> Option<Self> {
        let name = COMPRESSORS.into_iter().find(|&known| known == name)?;
        let (program, digit) = name.split_at_checked(4).unwrap_or((name, ""));
        let method = |usual| Method {
            name,
            program,
            level: digit.parse().unwrap_or(usual),
        };
        Some(match program {
            "none" => Self::None,
            "pigz" | "gzip" => Self::Gzip(method(6)),
            "zstd" => Self::Zstd(method(3)),
            _ => Self::Gpg,
        })
    }

    /// What has made these first bytes of an object, if that shows.
    pub fn of_bytes(first: &[u8]) -> Option<Self> {
        match first {
            [0x1f, 0x8b, ..] => Self::parse("gzip"),
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Self::parse("zstd"),
            _ => openpgp::is_encrypted(first).then_some(Self::Gpg),
        }
    }

    /// Its name in the metadata.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Gzip(method) | Self::Zstd(method) => method.name,
            Self::Gpg => "gpg",
        }
    }
}

/// `source`, compressed. `workers` is for the native engine; its output is the same for any number.
pub fn compress(
    compressor: Compressor,
    engine: GzipEngine,
    gpg_recipient: &str,
    source: ByteSource,
    workers: usize,
) -> Result<ByteSource> {
    match (compressor, engine) {
        (Compressor::Gzip(method), GzipEngine::Native) => {
            Ok(Box::new(gzip(source, method.level, workers)?))
        }
        #[cfg(feature = "zstd")]
        (Compressor::Zstd(method), _) => started(zstd(source, method.level, workers)),
        #[cfg(not(feature = "zstd"))]
        (Compressor::Zstd(method), _) => Err(no_zstd(method)),
        _ => through(compress_cmd(compressor, engine, gpg_recipient), source),
    }
}

/// What `compressor` made of a stream, as the stream again. Gzip and zstd data need no program, whoever made it.
pub fn decompress(compressor: Compressor, source: ByteSource) -> Result<ByteSource> {
    match compressor {
        Compressor::Gzip(_) => Ok(Box::new(gunzip(source))),
        #[cfg(feature = "zstd")]
        Compressor::Zstd(_) => started(unzstd(source)),
        #[cfg(not(feature = "zstd"))]
        Compressor::Zstd(method) => Err(no_zstd(method)),
        Compressor::Gpg => {
            let message = openpgp::encrypted(source);
            let message = message.map_err(|error| Error::io("decrypt", error))?;
            through(decompress_cmd(compressor), message)
        }
        Compressor::None => Ok(source),
    }
}

/// The command that compresses: for `--dry-run`, and run as it is printed wherever a program does the work. `None` if
/// there is nothing to do.
///
/// gpg gets no `--batch` and no `--trust-model`: a recipient's key that is not trusted is asked about on the terminal,
/// and without one gpg fails at once.
pub fn compress_cmd(
    compressor: Compressor,
    engine: GzipEngine,
    gpg_recipient: &str,
) -> Option<Cmd> {
    let (program, level) = match compressor {
        Compressor::None => return None,
        Compressor::Gpg => return Some(Cmd::new("gpg").arg("-e").arg("-r").arg(gpg_recipient)),
        Compressor::Gzip(method) if engine == GzipEngine::Pigz => ("pigz", method.level),
        Compressor::Gzip(method) | Compressor::Zstd(method) => (method.program, method.level),
    };
    let cmd = Cmd::new(program).arg(format!("-{level}"));
    Some(match program {
        "pigz" => cmd.arg("--blocksize").arg("4096"),
        _ => cmd,
    })
}

/// The command that decompresses, as [`compress_cmd`]. gpg asks for a passphrase through its agent.
pub fn decompress_cmd(compressor: Compressor) -> Option<Cmd> {
    let program = match compressor {
        Compressor::None => return None,
        Compressor::Gzip(method) | Compressor::Zstd(method) => method.program,
        Compressor::Gpg => "gpg",
    };
    Some(Cmd::new(program).arg("-d"))
}

#[cfg(feature = "zstd")]
fn started(coder: std::io::Result<impl Read + Send + 'static>) -> Result<ByteSource> {
    let coder = coder.map_err(|error| Error::io("start zstd", error))?;
    Ok(Box::new(coder))
}

#[cfg(not(feature = "zstd"))]
fn no_zstd(Method { name, .. }: Method) -> Error {
    Error::refused(format!("COMPRESSOR={name}: this build of z3 has no zstd"))
        .hint("build it with the cargo feature zstd; `zstd -d` reads such objects by hand")
}

fn through(command: Option<Cmd>, source: ByteSource) -> Result<ByteSource> {
    match command {
        Some(command) => Ok(Box::new(Pipeline::from(command).filter(source)?)),
        None => Ok(source),
    }
}

#[cfg(test)]
mod samples;

#[cfg(test)]
mod tests;
