//! A dead man's switch: tells a URL that a run begins, and how it has ended, as healthchecks.io and its like want it.
//!
//! The URL is a secret, as whoever knows it can say that all is well: it stands in no message. Whatever becomes of a ping costs
//! the run nothing but some seconds.

use std::path::Path;
use std::time::Duration;

use http::{Request, StatusCode};
use ureq::Agent;
use url::Url;

use super::{agent, proxy, roots, settings_of_agents};
use crate::error::{Result, os_text};
use crate::secret::Secret;

/// How long one try may take; there are two.
const PATIENCE: Duration = Duration::from_secs(10);
/// As much of the text as is kept there.
const BODY_BYTES: usize = 10_000;

/// The switch of one run.
pub struct Ping {
    agent: Agent,
    url: Secret,
    /// Which run of several it is that begins or ends.
    run: String,
}

impl Ping {
    /// For a URL that has been checked to be one. `run` is a UUID.
    pub fn new(url: &Secret, ca_bundle: Option<&Path>, run: String) -> Result<Self> {
        let parsed = Url::parse(url.reveal()).ok();
        let roots = roots(ca_bundle)?;
        let proxy = proxy::to(parsed.as_ref(), |name| std::env::var(name).ok())?;
        let config = settings_of_agents(roots, proxy).timeout_global(Some(PATIENCE));
        Ok(Self {
            agent: agent(config.build()),
            url: url.clone(),
            run,
        })
    }

    /// The run begins.
    pub fn start(&self) {
        self.tell("start", "");
    }

    /// It has ended, and what became of it.
    pub fn end(&self, exit_status: u8, text: &str) {
        self.tell(&exit_status.to_string(), text);
    }

    fn tell(&self, word: &str, text: &str) {
        let Some(url) = self.url_of(word) else {
            return;
        };
        let body = text.as_bytes().get(..BODY_BYTES).unwrap_or(text.as_bytes());
        let once = || -> Result<StatusCode, ureq::Error> {
            let request = Request::post(url.as_str()).body(body)?;
            Ok(self.agent.run(request)?.status())
        };
        let again = |answer: &Result<StatusCode, ureq::Error>| {
            answer.as_ref().map_or(true, StatusCode::is_server_error)
        };
        let mut answer = once();
        if again(&answer) {
            answer = once();
        }
        match answer {
            Ok(status) if status.is_success() => {}
            Ok(status) => log::warn!("PING_URL was not told of the run: HTTP status {status}"),
            Err(error) => log::warn!("PING_URL was not told of the run: {}", cause(&error)),
        }
    }

    /// Behind the path, before what else the URL has.
    fn url_of(&self, word: &str) -> Option<Url> {
        let mut url = Url::parse(self.url.reveal()).ok()?;
        url.path_segments_mut().ok()?.pop_if_empty().push(word);
        url.query_pairs_mut().append_pair("rid", &self.run);
        Some(url)
    }
}

/// In words of ours: those of the library may have the URL in them.
fn cause(error: &ureq::Error) -> String {
    match error {
        ureq::Error::Timeout(_) => format!("no answer within {} s", PATIENCE.as_secs()),
        ureq::Error::HostNotFound => "unknown host".to_owned(),
        ureq::Error::Io(error) => os_text(error),
        _ => "no connection".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_word_stands_behind_the_path() {
        let run = "00000000-0000-4000-8000-000000000000";
        for (url, told) in [
            (
                "https://hc.example/uuid",
                "https://hc.example/uuid/start?rid=RUN",
            ),
            (
                "https://hc.example/uuid/",
                "https://hc.example/uuid/start?rid=RUN",
            ),
            (
                "http://h:8000?create=1",
                "http://h:8000/start?create=1&rid=RUN",
            ),
        ] {
            let ping = Ping::new(&Secret::new(url), None, run.to_owned()).unwrap();
            let url = ping.url_of("start").unwrap();
            assert_eq!(url.as_str(), told.replace("RUN", run));
        }
    }
}
