//! Whose keys sign: the files that AWS' tools share, helpers, and the machine's own, against a server that checks them.

mod roles;

use std::fs;

use crate::support::{Act, ENV, Message, Proxy, Run, When, Z3};

/// `z3_get` of an object, without keys in its environment.
fn get(z3: &Z3) -> Run {
    let run = z3.program("z3_get", [z3.key("a")]);
    run.env_remove("S3_KEY_ID")
        .env_remove("S3_SECRET")
        .env("AWS_EC2_METADATA_DISABLED", "true")
}

fn corner(test: &str) -> Z3 {
    let z3 = Z3::new(test);
    z3.bucket.put(&z3.key("a"), b"content", &[]);
    fs::create_dir(z3.dir().join("home/.aws")).unwrap();
    z3
}

fn works(run: Run) {
    let ended = run.run().expect_ok();
    assert_eq!((ended.text(), ended.stderr.as_str()), ("content", ""));
}

fn pair() -> String {
    format!(
        "aws_access_key_id={}\naws_secret_access_key={}\n",
        ENV.key_id, ENV.secret
    )
}

#[test]
fn profiles_are_found_in_every_file_that_has_them() {
    let z3 = corner("profiles");
    let text = format!("[other]\nnonsense\n[default] # ours\n{}", pair());
    z3.file("home/.aws/credentials", text);
    works(get(&z3));
    works(
        get(&z3)
            .env("AWS_ACCESS_KEY_ID", "")
            .env("AWS_SECRET_ACCESS_KEY", ""),
    );
    z3.file("elsewhere", format!("[bk]\n{}", pair()));
    for name in ["AWS_PROFILE", "AWS_DEFAULT_PROFILE"] {
        let run = || get(&z3).env(name, "bk");
        works(run().env("AWS_SHARED_CREDENTIALS_FILE", "~/../elsewhere"));
        let said = run().run().expect_status(1).stderr;
        assert!(
            said.contains("/.aws/credentials has no profile bk"),
            "{said}"
        );
    }
    z3.file("home/.aws/config", format!("[profile bk]\n{}", pair()));
    works(get(&z3).env("AWS_PROFILE", "bk"));
    let json = format!(
        r#"{{"Version":1,"AccessKeyId":"{}","SecretAccessKey":"{}"}}"#,
        ENV.key_id, ENV.secret
    );
    let helper = format!("[default]\ncredential_process = echo '{json}'\n");
    z3.file("home/.aws/credentials", helper);
    works(get(&z3));
}

#[test]
fn what_is_wrong_with_a_profile_is_said_and_nothing_of_its_secret() {
    let z3 = corner("broken");
    let path = z3.file("home/.aws/credentials", "");
    for (text, line, words) in [
        (
            "[default\naws_secret_access_key=hidden\n",
            1,
            "expected ']'",
        ),
        (
            "[default]\naws_secret_access_key=hidden\n",
            2,
            "expected aws_access_key_id as well",
        ),
        (
            "[default]\nrole_arn=hidden\n",
            2,
            "expected source_profile, credential_source or",
        ),
    ] {
        fs::write(&path, text).unwrap();
        let said = get(&z3).run().expect_status(1).stderr;
        let place = format!("z3_get: {} line {line}: ", path.display());
        assert!(said.starts_with(&place) && said.contains(words), "{said}");
        assert!(!said.contains("hidden"), "{said}");
    }
    let said = get(&z3)
        .env("AWS_ACCESS_KEY_ID", "a\n")
        .env("AWS_SECRET_ACCESS_KEY", "b");
    let said = said.run().expect_status(1).stderr;
    assert!(
        said.contains("AWS_ACCESS_KEY_ID in the environment: expected visible ASCII"),
        "{said}"
    );
}

/// Here, where others go on meanwhile: two tries of 5 s.
#[test]
fn a_machine_that_tells_no_keys_is_given_up() {
    let z3 = corner("silent");
    let cloud = Proxy::to("http://127.0.0.1:1");
    cloud.rule("GET", "v1", When::Always, Act::Silence);
    let full = format!("{}/v1", cloud.endpoint());
    let run = get(&z3).env("AWS_CONTAINER_CREDENTIALS_FULL_URI", &full);
    let said = run.run().expect_status(1).stderr;
    assert!(
        said.contains(&format!("{full}: no answer within 5 s")),
        "{said}"
    );
    assert_eq!(cloud.count("GET", "v1"), 2);
}

#[test]
fn the_machines_own_keys_pass_no_proxy() {
    let z3 = corner("machine");
    let cloud = Proxy::to("http://127.0.0.1:1");
    let between = Proxy::to("http://127.0.0.1:1");
    let answer = |body: String| Act::Answer(Message::answer(200, body.into_bytes()));
    let json = format!(
        r#"{{"AccessKeyId":"{}","SecretAccessKey":"{}","Token":"","Expiration":"2040-01-01T00:00:00Z"}}"#,
        ENV.key_id, ENV.secret
    );
    let always = When::Always;
    cloud.rule("PUT", "api/token", always, answer("token".to_owned()));
    cloud.rule(
        "GET",
        "security-credentials/ours",
        always,
        answer(json.clone()),
    );
    cloud.rule(
        "GET",
        "security-credentials/",
        always,
        answer("ours".to_owned()),
    );
    cloud.rule("GET", "container", always, answer(json));
    let full = format!("{}/container", cloud.endpoint());
    let instance = |run: Run| {
        run.env_remove("AWS_EC2_METADATA_DISABLED")
            .env("AWS_EC2_METADATA_SERVICE_ENDPOINT", cloud.endpoint())
    };
    for run in [
        instance(get(&z3)),
        get(&z3).env("AWS_CONTAINER_CREDENTIALS_FULL_URI", &full),
    ] {
        // The server itself is asked through it, and so cannot be reached.
        let run = run
            .env("http_proxy", between.endpoint())
            .env("RETRY_FOR", "0");
        run.env("MAX_RETRIES", "0").run().expect_status(1);
    }
    assert!(between.count("", &z3.key("a")) >= 2);
    works(instance(get(&z3)));
    assert_eq!(between.count("", "security-credentials"), 0);
    assert_eq!(between.count("", "container"), 0);
    assert_eq!(
        (
            cloud.count("PUT", "api/token"),
            cloud.count("GET", "container")
        ),
        (2, 1)
    );
}
