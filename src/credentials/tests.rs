//! Files as they are found on real machines.

mod cloud;
mod roles;

use std::fs;

use super::*;

/// Looks with these variables and files `credentials` and `config` in a home of the test's own.
fn look(
    files: &[(&str, &str)],
    profile: Option<&str>,
    more: &[(&str, &str)],
) -> Result<String, String> {
    let home = tempfile::tempdir().unwrap();
    fs::create_dir(home.path().join(".aws")).unwrap();
    for (name, text) in files {
        fs::write(home.path().join(".aws").join(name), text).unwrap();
    }
    let at = home.path().to_str().unwrap();
    let found = chain(profile, &|name| {
        let given = more.iter().find(|(key, _)| *key == name);
        match (given, name) {
            (Some((_, value)), _) => Some(value.to_string()).filter(|value| !value.is_empty()),
            (None, "HOME") => Some(at.to_owned()),
            (None, "AWS_EC2_METADATA_DISABLED") => Some("true".to_owned()),
            _ => None,
        }
    });
    let shown = |made: Credentials| {
        let token = made
            .token
            .map_or_else(String::new, |token| format!(" {token}"));
        format!("{} {}{token}", made.id, made.secret.reveal())
    };
    found.map(shown).map_err(|error| error.replace(at, "~"))
}

fn keys(text: &str) -> Result<String, String> {
    look(&[("credentials", text)], None, &[])
}

const PAIR: &str = "aws_access_key_id = I\naws_secret_access_key = S\n";

#[test]
fn good_profiles_of_odd_files_are_found() {
    for text in [
        format!("[default] # mine\n{PAIR}"),
        format!("\u{feff}[default]\r\n{}", PAIR.replace('\n', "\r\n")),
        "[default]\nAWS_ACCESS_KEY_ID=I\nAws_Secret_Access_Key : S\n".to_owned(),
        "[default]\n  aws_access_key_id=\"I\"\n\taws_secret_access_key='S'\naws_session_token=\n"
            .to_owned(),
        format!("[other]\nregion\n[default]\n{PAIR}"),
        format!("[default]\n{PAIR}[other\naws_access_key_id=X\naws_secret_access_key=Y\n"),
        format!("# caf\u{fffd}\n[default]\n{PAIR}region\n"),
        format!("[default]\ns3 =\n  aws_access_key_id = X\n{PAIR}"),
        format!("nonsense\n[ default ]\n{PAIR}[default]\n{PAIR}"),
    ] {
        assert_eq!(keys(&text), Ok("I S".to_owned()), "{text}");
    }
    let token = format!("[default]\n{PAIR}aws_security_token=old\naws_session_token=T\n");
    assert_eq!(keys(&token), Ok("I S T".to_owned()));
}

#[test]
fn a_profile_that_cannot_be_used_is_named_with_its_line() {
    for (text, words) in [
        (
            "[default]\naws_access_key_id=I\n",
            "line 2: aws_access_key_id: expected aws_secret_access_key as well",
        ),
        (
            "[default]\naws_access_key_id I\naws_secret_access_key=S\n",
            "line 2: expected KEY=VALUE",
        ),
        (
            "[default\naws_access_key_id=I\n",
            "line 1: expected ']' at the end of a section's name",
        ),
        (
            "[default]\naws_access_key_id=I\naws_secret_access_key=hid den\n",
            "line 3: aws_secret_access_key: expected visible ASCII",
        ),
        (
            "[default]\naws_access_key_id=I\naws_access_key_id=J\naws_secret_access_key=S\n",
            "line 3: aws_access_key_id stands twice",
        ),
        (
            "[default]\nrole_arn=arn:x\n",
            "line 2: role_arn: expected source_profile, credential_source or",
        ),
        (
            "[default]\nrole_arn=arn:x\nsource_profile=y\n",
            "line 3: source_profile: no S3 credentials: ~/.aws/credentials has no profile y",
        ),
        (
            "[default]\nrole_arn=arn:x\nsource_profile=y\n[y]\nrole_arn=arn:y\nsource_profile=default\n",
            "source_profile: roles go round in a circle",
        ),
        (
            "[default]\nrole_arn=arn:x\ncredential_source=hid\n",
            "line 3: credential_source: expected Environment,",
        ),
        (
            "[default]\nrole_arn=arn:x\nmfa_serial=y\n",
            "line 3: mfa_serial: nobody is there to type a code",
        ),
        (
            "[default]\nsource_profile=y\n",
            "line 2: source_profile: expected role_arn as well",
        ),
        (
            "[default]\nsso_session=x\n",
            "line 2: sso_session: single sign-on is not supported",
        ),
    ] {
        let error = keys(text).unwrap_err();
        assert!(
            error.contains("~/.aws/credentials ") && error.contains(words),
            "{text}: {error}"
        );
        assert!(!error.contains("hid"), "{error}");
    }
    let unreadable = [("AWS_SHARED_CREDENTIALS_FILE", "/proc/self/mem")];
    let error = look(&[], None, &unreadable).unwrap_err();
    assert!(error.starts_with("read /proc/self/mem: "), "{error}");
}

