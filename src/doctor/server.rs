//! The way to the server, step by step, and what it knows.

use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use url::Url;

use super::{Chart, Grade, Judged, bucket, right, rights};
use crate::calendar;
use crate::config::{S3Settings, StoreSettings};
use crate::error::{Error, Result, os_text};
use crate::net::proxy;
use crate::s3::{Client, Quirk};
use crate::secret::{may_be_secret, shown_id};
use crate::store::{Kind, ObjectStore, StoreError};

/// Whoever asks for a diagnosis waits for it: no more patience than this with a server, whatever is configured.
const PATIENCE: Duration = Duration::from_secs(10);
/// So much a clock may be wrong without a word. At 15 minutes servers begin to refuse signatures.
const CLOCK: Duration = Duration::from_secs(60);
/// So many addresses of a server are tried.
const ADDRESSES: usize = 4;

/// The bucket, if it answers.
pub fn examine(store: &StoreSettings, chart: &mut Chart<'_>) -> Result<Option<Client>> {
    let mut store = store.clone();
    store.s3.retry_for = Duration::ZERO;
    store.s3.max_retries = store.s3.max_retries.min(1);
    store.s3.timeout = store.s3.timeout.min(PATIENCE);
    chart.area = "credentials";
    let client = match Client::open(&store.s3) {
        Ok(client) => client,
        Err(error) => {
            chart.error("source", &error, "")?;
            return Ok(None);
        }
    };
    signs(&client, chart)?;
    chart.area = "server";
    let [.., before] = chart.counts;
    way(&store.s3, chart)?;
    let [.., after] = chart.counts;
    // What cannot be reached has no answers, either: one failure is enough for one cause.
    if after > before || !answers(&client, &store, chart)? {
        return Ok(None);
    }
    chart.area = "rights";
    rights::examine(&client, &store, chart)?;
    chart.area = "bucket";
    bucket::examine(&client, &store, chart)?;
    chart.area = "server";
    let words = [
        (Quirk::NoChecksums, false, "checksums of parts"),
        (Quirk::FirstListing, false, "ListObjectsV2"),
        (Quirk::WantsMd5, true, "(asks for Content-MD5)"),
    ];
    let known: Vec<_> = words
        .iter()
        .filter(|(quirk, wanted, _)| client.has(*quirk) == *wanted)
        .map(|(_, _, word)| *word)
        .collect();
    chart.ok("knows", known.join(", "))?;
    Ok(Some(client))
}

/// Who signs, and until when.
fn signs(client: &Client, chart: &mut Chart<'_>) -> Result<()> {
    let (origin, id, expires) = client.signer();
    let seconds = expires.map(|time| u64::try_from(time.unix_timestamp()).unwrap_or(0));
    let until = |seconds| format!(", until {}", calendar::show(seconds));
    let expires = seconds.map(until).unwrap_or_default();
    let found = format!("{} ({origin}{expires})", shown_id(&id));
    match may_be_secret(&id) {
        true => chart.warn("source", found, "are S3_KEY_ID and S3_SECRET swapped?"),
        false => chart.ok("source", found),
    }
}

/// Its address, name and port. A proxy finds both itself.
fn way(s3: &S3Settings, chart: &mut Chart<'_>) -> Result<()> {
    let origin = s3
        .endpoint
        .address(&s3.bucket, s3.endpoint.region())
        .origin();
    let Ok(url) = Url::parse(&origin) else {
        return chart.fail(
            "address",
            origin,
            "S3_ENDPOINT is a host, HOST:PORT or a URL",
        );
    };
    if let Ok(Some(proxy)) = proxy::of(s3, |name| std::env::var(name).ok()) {
        let (host, port) = (proxy.host(), proxy.port());
        return chart.ok(
            "address",
            format!("{origin}, by the proxy {host}:{port} but for what no_proxy spares"),
        );
    }
    let addresses = match url.socket_addrs(|| None) {
        Ok(found) => found,
        Err(error) => {
            let hint = "is S3_ENDPOINT spelt right? else the name server is to be asked (/etc/resolv.conf), or http_proxy is missing";
            return chart.fail("name", format!("{origin}: {}", os_text(&error)), hint);
        }
    };
    let first = addresses.iter().take(ADDRESSES);
    let shown: Vec<_> = first.clone().map(ToString::to_string).collect();
    chart.ok("name", format!("{origin} is {}", shown.join(", ")))?;
    let connect = |address: &SocketAddr| TcpStream::connect_timeout(address, PATIENCE / 2);
    let mut problem = String::new();
    for address in first {
        match connect(address) {
            Ok(_) => return chart.ok("connection", format!("{address} takes connections")),
            Err(error) => problem = os_text(&error),
        }
    }
    chart.fail(
        "connection",
        problem,
        "is the server running, and does a firewall let this machine through?",
    )
}

/// Whether there is any point in asking more: the first request tells what is wrong with TLS, keys and bucket.
fn answers(client: &Client, store: &StoreSettings, chart: &mut Chart<'_>) -> Result<bool> {
    let s3 = &store.s3;
    let looked = client.look(&store.s3_prefix);
    let over = looked.as_ref().err().filter(|error| is_final(error));
    if let Some(error) = over {
        let hint = hint_of(error);
        chart.error("answer", &Error::from(error.clone()), hint)?;
        return Ok(false);
    }
    match s3.endpoint.is_plain_http() {
        true if s3.endpoint.server().contains("//127.") => {
            chart.ok("answer", "http, on this machine")?;
        }
        true => {
            let found = "http: whoever is in between can read names and change answers";
            chart.warn(
                "answer",
                found,
                "use https, with AWS_CA_BUNDLE for an authority of your own",
            )?;
        }
        false => chart.ok("answer", "https, by a certificate that is trusted")?,
    }
    let (region, style) = (
        client.region(),
        s3.endpoint.address(&s3.bucket, "").path(None),
    );
    chart.ok("region", region)?;
    let style = if style == "/" {
        "in the name of the host"
    } else {
        "in the path"
    };
    chart.ok("bucket's place", style)?;
    chart.note("clock", clock(client.clock_error()))?;
    chart.area = "rights";
    right::told(chart, &right::LIST, &looked)?;
    Ok(true)
}

/// Nothing else can be asked either.
fn is_final(error: &StoreError) -> bool {
    let codes = [
        "SignatureDoesNotMatch",
        "InvalidAccessKeyId",
        "ExpiredToken",
        "InvalidToken",
        "NoSuchBucket",
    ];
    error.kind == Kind::Unknown || codes.contains(&error.code.as_str())
}

fn hint_of(error: &StoreError) -> &'static str {
    match error.code.as_str() {
        "NoSuchBucket" => {
            "make the bucket with the provider's console, or correct BUCKET; z3 makes none"
        }
        "" => "what stands here is all that is known; -vv shows each request",
        _ => "take the key pair from the provider's console once more: S3_KEY_ID and S3_SECRET",
    }
}

/// By how much the clocks differ.
pub(super) fn clock(apart: Option<Duration>) -> Judged {
    let hint = "set it (timedatectl set-ntp true): from 15 minutes on servers refuse signatures, and ages of backups are wrong";
    match apart {
        None => (
            Grade::Ok,
            "the server tells no time".to_owned(),
            String::new(),
        ),
        Some(apart) if apart > CLOCK => {
            let found = format!("{} s apart from the server's", apart.as_secs());
            (Grade::Warning, found, hint.to_owned())
        }
        Some(_) => (Grade::Ok, "as the server's".to_owned(), String::new()),
    }
}
