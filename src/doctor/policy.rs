//! The least that AWS has to allow for a purpose (IAM's JSON policy language, version 2012-10-17).
//!
//! Derived from the verbs that z3 uses; the suite runs backup, restore and prune with nothing more than this.

use std::fmt::Write;

use serde_json::Value;

use crate::args::PolicyFor;
use crate::config::{SSE_KMS_KEY, StoreSettings};
use crate::endpoint::Endpoint;

/// The classes out of which an object has to be asked for before it can be read.
const COLD: [&str; 3] = ["GLACIER", "DEEP_ARCHIVE", "INTELLIGENT_TIERING"];

/// The document.
pub fn policy(purpose: PolicyFor, store: &StoreSettings) -> String {
    let objects = object_actions(purpose, store);
    let place = format!(
        "arn:{}:s3:::{}",
        partition(&store.s3.endpoint),
        store.s3.bucket
    );
    let prefix = literal(&store.s3_prefix);
    let below = (!prefix.is_empty()).then(|| format!("{prefix}*"));
    let mut text = "{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [".to_owned();
    let below = below.map(|prefix| ("StringLike", "s3:prefix", prefix));
    statement(&mut text, &["s3:ListBucket"], &place, below);
    text.push(',');
    statement(&mut text, &objects, &format!("{place}/{prefix}*"), None);
    if purpose == PolicyFor::Backup {
        let notes = format!("{place}/{prefix}.z3/uploads/*");
        text.push(',');
        statement(&mut text, &["s3:DeleteObject"], &notes, None);
        text.push(',');
        // This action knows no condition about a prefix.
        let action = ["s3:ListBucketMultipartUploads"];
        statement(&mut text, &action, &place, None);
    }
    if let Some(key) = store.s3.put_header(SSE_KMS_KEY) {
        text.push(',');
        // What was encrypted in parts is decrypted to be put together.
        let actions = match purpose {
            PolicyFor::Backup => &["kms:GenerateDataKey", "kms:Decrypt"][..],
            _ => &["kms:Decrypt"],
        };
        let (resource, alias) = kms_key(key, &store.s3.endpoint);
        statement(&mut text, actions, &resource, alias);
    }
    text + "\n  ]\n}\n"
}

fn object_actions(purpose: PolicyFor, store: &StoreSettings) -> Vec<&'static str> {
    let mut objects = vec!["s3:GetObject"];
    match purpose {
        PolicyFor::Backup => {
            objects.extend([
                "s3:PutObject",
                "s3:AbortMultipartUpload",
                "s3:ListMultipartUploadParts",
            ]);
            objects.extend(store.acl.as_ref().map(|_| "s3:PutObjectAcl"));
        }
        PolicyFor::Restore => {
            let class = store.storage_class.as_deref().unwrap_or_default();
            objects.extend(COLD.contains(&class).then_some("s3:RestoreObject"));
        }
        PolicyFor::Prune => objects.extend(["s3:DeleteObject", "s3:ListMultipartUploadParts"]),
    }
    objects
}

/// The operator of a condition, its key and the value.
type Test = (&'static str, &'static str, String);

fn statement(text: &mut String, actions: &[&str], resource: &str, condition: Option<Test>) {
    let actions: Vec<String> = actions
        .iter()
        .map(|action| format!("\"{action}\""))
        .collect();
    let (actions, resource) = (actions.join(", "), Value::from(resource));
    let condition = condition.map(|(test, of, value)| {
        let value = Value::from(value);
        format!(",\n      \"Condition\": {{\"{test}\": {{\"{of}\": {value}}}}}")
    });
    let condition = condition.unwrap_or_default();
    // Writing to a String cannot fail.
    let _ = write!(
        text,
        "\n    {{\n      \"Effect\": \"Allow\",\n      \"Action\": [{actions}],\n      \"Resource\": {resource}{condition}\n    }}"
    );
}

/// A policy names keys by their ARN, never by an alias: that is a condition on all keys of its place. Whoever gave no ARN has
/// the key in the bucket's region.
fn kms_key(key: &str, endpoint: &Endpoint) -> (String, Option<Test>) {
    let own = || format!("arn:{}:kms:{}:*", partition(endpoint), endpoint.region());
    let (place, name) = match key.rsplit_once(':') {
        Some((place, name)) if key.starts_with("arn:") => (place.to_owned(), name),
        _ => (own(), key),
    };
    if name.starts_with("alias/") {
        let condition = (
            "ForAnyValue:StringEquals",
            "kms:ResourceAliases",
            literal(name),
        );
        return (format!("{place}:key/*"), Some(condition));
    }
    let id = name.strip_prefix("key/").unwrap_or(name);
    (format!("{place}:key/{}", literal(id)), None)
}

/// Text in which nothing stands for something else: `*` and `?` are patterns there, `$` begins a variable.
fn literal(text: &str) -> String {
    let letter = |letter: char| match letter {
        '*' | '?' | '$' => format!("${{{letter}}}"),
        other => other.to_string(),
    };
    text.chars().map(letter).collect()
}

/// China and the American government have a cloud of their own.
fn partition(endpoint: &Endpoint) -> &'static str {
    match endpoint {
        Endpoint::Aws { domain, .. } if domain.ends_with(".cn") => "aws-cn",
        other if other.region().starts_with("us-gov-") => "aws-us-gov",
        _ => "aws",
    }
}
