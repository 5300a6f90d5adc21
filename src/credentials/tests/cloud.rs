//! Small servers in the place of those of a cloud.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::thread;

use super::look;

/// Answers each request by the script's next line: `STATUS|BODY`, or nothing at all if it is empty; and tells what was asked.
pub fn cloud(script: &[&str]) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let asked = Arc::new(Mutex::new(Vec::new()));
    let (heard, script) = (
        asked.clone(),
        script.iter().map(ToString::to_string).collect::<Vec<_>>(),
    );
    thread::spawn(move || {
        let mut open = Vec::new();
        for (line, connection) in script.iter().zip(listener.incoming()) {
            let mut connection = connection.unwrap();
            let said = request(&mut connection);
            heard.lock().unwrap().push(said);
            if let Some((status, body)) = line.split_once('|') {
                let length = body.len();
                let answer = format!(
                    "HTTP/1.1 {status} X\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
                );
                connection.write_all(answer.as_bytes()).unwrap();
            } else {
                open.push(connection);
            }
        }
        // What is silent stays open.
        thread::park();
    });
    (url, asked)
}

/// Head and body of a request, which may come in any pieces.
fn request(connection: &mut impl Read) -> String {
    let (mut said, mut piece) = (Vec::new(), [0; 2000]);
    loop {
        let count = connection.read(&mut piece).unwrap();
        said.extend_from_slice(&piece[..count]);
        let text = String::from_utf8_lossy(&said).into_owned();
        let whole = text.split_once("\r\n\r\n").is_some_and(|(head, body)| {
            let length = head.split("content-length: ").nth(1).unwrap_or("0");
            let length = length.split("\r\n").next().unwrap();
            body.len() >= length.parse().unwrap()
        });
        if whole || count == 0 {
            return text;
        }
    }
}

const ROLE: &str = r#"200|{"Code":"Success","AccessKeyId":"I","SecretAccessKey":"S","Token":"T","Expiration":"2030-01-01T00:00:00Z"}"#;

#[test]
fn the_container_and_the_instance_are_asked() {
    let good = Ok("I S T".to_owned());
    let (url, asked) = cloud(&[ROLE]);
    let full = format!("{url}/v1");
    let env = [
        ("AWS_CONTAINER_CREDENTIALS_FULL_URI", full.as_str()),
        ("AWS_CONTAINER_AUTHORIZATION_TOKEN", "secret"),
    ];
    assert_eq!(look(&[], None, &env), good);
    assert!(asked.lock().unwrap()[0].contains("authorization: secret\r\n"));
    for (script, requests) in [
        (vec!["200|tok", "200|role\n", ROLE], 3),
        // Version 1, and a second try.
        (vec!["404|", "503|", "200|role", ROLE], 4),
    ] {
        let (url, asked) = cloud(&script);
        let env = [
            ("AWS_EC2_METADATA_SERVICE_ENDPOINT", url.as_str()),
            ("AWS_EC2_METADATA_DISABLED", ""),
        ];
        assert_eq!(look(&[], None, &env), good);
        let asked = asked.lock().unwrap();
        assert_eq!(asked.len(), requests);
        assert!(
            asked[requests - 1].starts_with("GET /latest/meta-data/iam/security-credentials/role ")
        );
        assert_eq!(
            asked[requests - 1].contains("x-aws-ec2-metadata-token: tok\r\n"),
            requests == 3
        );
    }
}

#[test]
fn whoever_answers_otherwise_is_named() {
    for (script, words) in [
        (
            vec!["200|junk"],
            "/v1: expected credentials in JSON, got something else",
        ),
        (
            vec!["200|{\"Code\":\"Gone\",\"Message\":\"no\\u001b role\"}"],
            "/v1: there are no keys in the answer Gone: no? role",
        ),
        (vec!["403|no"], "/v1: HTTP status 403"),
    ] {
        let (url, _) = cloud(&script);
        let full = format!("{url}/v1");
        let error = look(&[], None, &[("AWS_CONTAINER_CREDENTIALS_FULL_URI", &full)]).unwrap_err();
        assert!(error.contains(&url) && error.contains(words), "{error}");
    }
    let gone = TcpListener::bind("127.0.0.1:0").unwrap().local_addr();
    let full = format!("http://{}/v1", gone.unwrap());
    let error = look(&[], None, &[("AWS_CONTAINER_CREDENTIALS_FULL_URI", &full)]).unwrap_err();
    assert_eq!(error, format!("asked {full}: connection refused"));
    for url in [
        "http://example.com/",
        "http://u:p@127.0.0.1/",
        "ftp://127.0.0.1/",
        "x",
    ] {
        let error = look(&[], None, &[("AWS_CONTAINER_CREDENTIALS_FULL_URI", url)]).unwrap_err();
        assert!(
            error.starts_with("AWS_CONTAINER_CREDENTIALS_FULL_URI: expected"),
            "{error}"
        );
    }
}
