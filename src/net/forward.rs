//! http:// through an HTTP proxy: every request names its whole URL (absolute-form, RFC 9112 section 3.2.2).
//!
//! ureq only tunnels (CONNECT), which most proxies allow to port 443 alone. Responsible for the connection to such a proxy and
//! for the first line of the request on it. https, SOCKS and direct connections are ureq's.

use std::io;

use base64::{Engine, prelude::BASE64_STANDARD};
use http::Uri;
use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Connector, DefaultConnector, NextTimeout, TcpConnector, Transport,
};
use ureq::{Error, Proxy, ProxyProtocol};

/// Whether requests for this URI go to the proxy as they are, without a tunnel.
pub(super) fn forwards(proxy: &Proxy, uri: &Uri) -> bool {
    let plain = uri.scheme_str() == Some("http") && proxy.protocol() == ProxyProtocol::Http;
    plain && !proxy.is_no_proxy(uri)
}

/// Makes every connection of the agent.
#[derive(Debug, Default)]
pub struct Connections {
    others: DefaultConnector,
    tcp: TcpConnector,
}

impl Connector<()> for Connections {
    type Out = Box<dyn Transport>;

    fn connect(
        &self,
        details: &ConnectionDetails<'_>,
        chained: Option<()>,
    ) -> Result<Option<Self::Out>, Error> {
        let proxy = details.config.proxy();
        let Some(proxy) = proxy.filter(|proxy| forwards(proxy, details.uri)) else {
            return self.others.connect(details, chained);
        };
        let to_proxy = ConnectionDetails {
            uri: proxy.uri(),
            addrs: (details.resolver).resolve(proxy.uri(), details.config, details.timeout)?,
            config: details.config,
            request_level: details.request_level,
            resolver: details.resolver,
            now: details.now,
            timeout: details.timeout,
            current_time: details.current_time.clone(),
            run_connector: details.run_connector.clone(),
            register_shutdown: details.register_shutdown.clone(),
        };
        let stream = self.tcp.connect(&to_proxy, None::<()>)?;
        let stream = stream.ok_or(Error::ConnectionFailed)?;
        let host = details.uri.authority().map_or("", |host| host.as_str());
        Ok(Some(Box::new(Forwarded {
            stream,
            origin: format!("http://{host}"),
            authorization: authorization(proxy),
            begun: false,
        })))
    }
}

/// The header for a proxy with a user (RFC 7617), else nothing.
fn authorization(proxy: &Proxy) -> String {
    let Some(user) = proxy.username() else {
        return String::new();
    };
    let both = format!("{user}:{}", proxy.password().unwrap_or_default());
    format!(
        "proxy-authorization: Basic {}\r\n",
        BASE64_STANDARD.encode(both)
    )
}

/// A connection to the proxy, for one request: proxies close connections without a word in the answer.
struct Forwarded<T> {
    stream: T,
    origin: String,
    authorization: String,
    begun: bool,
}

impl<T: Transport> Forwarded<T> {
    /// Writes the origin into the first line, which stands in the output buffer; how long the buffer's content is now.
    fn rewrite(&mut self, amount: usize) -> Option<usize> {
        let output = self.stream.buffers().output();
        let head = std::str::from_utf8(output.get(..amount)?).ok()?;
        let (method, rest) = head.split_once(' ')?;
        let (line, rest) = rest.split_once("\r\n")?;
        let (origin, authorization) = (&self.origin, &self.authorization);
        let head = format!("{method} {origin}{line}\r\n{authorization}{rest}");
        output
            .get_mut(..head.len())?
            .copy_from_slice(head.as_bytes());
        Some(head.len())
    }
}

impl<T: Transport> Transport for Forwarded<T> {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.stream.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        let too_long = || io::Error::other("the head of a request is too long for a proxy");
        let amount = match std::mem::replace(&mut self.begun, true) {
            false => self.rewrite(amount).ok_or_else(too_long)?,
            true => amount,
        };
        self.stream.transmit_output(amount, timeout)
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        self.stream.await_input(timeout)
    }

    fn is_open(&mut self) -> bool {
        false
    }
}

/// The header may hold a password.
impl<T> std::fmt::Debug for Forwarded<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Forwarded")
    }
}
