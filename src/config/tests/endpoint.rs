//! Which server is meant.

use super::*;

fn aws(region: Option<&str>, domain: &str) -> Endpoint {
    Endpoint::Aws {
        region: region.map(str::to_owned),
        path_style: false,
        domain: domain.to_owned(),
    }
}

fn custom(url: &str, region: &str) -> Endpoint {
    Endpoint::Custom {
        url: url.to_owned(),
        region: region.to_owned(),
        path_style: true,
    }
}

#[test]
fn hosts_of_aws_are_told_from_others() {
    let eu = Some("eu-west-1");
    for (host, endpoint) in [
        ("s3.amazonaws.com", aws(None, "amazonaws.com")),
        (
            "https://s3.eu-west-1.amazonaws.com/",
            aws(eu, "amazonaws.com"),
        ),
        ("s3-eu-west-1.amazonaws.com", aws(eu, "amazonaws.com")),
        ("b.s3.eu-west-1.amazonaws.com", aws(eu, "amazonaws.com")),
        (
            "s3.cn-north-1.amazonaws.com.cn",
            aws(Some("cn-north-1"), "amazonaws.com.cn"),
        ),
        (
            "s3.dualstack.eu-west-1.amazonaws.com",
            custom("https://s3.dualstack.eu-west-1.amazonaws.com", "eu-west-1"),
        ),
        (
            "s3-fips.us-gov-west-1.amazonaws.com",
            custom(
                "https://s3-fips.us-gov-west-1.amazonaws.com",
                "us-gov-west-1",
            ),
        ),
    ] {
        let settings = file(&format!("HOST={host}\n"));
        assert_eq!(settings.s3.endpoint, endpoint, "{host}");
        assert!(
            settings.acl.is_some() && settings.storage_class.is_some(),
            "{host}"
        );
    }
    for (host, url) in [
        ("127.0.0.1:9000", "https://127.0.0.1:9000"),
        ("http://[::1]:9000", "http://[::1]:9000"),
        ("minio.example.com", "https://minio.example.com"),
        (
            "s3.eu-west-1.evil-amazonaws.com",
            "https://s3.eu-west-1.evil-amazonaws.com",
        ),
    ] {
        let settings = file(&format!("S3_ENDPOINT={host}\n"));
        assert_eq!(settings.s3.endpoint, custom(url, "us-east-1"), "{host}");
        assert_eq!(
            (settings.acl, settings.storage_class),
            (None, None),
            "{host}"
        );
    }
}

#[test]
fn our_names_beat_those_of_aws_and_a_shell_has_no_host() {
    let env = [
        ("HOST", "laptop"),
        ("AWS_ENDPOINT_URL", "http://all:1"),
        ("AWS_DEFAULT_REGION", "eu-west-2"),
    ];
    let endpoint = |text: &str, env: &[(&str, &str)]| load(text, env, &[]).unwrap().s3.endpoint;
    assert_eq!(endpoint("", &env[..1]), aws(None, "amazonaws.com"));
    assert_eq!(endpoint("", &env), custom("http://all:1", "eu-west-2"));
    let more = [
        env.as_slice(),
        &[
            ("AWS_ENDPOINT_URL_S3", "http://s3:2"),
            ("AWS_REGION", "eu-west-3"),
        ],
    ]
    .concat();
    assert_eq!(endpoint("", &more), custom("http://s3:2", "eu-west-3"));
    assert_eq!(
        endpoint("HOST=http://h:3\nS3_REGION=here\n", &more),
        custom("http://h:3", "here")
    );
    assert_eq!(
        endpoint("S3_ENDPOINT=http://e:4\nHOST=h\n", &more),
        custom("http://e:4", "eu-west-3")
    );
    assert_eq!(
        endpoint("", &[("AWS_REGION", "eu-west-3")]),
        aws(Some("eu-west-3"), "amazonaws.com")
    );
    assert_eq!(
        endpoint("HOST=s3.eu-west-1.amazonaws.com\n", &more),
        aws(Some("eu-west-1"), "amazonaws.com"),
        "a region in the host's name is the only one that can be right"
    );
}

#[test]
fn the_class_and_the_acl_of_other_servers_are_those_that_are_set() {
    let text = "S3_ENDPOINT=http://h\nS3_STORAGE_CLASS=COLD\nS3_PATH_STYLE=off\n";
    let settings = file(text);
    assert_eq!(
        (settings.storage_class.as_deref(), settings.acl),
        (Some("COLD"), None)
    );
    assert!(matches!(
        settings.s3.endpoint,
        Endpoint::Custom {
            path_style: false,
            ..
        }
    ));
    let dotted = load_text("[main]\nBUCKET=my.bucket\n", &[], &[]).unwrap();
    assert!(matches!(
        dotted.s3.endpoint,
        Endpoint::Aws {
            path_style: true,
            ..
        }
    ));
}
