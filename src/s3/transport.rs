//! The HTTP agent, and one exchange over it: request out, answer in, or the reason why not.
//!
//! One pool of connections for all workers. A large part over a slow line is no failure: what is limited is the time
//! without a byte, and for ranges a least speed ([`Pulse`]). Everything else that a server says is short, and has a
//! deadline ([`Times`]). The environment may name an HTTP proxy
//! ([`crate::net::proxy`]). Memory for each connection: 160 KiB of buffers, twice that with TLS, and about 100 KiB of TLS state.

use std::io::{self, Read};
use std::time::{Duration, Instant};

use http::header::{CONNECTION, CONTENT_LENGTH, EXPECT, HeaderValue};
use http::{Method, Request, Response};
use ureq::{Agent, Body, SendBody};

use super::failure::Failure;
use crate::config::S3Settings;
use crate::error::Result;
use crate::flow::{Paced, Pulse};
use crate::net::{self, CONNECT, Mishap, mishap, proxy, roots};

/// What a connection receives at once: more spares calls into the kernel, 10 % of the CPU of a download.
const INPUT_BYTES: usize = 128 << 10;
const OUTPUT_BYTES: usize = 32 << 10;
/// As much of an error answer as is read: they are short, unless something else than S3 answers.
const ERROR_BYTES: usize = 64 << 10;
/// The most that a listing may take: 1,000 keys of 1,024 letters, each in three bytes, and their trimmings fit twice.
const ANSWER_BYTES: u64 = 8 << 20;

/// How long an answer may take.
#[derive(Clone, Copy)]
pub(super) struct Times {
    /// Without a byte.
    pub silence: Duration,
    /// From the end of its head to the end of its body.
    pub body: Duration,
}

/// The agent for these settings.
pub(super) fn agent(settings: &S3Settings) -> Result<Agent> {
    let roots = roots(settings.ca_bundle.as_deref())?;
    let proxy = proxy::of(settings, |name| std::env::var(name).ok())?;
    let config = net::settings_of_agents(roots, proxy)
        .accept_encoding("identity")
        .timeout_resolve(Some(CONNECT))
        .timeout_connect(Some(CONNECT))
        .timeout_per_read(Some(settings.timeout))
        .timeout_per_write(Some(settings.timeout))
        .timeout_recv_response(Some(settings.timeout))
        .max_response_header_size(INPUT_BYTES)
        .max_idle_connections(settings.connections)
        .max_idle_connections_per_host(settings.connections)
        .input_buffer_size(INPUT_BYTES)
        .output_buffer_size(OUTPUT_BYTES)
        .build();
    Ok(net::agent(config))
}

/// Sends a request and hands back the answer, if it is a success; its body is still to be read.
pub(super) fn exchange(
    agent: &Agent,
    mut request: Request<()>,
    body: &mut Paced<'_, '_>,
    times: Times,
) -> Result<Response<Body>, Failure> {
    let uri = request.uri().clone();
    let failed = |error| {
        let (mishap, cause) = mishap(&error, &proxy::peer(agent, &uri));
        Failure::lost(mishap, cause)
    };
    if proxy::forwarder(agent, &uri).is_some() {
        // tinyproxy adds its Via to the interim answer, where ureq takes no header.
        request.headers_mut().remove(EXPECT);
        let close = HeaderValue::from_static("close");
        request.headers_mut().insert(CONNECTION, close);
    }
    let request = agent
        .configure_request(request)
        .timeout_recv_response(Some(times.silence))
        .timeout_per_read(Some(times.silence))
        .timeout_recv_body(Some(times.body))
        .build();
    // A body, even an empty one, has a Content-Length, which a GET should not have.
    let answer = match *request.method() {
        Method::PUT | Method::POST => {
            let length = body.len();
            let mut request = request.map(|()| SendBody::from_reader(body));
            request.headers_mut().insert(CONTENT_LENGTH, length.into());
            agent.run(request)
        }
        _ => agent.run(request),
    };
    let answer = answer.map_err(failed)?;
    match proxy::refused(agent, &uri, &answer) {
        Some(cause) => Err(Failure::lost(Mishap::Untrusted, cause)),
        None => Ok(answer),
    }
}

/// The failure that an error answer is; its body is read, so that the connection can be used again.
pub(super) fn refusal(mut answer: Response<Body>, silence: Duration) -> Failure {
    let mut body = vec![0; ERROR_BYTES];
    let mut reader = answer.body_mut().as_reader();
    let (mut count, mut pulse) = (0, Pulse::new(silence));
    // What can be read of it is enough; the status stands in any case.
    while let Some(rest) = body.get_mut(count..).filter(|rest| !rest.is_empty()) {
        match read_some(&mut reader, rest, &mut pulse) {
            Ok(0) | Err(_) => break,
            Ok(more) => count += more,
        }
    }
    body.truncate(count);
    Failure::answered(answer.status(), answer.headers(), &body)
}

fn read_some(body: &mut impl Read, into: &mut [u8], pulse: &mut Pulse) -> io::Result<usize> {
    let asked = Instant::now();
    let count = body.read(into)?;
    if count > 0 {
        pulse.beat(count, asked.elapsed())?;
    }
    Ok(count)
}

/// Reads a body to its end.
pub(super) fn read_all(answer: &mut Response<Body>) -> Result<Vec<u8>, Failure> {
    let mut body = Vec::new();
    let mut reader = answer.body_mut().as_reader().take(ANSWER_BYTES);
    reader.read_to_end(&mut body).map_err(broken_read)?;
    match reader.limit() {
        0 => Err(Failure::garbled("the answer has no end")),
        _ => Ok(body),
    }
}

/// Reads some of a body that must not end here.
pub(super) fn read_piece(
    body: &mut impl Read,
    piece: &mut [u8],
    pulse: &mut Pulse,
) -> Result<usize, Failure> {
    match read_some(body, piece, pulse).map_err(broken_read)? {
        0 => Err(broken_read(io::ErrorKind::UnexpectedEof.into())),
        count => Ok(count),
    }
}

/// The body must end here.
pub(super) fn expect_end(body: &mut impl Read) -> Result<(), Failure> {
    match body.read(&mut [0]) {
        Ok(0) => Ok(()),
        Ok(_) => Err(Failure::garbled("the answer is longer than the range")),
        Err(error) => Err(broken_read(error)),
    }
}

pub(super) fn broken_read(error: io::Error) -> Failure {
    let (_, cause) = mishap(&error.into(), "");
    Failure::lost(Mishap::Broken, cause)
}
