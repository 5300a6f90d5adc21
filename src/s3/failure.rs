//! One failed exchange with the server: what the retry loop judges and what the user reads.
//!
//! Responsible for taking an error answer apart (Code, Message, region, Retry-After) and for its meaning to callers.
//! Not responsible for what is done about it: that is [`super::retry`]'s.

use std::time::Duration;

use http::{HeaderMap, StatusCode};

use super::document::Document;
use crate::endpoint::may_be_region;
use crate::net::Mishap;
use crate::store::Kind;
use crate::terminal::plain;

/// How far an exchange came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// There is no answer, or not all of it.
    Lost(Mishap),
    /// The server refused with this HTTP status.
    Answered(u16),
    /// The server says yes, but its answer cannot be right.
    Garbled,
}

/// One failed exchange.
#[derive(Debug, Clone)]
pub(super) struct Failure {
    pub stage: Stage,
    /// S3's error code; empty if there was none.
    pub code: String,
    /// For the user: `Code: Message`, or what happened to the connection.
    pub cause: String,
    /// The server's Retry-After.
    pub retry_after: Option<Duration>,
    /// The bucket's region, as far as the answer names it.
    pub region: Option<String>,
    /// The body has not been asked for.
    pub unasked: bool,
    /// Where a redirect points: a URL, or a host. It is shown to the user, never gone to: what is sent is for one server.
    pub elsewhere: Option<String>,
}

impl Failure {
    /// A failure without an answer, or with one that cannot be right.
    pub fn new(stage: Stage, cause: impl Into<String>) -> Self {
        Self {
            stage,
            code: String::new(),
            cause: one_line(&cause.into()),
            retry_after: None,
            region: None,
            unasked: false,
            elsewhere: None,
        }
    }

    /// No answer, or not all of it.
    pub fn lost(mishap: Mishap, cause: impl Into<String>) -> Self {
        Self::new(Stage::Lost(mishap), cause)
    }

    /// An answer that cannot be right.
    pub fn garbled(cause: impl Into<String>) -> Self {
        Self::new(Stage::Garbled, cause)
    }

