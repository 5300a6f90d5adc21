//! The client: one request with everything that makes it succeed in the end.
//!
//! Responsible for the loop of sign, send, judge. Not responsible for what the requests mean: the verbs are in [`super`].

use std::sync::Arc;
use std::time::{Duration, Instant};

use http::Response;
use http::header::{DATE, EXPECT};
use ureq::{Agent, Body};

use super::answer::text_of;
use super::failure::{Failure, Stage};
use super::repair::Repairs;
use super::request::Call;
use super::retry::Trouble;
use super::server::{Quirk, Server};
use super::transport::{self, Times};
use crate::config::S3Settings;
use crate::credentials::{Identity, Signer};
use crate::error::Result;
use crate::flow::{Flow, Pace, Paced, Turn};
use crate::net::{self, Mishap};
use crate::store::{Kind, StoreError};
use crate::terminal::plain;

/// A document may take so many times `S3_TIMEOUT`.
const DOCUMENT_TIMES: u32 = 5;
/// How long the last requests of a process that was told to stop may take.
const LAST_WORDS: Duration = Duration::from_secs(8);

/// An S3 bucket; a clone is the same one.
#[derive(Clone)]
pub struct Client {
    pub(super) settings: Arc<S3Settings>,
    agent: Agent,
    /// How long to wait without a byte, if not `S3_TIMEOUT`.
    silence: Option<Duration>,
    pub(super) access: Arc<Signer>,
    pace: Arc<Pace>,
    pub(super) flow: Arc<Flow>,
    pub(super) server: Arc<Server>,
}

impl Client {
    /// A client for these settings. It sends nothing to the bucket yet, but loads credentials and certificates.
    pub fn open(settings: &S3Settings) -> Result<Self> {
        Self::with(settings, Signer::open(settings)?)
    }

    /// The same bucket over new connections and with little patience, for undoing an upload when the process has been
    /// told to stop: it waits for no worker, and no request of it goes on for long.
    pub fn fresh(&self) -> Self {
        let mut settings = S3Settings::clone(&self.settings);
        settings.retry_for = settings.retry_for.min(LAST_WORDS);
        settings.max_retries = settings.max_retries.min(1);
        Self {
            settings: Arc::new(settings),
            agent: net::agent(self.agent.config().clone()),
            silence: Some(self.settings.timeout.min(LAST_WORDS)),
            access: Arc::new(self.access.fork()),
            pace: Arc::new(Pace::new(self.settings.connections)),
            flow: Arc::new(Flow::new(None)),
            server: Arc::clone(&self.server),
        }
    }

    pub(super) fn with(settings: &S3Settings, access: Signer) -> Result<Self> {
        Ok(Self {
            settings: Arc::new(settings.clone()),
            agent: transport::agent(settings)?,
            silence: None,
            access: Arc::new(access),
            pace: Arc::new(Pace::new(settings.connections)),
            flow: Arc::new(Flow::new(settings.limit_rate)),
            server: Arc::default(),
        })
    }

    /// Whether the server has shown it so far.
    pub fn has(&self, quirk: Quirk) -> bool {
        self.server.has(quirk)
    }

    /// Sends a request until it succeeds or there is no point in going on. `take` reads a success; what it cannot
    /// read is a failure like any other.
    pub(super) fn send<T>(
        &self,
        call: &Call<'_>,
        take: impl FnMut(&mut Response<Body>) -> Result<T, Failure>,
    ) -> Result<T, StoreError> {
        Ok(self.go_on(call, &mut self.no_trouble(), take)?.0)
    }

    /// The same with the trouble that there was before; what is given with the value counts as under way.
    pub(super) fn go_on<T>(
        &self,
        call: &Call<'_>,
        trouble: &mut Trouble,
        mut take: impl FnMut(&mut Response<Body>) -> Result<T, Failure>,
    ) -> Result<(T, Option<Turn>), StoreError> {
        let mut repairs = Repairs::default();
        loop {
            let again = trouble.retries > 0 || !self.may_repeat(call);
            let asked = Instant::now();
            let turn = call.takes_turns().then(|| self.pace.turn());
            trouble.has_waited(asked.elapsed());
            let failure = match self.attempt(call, again, &mut take, &mut repairs) {
                Ok(Some(value)) => {
                    self.pace.content();
                    if trouble.retries > 0 {
                        let (act, object, retries) = (&call.act, call.object, trouble.retries);
                        log::info!("{act} {object}: answered after {retries} retries");
                    }
                    return Ok((value, turn));
                }
                Ok(None) => continue,
                Err(failure) => failure,
            };
            if let Some(turn) = turn.as_ref().filter(|_| failure.asks_for_less()) {
                turn.slow_down();
            }
            drop(turn);
            self.bear(call, failure, trouble)?;
        }
    }

    /// No failure yet, and the patience that is configured.
    pub(super) fn no_trouble(&self) -> Trouble {
        Trouble::new(self.settings.max_retries, self.settings.retry_for)
    }

