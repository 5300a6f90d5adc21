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
use ureq::config::Config;
use ureq::tls::TlsConfig;
use ureq::{Agent, Body, SendBody, Timeout};

use super::failure::{Failure, Stage};
use crate::config::S3Settings;
use crate::error::{Result, os_text};
use crate::flow::{Paced, Pulse};
use crate::net::{Addresses, Connections, distrust, proxy, roots};

/// How long finding the host, and then connecting, may take.
const CONNECT: Duration = Duration::from_secs(10);
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
    let config = Agent::config_builder()
        .tls_config(TlsConfig::builder().root_certs(roots).build())
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .proxy(proxy::of(settings, |name| std::env::var(name).ok())?)
        .user_agent(concat!("z3/", env!("CARGO_PKG_VERSION")))
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
    Ok(with_own_addresses(config))
}

/// An agent with connections, and knowledge of addresses, of its own.
pub(super) fn with_own_addresses(config: Config) -> Agent {
    Agent::with_parts(config, Connections::default(), Addresses::default())
}

/// Sends a request and hands back the answer, if it is a success; its body is still to be read.
pub(super) fn exchange(
    agent: &Agent,
    mut request: Request<()>,
    body: &mut Paced<'_, '_>,
    times: Times,
) -> Result<Response<Body>, Failure> {
    let uri = request.uri().clone();
    let failed = |error| failure(error, &proxy::peer(agent, &uri));
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
        Some(cause) => Err(Failure::new(Stage::Untrusted, cause)),
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
    let Failure { cause, .. } = failure(ureq::Error::from(error), "");
    Failure::new(Stage::Broken, cause)
}

/// What went wrong on the way, in the user's words.
fn failure(error: ureq::Error, host: &str) -> Failure {
    let text = match &error {
        ureq::Error::Io(error) => error.to_string(),
        other => other.to_string(),
    };
    let (stage, cause) = match &error {
        ureq::Error::HostNotFound => (Stage::Unreached, format!("unknown host {host}")),
        ureq::Error::Timeout(Timeout::Connect | Timeout::Resolve) => (
            Stage::Unreached,
            format!("no connection to {host} within {} s", CONNECT.as_secs()),
        ),
        ureq::Error::Timeout(Timeout::RecvBody) => (
            Stage::Broken,
            "the server takes too long to say it all".to_owned(),
        ),
        ureq::Error::Timeout(_) => (Stage::Silent, "the server fell silent".to_owned()),
        _ if distrust(&text).is_some() => {
            let words = distrust(&text).unwrap_or_default();
            (Stage::Untrusted, format!("{host}: {words}"))
        }
        ureq::Error::ConnectProxyFailed(reason) if proxy::refused_tunnel(reason).is_some() => {
            let status = proxy::refused_tunnel(reason).unwrap_or_default();
            (Stage::Untrusted, proxy::refusal(&status, host))
        }
        ureq::Error::Protocol(_) => (
            Stage::Broken,
            format!("{host} does not answer in HTTP ({text})"),
        ),
        _ if text.contains("failed to lookup address") => {
            (Stage::Unreached, format!("unknown host {host}"))
        }
        ureq::Error::Io(error) => of_io(error, host),
        ureq::Error::ConnectionFailed
        | ureq::Error::ConnectProxyFailed(_)
        | ureq::Error::InvalidProxyUrl => (Stage::Unreached, format!("{host}: {text}")),
        _ => (Stage::Broken, text),
    };
    Failure::new(stage, cause)
}

fn of_io(error: &io::Error, host: &str) -> (Stage, String) {
    use io::ErrorKind as Is;
    let broken = match error.kind() {
        Is::ConnectionRefused => {
            return (Stage::Unreached, format!("connection refused by {host}"));
        }
        Is::HostUnreachable | Is::NetworkUnreachable | Is::NetworkDown | Is::AddrNotAvailable => {
            return (Stage::Unreached, format!("no route to {host}"));
        }
        Is::UnexpectedEof => "the server closed the connection in the middle",
        Is::ConnectionReset | Is::ConnectionAborted | Is::BrokenPipe => "the connection was reset",
        _ => &os_text(error),
    };
    (Stage::Broken, broken.to_owned())
}
