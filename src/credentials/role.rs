//! Where a role is named: in a profile (`role_arn`), or by the environment of a container (`AWS_WEB_IDENTITY_TOKEN_FILE`).
//!
//! Responsible for whose signature asks for it. A role that is named and cannot be had is an error: whoever signs in its place
//! would be somebody else. Not responsible for asking ([`super::sts`]).

use super::profile::{ProfileFile, find_for};
use super::sts::RoleWish;
use super::{Credentials, Environment, Found, from_env, remote};
use crate::error::os_text;
use crate::inifile::read_text;

/// So many roles may lead to one another; more are a circle.
const DEPTH: usize = 5;
/// What the server calls the session, if nobody says otherwise.
const SESSION: &str = "z3-backup";

/// As Amazon EKS and others hand it to a container.
pub fn of_environment(env: Environment<'_>) -> Found {
    let name = "AWS_WEB_IDENTITY_TOKEN_FILE";
    let Some(path) = env(name) else {
        return Ok(Err(String::new()));
    };
    let place = format!("{name} in the environment");
    let Some(arn) = env("AWS_ROLE_ARN") else {
        return Err(format!("{place}: expected AWS_ROLE_ARN as well"));
    };
    let session = env("AWS_ROLE_SESSION_NAME");
    let wish = wish(place, arn, session);
    web_identity(wish, &path, env).map(Ok)
}

/// The role of a profile, if it has one; `depth` roles have led to it.
pub fn of_profile(
    files: [&ProfileFile; 2],
    wanted: &str,
    env: Environment<'_>,
    depth: usize,
) -> Result<Option<Credentials>, String> {
    let found = |key| files.iter().find_map(|file| file.value(key));
    let value = |key| found(key).map(|(_, value)| value);
    let Some((place, arn)) = found("role_arn") else {
        return Ok(None);
    };
    if let Some((place, _)) = found("mfa_serial") {
        return Err(format!(
            "{place}: nobody is there to type a code; use credential_process"
        ));
    }
    let mut wish = wish(place, arn, value("role_session_name"));
    wish.region = value("region");
    let more = [
        ("ExternalId", "external_id"),
        ("DurationSeconds", "duration_seconds"),
    ];
    let more = more.map(|(name, key)| Some((name, value(key)?)));
    wish.parameters.extend(more.into_iter().flatten());
    if let Some(path) = value("web_identity_token_file") {
        return web_identity(wish, &path, env).map(Some);
    }
    let (place, source) = match (found("source_profile"), found("credential_source")) {
        (Some((place, source)), None) => (place, profile(&source, wanted, env, depth)),
        (None, Some((place, source))) => (place, machine(&source, env)),
        _ => {
            let place = wish.place;
            return Err(format!(
                "{place}: expected source_profile, credential_source or web_identity_token_file as well"
            ));
        }
    };
    let signer = source.and_then(|found| found);
    let signer = signer.map_err(|problem| format!("{place}: {problem}"))?;
    wish.grant(Some(&signer), env).map(Some)
}

fn wish(place: String, arn: String, session: Option<String>) -> RoleWish {
    let session = session.unwrap_or_else(|| SESSION.to_owned());
    RoleWish {
        place,
        parameters: vec![("RoleArn", arn), ("RoleSessionName", session)],
        region: None,
    }
}

/// The token is renewed in its file, so that is read every time.
fn web_identity(
    mut wish: RoleWish,
    path: &str,
    env: Environment<'_>,
) -> Result<Credentials, String> {
    let read = read_text(path.as_ref());
    let (token, _) =
        read.map_err(|error| format!("{}: read {path}: {}", wish.place, os_text(&error)))?;
    let token = token.trim().to_owned();
    if token.is_empty() {
        return Err(format!("{}: {path} is empty", wish.place));
    }
    wish.parameters.push(("WebIdentityToken", token));
    wish.grant(None, env)
}

/// A profile that names itself means its own keys.
fn profile(source: &str, wanted: &str, env: Environment<'_>, depth: usize) -> Found {
    match (source == wanted, depth < DEPTH) {
        (true, _) => find_for(Some(source), env, None),
        (false, true) => find_for(Some(source), env, Some(depth + 1)),
        (false, false) => Err("roles go round in a circle".to_owned()),
    }
}

fn machine(source: &str, env: Environment<'_>) -> Found {
    match source {
        "Environment" => from_env(env),
        "Ec2InstanceMetadata" => remote::instance(env),
        "EcsContainer" => remote::container(env),
        _ => Err("expected Environment, Ec2InstanceMetadata or EcsContainer".to_owned()),
    }
}
