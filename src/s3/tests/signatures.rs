//! What is sent is what is signed.

use http::{Method, Request};
use time::OffsetDateTime;
use time::macros::datetime;

use crate::credentials::{Credentials, Identity};
use crate::endpoint::Address;
use crate::s3::request::Call;
use crate::secret::Secret;

fn identity(token: Option<&str>) -> Identity {
    let (id, secret) = (
        "AKIAIOSFODNN7EXAMPLE",
        "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    );
    let credentials = Credentials {
        id: id.to_owned(),
        secret: Secret::new(secret),
        token: token.map(str::to_owned),
        expires: None,
        origin: String::new(),
    };
    Identity {
        credentials,
        region: "us-east-1".to_owned(),
    }
}

fn signed(call: &Call<'_>, token: Option<&str>) -> Request<()> {
    let address = Address::bare("https", "examplebucket.s3.amazonaws.com");
    let time = datetime!(2013-05-24 00:00 UTC);
    call.sign(&address, &identity(token), time, false).unwrap()
}

fn signature(request: &Request<()>) -> &str {
    let text = request.headers()["authorization"].to_str().unwrap();
    text.rsplit_once("Signature=").unwrap().1
}

#[test]
fn signatures_are_those_of_the_examples_in_the_api_reference() {
    let get = Call::on_key("", Method::GET, "test.txt").header("range", "bytes=0-9");
    assert_eq!(
        signature(&signed(&get, None)),
        "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"
    );
    let list = Call::on_bucket("", "examplebucket")
        .query("max-keys", "2")
        .query("prefix", "J");
    let list = signed(&list, None);
    assert_eq!(
        list.uri().path_and_query().unwrap(),
        "/?max-keys=2&prefix=J"
    );
    assert_eq!(
        signature(&list),
        "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"
    );
}

#[test]
fn what_is_sent_is_the_encoded_key_and_nothing_is_normalised() {
    for (key, path) in [
        ("fs@zfs-auto-snap:daily", "/fs%40zfs-auto-snap%3Adaily"),
        ("a b+c%d~e", "/a%20b%2Bc%25d~e"),
        ("?&=#'\"<>", "/%3F%26%3D%23%27%22%3C%3E"),
        ("ü\u{1}", "/%C3%BC%01"),
        ("trail ", "/trail%20"),
        ("//a//b/", "///a//b/"),
        ("a/./b/../c", "/a/./b/../c"),
    ] {
        let request = signed(&Call::on_key("", Method::GET, key), None);
        assert_eq!(request.uri().path(), path);
    }
    let odd = Call::on_key("", Method::GET, "k").query("uploadId", "2~a+/=&");
    let query = signed(&odd, None).uri().query().unwrap().to_owned();
    assert_eq!(query, "uploadId=2~a%2B%2F%3D%26");
}

#[test]
fn a_token_travels_and_is_signed() {
    let call = Call::on_key("", Method::GET, "k");
    let request = signed(&call, Some("tok"));
    assert_eq!(request.headers()["x-amz-security-token"], "tok");
    let authorization = request.headers()["authorization"].to_str().unwrap();
    assert!(
        authorization.contains(";x-amz-security-token,"),
        "{authorization}"
    );
    assert!(
        !signed(&call, Some(""))
            .headers()
            .contains_key("x-amz-security-token")
    );
}

#[test]
fn what_a_header_cannot_carry_is_refused_without_repeating_it() {
    let call = Call::on_key("", Method::POST, "k").header("x-amz-acl", "se\ncret");
    let address = Address::bare("http", "h");
    let error = call.sign(&address, &identity(None), OffsetDateTime::now_utc(), false);
    let error = error.unwrap_err();
    assert!(
        error.contains("x-amz-acl") && !error.contains("cret"),
        "{error}"
    );
}

/// By a calculation of the signature that knows nothing of ours (Python's hmac).
#[test]
fn headers_are_signed_in_the_order_of_their_names() {
    let call = Call::on_key("", Method::PUT, "test.txt")
        .header("x-amz-meta-a-b", "2")
        .header("x-amz-meta-a", "1")
        .header("x-amz-meta-a1", "3");
    let signed = signed(&call.body(b""), None);
    assert_eq!(
        signature(&signed),
        "7a8ec6a0b6d3601ac255eced2b4181bac60bcd7c19a6b83b67c486cbd6690d7b"
    );
}
