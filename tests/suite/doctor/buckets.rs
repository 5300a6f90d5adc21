//! Buckets that are set up to keep more, or less, than backups want.

use base64::{Engine, prelude::BASE64_STANDARD};

use super::{corner, lines, said};
use crate::support::{Act, Bucket, Proxy, Server, When, Z3};

/// Another bucket, configured.
fn configured(z3: &mut Z3, name: &str, what: &str, xml: &str) {
    z3.bucket = Bucket::of(Server::Rgw).named(name);
    let md5 = BASE64_STANDARD.encode(*md5::compute(xml));
    let headers = [("content-md5".to_owned(), md5)];
    let answer = z3
        .bucket
        .ask("PUT", "", &[(what, "")], &headers, xml.as_bytes());
    answer.expect(200);
}

#[test]
fn a_rule_that_deletes_backups_is_a_failure() {
    let mut z3 = corner("doctor-lifecycle");
    let rule = |id: &str, rest: &str| {
        format!(
            "<Rule><ID>{id}</ID><Filter><Prefix></Prefix></Filter><Status>Enabled</Status>{rest}</Rule>"
        )
    };
    let expires = rule("ninety", "<Expiration><Days>90</Days></Expiration>");
    let aborts = "<AbortIncompleteMultipartUpload><DaysAfterInitiation>7</DaysAfterInitiation></AbortIncompleteMultipartUpload>";
    let xml = format!(
        "<LifecycleConfiguration>{expires}{}</LifecycleConfiguration>",
        rule("abort", aborts)
    );
    configured(&mut z3, "doctor-lifecycle", "lifecycle", &xml);
    let ended = z3.examined(1);
    let failure = said(&ended, "FAILURE bucket: lifecycle: ");
    assert!(
        failure.contains("the rule 'ninety' deletes backups (90)"),
        "{failure}"
    );
    assert_eq!(
        lines(&ended, "OK      bucket: lifecycle: the rule 'abort'").len(),
        1
    );
    z3.nothing_is_left();
}

#[test]
fn of_versions_nothing_stays_either() {
    let mut z3 = corner("doctor-versions");
    let xml = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
    configured(&mut z3, "doctor-versions", "versioning", xml);
    let ended = z3.examined(0);
    assert!(said(&ended, "WARNING bucket: versioning: ").contains("NoncurrentVersionExpiration"));
    let versions = z3
        .bucket
        .ask("GET", "", &[("versions", "")], &[], b"")
        .expect(200);
    assert!(!versions.xml().contains("<Key>"), "{}", versions.xml());
}

/// Ceph's gateway knows no condition, and does not say so.
#[test]
fn a_server_that_replaces_what_it_should_keep_is_found_out() {
    let z3 = corner("doctor-conditions");
    let ended = z3.examined(0);
    assert_eq!(
        lines(&ended, "WARNING rights: conditional writes: ").len(),
        1
    );
    let z3 = Z3::on(Server::SeaweedFs, "doctor-conditions");
    z3.dataset.create();
    z3.dataset.snapshot("a");
    assert_eq!(
        lines(&z3.examined(0), "OK      rights: conditional writes: kept").len(),
        1
    );
}

#[test]
fn what_a_bucket_does_not_tell_is_no_end() {
    let proxy = Proxy::to(Server::Rgw.endpoint());
    let z3 = corner("doctor-untold").through(&proxy);
    let begin = "WARNING bucket: lifecycle: not told: ";
    proxy.rule(
        "GET",
        "lifecycle",
        When::Always,
        Act::error(403, "AccessDenied"),
    );
    assert!(said(&z3.examined(0), begin).contains("s3:GetLifecycleConfiguration"));
    proxy.heal();
    let junk = crate::support::Message::answer(200, b"<a><b></a>".to_vec());
    proxy.rule("GET", "lifecycle", When::Always, Act::Answer(junk));
    assert!(said(&z3.examined(0), begin).contains("cannot be understood"));
}
