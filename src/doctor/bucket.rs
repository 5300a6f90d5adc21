//! What a bucket is set up to do with what is in it: lifecycle rules, versions, locks, encryption.
//!
//! Rules that delete are the quiet end of backups: they take the full on which everything builds first, as it is the oldest.

use super::clauses::{Clause, clauses};
use super::{Chart, Grade, Judged};
use crate::config::StoreSettings;
use crate::error::Result;
use crate::s3::Client;
use crate::store::{Kind, StoreError};

/// An upload of a large snapshot takes days.
const SOON_DAYS: u32 = 3;
/// Where a rule says when unfinished uploads end.
const ABORT: &str = "AbortIncompleteMultipartUpload/DaysAfterInitiation";

pub fn examine(client: &Client, store: &StoreSettings, chart: &mut Chart<'_>) -> Result<()> {
    let asked = |what| match client.about(what, clauses) {
        // That there is none is told by an error.
        Err(error) if error.kind == Kind::NotFound => Ok(Vec::new()),
        answer => answer,
    };
    let rules = asked("lifecycle");
    match &rules {
        Ok(rules) => {
            for judged in lifecycle(rules, &store.s3_prefix) {
                chart.note("lifecycle", judged)?;
            }
        }
        Err(error) => {
            let hint = "look there whether a rule deletes objects, and one aborts uploads; s3:GetLifecycleConfiguration lets z3 see";
            chart.warn("lifecycle", untold(error), hint)?;
        }
    }
    let rules = rules.unwrap_or_default();
    for (what, judge) in [
        (
            "versioning",
            versioning as fn(&[Clause], &[Clause]) -> Judged,
        ),
        ("object-lock", object_lock),
        ("encryption", encryption),
    ] {
        match asked(what) {
            Ok(told) => chart.note(what, judge(&told, &rules))?,
            Err(error) => chart.ok(what, untold(&error))?,
        }
    }
    Ok(())
}

fn untold(error: &StoreError) -> String {
    format!("not told: {}", error.cause)
}

fn ok(found: impl Into<String>) -> Judged {
    (Grade::Ok, found.into(), String::new())
}

/// Every rule that concerns us, and what is missing.
pub(super) fn lifecycle(rules: &[Clause], prefix: &str) -> Vec<Judged> {
    let of_ours = || rules.iter().filter(|rule| concerns(rule, prefix));
    let mut judged: Vec<Judged> = of_ours().flat_map(|rule| of_rule(rule, prefix)).collect();
    // One that is about some of our keys alone is not enough.
    if !of_ours().any(|rule| rule.has(ABORT) && prefix.starts_with(&place_of(rule))) {
        let hint = "a rule with AbortIncompleteMultipartUpload after 7 days, or s3_mp_cleanup by cron, takes away what was cut off and costs money";
        let found = "no rule aborts unfinished uploads";
        judged.push((Grade::Warning, found.to_owned(), hint.to_owned()));
    }
    judged
}

/// What one rule does with backups.
fn of_rule(rule: &Clause, prefix: &str) -> Vec<Judged> {
    let name = format!("the rule '{}'", rule.text("ID").unwrap_or_default());
    let small = format!("{prefix}.z3/uploads/");
    let mut judged = Vec::new();
    let places = ["Expiration/Days", "Expiration/Date"];
    let expires = places.iter().find_map(|place| rule.text(place));
    if let Some(when) = expires.filter(|_| !place_of(rule).starts_with(&small)) {
        let hint = "take it away or keep it off S3_PREFIX: it deletes what newer backups build on; z3 prune deletes in the right order";
        let found = format!("{name} deletes backups ({when})");
        judged.push((Grade::Failure, found, hint.to_owned()));
    }
    let classes = rule.all("Transition/StorageClass");
    for class in classes.filter(|class| matches!(*class, "GLACIER" | "DEEP_ARCHIVE")) {
        let hint = "such backups have to be thawed before a restore (z3 thaw), and z3's own small objects with them";
        let found = format!("{name} moves backups to {class}");
        judged.push((Grade::Warning, found, hint.to_owned()));
    }
    if let Some(days) = rule.text(ABORT) {
        let soon = days.parse::<u32>().is_ok_and(|days| days < SOON_DAYS);
        let found = format!("{name} aborts uploads after {days} days");
        let hint = "give them 7 days or more: an upload that takes longer never ends";
        judged.push(match soon {
            true => (Grade::Warning, found, hint.to_owned()),
            false => ok(found),
        });
    }
    judged
}

/// Whether an enabled rule can be about keys of ours, which have no tags.
fn concerns(rule: &Clause, prefix: &str) -> bool {
    let place = place_of(rule);
    let tagged = rule.has("Filter/Tag") || rule.has("Filter/And/Tag");
    let enabled = rule.name == "Rule" && rule.text("Status") == Some("Enabled");
    enabled && !tagged && (place.starts_with(prefix) || prefix.starts_with(&place))
}

/// What the keys begin with that a rule is about. Blanks at the ends of one count, and are not known here.
fn place_of(rule: &Clause) -> String {
    let places = ["Filter/Prefix", "Filter/And/Prefix", "Prefix"];
    places
        .iter()
        .find_map(|place| rule.text(place))
        .unwrap_or_default()
        .to_owned()
}

pub(super) fn versioning(told: &[Clause], rules: &[Clause]) -> Judged {
    let status = told.iter().find(|clause| clause.name == "Status");
    let status = status
        .and_then(|clause| clause.text(""))
        .unwrap_or("never enabled");
    let expire = rules
        .iter()
        .any(|rule| rule.has("NoncurrentVersionExpiration"));
    match status {
        "Enabled" if !expire => {
            let hint = "what z3 prune deletes stays as a former version and is paid for: a rule with NoncurrentVersionExpiration ends that";
            (
                Grade::Warning,
                "enabled, and no rule ever takes former versions away".to_owned(),
                hint.to_owned(),
            )
        }
        "Enabled" => ok("enabled; former versions go by a rule"),
        other => ok(other.to_lowercase()),
    }
}

pub(super) fn object_lock(told: &[Clause], _: &[Clause]) -> Judged {
    let enabled = told.iter().any(|clause| clause.name == "ObjectLockEnabled");
    let rule = told.iter().find(|clause| clause.name == "Rule");
    let of = |name: &str| {
        let place = format!("DefaultRetention/{name}");
        rule.and_then(|rule| rule.text(&place))
            .map(|text| format!("{text} {}", name.to_lowercase()))
    };
    let mode = rule.and_then(|rule| rule.text("DefaultRetention/Mode"));
    match (enabled, mode) {
        (false, _) => ok("none"),
        (true, None) => ok("enabled, without a retention by default"),
        (true, Some(mode)) => {
            let span = of("Days").or(of("Years")).unwrap_or_default();
            ok(format!(
                "{mode} for {span}: z3 prune leaves objects alone until then"
            ))
        }
    }
}

pub(super) fn encryption(told: &[Clause], _: &[Clause]) -> Judged {
    let rule = told.iter().find(|clause| clause.name == "Rule");
    let of = |name: &str| {
        rule.and_then(|rule| rule.text(&format!("ApplyServerSideEncryptionByDefault/{name}")))
    };
    match (of("SSEAlgorithm"), of("KMSMasterKeyID")) {
        (None, _) => ok("none by default"),
        (Some(algorithm), None) => ok(format!("{algorithm} by default")),
        (Some(algorithm), Some(key)) => ok(format!("{algorithm} by default, with the key {key}")),
    }
}
