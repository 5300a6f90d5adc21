//! Native zstd, both ways.
//!
//! Responsible for the same bytes on every run, whatever the number of threads: jobs of a fixed size begin with a fixed
//! part of the one before. A resumed upload needs that. And for frames of a fixed length, each of which can be read without those
//! before it. Not responsible for names of compressors ([`super`]).

use std::io::{self, BufRead, BufReader, Read};

use zstd::stream::raw::{CParameter, Encoder as Frame, Operation, OutBuffer};

use super::decode::no_memory;
use crate::latch::Latched;

/// How much of the source is read at a time.
const BUFFER_BYTES: usize = 128 << 10;

/// Input bytes of a job; half of the window is read again with each (`OVERLAP`). Jobs of 512 KiB lose 3 %, and the whole
/// window gains 0.6 % for a third more memory.
const JOB_BYTES: u32 = 1 << 20;
const OVERLAP: u32 = 8;

/// Input bytes of a frame (RFC 8878). Of 400 MB of programs and documents, frames of 1 MiB lose 0.3, 1.4 and 3.7 % at levels 1,
/// 3 and 9 against one frame of all, of 4 MiB or more nothing. The threads have little to do while one ends.
const FRAME_BYTES: usize = 8 << 20;

/// The most threads. Even one does 200 MB/s at level 3.
const THREADS: u32 = 4;

/// Compresses `source` to frames with checksums, at `level` (1 to 9) in up to `workers` threads of its own; in fewer
/// at the high levels, whose tables are large. Measured, in MiB: 12 at level 1, 16 at 3, 16 at 6, 21 at 9.
pub fn zstd<R: Read>(source: R, level: u8, workers: usize) -> io::Result<impl Read + use<R>> {
    let most = (12 / u32::from(level.max(1))).clamp(1, THREADS);
    let threads = most.min(workers.max(1) as u32);
    let mut frame = Frame::new(level.into())?;
    frame.set_parameter(CParameter::ChecksumFlag(true))?;
    frame.set_parameter(CParameter::NbWorkers(threads))?;
    frame.set_parameter(CParameter::JobSize(JOB_BYTES))?;
    frame.set_parameter(CParameter::OverlapSizeLog(OVERLAP))?;
    let source = Some(BufReader::with_capacity(BUFFER_BYTES, source));
    Ok(Latched::new(ZstdEncoder {
        source,
        frame,
        frame_left: FRAME_BYTES,
    }))
}

fn worded(error: io::Error) -> io::Error {
    no_memory(&error).map_or(error, io::Error::from)
}

/// Gives its threads input before it waits for their output; the crate's own reader does it the other way round, and most
/// of them would stand idle.
struct ZstdEncoder<R> {
    /// `None` after its end.
    source: Option<BufReader<R>>,
    frame: Frame<'static>,
    /// So many input bytes are missing in it.
    frame_left: usize,
}

impl<R: Read> Read for ZstdEncoder<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while let Some(source) = &mut self.source
            && !into.is_empty()
        {
            let input = source.fill_buf()?;
            let is_last = input.is_empty();
            let input = input.get(..input.len().min(self.frame_left));
            let input = input.unwrap_or_default();
            let made = match input.is_empty() {
                false => {
                    let step = self.frame.run_on_buffers(input, into).map_err(worded)?;
                    source.consume(step.bytes_read);
                    self.frame_left -= step.bytes_read;
                    step.bytes_written
                }
                true => self.end_frame(into, is_last)?,
            };
            if made > 0 {
                return Ok(made);
            }
        }
        Ok(0)
    }
}

