//! Memory for parts and ranges, the only allocations that are large enough to be refused, and the kernel's own buffers
//! between processes.

use std::io::{self, Read, Write};
use std::ops::{Deref, DerefMut};
use std::os::fd::AsFd;
use std::thread;
use std::time::{Duration, Instant};

use memmap2::MmapMut;
use rustix::io::ioctl_fionbio;

use crate::error::{Error, Result};
use crate::size;
use crate::system;

/// Below this size large pages gain nothing, in bytes.
const LARGE_BYTES: usize = 2 << 20;
/// Room in a pipe: what Linux gives to everybody (`pipe(7)`, /proc/sys/fs/pipe-max-size).
const PIPE_BYTES: usize = 1 << 20;
/// A read that gives less than this found the writer at work.
const SIP_BYTES: usize = 32 << 10;
/// How long the other side is left to it then: shorter saves less, longer is slower. A roomy pipe takes 4 GB/s so.
const PATIENCE: Duration = Duration::from_micros(200);
/// What took longer than this had to wait.
const AT_ONCE: Duration = Duration::from_micros(60);
/// As much goes into a pipe at once, so that a reader can empty the rest of it meanwhile, in bytes.
const GULP_BYTES: usize = PIPE_BYTES / 4;

/// Zeros at first, of a length that stays. Its pages cost nothing before they are written to, and go back to the system
/// with it. Where the kernel has large pages, touching them costs a tenth.
pub struct Buffer(MmapMut);

impl Buffer {
    /// Asks for the memory. `vec!` would end the program where there is none (`ulimit -v`, no overcommit), with an upload
    /// left behind.
    pub fn new(bytes: usize) -> Result<Self> {
        let map = MmapMut::map_anon(bytes).map_err(|_| no_memory(bytes))?;
        if bytes >= LARGE_BYTES {
            system::advise_large_pages(&map);
        }
        Ok(Self(map))
    }
}

impl Deref for Buffer {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl DerefMut for Buffer {
    fn deref_mut(&mut self) -> &mut [u8] {
        &mut self.0
    }
}

/// Makes room for so many more bytes. `Vec` itself would end the program where there is no memory.
pub fn reserve(vec: &mut Vec<u8>, bytes: usize) -> Result<()> {
    vec.try_reserve_exact(bytes).map_err(|_| no_memory(bytes))
}

fn no_memory(bytes: usize) -> Error {
    Error::refused(format!(
        "there is no memory for a buffer of {}",
        size::humanize(bytes as u64)
    ))
    .hint("set a lower MAX_MEMORY or CONCURRENCY")
}

/// One end of a pipe, used in few large pieces though the other end may make many small ones, as `zfs send` does.
#[derive(Debug)]
pub struct Pipe<E> {
    inner: E,
    /// Holds enough for both sides to be busy while one sleeps.
    roomy: bool,
    hasty: bool,
    /// Whether the other side has let us wait before this read or write.
    waited: bool,
}

impl<E: AsFd> Pipe<E> {
    /// Makes the pipe roomier than the usual 64 KiB. What is no pipe, may not grow, or has grown, is used as it is.
    pub fn new(inner: E) -> Self {
        let roomy = system::widen_pipe(&inner, PIPE_BYTES);
        Self {
            inner,
            roomy,
            hasty: false,
            waited: false,
        }
    }

    /// The same of a pipe that says that it is full or empty ([`io::ErrorKind::WouldBlock`]) rather than to wait, so that the
    /// caller can tell for how long. The other side is another open file, and stays as it is.
    pub fn without_waiting(inner: E) -> Self {
        // Refused, it waits.
        let _ = ioctl_fionbio(&inner, true);
        Self::new(inner)
    }

    /// Waits for the other side by the caller's own means, as a part of the next read or write.
    pub fn wait_by(&mut self, wait: impl FnOnce(&E)) {
        let began = Instant::now();
        wait(&self.inner);
        self.waited = began.elapsed() > AT_ONCE;
    }
}

impl<R: Read> Read for Pipe<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if std::mem::take(&mut self.hasty) && self.roomy {
            thread::sleep(PATIENCE);
        }
        let began = Instant::now();
        let count = self.inner.read(into)?;
        let waited = std::mem::take(&mut self.waited) || began.elapsed() > AT_ONCE;
        self.hasty = waited || count < SIP_BYTES.min(into.len());
        Ok(count)
    }
}

impl<W: Write> Write for Pipe<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let gulp = bytes.get(..GULP_BYTES).unwrap_or(bytes);
        // There is room for a page, and in a moment for more.
        if std::mem::take(&mut self.waited) && self.roomy {
            thread::sleep(PATIENCE);
        }
        self.inner.write(gulp)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_there_is_no_memory_for_is_refused() {
        assert_eq!(&*Buffer::new(3).unwrap(), [0, 0, 0]);
        assert!(Buffer::new(0).unwrap().is_empty());
        let error = Buffer::new(isize::MAX as usize).err().unwrap();
        assert!(error.to_string().starts_with("there is no memory for"));
        reserve(&mut Vec::new(), isize::MAX as usize).unwrap_err();
        reserve(&mut vec![1], 10).unwrap();
    }

    #[test]
    fn pipes_get_room_and_files_are_left_alone() {
        let (_reader, writer) = std::io::pipe().unwrap();
        assert!(Pipe::new(writer).roomy);
        assert!(!Pipe::new(std::fs::File::open("/dev/null").unwrap()).roomy);
    }

    #[test]
    fn small_pieces_are_collected() {
        let (reader, mut writer) = io::pipe().unwrap();
        let write = thread::spawn(move || {
            for piece in 0..1000_u32 {
                io::Write::write_all(&mut writer, &[piece as u8; 2000]).unwrap();
                thread::sleep(Duration::from_micros(10));
            }
        });
        let mut reads = 0;
        let (mut pipe, mut buffer, mut all) =
            (Pipe::new(reader), vec![0; 1 << 20], Vec::<u8>::new());
        while let count @ 1.. = pipe.read(&mut buffer).unwrap() {
            all.extend(buffer.iter().take(count));
            reads += 1;
        }
        write.join().unwrap();
        assert!(reads < 900, "{reads} reads of 1000 pieces");
        let expected = (0..2_000_000).map(|index| (index / 2000) as u8);
        assert!(expected.eq(all));
    }
}
