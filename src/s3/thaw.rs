//! Archive classes: what HeadObject tells of an object in one, and RestoreObject, which asks for a readable copy.

use http::Method;
use http::header::HeaderMap;

use super::Client;
use super::answer::text_of;
use super::request::Call;
use crate::net::http_date;
use crate::store::{StoreError, ThawTerms, Thawed};

/// The classes whose objects cannot be read without a copy.
const ARCHIVES: [&str; 2] = ["GLACIER", "DEEP_ARCHIVE"];

/// Whether the object lies where nothing can be read, by the name of its class or tier.
pub(super) fn is_put_away(class: Option<&str>, tier: Option<&str>) -> bool {
    tier.is_some() || class.is_some_and(|class| ARCHIVES.contains(&class))
}

/// `ongoing-request="true"`, or `ongoing-request="false", expiry-date="Fri, 21 Dec 2012 00:00:00 GMT"`.
pub(super) fn thawed(headers: &HeaderMap) -> Thawed {
    let text = text_of(headers, "x-amz-restore").unwrap_or_default();
    if text.contains("ongoing-request=\"true\"") {
        return Thawed::UnderWay;
    }
    if !text.contains("ongoing-request=\"false\"") {
        return Thawed::No;
    }
    let date = text.split_once("expiry-date=\"");
    let date = date.and_then(|(_, rest)| rest.split('"').next());
    Thawed::Until(date.and_then(http_date))
}

impl Client {
    /// RestoreObject. An answer says no more than that it is under way or there: HeadObject tells which.
    pub(super) fn ask_for_copy(&self, key: &str, wish: ThawTerms) -> Result<(), StoreError> {
        let body = body(wish);
        let call = Call::on_key("thaw", Method::POST, key)
            .query("restore", "")
            .header("content-type", "application/xml")
            .body(body.as_bytes());
        match self.ask(&call) {
            // Somebody has asked before.
            Err(error) if error.code == "RestoreAlreadyInProgress" => Ok(()),
            Err(error) if cannot_thaw(&error) => Err(StoreError {
                hint: Some("this store knows no RestoreObject, or has nothing to thaw: its own tools must bring the object back".into()),
                ..error
            }),
            Err(error) if error.code == "GlacierExpeditedRetrievalNotAvailable" => Err(StoreError {
                hint: Some("there is no room for expedited ones now: '--tier standard' takes hours and always has".into()),
                ..error
            }),
            answered => answered,
        }
    }
}

/// 405 and 501.
fn cannot_thaw(error: &StoreError) -> bool {
    matches!(error.code.as_str(), "MethodNotAllowed" | "NotImplemented")
}

fn body(wish: ThawTerms) -> String {
    let days = wish.days.map(|days| format!("<Days>{days}</Days>"));
    let days = days.unwrap_or_default();
    let (first, rest) = wish.tier.word().split_at(1);
    let tier = format!("{}{rest}", first.to_uppercase());
    format!(
        "<RestoreRequest xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">{days}<GlacierJobParameters><Tier>{tier}</Tier></GlacierJobParameters></RestoreRequest>"
    )
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::*;
    use crate::tier::Tier;

    fn told(value: &str) -> Thawed {
        let mut headers = HeaderMap::new();
        headers.insert("x-amz-restore", value.parse().unwrap());
        thawed(&headers)
    }

    #[test]
    fn a_copy_is_none_under_way_or_there() {
        let date = SystemTime::UNIX_EPOCH + Duration::from_secs(1_356_048_000);
        let there = r#"ongoing-request="false", expiry-date="Fri, 21 Dec 2012 00:00:00 GMT""#;
        assert_eq!(told(there), Thawed::Until(Some(date)));
        assert_eq!(told(r#"ongoing-request="true""#), Thawed::UnderWay);
        for odd in ["\"soon\"", "\"", "", "\"Fri, 21 Dec 9999 00:00:00 GMT\""] {
            let text = format!("ongoing-request=\"false\", expiry-date={odd}");
            assert_eq!(told(&text), Thawed::Until(None), "{odd}");
        }
        assert_eq!(told("perhaps"), Thawed::No);
        assert_eq!(thawed(&HeaderMap::new()), Thawed::No);
    }

    #[test]
    fn what_comes_out_itself_is_asked_for_without_days() {
        let wish = |tier, days| body(ThawTerms { tier, days });
        assert!(
            wish(Tier::Bulk, Some(7))
                .contains("><Days>7</Days><GlacierJobParameters><Tier>Bulk</Tier><")
        );
        assert!(!wish(Tier::Standard, None).contains("Days"));
    }
}
