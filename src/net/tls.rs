//! Why there is no TLS connection, in words that say what to do.
//!
//! rustls names its reasons for programmers: `Other(OtherError(UnsupportedCertVersion))`. Responsible for what an administrator
//! reads instead. Not responsible for the connection.

/// What stands in rustls' error, and what it means.
const REASONS: [(&str, &str); 12] = [
    (
        // Most other clients do take it.
        "CaUsedAsEndEntity",
        "its certificate is an authority's own (self-signed with CA:TRUE); make the server one with \
         basicConstraints=CA:FALSE, and name it by AWS_CA_BUNDLE",
    ),
    (
        "UnknownIssuer",
        "its certificate comes from an authority that is not trusted here; AWS_CA_BUNDLE can name a file with the \
         certificate of that authority",
    ),
    (
        "xpired",
        "its certificate has expired, or the clock of this machine is wrong",
    ),
    (
        "NotValidYet",
        "its certificate is not valid yet, or the clock of this machine is wrong",
    ),
    (
        "not valid yet",
        "its certificate is not valid yet, or the clock of this machine is wrong",
    ),
    (
        "UnsupportedCertVersion",
        "its certificate is one of X.509 version 1; the server needs one of version 3",
    ),
    (
        "nsupportedSignatureAlgorithm",
        "its certificate, or the authority's, is signed in a way that is not taken any more; it needs SHA-256 or better, \
         and an RSA, P-256, P-384 or Ed25519 key",
    ),
    (
        "BadSignature",
        "the signature of its certificate is wrong: AWS_CA_BUNDLE may name another certificate of the same authority",
    ),
    (
        "ProtocolVersion",
        "it speaks no TLS that is not broken; z3 needs TLS 1.2 or 1.3 there",
    ),
    (
        "ServerDoesNotSupportTls12Or13",
        "it speaks no TLS that is not broken; z3 needs TLS 1.2 or 1.3 there",
    ),
    (
        "HandshakeFailure",
        "it takes none of the ciphers and curves that are offered; z3 needs TLS 1.3, or TLS 1.2 with ECDHE and AES-GCM or \
         ChaCha20 there",
    ),
    (
        "InvalidContentType",
        "it does not answer in TLS: is it http:// instead of https://?",
    ),
];

/// What is wrong with the server's TLS, if the error says that something is.
pub fn distrust(error: &str) -> Option<String> {
    let known = REASONS.iter().find(|(name, _)| error.contains(name));
    if let Some((_, words)) = known {
        return Some((*words).to_owned());
    }
    if let Some((_, names)) = error.split_once("certificate not valid for name ") {
        let names = names.trim_start_matches("io: ");
        return Some(format!("its certificate is for another name than {names}"));
    }
    let other = error.contains("certificate")
        || error.contains("fatal alert")
        || error.contains("peer is incompatible");
    let text: String = error.trim_start_matches("io: ").chars().take(200).collect();
    other.then(|| format!("no TLS connection: {text}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_rustls_says_is_put_into_words() {
        for (error, words) in [
            (
                "io: invalid peer certificate: UnknownIssuer",
                "AWS_CA_BUNDLE",
            ),
            (
                "invalid peer certificate: certificate expired: verification time 2 (UNIX)",
                "has expired",
            ),
            (
                "invalid peer certificate: certificate not valid for name \"a\"; certificate is only valid for DnsName(\"b\")",
                "for another name than \"a\"; certificate is only valid for DnsName(\"b\")",
            ),
            (
                "invalid peer certificate: Other(OtherError(UnsupportedCertVersion))",
                "version 3",
            ),
            ("received fatal alert: ProtocolVersion", "TLS 1.2 or 1.3"),
            (
                "received fatal alert: the server is moody",
                "no TLS connection: received fatal alert",
            ),
        ] {
            let said = distrust(error).unwrap_or_default();
            assert!(said.contains(words), "{error}: {said}");
        }
        assert_eq!(distrust("connection reset by peer"), None);
    }
}
