//! The bytes of an object as they come: a GET that is gone on with at the byte where it broke.
//!
//! Responsible for every byte of the part once, in order, and of the same object all along: whatever a new request is
//! needed for, it names the ETag. Not responsible for the patience ([`super::retry`]): a failure after which much came is
//! the first one again, and the break of a connection that this side has let wait is none at all, as a server may hang up
//! on a reader that takes nothing for a minute.

use std::ops::Range;
use std::time::{Duration, Instant};

use http::{Method, Response};
use ureq::{Body, BodyReader};

use super::client::Client;
use super::failure::Failure;
use super::request::Call;
use super::retry::Trouble;
use super::{answer, transport};
use crate::flow::{BodyFlow, LEAST_BYTES_PER_S, PIECE_BYTES, Pulse, Turn};
use crate::store::{Head, StoreError};

/// As much proves that the way is open again, in bytes.
const PROGRESS_BYTES: u64 = 1 << 20;
/// A reader that comes back later has let the server wait.
const LET_WAIT: Duration = Duration::from_secs(1);

/// A part of an object on its way.
pub(super) struct Continued {
    client: Client,
    key: String,
    head: Head,
    /// What has not come yet.
    rest: Range<u64>,
    trouble: Trouble,
    /// Bytes since the last failure.
    came: u64,
    /// The reader only has memory to fill: the request counts as under way to the end, and the reader never lets it wait.
    prompt: bool,
    /// A connection that lags behind the others may be given up; once, and not for a reader that has other things to do.
    impatient: bool,
    open: Option<Open>,
}

/// An answer that is being read.
struct Open {
    body: BodyReader<'static>,
    transfer: BodyFlow,
    pulse: Pulse,
    /// While it counts as under way.
    _turn: Option<Turn>,
    last_read: Instant,
    let_wait: bool,
}

impl Continued {
    /// Nothing is asked yet. A reader that is not `prompt` may take its time.
    pub fn new(client: &Client, key: &str, head: &Head, part: Range<u64>, prompt: bool) -> Self {
        Self {
            client: client.clone(),
            key: key.to_owned(),
            head: head.clone(),
            rest: part,
            trouble: client.no_trouble(),
            came: 0,
            prompt,
            impatient: prompt,
            open: None,
        }
    }

    /// Some more bytes; none at the end.
    pub fn read(&mut self, into: &mut [u8]) -> Result<usize, StoreError> {
        let left = self.rest.end.saturating_sub(self.rest.start);
        let most = left.min(into.len().min(PIECE_BYTES) as u64) as usize;
        let piece = into.get_mut(..most).unwrap_or_default();
        while !piece.is_empty() {
            let mut open = self.opened()?;
            match open.read(piece, left) {
                Ok(count) => {
                    self.rest.start += count as u64;
                    self.came += count as u64;
                    self.open = Some(open).filter(|_| !self.rest.is_empty());
                    return Ok(count);
                }
                Err(failure) => {
                    let let_wait = open.let_wait;
                    // The connection is of no use any more, and nothing is under way while we wait.
                    drop(open);
                    self.bear(failure, let_wait)?;
                }
            }
        }
        Ok(0)
    }

    fn opened(&mut self) -> Result<Open, StoreError> {
        match self.open.take() {
            Some(open) => Ok(open),
            None => self.ask(),
        }
    }

    fn ask(&mut self) -> Result<Open, StoreError> {
        let (client, rest) = (&self.client, &self.rest);
        let call = call(client, &self.key, &self.head, rest);
        let to_the_end = !self.impatient || !client.may_repeat(&call);
        let taken = |reply: &mut Response<Body>| {
            answer::check_range(reply, &self.head, rest.start, rest.end - 1)?;
            let body = std::mem::replace(reply.body_mut(), Body::builder().data(""));
            Ok(body.into_reader())
        };
        let (body, turn) = client.go_on(&call, &mut self.trouble, taken)?;
        Ok(Open {
            body,
            transfer: client.flow.transfer(to_the_end),
            pulse: Pulse::new(client.silence()),
            _turn: turn.filter(|_| self.prompt),
            last_read: Instant::now(),
            let_wait: false,
        })
    }

    /// Waits after a failure, if another request shall be made.
    fn bear(&mut self, failure: Failure, let_wait: bool) -> Result<(), StoreError> {
        self.impatient = false;
        if std::mem::take(&mut self.came) >= PROGRESS_BYTES {
            self.trouble = self.client.no_trouble();
        }
        let call = call(&self.client, &self.key, &self.head, &self.rest);
        if let_wait && failure.is_transient() {
            log::info!("{} {}: {}; going on", call.act, self.key, failure.cause);
            return Ok(());
        }
        self.client.bear(&call, failure, &mut self.trouble)
    }
}

impl Open {
    /// Reads what there is. `left` bytes are to come in all, and then nothing.
    fn read(&mut self, piece: &mut [u8], left: u64) -> Result<usize, Failure> {
        self.let_wait |= self.last_read.elapsed() > LET_WAIT;
        let count = transport::read_piece(&mut self.body, piece, &mut self.pulse)?;
        self.transfer.pass(count).map_err(transport::broken_read)?;
        if count as u64 == left {
            transport::expect_end(&mut self.body)?;
        }
        self.last_read = Instant::now();
        Ok(count)
    }
}

fn call<'a>(client: &Client, key: &'a str, head: &Head, rest: &Range<u64>) -> Call<'a> {
    let (first, last) = (rest.start, rest.end.saturating_sub(1));
    let etag = Some(head.etag.as_str()).filter(|etag| !etag.is_empty());
    let mut call = Call::on_key(format!("read bytes {first}-{last} of"), Method::GET, key)
        .header("range", format!("bytes={first}-{last}"))
        .header_if("if-match", etag);
    let slowest = Duration::from_secs((rest.end - first) / LEAST_BYTES_PER_S);
    call.within = Some(client.silence().saturating_add(slowest));
    call
}
