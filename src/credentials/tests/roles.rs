//! Roles, against a small server in the place of the Security Token Service.

use std::fs;

use super::cloud::cloud;
use super::look;

const GRANT: &str = "200|<AssumeRoleResponse><AssumeRoleResult><Credentials>\
    <AccessKeyId>R</AccessKeyId><SecretAccessKey>Q</SecretAccessKey><SessionToken>T</SessionToken>\
    <Expiration>2040-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>";
const SOURCE: &str = "[base]\naws_access_key_id = I\naws_secret_access_key = S\n";

#[test]
fn a_role_is_asked_for_by_its_source() {
    let config = "[default]\nrole_arn = arn:aws:iam::1:role/bk\nsource_profile = base\nexternal_id = a&b\nregion = eu-west-1\n";
    let (url, asked) = cloud(&[GRANT]);
    let files = [("credentials", SOURCE), ("config", config)];
    let sts = ("AWS_ENDPOINT_URL_STS", url.as_str());
    assert_eq!(look(&files, None, &[sts]), Ok("R Q T".to_owned()));
    let asked = asked.lock().unwrap()[0].clone();
    for words in [
        "POST / HTTP/1.1\r\n",
        "Credential=I/",
        "/eu-west-1/sts/aws4_request,SignedHeaders=content-type;host;x-amz-date,Signature=",
        "Action=AssumeRole&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fbk&RoleSessionName=z3-backup&ExternalId=a%26b",
    ] {
        assert!(asked.contains(words), "{words}: {asked}");
    }
    // Each by the one before it; a profile that names itself has keys of its own, and they are not used as they are.
    let chain = format!(
        "{SOURCE}[mid]\nrole_arn = arn:m\nsource_profile = base\n[own]\nrole_arn = arn:o\nsource_profile = own\n\
         aws_access_key_id = I\naws_secret_access_key = S\n[end]\nrole_arn = arn:e\nsource_profile = mid\n"
    );
    for (profile, steps) in [("end", 2), ("own", 1)] {
        let (url, asked) = cloud(&[GRANT, GRANT]);
        let sts = ("AWS_ENDPOINT_URL_STS", url.as_str());
        let files = [("credentials", chain.as_str())];
        assert_eq!(look(&files, Some(profile), &[sts]), Ok("R Q T".to_owned()));
        let asked = asked.lock().unwrap();
        assert_eq!(asked.len(), steps);
        if let Some(second) = asked.get(1) {
            assert!(
                second.contains("Credential=R/") && second.contains("x-amz-security-token: T\r\n")
            );
        }
    }
}

#[test]
fn the_environment_and_the_machine_may_be_the_source() {
    let text = "[default]\nrole_arn = arn:x\ncredential_source = EcsContainer\n";
    let container = r#"200|{"AccessKeyId":"C","SecretAccessKey":"S","Token":"","Expiration":"2040-01-01T00:00:00Z"}"#;
    // A second try.
    let (url, asked) = cloud(&[container, "503|", GRANT]);
    let full = format!("{url}/keys");
    let env = [
        ("AWS_ENDPOINT_URL_STS", url.as_str()),
        ("AWS_CONTAINER_CREDENTIALS_FULL_URI", &full),
    ];
    assert_eq!(
        look(&[("config", text)], None, &env),
        Ok("R Q T".to_owned())
    );
    assert!(asked.lock().unwrap()[2].contains("Credential=C/"));
}

#[test]
fn a_web_identity_is_its_token() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("token");
    fs::write(&path, "e.y.J\n").unwrap();
    let path = path.to_str().unwrap();
    let (url, asked) = cloud(&[GRANT, GRANT]);
    let sts = ("AWS_ENDPOINT_URL_STS", url.as_str());
    let env = [
        sts,
        ("AWS_WEB_IDENTITY_TOKEN_FILE", path),
        ("AWS_ROLE_ARN", "arn:x"),
        ("AWS_ROLE_SESSION_NAME", "pod"),
    ];
    assert_eq!(look(&[], None, &env), Ok("R Q T".to_owned()));
    let text = format!("[default]\nrole_arn = arn:y\nweb_identity_token_file = {path}\n");
    assert_eq!(
        look(&[("config", &text)], None, &[sts]),
        Ok("R Q T".to_owned())
    );
    for asked in asked.lock().unwrap().iter() {
        assert!(!asked.contains("authorization"), "{asked}");
        assert!(
            asked.contains("Action=AssumeRoleWithWebIdentity&"),
            "{asked}"
        );
        assert!(asked.ends_with("&WebIdentityToken=e.y.J"), "{asked}");
    }
    let gone = [
        ("AWS_WEB_IDENTITY_TOKEN_FILE", "/nosuch"),
        ("AWS_ROLE_ARN", "a"),
    ];
    let error = look(&[], None, &gone).unwrap_err();
    assert!(
        error.ends_with("read /nosuch: no such file or directory"),
        "{error}"
    );
    let empty = [
        ("AWS_WEB_IDENTITY_TOKEN_FILE", "/dev/null"),
        ("AWS_ROLE_ARN", "a"),
    ];
    let error = look(&[], None, &empty).unwrap_err();
    assert!(error.ends_with("/dev/null is empty"), "{error}");
}

#[test]
fn what_the_service_says_otherwise_is_an_error() {
    let text = "[default]\nrole_arn = arn:x\nsource_profile = base\n".to_owned() + SOURCE;
    let denied = "403|<ErrorResponse><Error><Code>AccessDenied</Code><Message>no\u{1b}[1m &quot;role&quot;</Message></Error></ErrorResponse>";
    let no_token = GRANT.replace("<SessionToken>T</SessionToken>", "");
    let odd_key = GRANT.replace(">R<", ">hidden key<");
    let odd_time = GRANT.replace("2040-01-01T00:00:00Z", "soon");
    let long = format!("200|{}", "x".repeat(70_000));
    for (answer, words) in [
        (denied, "HTTP status 403 AccessDenied: no?[1m \"role\""),
        ("200|junk", "there are no keys in the answer"),
        (&no_token, "there are no keys in the answer"),
        (&odd_key, "expected visible ASCII"),
        (&odd_time, "expected an RFC 3339 time as Expiration"),
        (&long, "asked http"),
        ("302|", "HTTP status 302"),
    ] {
        let (url, _) = cloud(&[answer, answer]);
        let sts = ("AWS_ENDPOINT_URL_STS", url.as_str());
        let error = look(
            &[("config", &text.replace("[base]", "[profile base]"))],
            None,
            &[sts],
        )
        .unwrap_err();
        assert!(
            error.starts_with("~/.aws/config line 2: role_arn: "),
            "{error}"
        );
        assert!(
            error.contains(words) && !error.contains("hidden"),
            "{error}"
        );
    }
    let env = [("AWS_REGION", "a/b")];
    let error = look(&[("credentials", &text)], None, &env).unwrap_err();
    assert!(
        error.ends_with("role_arn: expected a region of AWS to ask"),
        "{error}"
    );
}
