//! Headers of what is stored: `S3_HEADERS`, for what a server wants and z3 does not know.

use crate::value::unexpected;

/// So many are taken, and so many bytes of them: S3 has 8 KiB for all headers of a request.
const MOST: usize = 16;
const MOST_BYTES: usize = 2 << 10;
/// What z3 sets itself, or what would have to stand elsewhere, too: beginnings of names.
const OURS: [&str; 15] = [
    "x-amz-acl",
    "x-amz-checksum-",
    "x-amz-content-sha256",
    "x-amz-copy-",
    "x-amz-date",
    "x-amz-decoded-content-length",
    "x-amz-meta-",
    "x-amz-security-token",
    "x-amz-server-side-encryption-customer-",
    "x-amz-storage-class",
    "x-amz-s3session-token",
    "x-amz-trailer",
    // With these, a PUT would not store the object that it brings.
    "x-amz-write-offset-bytes",
    "x-http-method",
    "x-method-override",
];
/// Keys of their own.
const ENCRYPTION: [&str; 2] = [
    "x-amz-server-side-encryption",
    "x-amz-server-side-encryption-aws-kms-key-id",
];

/// `NAME: VALUE`, several with commas. Names begin with `x-`: all others mean something to HTTP itself. A value may be a secret.
pub fn headers(text: &str) -> Result<Vec<(String, String)>, String> {
    let mut all: Vec<(String, String)> = Vec::new();
    let words = text.split(',').map(str::trim);
    for word in words.filter(|word| !word.is_empty()) {
        let Some((name, value)) = word.split_once(':') else {
            return Err("expected NAME: VALUE, several with commas".to_owned());
        };
        let (name, value) = (name.trim().to_ascii_lowercase(), value.trim());
        check(&name, value)?;
        if all.iter().any(|(known, _)| *known == name) {
            return unexpected("each header once", &name);
        }
        all.push((name, value.to_owned()));
    }
    match all.len() > MOST || text.len() > MOST_BYTES {
        true => Err(format!(
            "expected at most {MOST} headers of {MOST_BYTES} bytes in all"
        )),
        false => Ok(all),
    }
}

fn check(name: &str, value: &str) -> Result<(), String> {
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    if !name.starts_with("x-") || !name.bytes().all(is_name) {
        return unexpected("the name of a header that begins with x-", name);
    }
    if OURS.iter().any(|begin| name.starts_with(begin)) || ENCRYPTION.contains(&name) {
        return unexpected("a header that z3 does not set itself", name);
    }
    // A signature folds blanks.
    let plain = |byte: u8| (b' '..=b'~').contains(&byte);
    match value.is_empty() || !value.bytes().all(plain) || value.contains("  ") {
        true => Err(format!(
            "expected visible ASCII with single blanks as {name}"
        )),
        false => Ok(()),
    }
}

/// The encryption that the server shall use.
pub fn encryption(text: &str) -> Result<String, String> {
    match text {
        "AES256" | "aws:kms" => Ok(text.to_owned()),
        _ => unexpected("AES256 or aws:kms", text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_bounded_and_none_of_ours() {
        let two = headers("X-Amz-Tagging: a=b&c=d, x-own: two words,").unwrap();
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(
            two,
            [pair("x-amz-tagging", "a=b&c=d"), pair("x-own", "two words")]
        );
        assert_eq!(headers("").unwrap(), []);
        let context = "x-amz-server-side-encryption-context: e30=";
        assert_eq!(headers(context).unwrap().len(), 1);
        let many: String = (0..17).map(|number| format!("x-{number}: a,")).collect();
        let long = format!("x-a: {}", "b".repeat(MOST_BYTES));
        for text in [
            "hidden",
            "host: a",
            "if-match: a",
            "x-a b: c",
            "x-a:",
            "x-a: b  c",
            "x-a: hidden\u{e9}",
            "x-a: b, X-A: hidden",
            "authorization: hidden",
            "content-length: 1",
            "x-amz-security-token: hidden",
            "x-http-method-override: DELETE",
            "x-amz-date: 1",
            "x-amz-meta-guid: 1",
            "x-amz-acl: private",
            "x-amz-server-side-encryption: AES256",
            "x-amz-server-side-encryption-customer-key: a",
            "x-a: b\nc: d",
            &many,
            &long,
        ] {
            let problem = headers(text).unwrap_err();
            assert!(!problem.contains("hidden"), "{problem}");
        }
    }

    #[test]
    fn an_encryption_is_one_of_two() {
        assert!(encryption("AES256").is_ok() && encryption("aws:kms").is_ok());
        assert!(encryption("aes256").is_err());
    }
}
