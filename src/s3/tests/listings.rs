//! Listings of servers that know less than S3, or mean no good.

use super::*;
use crate::store::ObjectStore;

const MORE: &str = "<IsTruncated>true</IsTruncated>";

fn page(more: &str, keys: &[&str]) -> Reply {
    let rows = keys
        .iter()
        .map(|key| format!("<Contents><Key>{key}</Key></Contents>"));
    let rows: String = rows.collect();
    xml(
        "200 OK",
        "",
        &format!("<ListBucketResult>{more}{rows}</ListBucketResult>"),
    )
}

fn goes_on(token: usize) -> String {
    format!("{MORE}<NextContinuationToken>t{token}</NextContinuationToken>")
}

#[test]
fn an_answer_of_the_first_version_is_followed_by_its_markers() {
    let server = Server::start([
        page(MORE, &["a", "b"]),
        page(&format!("{MORE}<NextMarker>c+d</NextMarker>"), &["c"]),
        page("", &["e"]),
        page("", &[]),
    ]);
    let client = client(&server);
    assert_eq!(client.list("p").unwrap(), ["a", "b", "c", "e"]);
    client.list("p").unwrap();
    let requests = server.requests();
    let asked = |number: usize, words: &str| requests[number].contains(words);
    assert!(asked(0, "list-type=2") && !asked(0, "marker="));
    assert!(asked(1, "&marker=b&") && !asked(1, "list-type"));
    assert!(asked(2, "&marker=c%2Bd&"));
    assert!(!asked(3, "list-type"), "the server is known by now");
}

#[test]
fn a_server_that_refuses_the_second_version_is_asked_for_the_first() {
    for refusal in [
        error("501 Not Implemented", "NotImplemented", "list-type"),
        error("400 Bad Request", "InvalidArgument", ""),
        Reply::new("400 Bad Request", "", "no"),
    ] {
        let server = Server::start([refusal.clone(), page(MORE, &["a"]), page("", &["b"])]);
        assert_eq!(client(&server).list("p").unwrap(), ["a", "b"]);
        assert!(!server.requests()[1].contains("list-type"));
        // Both refused: the first refusal is the one to be told.
        let other = error("400 Bad Request", "Other", "");
        let server = Server::start([refusal.clone(), other, refusal]);
        let failed = client(&server).list("p").unwrap_err();
        assert_ne!(failed.code, "Other");
    }
}

#[test]
fn a_listing_that_does_not_go_on_is_an_error() {
    let marker = "<NextKeyMarker>a</NextKeyMarker>";
    let parts = |numbers: &str| {
        xml(
            "200 OK",
            "",
            &format!("<ListPartsResult>{MORE}{numbers}</ListPartsResult>"),
        )
    };
    let uploads =
        format!("<ListMultipartUploadsResult>{MORE}{marker}</ListMultipartUploadsResult>");
    let uploads = vec![xml("200 OK", "", &uploads); 3];
    let turns: Vec<_> = (0..300).map(|at| page(&goes_on(at % 2), &["a"])).collect();
    let empty = (0..300).map(|at| page(&goes_on(at), &[])).collect();
    let first = vec![page(MORE, &["a"]); 9];
    for script in [turns, empty, first] {
        let server = Server::start(script);
        let failed = client(&server).list("p").unwrap_err();
        assert_eq!(failed.cause, "the listing does not go on");
        assert!(server.requests().len() <= 102);
    }
    let failed = client(&Server::start(uploads))
        .list_uploads("")
        .unwrap_err();
    assert_eq!(failed.cause, "the listing does not go on");
    let back = "<NextPartNumberMarker>1</NextPartNumberMarker>";
    let on = "<NextPartNumberMarker>2</NextPartNumberMarker>";
    for script in [vec![parts(""); 3], vec![parts(on), parts(back), parts(on)]] {
        let failed = client(&Server::start(script))
            .list_parts(&upload(false))
            .unwrap_err();
        assert_eq!(failed.cause, "the listing does not go on");
    }
}

#[test]
fn pages_without_a_key_and_out_of_order_are_no_end() {
    let server = Server::start([
        page(&goes_on(1), &["b"]),
        page(&goes_on(2), &[]),
        page(&goes_on(3), &["b"]),
        page("", &["a", "b"]),
    ]);
    assert_eq!(client(&server).list("").unwrap(), ["a", "b"]);
}

#[test]
fn a_yes_in_other_letters_is_no_end_of_a_listing() {
    let token = "<NextContinuationToken>t</NextContinuationToken>";
    for more in ["True", "TRUE", " true\n", "1", "yes"] {
        let more = format!("<IsTruncated>{more}</IsTruncated>{token}");
        let server = Server::start([page(&more, &["a"]), page("", &["b"])]);
        assert_eq!(client(&server).list("").unwrap(), ["a", "b"], "{more}");
    }
    let server = Server::start([page(token, &["a"]), page("", &["b"])]);
    assert_eq!(client(&server).list("").unwrap(), ["a", "b"]);
    for no in ["false", "False", " 0 ", ""] {
        let no = format!("<IsTruncated>{no}</IsTruncated>");
        assert_eq!(
            client(&Server::start([page(&no, &["a"])]))
                .list("")
                .unwrap(),
            ["a"]
        );
    }
}