    /// Waits before another try, or says why there shall be none.
    pub(super) fn bear(
        &self,
        call: &Call<'_>,
        failure: Failure,
        trouble: &mut Trouble,
    ) -> Result<(), StoreError> {
        let pause = trouble.pause(&failure, self.server.has(Quirk::Answered));
        let Some(pause) = pause.filter(|_| call.once.is_none()) else {
            return Err(self.error(call, failure));
        };
        // Trouble that passes is a notice: whoever runs us from cron hears of it only if it does not.
        let (act, object, retry) = (&call.act, plain(call.object), trouble.retries);
        let (cause, seconds) = (&failure.cause, pause.as_secs_f64());
        log::info!("{act} {object}: {cause}; retry {retry} in {seconds:.1} s");
        std::thread::sleep(pause);
        Ok(())
    }

    /// Nothing is given up that cannot be tried again.
    pub(super) fn may_repeat(&self, call: &Call<'_>) -> bool {
        let settings = &self.settings;
        call.once.is_none() && (settings.max_retries > 0 || !settings.retry_for.is_zero())
    }

    /// One try; `None` if it failed and the cause has been repaired.
    fn attempt<T>(
        &self,
        call: &Call<'_>,
        again: bool,
        take: &mut impl FnMut(&mut Response<Body>) -> Result<T, Failure>,
        repairs: &mut Repairs,
    ) -> Result<Option<T>, Failure> {
        let identity = self.access.identity();
        let identity = identity.map_err(|cause| Failure::lost(Mishap::Unreached, cause))?;
        let answer = self.exchange(call, again, &identity);
        match answer.and_then(|mut answer| take(&mut answer)) {
            Ok(value) => Ok(Some(value)),
            Err(failure) if self.repair(&failure, &identity, repairs) => {
                log::debug!("{} {}: {}; repaired", call.act, call.object, failure.cause);
                Ok(None)
            }
            Err(failure) => Err(failure),
        }
    }

    fn exchange(
        &self,
        call: &Call<'_>,
        again: bool,
        identity: &Identity,
    ) -> Result<Response<Body>, Failure> {
        let cannot = |cause: String| Failure::new(Stage::Answered(400), cause);
        let (endpoint, bucket) = (&self.settings.endpoint, &self.settings.bucket);
        let address = endpoint.address(bucket, &identity.region);
        let time = self.server.clock.signing_time();
        let request = call.sign(&address, identity, time, self.has(Quirk::WantsMd5));
        let mut request = request.map_err(cannot)?;
        if self.has(Quirk::NoExpect) {
            request.headers_mut().remove(EXPECT);
        }
        let expects = request.headers().contains_key(EXPECT);
        let mut body = Paced::new(&self.flow, again, call.body);
        let answer = transport::exchange(&self.agent, request, &mut body, self.times(call));
        let unasked = expects && body.len() == call.body.len();
        let failed = |failure| Failure { unasked, ..failure };
        let answer = answer.map_err(failed)?;
        self.server.note(Quirk::Answered);
        if let Some(date) = text_of(answer.headers(), DATE.as_str()) {
            self.server.clock.observe(&date);
        }
        match answer.status().is_success() {
            true => Ok(answer),
            false => Err(failed(transport::refusal(answer, self.silence()))),
        }
    }

    /// How long the server may say nothing.
    pub(super) fn silence(&self) -> Duration {
        self.silence.unwrap_or(self.settings.timeout)
    }

    /// Lists and errors are short: over a line that is fit for backups, they come long before the end of this.
    fn times(&self, call: &Call<'_>) -> Times {
        let document = match self.silence {
            Some(silence) => silence,
            None => self.settings.timeout.saturating_mul(DOCUMENT_TIMES),
        };
        Times {
            silence: call.once.unwrap_or(self.silence()),
            body: call.within.unwrap_or(document),
        }
    }

    /// What the caller, and in the end the user, gets to know.
    pub(super) fn error(&self, call: &Call<'_>, failure: Failure) -> StoreError {
        let bucket = &self.settings.bucket;
        let cause = match (failure.code.as_str(), self.settings.endpoint.url_text()) {
            ("NoSuchBucket", None) => format!("no bucket {bucket}"),
            ("NoSuchBucket", Some(url)) => format!("no bucket {bucket} at {url}"),
            _ => failure.cause.clone(),
        };
        StoreError {
            act: call.act.clone(),
            object: plain(call.object),
            kind: failure.kind(),
            hint: self.hint(call, &failure).map(Into::into),
            code: failure.code,
            cause,
        }
    }

    /// For the user: the server.
    pub(super) fn origin(&self) -> String {
        let (endpoint, bucket) = (&self.settings.endpoint, &self.settings.bucket);
        endpoint.address(bucket, endpoint.region()).origin()
    }

    /// A failure of a verb's own, after the answer was taken.
    pub(super) fn refuse(&self, call: &Call<'_>, cause: &str) -> StoreError {
        StoreError {
            kind: Kind::Refused,
            ..self.error(call, Failure::garbled(cause))
        }
    }
}