    /// An error answer; `body` holds at least its beginning.
    pub fn answered(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Self {
        let error = Document::parse(body).filter(|document| document.root == "Error");
        let error = error.unwrap_or_default();
        let header = |name| headers.get(name).and_then(|value| value.to_str().ok());
        let region = header("x-amz-bucket-region").unwrap_or_else(|| error.text("Region"));
        let mut failure = Self::new(Stage::Answered(status.as_u16()), "");
        failure.cause = cause(status, &error);
        failure.code = code_of(status, &error);
        let seconds = header("retry-after").and_then(|text| text.trim().parse().ok());
        if let Some(seconds) = seconds.filter(|&seconds| seconds > 0) {
            failure.cause += &format!(" (it asks for a pause of {seconds} s)");
            failure.retry_after = Some(Duration::from_secs(seconds));
        }
        failure.region = Some(region.to_owned()).filter(|name| may_be_region(name));
        let elsewhere = one_line(header("location").unwrap_or_else(|| error.text("Endpoint")));
        if status.is_redirection() && !elsewhere.is_empty() {
            failure.cause += &format!(" (to {elsewhere})");
            failure.elsewhere = Some(elsewhere);
        }
        failure
    }

    /// What callers shall make of it. Anything that may have been done after all, or may still be, is unknown.
    pub fn kind(&self) -> Kind {
        match (self.stage, self.code.as_str()) {
            _ if self.is_transient() => Kind::Unknown,
            (_, "InvalidObjectState") => Kind::Archived,
            (_, "GlacierExpeditedRetrievalNotAvailable") => Kind::Refused,
            (Stage::Answered(404), _) => Kind::NotFound,
            (Stage::Answered(401 | 403), _) => Kind::Denied,
            (Stage::Answered(412), _) => Kind::Changed,
            (Stage::Answered(500 | 502..), _) => Kind::Unknown,
            _ => Kind::Refused,
        }
    }

    /// The server has too much to do.
    pub fn asks_for_less(&self) -> bool {
        matches!(self.stage, Stage::Answered(429 | 503))
    }

    /// It may be gone in a while, and is not this request's fault.
    pub fn is_transient(&self) -> bool {
        match (self.stage, self.code.as_str()) {
            (Stage::Lost(_), _) => true,
            (Stage::Garbled, _) => false,
            (_, "SlowDown" | "Throttling" | "RequestTimeout" | "OperationAborted") => true,
            (_, "ConditionalRequestConflict") => true,
            // A 503 of its own: there is no room for it today.
            (_, "GlacierExpeditedRetrievalNotAvailable") => false,
            (Stage::Answered(status), _) => matches!(status, 408 | 429 | 500 | 502 | 503 | 504),
        }
    }

    /// Both sides have waited for each other.
    pub fn waited_in_vain(&self) -> bool {
        let late = matches!(
            self.stage,
            Stage::Lost(Mishap::Silent) | Stage::Answered(408)
        );
        self.unasked && (late || self.code == "RequestTimeout")
    }

    /// The answer blames this request, but a second try may fare better: bytes were changed on the way.
    pub fn is_worth_repeating(&self) -> bool {
        match self.code.as_str() {
            "BadDigest" | "InvalidDigest" | "IncompleteBody" => true,
            "XAmzContentSHA256Mismatch" | "XAmzContentChecksumMismatch" => true,
            _ => self.stage == Stage::Garbled,
        }
    }

    /// The outcome of a Complete whose 200 carries this error: AWS answers before it has assembled the parts. The code
    /// alone tells a refusal; any other may be an accident half way.
    pub fn of_late_error(headers: &HeaderMap, body: &[u8]) -> Self {
        let error = Document::parse(body).unwrap_or_default();
        let status = match error.text("Code") {
            "NoSuchUpload" => StatusCode::NOT_FOUND,
            "AccessDenied" => StatusCode::FORBIDDEN,
            "PreconditionFailed" => StatusCode::PRECONDITION_FAILED,
            "InvalidPart" | "InvalidPartOrder" | "EntityTooSmall" | "EntityTooLarge"
            | "MalformedXML" | "BadDigest" | "InvalidRequest" => StatusCode::BAD_REQUEST,
            _ => StatusCode::INTERNAL_SERVER_ERROR,
        };
        Self::answered(status, headers, body)
    }
}

/// `Code: Message` with advice for the frequent ones, or the status line of an answer without an S3 error.
fn cause(status: StatusCode, error: &Document) -> String {
    let [code, message] = ["Code", "Message"].map(|name| one_line(error.text(name)));
    let advice = match code_of(status, error).as_str() {
        "SignatureDoesNotMatch" => " (check S3_SECRET)",
        "InvalidAccessKeyId" => " (check S3_KEY_ID)",
        "ExpiredToken" => " (the session token has expired: get new credentials)",
        "RequestTimeTooSkewed" => " (check the clock of this machine)",
        _ => "",
    };
    match (code.as_str(), message.as_str()) {
        ("", _) => format!("HTTP status {status}"),
        (code, "") => format!("{code}{advice}"),
        (code, message) => format!("{code}: {message}{advice}"),
    }
}

/// What Garage calls AccessDenied, and s3s NotSignedUp, though it is about the keys, with S3's codes for it.
const KEYS: [(&str, &str, &str); 3] = [
    (
        "AccessDenied",
        "Forbidden: Invalid signature",
        "SignatureDoesNotMatch",
    ),
    (
        "AccessDenied",
        "Forbidden: No such key: ",
        "InvalidAccessKeyId",
    ),
    ("NotSignedUp", "", "InvalidAccessKeyId"),
];

/// S3's error code, or for some statuses the one that S3 has: proxies in between answer with none.
fn code_of(status: StatusCode, error: &Document) -> String {
    let (code, message) = (error.text("Code"), error.text("Message"));
    let known = |(own, begin, _): &&(&str, &str, _)| code == *own && message.starts_with(begin);
    if let Some((.., meant)) = KEYS.iter().find(known) {
        return (*meant).to_owned();
    }
    match (error.text("Code"), status) {
        ("", StatusCode::PAYLOAD_TOO_LARGE) => "EntityTooLarge".to_owned(),
        ("", StatusCode::METHOD_NOT_ALLOWED) => "MethodNotAllowed".to_owned(),
        ("", StatusCode::NOT_IMPLEMENTED) => "NotImplemented".to_owned(),
        ("", StatusCode::RANGE_NOT_SATISFIABLE) => "InvalidRange".to_owned(),
        (code, _) => one_line(code),
    }
}

/// At most 300 letters in one line: error texts are for a terminal, and a server is not to be trusted with escapes.
fn one_line(text: &str) -> String {
    let words = text.split(|c: char| c.is_whitespace() || c.is_control());
    let words: Vec<_> = words.filter(|word| !word.is_empty()).collect();
    plain(&words.join(" ")).chars().take(300).collect()
}
