//! The least that AWS has to allow for a purpose (IAM's JSON policy language, version 2012-10-17).
//!
//! Derived from the verbs that z3 uses; the suite runs backup, restore and prune with nothing more than this.

use std::fmt::Write;

use serde_json::Value;

use crate::args::PolicyFor;
use crate::config::StoreSettings;
use crate::endpoint::Endpoint;

/// The classes out of which an object has to be asked for before it can be read.
const COLD: [&str; 3] = ["GLACIER", "DEEP_ARCHIVE", "INTELLIGENT_TIERING"];

/// The document.
pub fn policy(purpose: PolicyFor, store: &StoreSettings) -> String {
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
    let place = format!(
        "arn:{}:s3:::{}",
        partition(&store.s3.endpoint),
        store.s3.bucket
    );
    let prefix = literal(&store.s3_prefix);
    let below = (!prefix.is_empty()).then(|| format!("{prefix}*"));
    let mut text = "{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [".to_owned();
    statement(&mut text, &["s3:ListBucket"], &place, below.as_deref());
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
    text + "\n  ]\n}\n"
}

fn statement(text: &mut String, actions: &[&str], resource: &str, prefix: Option<&str>) {
    let actions: Vec<String> = actions
        .iter()
        .map(|action| format!("\"{action}\""))
        .collect();
    let (actions, resource) = (actions.join(", "), Value::from(resource));
    let condition = prefix.map(|prefix| {
        let prefix = Value::from(prefix);
        format!(",\n      \"Condition\": {{\"StringLike\": {{\"s3:prefix\": {prefix}}}}}")
    });
    let condition = condition.unwrap_or_default();
    // Writing to a String cannot fail.
    let _ = write!(
        text,
        "\n    {{\n      \"Effect\": \"Allow\",\n      \"Action\": [{actions}],\n      \"Resource\": {resource}{condition}\n    }}"
    );
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
