//! What a proxy can do to a request, in the order of the ways in which days are bad.

use std::sync::Arc;
use std::time::Duration;

use time::format_description::well_known::Rfc3339;
use time::macros::format_description;
use time::{OffsetDateTime, UtcOffset};

use super::http::Message;
use crate::support::halt::Halt;

/// What happens to a request that a rule matches.
#[derive(Clone)]
pub enum Act {
    /// This answer; the server never hears of the request.
    Answer(Message),
    /// The connection closes before the server hears of the request; with a body unread, the client sees a reset.
    Refuse,
    /// The server does it, and the connection closes without an answer.
    LoseReply,
    /// The server does it, and the client gets this answer instead of the server's.
    ReplaceReply(Message),
    /// The answer's head, so many bytes of its body, and the connection closes.
    CutBody(usize),
    /// The same, and then nothing more, on an open connection.
    StallBody(usize),
    /// The request is read, and nothing happens any more.
    Silence,
    /// Not even the request's body is read.
    Deafness,
    /// The request goes on after this time.
    Delay(Duration),
    /// It stands still at this stage, and goes on when it is let go, unless its connection has been cut, or all is silent.
    Halt(Halt, Stage),
    /// Bodies move at so many bytes a second, both ways, on each connection.
    Throttle(u64),
    /// One bit in the middle of the request's body changes on its way to the server.
    DamageBody,
    /// A part is acknowledged with an ETag, and thrown away.
    SwallowPart,
    /// The server's answer, edited.
    Edit(Arc<dyn Fn(&mut Message) + Send + Sync>),
}

/// How far a request has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Half of its body has been read.
    HalfSent,
    /// All of it has been read, and the server has not heard of it.
    Sent,
    /// The server has done it, and nobody has been told.
    Done,
}

impl Act {
    /// An answer of the server's kind with S3's error body; 200 is possible, too.
    pub fn error(status: u16, code: &str) -> Self {
        Self::Answer(Message::error(status, code))
    }

    /// As if the server were far away: what is downloaded from there comes in ranges.
    pub fn far() -> Self {
        Self::Delay(Duration::from_millis(50))
    }

    pub fn edit(edit: impl Fn(&mut Message) + Send + Sync + 'static) -> Self {
        Self::Edit(Arc::new(edit))
    }

    /// The server's answer with its `Initiated` and `LastModified` so many days earlier.
    pub fn age_dates(days: i64) -> Self {
        Self::edit(move |answer| {
            answer.edit_text(|mut xml| {
                for name in ["Initiated", "LastModified"] {
                    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
                    let mut aged = xml.split(&open);
                    let mut text = aged.next().unwrap().to_owned();
                    for rest in aged {
                        let (date, after) = rest.split_once(&close).unwrap();
                        let date = OffsetDateTime::parse(date, &Rfc3339).unwrap();
                        let earlier = (date - time::Duration::days(days)).format(&Rfc3339);
                        text += &format!("{open}{}{close}{after}", earlier.unwrap());
                    }
                    xml = text;
                }
                xml
            });
        })
    }

    /// The server's answer with a `Date` so many seconds later than ours.
    pub fn shift_clock(seconds: i64) -> Self {
        Self::edit(move |answer| answer.set("Date", http_date(seconds)))
    }
}

/// Our time and so many seconds, as RFC 9110 writes it.
pub fn http_date(later_seconds: i64) -> String {
    let format = format_description!(
        "[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT"
    );
    let time = OffsetDateTime::now_utc() + time::Duration::seconds(later_seconds);
    time.to_offset(UtcOffset::UTC).format(&format).unwrap()
}
