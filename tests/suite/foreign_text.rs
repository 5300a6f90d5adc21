//! Keys, metadata and a server's words that would steer a terminal or forge a line: every program that meets them, on a terminal
//! of its own (where progress is drawn) and without one.

use std::time::Duration;

use crate::support::{Act, Ended, Message, Proxy, Server, When, Z3, programs};

/// An operating system command, both ways to erase the screen, a text turned around, what cannot be seen, and a line of ours.
const EVIL: &str =
    "\u{1b}]0;t\u{7}\u{1b}[2J\u{9b}2J\u{202e}\u{200b}\rz3: all is well\nz3: all is well";

/// The same in an answer of S3, where XML allows no controls, and readers take them.
const EVIL_XML: &str =
    "&#27;]0;t&#7;&#27;[2J&#155;2J&#x202e;&#x200b;&#13;z3: all is well&#10;z3: all is well";

/// What z3 itself does to a terminal: it erases the line of its progress.
const ERASE: &str = "\r\u{1b}[K";

fn expect_harmless(ended: &Ended) {
    // script(1) turns each line feed into two characters, as a terminal does.
    let stdout = ended.text().replace("\r\n", "\n").replace(ERASE, "\n");
    for text in [&stdout, &ended.stderr] {
        let steers = |c: char| c != '\n' && (c.is_control() || "\u{202e}\u{200b}".contains(c));
        assert!(!text.contains(steers), "{text:?}");
        let mut lines = text.lines();
        let forged = lines.any(|line| line.starts_with("z3: all is well"));
        assert!(!forged, "{text}");
    }
}

fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// Runs it twice; what was seen on the terminal.
fn look(z3: &Z3, words: &[&str]) -> String {
    let (program, arguments) = words.split_first().unwrap();
    let ended = z3.program(program, arguments.iter().copied()).run();
    expect_harmless(&ended);
    assert_ne!(ended.text().len() + ended.stderr.len(), 0, "{words:?}");
    let line: Vec<String> = words.iter().map(|word| quoted(word)).collect();
    let script = z3.file("line", line.join(" "));
    let on_terminal = format!("script -qec 'bash {}' /dev/null", script.display());
    let ended = z3.shell(&on_terminal).run();
    expect_harmless(&ended);
    ended.text().to_owned()
}

#[test]
fn a_hostile_bucket_is_looked_at_on_a_terminal() {
    let proxy = Proxy::to(Server::Rgw.endpoint());
    let z3 = Z3::new("foreign-bucket").through(&proxy);
    z3.dataset.history(&["a", "c"]);
    let name = format!("b{EVIL}");
    let key = z3.snapshot_key(&name);
    let encoded = "%1B]0;t%07%C2%9B2J%0Az3: all is well";
    let metadata = [
        ("isfull", "true"),
        ("compressor", encoded),
        ("parent", encoded),
    ];
    z3.bucket.put(&key, &[b'x'; 5000], &metadata);
    let stream = z3.dataset.send(None, "a");
    z3.bucket
        .put(&z3.snapshot_key("a"), &stream, &metadata[..2]);
    // Long enough for a progress line.
    let slow = Act::Delay(Duration::from_millis(600));
    proxy.rule("GET", "%40b", When::Always, slow);
    for words in [
        &["z3", "status"][..],
        &["z3", "status", "--json"],
        &["z3", "backup", "--dry-run"],
        &["z3", "-v", "backup"],
        &["z3", "verify"],
        &["z3", "verify", "--json"],
        &["z3", "restore", "--dry-run", &name],
        &["z3", "-v", "restore", &name],
        &["z3", "-v", "restore", "a"],
    ] {
        look(&z3, words);
    }
    let seen = look(&z3, &["z3_get", &key]);
    assert!(
        seen.contains(ERASE) && seen.contains("?z3: all is well"),
        "no progress: {seen:?}"
    );
}

#[test]
fn a_hostile_server_is_listened_to_on_a_terminal() {
    let proxy = Proxy::to(Server::Rgw.endpoint());
    let z3 = Z3::new("foreign-server").through(&proxy);
    z3.dataset.history(&["a"]);
    let document = |text: &str| text.replace("EVIL", EVIL_XML).into_bytes();
    let refusal = document("<Error><Code>EVIL</Code><Message>EVIL</Message></Error>");
    let refusal = Act::Answer(Message::answer(403, refusal));
    proxy.rule("", "", When::Always, refusal);
    let (key, input) = (z3.key("k"), z3.file("input", "bytes"));
    let upload = format!(
        "{} {} <{}",
        programs().join("pput").display(),
        quoted(&key),
        input.display()
    );
    for words in [
        &["z3", "status"][..],
        &["z3", "backup"],
        &["z3", "verify"],
        &["z3", "restore", "a"],
        &["z3_get", &key],
        &["s3_mp_cleanup", "--dry"],
        &["bash", "-c", &upload],
    ] {
        let said = look(&z3, words);
        assert!(said.contains("2J"), "{words:?} says nothing of it: {said}");
    }
    proxy.heal();
    let listed = document(
        "<ListMultipartUploadsResult><Upload><Key>EVIL</Key><UploadId>u</UploadId>\
         <Initiated>EVIL</Initiated></Upload></ListMultipartUploadsResult>",
    );
    let listed = Act::Answer(Message::answer(200, listed));
    proxy.rule("GET", "uploads=", When::Always, listed);
    let table = look(&z3, &["s3_mp_cleanup", "--dry"]);
    assert!(table.contains("all is well"), "{table}");
}
