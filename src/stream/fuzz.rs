//! What tests and `make fuzz` prove about the check of streams that nobody wrote down; not compiled otherwise.

use super::build::{Stream, noise};
use super::record::{HEADER_BYTES, Header, KINDS, Order, RecordType};
use super::{Accept, Check, Expect, StreamError, StreamSummary};

/// The most payload of one record; more would only be slow.
const PAYLOAD_BYTES: u64 = 4096;

type Verdict = Result<StreamSummary, StreamError>;

fn verdict<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Verdict {
    // Any record may have any offset here.
    let mut check = Check::new(Accept::Any, Expect::default()).with_lost_spills();
    for piece in pieces {
        // A caller that does not look at once must get the same verdict.
        let _ = check.feed(piece);
    }
    check.finish()
}

/// The verdict on bytes as a whole, byte by byte, and in pieces that `seed` chooses.
///
/// # Panics
/// If they differ.
pub fn same_verdict(bytes: &[u8], seed: u32) -> Verdict {
    let whole = verdict([bytes]);
    assert_eq!(verdict(bytes.chunks(1)), whole);
    let mut state = seed;
    let mut rest = bytes;
    let pieces = std::iter::from_fn(|| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let most = 1 << (state >> 29) << (state >> 29);
        let wanted = (state >> 8) as usize % (most + 1);
        let (piece, behind) = rest.split_at(wanted.min(rest.len()));
        (!rest.is_empty()).then(|| rest = behind)?;
        Some(piece)
    });
    assert_eq!(verdict(pieces), whole);
    if let Ok(report) = &whole {
        assert_eq!(report.stream_bytes, bytes.len() as u64);
    }
    whole
}

/// What is left of the bytes that describe a stream.
struct Program<'a>(&'a [u8]);

impl Program<'_> {
    fn number<const N: usize>(&mut self) -> Option<u64> {
        let (bytes, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(
            bytes
                .iter()
                .fold(0, |sum, &byte| sum << 8 | u64::from(byte)),
        )
    }

    /// A record of any type but BEGIN and END, any fields, and as much payload as its header claims.
    fn record(&mut self, stream: &mut Stream, order: Order) -> Option<()> {
        let shape = self.number::<1>()?;
        let kinds = KINDS
            .into_iter()
            .map(|(kind, _)| kind)
            .filter(|kind| !matches!(kind, RecordType::Begin | RecordType::End));
        let kind = kinds.cycle().nth(shape as usize & 0xf)?;
        let mut fields = Vec::new();
        for _ in 0..shape >> 4 & 3 {
            let width = [1, 4, 8][self.number::<1>()? as usize % 3];
            let at = 8 + self.number::<1>()? as usize;
            let value = self.number::<2>()? << (self.number::<1>()? % 64);
            fields.push((at.min(280 - width), width, value));
        }
        let header = Header {
            bytes: stream.header(kind, &fields),
            order,
        };
        // Too long a payload, or an impossible one, is in no good stream.
        if let Ok(bytes @ ..=PAYLOAD_BYTES) = header.payload_bytes(kind) {
            let bytes = bytes as usize;
            let payload = match shape >> 6 {
                0 => vec![0; bytes],
                1 => 0x2f5_badd_b10c_u64.to_le_bytes().repeat(bytes / 8 + 1),
                _ => noise(bytes),
            };
            stream.record(kind, &fields, &payload[..bytes]);
        }
        Some(())
    }
}

/// Reads a description of a good stream or package, makes it, and checks that it passes and that damage to it does not.
///
/// # Panics
/// If the verdict is another one.
pub fn built(description: &[u8]) -> Option<()> {
    let mut program = Program(description);
    let shape = program.number::<1>()?;
    let order = if shape & 1 == 0 {
        Order::Little
    } else {
        Order::Big
    };
    let package = shape & 4 != 0;
    let (seed, place) = (program.number::<4>()?, program.number::<4>()?);
    let mut stream = Stream::new(order, false);
    if package {
        stream.begin(2, 0, 0, &[]);
        stream.end();
    }
    stream.record_sums = shape & 2 != 0;
    for _ in 0..if package { shape >> 4 & 3 } else { 0 } + 1 {
        let (features, nvlist) = (program.number::<4>()?, program.number::<1>()? * 4);
        stream.begin(1 | features << 2, seed << 7, place, &noise(nvlist as usize));
        for _ in 0..program.number::<1>()? % 16 {
            program.record(&mut stream, order)?;
        }
        stream.end();
    }
    if package {
        stream.record_sums = false;
        stream.end_with(&[]);
    }
    let report = same_verdict(&stream.bytes, seed as u32).unwrap();
    assert_eq!(report.package.is_some(), package);
    damaged(stream.bytes, shape >> 6, place as usize);
    Some(())
}

/// One bit flipped, the tail cut off, or more behind the end.
fn damaged(mut bytes: Vec<u8>, how: u64, place: usize) {
    let at = place % bytes.len();
    match how {
        0 => bytes.truncate(at),
        1 => bytes.extend(noise(at % HEADER_BYTES + 1)),
        _ => bytes[at] ^= 1 << (place >> 24 & 7),
    }
    let error = same_verdict(&bytes, place as u32).unwrap_err();
    assert!(error.offset <= bytes.len() as u64, "{error}");
}