impl<R> ZstdEncoder<R> {
    /// Writes what is left of the frame; behind its end another one begins, unless nothing comes any more.
    fn end_frame(&mut self, into: &mut [u8], is_last: bool) -> io::Result<usize> {
        let mut output = OutBuffer::around(into);
        if self.frame.finish(&mut output, true).map_err(worded)? == 0 {
            match is_last {
                true => self.source = None,
                false => self.frame.reinit().map_err(worded)?,
            }
            self.frame_left = FRAME_BYTES;
        }
        Ok(output.pos())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::codec::samples::{Trickle, mixed, noise, piped};
    use crate::codec::unzstd;
    use crate::error::Error;

    fn encoded(source: impl Read, level: u8, workers: usize) -> Vec<u8> {
        let mut out = Vec::new();
        let mut encoder = zstd(source, level, workers).unwrap();
        encoder.read_to_end(&mut out).unwrap();
        out
    }

    #[test]
    fn the_tool_and_we_read_what_we_write() {
        let data = [mixed(7_000_000), noise(3_000_000)].concat();
        for size in [
            0,
            1,
            1 << 20,
            (1 << 20) + 1,
            FRAME_BYTES,
            FRAME_BYTES + 1,
            data.len(),
        ] {
            let data = &data[..size];
            for level in [1, 3, 9] {
                let packed = encoded(data, level, 3);
                assert!(piped("zstd", "-d", &packed) == data, "{level} {size}");
                let mut out = Vec::new();
                unzstd(&packed[..]).unwrap().read_to_end(&mut out).unwrap();
                assert!(out == data, "{level} {size}");
            }
        }
        let packed = encoded(&data[..], 3, 2);
        assert!(packed.len() < data.len() / 2, "{}", packed.len());
        // Content_Checksum_flag of the frame's header (RFC 8878).
        assert!(packed[4] & 4 != 0);
    }

    #[test]
    fn the_same_bytes_whatever_the_workers_and_the_read_sizes() {
        let data = mixed(9_000_000);
        for level in [1, 3, 6] {
            let expected = encoded(&data[..], level, 1);
            for workers in 2..=4 {
                assert!(encoded(&data[..], level, workers) == expected, "{workers}");
                let source = Trickle::new(&data, workers as u64);
                assert!(encoded(source, level, workers) == expected, "{workers}");
            }
        }
    }

    #[test]
    fn each_frame_needs_no_other() {
        let data = mixed(2 * FRAME_BYTES + 1000);
        for level in [1, 3, 9] {
            let packed = encoded(&data[..], level, 2);
            let mut rest = &packed[..];
            for from in [0, FRAME_BYTES, 2 * FRAME_BYTES] {
                let mut out = Vec::new();
                unzstd(rest).unwrap().read_to_end(&mut out).unwrap();
                assert!(out == data[from..], "{level}");
                let frame = zstd::zstd_safe::find_frame_compressed_size(rest).unwrap();
                rest = &rest[frame..];
            }
            assert!(rest.is_empty(), "{level}");
        }
        // Nothing behind a full frame begins no other.
        let packed = encoded(&data[..FRAME_BYTES], 3, 2);
        let frame = zstd::zstd_safe::find_frame_compressed_size(&packed).unwrap();
        assert_eq!(frame, packed.len());
    }

    #[test]
    fn an_error_of_the_source_passes_and_no_end_follows() {
        struct Breaks(usize, bool);
        impl Read for Breaks {
            fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
                let size = into.len().min(self.0);
                self.0 -= size;
                match size > 0 || std::mem::replace(&mut self.1, true) {
                    true => Ok(size),
                    false => Err(io::Error::other("the source broke")),
                }
            }
        }
        for given in [0, 1000, 5_000_000] {
            let mut encoder = zstd(Breaks(given, false), 3, 2).unwrap();
            let error = io::copy(&mut encoder, &mut io::sink()).unwrap_err();
            assert_eq!(error.to_string(), "the source broke");
            encoder.read(&mut [0; 9]).unwrap_err();
        }
    }

    #[test]
    fn a_window_of_a_strangers_choice_is_bounded() {
        // The pledged size is not known, so the window is as large as it says.
        let windowed = |log| {
            let mut frame = zstd::stream::write::Encoder::new(Vec::new(), 1).unwrap();
            frame.window_log(log).unwrap();
            io::Write::write_all(&mut frame, &mixed(100_000)).unwrap();
            frame.finish().unwrap()
        };
        let read = |packed: Vec<u8>| unzstd(&packed[..]).unwrap().read_to_end(&mut Vec::new());
        assert_eq!(read(windowed(24)).unwrap(), 100_000);
        let error = Error::io("read", read(windowed(25)).unwrap_err());
        assert!(error.to_string().contains("more than 16 MiB"), "{error}");
        assert!(error.advice().unwrap().contains("--long=31"));
        for level in 1..=9 {
            // Window_Descriptor of the frame's header (RFC 8878): 22 is 4 MiB.
            let packed = encoded(&mixed(100_000)[..], level, 1);
            assert_eq!(packed[4] & 0x20, 0, "not a single segment");
            assert!(10 + (packed[5] >> 3) <= 22, "{level}");
        }
    }
}
