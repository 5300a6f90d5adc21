//! The printed policies: each command works with its own, and no more can be done with it.

use std::process::Command;

use serde_json::{Value, json};

use super::{corner, lines};
use crate::support::{Bucket, ENV, Run, Server, Z3};

/// A user of the gateway that owns nothing.
struct Limited {
    uid: String,
    bucket: Bucket,
}

impl Limited {
    fn new(z3: &Z3, name: &str) -> Self {
        let uid = name.to_owned();
        let mut admin = Command::new("radosgw-admin");
        admin
            .env("CEPH_CONF", ENV.dir.join("rgw/ceph.conf"))
            .env("CEPH_ARGS", "");
        admin.args(["user", "create", "--display-name=limited"]);
        admin
            .arg(format!("--uid={uid}"))
            .arg(format!("--access-key={uid}"));
        let made = admin.arg("--secret-key=limited").output().unwrap();
        assert!(made.status.success(), "{made:?}");
        let bucket = Bucket::of(Server::Rgw).named(&z3.bucket.name);
        Self { uid, bucket }
    }

    /// May do what the policy for this purpose says from now on.
    fn allow(&self, z3: &Z3, purpose: &str) -> &Self {
        let printed = z3.says(["doctor", "--iam-policy", purpose]);
        let mut policy: Value = serde_json::from_str(&printed).unwrap();
        let own = json!({ "AWS": [format!("arn:aws:iam:::user/{}", self.uid)] });
        for statement in policy["Statement"].as_array_mut().unwrap() {
            statement["Principal"] = own.clone();
        }
        let body = policy.to_string();
        let answer = self
            .bucket
            .ask("PUT", "", &[("policy", "")], &[], body.as_bytes());
        assert!(matches!(answer.status, 200 | 204), "{}", answer.xml());
        self
    }

    fn z3(&self, z3: &Z3, arguments: &[&str]) -> Run {
        let run = z3.z3(arguments.iter().copied());
        run.env("S3_KEY_ID", &self.uid).env("S3_SECRET", "limited")
    }
}

#[test]
fn backup_restore_and_prune_work_with_their_own_policies() {
    let mut z3 = corner("doctor-policy");
    z3.bucket = Bucket::of(Server::Rgw).named("doctor-policy");
    let limited = Limited::new(&z3, "doctor-policy");
    limited.z3(&z3, &["backup"]).run().expect_status(1);

    limited.allow(&z3, "backup");
    assert_eq!(limited.z3(&z3, &["backup"]).run().expect_ok().stderr, "");
    assert_eq!(z3.notes(), [] as [&str; 0]);
    let ended = limited.z3(&z3, &["doctor"]).run();
    let failures = lines(&ended, "FAILURE");
    assert_eq!(failures, [] as [&str; 0]);
    assert_eq!(lines(&ended, "WARNING rights: delete: ").len(), 1);
    for key in z3.bucket.keys(&format!("{}.z3/doctor/", z3.prefix)) {
        z3.bucket.delete(&key);
    }

    limited.allow(&z3, "restore");
    let name = "weekly-2026-11-22";
    z3.dataset.destroy();
    limited.z3(&z3, &["restore", name]).run().expect_ok();
    limited.z3(&z3, &["verify"]).run().expect_ok();
    let ended = limited.z3(&z3, &["doctor"]).run().expect_status(1);
    assert!(
        !lines(&ended, "FAILURE rights: store: ").is_empty(),
        "{}",
        ended.text()
    );

    limited.allow(&z3, "prune");
    let run = limited.z3(&z3, &["prune", "--keep-last", "1", "--dry-run"]);
    run.run().expect_ok();
    let ended = limited.z3(&z3, &["doctor"]).run().expect_status(1);
    assert!(
        !lines(&ended, "FAILURE rights: store: ").is_empty(),
        "{}",
        ended.text()
    );
}

#[test]
fn the_policy_is_about_this_bucket_and_this_prefix() {
    let z3 = Z3::new("doctor-policy-text");
    let run = z3.z3(["doctor", "--iam-policy", "backup"]);
    let run = run.env("S3_PREFIX", "a*b").env("BUCKET", "bk");
    let printed = run.run().expect_ok();
    let policy: Value = serde_json::from_str(printed.text()).unwrap();
    assert_eq!(policy["Statement"][0]["Resource"], "arn:aws:s3:::bk");
    assert_eq!(
        policy["Statement"][0]["Condition"]["StringLike"]["s3:prefix"],
        "a${*}b/*"
    );
    assert_eq!(
        policy["Statement"][2]["Resource"],
        "arn:aws:s3:::bk/a${*}b/.z3/uploads/*"
    );
    for (key, resource, condition) in [
        ("1-2", "arn:aws:kms:eu-west-1:*:key/1-2", Value::Null),
        (
            "arn:aws:kms:x:1:key/3",
            "arn:aws:kms:x:1:key/3",
            Value::Null,
        ),
        (
            "alias/bk",
            "arn:aws:kms:eu-west-1:*:key/*",
            json!({"ForAnyValue:StringEquals": {"kms:ResourceAliases": "alias/bk"}}),
        ),
        (
            "arn:aws:kms:x:1:alias/bk",
            "arn:aws:kms:x:1:key/*",
            json!({"ForAnyValue:StringEquals": {"kms:ResourceAliases": "alias/bk"}}),
        ),
    ] {
        for (purpose, actions) in [
            ("backup", json!(["kms:GenerateDataKey", "kms:Decrypt"])),
            ("restore", json!(["kms:Decrypt"])),
        ] {
            let run = z3.z3(["doctor", "--iam-policy", purpose]);
            let run = run.env("S3_SSE", "aws:kms").env("S3_REGION", "eu-west-1");
            let printed = run.env("S3_SSE_KMS_KEY_ID", key).run().expect_ok();
            let policy: Value = serde_json::from_str(printed.text()).unwrap();
            let statements = policy["Statement"].as_array().unwrap();
            let last = statements.last().unwrap();
            assert_eq!(last["Resource"], resource);
            assert_eq!(last["Condition"], condition);
            assert_eq!(last["Action"], actions);
        }
    }
    let china = z3.z3(["doctor", "--iam-policy", "restore"]);
    let china = china
        .env("S3_ENDPOINT", "s3.cn-north-1.amazonaws.com.cn")
        .env("S3_REGION", "cn-north-1");
    assert!(
        china
            .run()
            .expect_ok()
            .text()
            .contains("\"arn:aws-cn:s3:::")
    );
}
