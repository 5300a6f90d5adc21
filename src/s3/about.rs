//! What is known of a bucket and its server, for who looks at both before they are needed (`z3 doctor`).
//!
//! Responsible for asking what a bucket is set up to do, and for what earlier answers have told this process. Not responsible
//! for what that means.

use std::sync::atomic::Ordering::Relaxed;

use http::{HeaderMap, Method};
use quick_xml::Reader;
use quick_xml::events::Event;
use time::OffsetDateTime;

use super::answer::text_of;
use super::failure::Failure;
use super::request::Call;
use super::{Client, transport};
use crate::store::StoreError;

/// S3 takes 1,000 rules, each with a few elements in it.
const MOST_TEXTS: usize = 20_000;
/// No name of S3's is longer.
const LONGEST_NAME_BYTES: usize = 64;
const DEEPEST: usize = 16;

/// One element of a bucket's configuration, as a lifecycle rule is: its name, and the texts in it by where they stand.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Clause {
    /// `Rule`.
    pub name: String,
    texts: Vec<(String, String)>,
}

impl Clause {
    /// All texts at a place like `Expiration/Days`; a text of its own stands at an empty one.
    pub fn all<'a>(&'a self, place: &'a str) -> impl Iterator<Item = &'a str> {
        let here = self.texts.iter().filter(move |(at, _)| at == place);
        here.map(|(_, text)| text.trim())
    }

    /// The first of them, if it is not empty.
    pub fn text(&self, place: &str) -> Option<&str> {
        let mut texts = self.texts.iter().filter(|(at, _)| at == place);
        texts.find_map(|(_, text)| Some(text.trim()).filter(|text| !text.is_empty()))
    }

    /// Whether there is anything in the element at this place.
    pub fn has(&self, place: &str) -> bool {
        let below = |at: &String| {
            at.strip_prefix(place)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        self.texts.iter().any(|(at, _)| below(at))
    }
}

/// What a server has shown to know, as far as anything was asked of it.
#[derive(Debug, Clone, Copy)]
pub struct Learned {
    /// It takes and echoes checksums of parts.
    pub checksums: bool,
    /// It knows conditions of Complete.
    pub conditions: bool,
    /// It knows ListObjectsV2.
    pub second_listing: bool,
    /// It asks for Content-MD5.
    pub wants_md5: bool,
}

impl Client {
    /// Looks whether anything that begins like this can be listed.
    pub fn look(&self, prefix: &str) -> Result<(), StoreError> {
        self.objects_page(prefix, 1, None).map(drop)
    }

    /// What the bucket says of its `lifecycle`, `versioning`, ...
    pub fn about(&self, what: &'static str) -> Result<Vec<Clause>, StoreError> {
        let call = Call::on_bucket(format!("ask for the {what} of"), &self.settings.bucket)
            .query(what, "");
        self.send(&call, |reply| {
            let body = transport::read_all(reply)?;
            clauses(&body).ok_or_else(|| Failure::garbled("the answer cannot be understood"))
        })
    }

    /// Headers of an object's HEAD, if they are there.
    pub fn headers_of<const N: usize>(
        &self,
        key: &str,
        names: [&str; N],
    ) -> Result<[Option<String>; N], StoreError> {
        let call = Call::on_key("look at", Method::HEAD, key);
        let take = |headers: &HeaderMap| names.map(|name| text_of(headers, name));
        self.send(&call, |reply| Ok(take(reply.headers())))
    }

    /// Removes one version of an object, or a marker; the version of a marker that this leaves, if it leaves one.
    pub fn erase(&self, key: &str, version: Option<&str>) -> Result<Option<String>, StoreError> {
        let mut call = Call::on_key("delete", Method::DELETE, key);
        if let Some(version) = version {
            call = call.query("versionId", version);
        }
        self.send(&call, |reply| {
            let marker = text_of(reply.headers(), "x-amz-version-id").filter(|_| version.is_none());
            transport::read_all(reply)?;
            Ok(marker.filter(|id| id != "null"))
        })
    }

