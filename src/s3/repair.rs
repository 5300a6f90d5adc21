//! The repairs that a refusal itself suggests: the right region, the server's clock, new credentials, a Content-MD5, no
//! Expect. Each is made once per request, without a pause.

use super::failure::{Failure, Stage};
use super::{Client, Quirk};
use crate::credentials::Identity;

/// The repairs made for one request.
#[derive(Default)]
pub(super) struct Repairs {
    region: bool,
    clock: bool,
    credentials: bool,
    md5: bool,
    expect: bool,
}

impl Client {
    /// Whether a refusal names a cause that has now been removed.
    pub(super) fn repair(&self, failure: &Failure, used: &Identity, done: &mut Repairs) -> bool {
        let first_time = |done: &mut bool| !std::mem::replace(done, true);
        let elsewhere = matches!(failure.stage, Stage::Answered(301 | 307 | 400));
        let region = failure.region.as_ref().filter(|_| elsewhere);
        if let Some(region) = region.filter(|region| **region != used.region) {
            log::debug!("the bucket is in {region}, not in {}", used.region);
            self.access.move_to(region);
            return first_time(&mut done.region);
        }
        if failure.stage == Stage::Answered(417) || failure.waited_in_vain() {
            // Some proxies know no expectations (RFC 9110 10.1.1), and others add headers to 100 (Continue), which ureq then
            // takes for no word at all: the part then goes without having been asked for.
            self.server.note(Quirk::NoExpect);
            return first_time(&mut done.expect);
        }
        match failure.code.as_str() {
            "RequestTimeTooSkewed" => first_time(&mut done.clock) && self.follow_server_clock(),
            "ExpiredToken" | "TokenRefreshRequired" => {
                let renew = || self.access.renew(used);
                first_time(&mut done.credentials) && renew().is_ok_and(|renewed| renewed != *used)
            }
            // A damaged part is no such wish, though SeaweedFS names the header then.
            _ if failure.stage == Stage::Answered(400)
                && failure.cause.to_ascii_lowercase().contains("content-md5")
                && !failure.is_worth_repeating() =>
            {
                self.server.note(Quirk::WantsMd5);
                first_time(&mut done.md5)
            }
            _ => false,
        }
    }

    fn follow_server_clock(&self) -> bool {
        let Some(ahead) = self.server.clock.follow() else {
            return false;
        };
        let direction = if ahead > 0 { "ahead of" } else { "behind" };
        log::warn!(
            "the clock of this machine is {} s {direction} the server's: signing by the server's",
            ahead.unsigned_abs()
        );
        true
    }
}
