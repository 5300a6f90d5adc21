//! What guards a part on its way, by `PAYLOAD`.

use super::*;
use crate::store::{Condition, CreateOptions, ObjectStore};

const CREATED: &str =
    "<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>";
const SHA256: &str = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
/// CRC-32C of "hello".
const CRC32C: &str = "mnG7TA==";

/// The requests of an upload of one part to a server that echoes this algorithm, and what is known of the part.
fn requests(payload: Payload, echo: &str) -> (Vec<String>, PartTag) {
    let server = Server::start([
        xml("200 OK", echo, CREATED),
        Reply::new("200 OK", "ETag: \"e1\"\r\n", ""),
        xml("200 OK", "", "<CompleteMultipartUploadResult/>"),
    ]);
    let mut settings = settings(&server.url);
    settings.payload = payload;
    let client = Client::open(&settings).unwrap();
    let upload = client.create("k", &CreateOptions::default()).unwrap();
    let part = client.put_part(&upload, 1, b"hello").unwrap();
    let parts = [part.clone()];
    client.complete(&upload, &parts, &Condition::Any).unwrap();
    (server.requests(), part)
}

#[test]
fn crc32c_takes_the_place_of_the_signed_digest_where_it_is_known() {
    let echo = "x-amz-checksum-algorithm: CRC32C\r\n";
    let (requests, part) = requests(Payload::Crc32c, echo);
    assert!(requests[0].contains("x-amz-checksum-algorithm: CRC32C\r\n"));
    assert!(requests[1].contains("x-amz-content-sha256: UNSIGNED-PAYLOAD\r\n"));
    assert!(requests[1].contains(&format!("x-amz-checksum-crc32c: {CRC32C}\r\n")));
    assert!(requests[2].contains(&format!("<ChecksumCRC32C>{CRC32C}</ChecksumCRC32C>")));
    assert_eq!(part.checksum.unwrap().algorithm, Algorithm::Crc32c);
}

#[test]
fn where_it_is_not_known_the_digest_is_signed() {
    for echo in ["", "x-amz-checksum-algorithm: CRC64NVME\r\n"] {
        let (requests, part) = requests(Payload::Crc32c, echo);
        assert!(requests[1].contains(&format!("x-amz-content-sha256: {SHA256}\r\n")));
        assert!(!requests[1].contains("x-amz-checksum"));
        assert!(!requests[2].contains("Checksum"));
        assert_eq!(part.checksum.unwrap().algorithm, Algorithm::Sha256);
    }
}

#[test]
fn unsigned_bytes_carry_nothing() {
    let (requests, part) = requests(Payload::Unsigned, "");
    assert!(!requests[0].contains("x-amz-checksum"));
    assert!(requests[1].contains("x-amz-content-sha256: UNSIGNED-PAYLOAD\r\n"));
    assert!(!requests[1].contains("x-amz-checksum"));
    assert_eq!(part.checksum, None);
    assert!(!requests[2].contains("UNSIGNED"), "Complete is signed");
}

#[test]
fn an_upload_that_was_begun_otherwise_gets_what_it_carries() {
    let server = Server::start([Reply::new("200 OK", "ETag: \"e1\"\r\n", "")]);
    let carries = Upload {
        checksum: Some(Algorithm::Crc32c),
        ..upload(false)
    };
    let part = client(&server).put_part(&carries, 1, b"hello").unwrap();
    let request = &server.requests()[0];
    assert!(request.contains(&format!("x-amz-content-sha256: {SHA256}\r\n")));
    assert!(request.contains(&format!("x-amz-checksum-crc32c: {CRC32C}\r\n")));
    assert_eq!(part.checksum.unwrap().base64, CRC32C);
}
