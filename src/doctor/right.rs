//! The rights that z3 needs, with the actions of AWS' policies that give them.

use super::{Chart, Grade};
use crate::error::{Error, Result};
use crate::store::{Kind, StoreError};

/// A right, and what does not work without it.
pub struct Right {
    /// What it lets us do.
    pub subject: &'static str,
    action: &'static str,
    /// No backup without it.
    needed: bool,
    /// What happens then.
    pub without: &'static str,
}

const fn needed(subject: &'static str, action: &'static str) -> Right {
    let without = "neither backup nor restore works";
    Right {
        subject,
        action,
        needed: true,
        without,
    }
}

const fn useful(subject: &'static str, action: &'static str, without: &'static str) -> Right {
    Right {
        subject,
        action,
        needed: false,
        without,
    }
}

pub const LIST: Right = needed("list", "s3:ListBucket");
pub const STORE: Right = needed("store", "s3:PutObject");
pub const DESCRIBE: Right = needed("describe", "s3:GetObject");
pub const READ: Right = needed("read", "s3:GetObject");
pub const BEGIN: Right = needed(
    "begin an upload",
    "s3:PutObject (and s3:PutObjectAcl for S3_ACL)",
);
pub const PART: Right = needed("store a part", "s3:PutObject");
pub const COMPLETE: Right = needed("complete an upload", "s3:PutObject");
pub const PARTS: Right = useful(
    "list parts",
    "s3:ListMultipartUploadParts",
    "a backup that was cut off begins anew",
);
pub const UPLOADS: Right = useful(
    "list uploads",
    "s3:ListBucketMultipartUploads",
    "uploads that were cut off stay until a lifecycle rule aborts them",
);
pub const ABORT: Right = useful(
    "abort an upload",
    "s3:AbortMultipartUpload",
    "uploads that were cut off stay until a lifecycle rule aborts them",
);
pub const DELETE: Right = useful(
    "delete",
    "s3:DeleteObject",
    "z3 prune cannot delete, which is right for a machine that shall only add",
);

/// Tells of one right.
pub fn told<T>(chart: &mut Chart<'_>, right: &Right, answer: &Result<T, StoreError>) -> Result<()> {
    let Err(error) = answer else {
        return chart.ok(right.subject, "allowed");
    };
    let hint = match error.kind {
        Kind::Denied => format!(
            "the policy has to allow {} ('z3 doctor --iam-policy backup'); without it {}",
            right.action, right.without
        ),
        _ => right.without.to_owned(),
    };
    let denied = error.kind == Kind::Denied;
    let error = Error::from(error.clone());
    // Of a refusal nobody knows which of the two it is.
    let hint = match error.advice() {
        Some(advice) if denied => format!("{hint}; {advice}"),
        Some(advice) => advice.to_owned(),
        None => hint,
    };
    let grade = if right.needed {
        Grade::Failure
    } else {
        Grade::Warning
    };
    chart.note(right.subject, (grade, error.to_string(), hint))
}