    /// What answers have told so far.
    pub fn learned(&self) -> Learned {
        let server = &self.server;
        Learned {
            checksums: !server.no_checksums.load(Relaxed),
            conditions: !server.no_conditions.load(Relaxed),
            second_listing: !server.first_listing.load(Relaxed),
            wants_md5: server.wants_md5.load(Relaxed),
        }
    }

    /// Where the keys were found that sign, their id, and when they end.
    pub fn signer(&self) -> (String, String, Option<OffsetDateTime>) {
        let signed = self.access.held().credentials;
        (signed.origin, signed.id, signed.expires)
    }

    /// The region that requests are signed for.
    pub fn region(&self) -> String {
        self.access.held().region
    }
}

/// The elements below the root; `None` if it is no whole document, or more than anybody has.
pub fn clauses(xml: &[u8]) -> Option<Vec<Clause>> {
    let mut reader = Reader::from_reader(xml);
    reader.config_mut().expand_empty_elements = true;
    let (mut all, mut path, mut text) = (Vec::<Clause>::new(), Vec::<String>::new(), String::new());
    let (mut count, mut begun) = (0, false);
    loop {
        match reader.read_event().ok()? {
            Event::Start(tag) => {
                let name = String::from_utf8(tag.local_name().as_ref().to_vec()).ok()?;
                if name.len() > LONGEST_NAME_BYTES || path.len() >= DEEPEST {
                    return None;
                }
                if path.len() == 1 {
                    all.push(Clause {
                        name: name.clone(),
                        texts: Vec::new(),
                    });
                }
                path.push(name);
                text.clear();
                begun = true;
            }
            Event::Text(piece) => text.push_str(&piece.decode().ok()?),
            Event::GeneralRef(reference) => text.push_str(&super::xml::resolve(&reference)?),
            Event::End(_) => {
                if let (true, Some(place), Some(last)) = (begun, path.get(2..), all.last_mut()) {
                    last.texts
                        .push((place.join("/"), std::mem::take(&mut text)));
                    count += 1;
                }
                begun = false;
                path.pop()?;
            }
            Event::Eof => return path.is_empty().then_some(all),
            _ => {}
        }
        if count > MOST_TEXTS {
            return None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_configuration_is_read_by_places() {
        let text = "<?xml version=\"1.0\"?><L xmlns=\"x\"><Rule><ID>a &amp; b</ID><Filter><And><Prefix>p/</Prefix><Tag><Key>k</Key></Tag>\
                    </And></Filter><Expiration><Days>3</Days></Expiration></Rule><Status>Enabled</Status><Rule/></L>";
        let all = clauses(text.as_bytes()).unwrap();
        let names: Vec<_> = all.iter().map(|one| one.name.as_str()).collect();
        assert_eq!(names, ["Rule", "Status", "Rule"]);
        assert_eq!(all[0].text("ID"), Some("a & b"));
        assert_eq!(all[0].text("Filter/And/Prefix"), Some("p/"));
        assert_eq!(all[0].text("Expiration/Days"), Some("3"));
        assert!(all[0].has("Filter/And/Tag") && !all[0].has("Filter/And/Ta"));
        assert_eq!(all[1].text(""), Some("Enabled"));
        assert_eq!(all[2].text("ID"), None);
    }

    #[test]
    fn what_is_no_configuration_is_none() {
        let deep = "<a>".repeat(17) + &"</a>".repeat(17);
        let name = format!("<a><{0}></{0}></a>", "b".repeat(65));
        let many = format!("<a>{}</a>", "<b><c>1</c></b>".repeat(MOST_TEXTS + 1));
        for text in ["<a><b>", "<a></b>", &deep, &name, &many] {
            assert_eq!(clauses(text.as_bytes()), None);
        }
        assert_eq!(clauses(b""), Some(Vec::new()));
    }
}
