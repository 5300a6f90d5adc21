//! Which server is meant.

use url::Url;

use super::*;
use crate::endpoint::Endpoint;

fn aws(region: Option<&str>, domain: &'static str) -> Endpoint {
    Endpoint::Aws {
        region: region.map(str::to_owned),
        path_style: false,
        domain,
    }
}

fn custom(url: &str, region: &str) -> Endpoint {
    Endpoint::Custom {
        url: Url::parse(url).unwrap(),
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
        assert_eq!(settings.store.s3.endpoint, endpoint, "{host}");
        assert!(
            settings.store.acl.is_some() && settings.store.storage_class.is_some(),
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
        assert_eq!(
            settings.store.s3.endpoint,
            custom(url, "us-east-1"),
            "{host}"
        );
        assert_eq!(
            (settings.store.acl, settings.store.storage_class),
            (None, None),
            "{host}"
        );
    }
}

#[test]
fn a_region_of_aws_is_part_of_a_host() {
    for region in ["eu/west", "eu.west.1", "a@b"] {
        assert_eq!(
            refused(&format!("S3_REGION={region}\n")),
            "S3_REGION in [main] of /z3.conf: expected letters, digits and hyphens, as in eu-central-1"
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
    let endpoint =
        |text: &str, env: &[(&str, &str)]| load(text, env, &[]).unwrap().store.s3.endpoint;
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
    // The forks of the Python have their own name for it, in the file.
    assert_eq!(
        endpoint(
            "ENDPOINT=http://f:5\n",
            &[("ENDPOINT", "http://g:6"), ("AWS_REGION", "eu-west-3")]
        ),
        custom("http://f:5", "eu-west-3")
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
        (settings.store.storage_class.as_deref(), settings.store.acl),
        (Some("COLD"), None)
    );
    assert!(matches!(
        settings.store.s3.endpoint,
        Endpoint::Custom {
            path_style: false,
            ..
        }
    ));
    let dotted = load_text("[main]\nBUCKET=my.bucket\n", &[], &[]).unwrap();
    assert!(matches!(
        dotted.store.s3.endpoint,
        Endpoint::Aws {
            path_style: true,
            ..
        }
    ));
}

#[test]
fn an_endpoint_may_have_a_path_that_is_not_the_bucket() {
    let endpoint = |text: &str| file(&format!("S3_ENDPOINT={text}\n")).store.s3.endpoint;
    assert_eq!(
        endpoint("https://x.supabase.co/storage/v1/s3/"),
        custom("https://x.supabase.co/storage/v1/s3", "us-east-1")
    );
    for (text, problem) in [
        (
            "http://h/b",
            "expected the URL without the bucket, which is added to it",
        ),
        (
            "http://h/s3/b/",
            "expected the URL without the bucket, which is added to it",
        ),
        (
            "s3.amazonaws.com/x",
            "expected a host of AWS without a path",
        ),
        (
            "http://h/a//b",
            "expected a host, HOST:PORT or an http(s) URL",
        ),
        (
            "http://h/a?b",
            "expected a host, HOST:PORT or an http(s) URL",
        ),
        (
            "http://u:hidden@h/",
            "expected a host, HOST:PORT or an http(s) URL",
        ),
    ] {
        let error = refused(&format!("S3_ENDPOINT={text}\n"));
        assert_eq!(
            error,
            format!("S3_ENDPOINT in [main] of /z3.conf: {problem}"),
            "{text}"
        );
    }
}

#[test]
fn every_spelling_of_a_server_is_one_destination() {
    let id = |text: &str| {
        file(&format!("S3_ENDPOINT={text}\n"))
            .store
            .destination_id("")
    };
    for same in [
        ["http://minio:9000", "HTTP://MINIO:9000/"],
        ["https://minio", "minio:443"],
        ["http://127.0.0.1:9000", "http://localhost:9000"],
        ["http://127.0.0.1:9000", "http://[::1]:9000/"],
        ["s3.amazonaws.com", "s3.dualstack.eu-west-1.amazonaws.com"],
    ] {
        assert_eq!(id(same[0]), id(same[1]), "{same:?}");
    }
    for other in [
        ["http://minio:9000", "http://minio:9001"],
        ["http://minio", "https://minio"],
        ["http://minio", "http://minio/a"],
        ["s3.amazonaws.com", "s3.cn-north-1.amazonaws.com.cn"],
    ] {
        assert_ne!(id(other[0]), id(other[1]), "{other:?}");
    }
    // The name of holds and locks that are there already.
    assert_eq!(id("http://127.0.0.1:9000"), "b05c830b");
    assert_eq!(file("").store.destination_id(""), "2e08161b");
}

#[test]
fn no_bucket_stands_before_an_address() {
    let styled = |host: &str| format!("S3_ENDPOINT={host}\nS3_PATH_STYLE=off\n");
    for host in ["http://127.0.0.1:9000", "[::1]", "10.0.0.1"] {
        assert_eq!(
            refused(&styled(host)),
            "S3_PATH_STYLE in [main] of /z3.conf: expected on, as no bucket's name can stand before an address"
        );
    }
    file(&styled("localhost:9000"));
}
