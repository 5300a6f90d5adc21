//! Which certificates are trusted: the built-in ones, or those of a file.

use std::path::Path;

use ureq::tls::{Certificate, PemItem, RootCerts, parse_pem};

use crate::error::{Error, Result};

/// Those of `AWS_CA_BUNDLE`, else the built-in ones.
pub fn roots(ca_bundle: Option<&Path>) -> Result<RootCerts> {
    match ca_bundle {
        Some(path) => Ok(RootCerts::from(certificates(path)?.into_iter())),
        None => Ok(RootCerts::WebPki),
    }
}

fn certificates(path: &Path) -> Result<Vec<Certificate<'static>>> {
    let what = format!("read AWS_CA_BUNDLE {}", path.display());
    let pem = std::fs::read(path).map_err(|error| Error::io(&what, error))?;
    let pem = pem.strip_prefix("\u{feff}".as_bytes()).unwrap_or(&pem);
    let found = parse_pem(pem).filter_map(|item| match item {
        Ok(PemItem::Certificate(certificate)) => Some(certificate),
        _ => None,
    });
    let found: Vec<_> = found.collect();
    if found.is_empty() {
        return Err(Error::refused(format!("{what}: no PEM certificate in it")));
    }
    Ok(found)
}