#[test]
fn the_configuration_and_other_places_count_too() {
    let config = |name: &str| format!("[{name}]\nregion=x\n{PAIR}");
    let files = |text: &str, profile| look(&[("config", text)], profile, &[]);
    let good = Ok("I S".to_owned());
    assert_eq!(files(&config("default"), None), good);
    assert_eq!(files(&config("profile bk"), Some("bk")), good);
    assert_eq!(files(&config("profile \"my bk\""), Some("my bk")), good);
    assert!(files(&config("bk"), Some("bk")).is_err());
    let both = [
        (
            "credentials",
            "[bk]\naws_access_key_id=A\naws_secret_access_key=B\n",
        ),
        ("config", &config("profile bk")),
    ];
    assert_eq!(look(&both, Some("bk"), &[]), Ok("A B".to_owned()));
    let text = format!("[default]\n{PAIR}");
    let elsewhere = [("elsewhere", text.as_str())];
    for name in ["AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE"] {
        assert_eq!(look(&elsewhere, None, &[(name, "~/.aws/elsewhere")]), good);
    }
    let json = r#"{"Version":1,"AccessKeyId":"I","SecretAccessKey":"S","SessionToken":"T","Expiration":"2030-01-01T00:00:00Z"}"#;
    let helper = format!("[default]\ncredential_process = /bin/echo '{json}'\n");
    assert_eq!(keys(&helper), Ok("I S T".to_owned()));
    let failing = keys("[default]\ncredential_process = /bin/ls --hidden=x /nosuch\n").unwrap_err();
    assert!(
        failing.starts_with("~/.aws/credentials line 2: credential_process: exit 2: "),
        "{failing}"
    );
    let junk = keys("[default]\ncredential_process = /bin/echo hello\n").unwrap_err();
    assert!(
        junk.ends_with("credential_process: expected credentials in JSON, got something else"),
        "{junk}"
    );
}

#[test]
fn what_was_looked_at_is_told() {
    assert_eq!(
        keys("[other]\n").unwrap_err(),
        "no S3 credentials: AWS_ACCESS_KEY_ID is not set; ~/.aws/credentials has no profile default; \
         there is no ~/.aws/config; no container names its own; AWS_EC2_METADATA_DISABLED is set"
    );
    // A profile that was asked for is never another one, nor the machine's.
    assert_eq!(
        look(&[("credentials", "[default]\n")], Some("bk"), &[]).unwrap_err(),
        "no S3 credentials: ~/.aws/credentials has no profile bk; there is no ~/.aws/config"
    );
}

#[test]
fn the_environment_comes_first_unless_it_is_empty() {
    let text = format!("[default]\n{PAIR}");
    let files = [("credentials", text.as_str())];
    let with = |id, secret, token| {
        let env = [
            ("AWS_ACCESS_KEY_ID", id),
            ("AWS_SECRET_ACCESS_KEY", secret),
            ("AWS_SESSION_TOKEN", token),
        ];
        look(&files, None, &env)
    };
    assert_eq!(with("A", "B", ""), Ok("A B".to_owned()));
    assert_eq!(with("A", "B", "C"), Ok("A B C".to_owned()));
    assert_eq!(with("", "", ""), Ok("I S".to_owned()));
    for (found, name) in [
        (
            with("A", "", ""),
            "AWS_ACCESS_KEY_ID in the environment: expected AWS_SECRET",
        ),
        (
            with("A\r\n", "B", ""),
            "AWS_ACCESS_KEY_ID in the environment: expected visible",
        ),
        (
            with("A", "hidden\n", ""),
            "AWS_SECRET_ACCESS_KEY in the environment: expected visible",
        ),
        (
            with("A", "B", "a b"),
            "AWS_SESSION_TOKEN in the environment: expected visible",
        ),
    ] {
        let error = found.unwrap_err();
        assert!(
            error.starts_with(name) && !error.contains("hidden"),
            "{error}"
        );
    }
    let role = [("AWS_WEB_IDENTITY_TOKEN_FILE", "/x")];
    assert!(
        look(&[], None, &role)
            .unwrap_err()
            .ends_with("expected AWS_ROLE_ARN as well")
    );
}
