//! What a bucket is set up to do, as its configurations of many kinds have it: elements, and the texts in them by their places.
//!
//! Not responsible for what that means ([`super::bucket`]).

use crate::xml::{Step, walk};

/// S3 takes 1,000 rules, each with a few elements in it.
const MOST_TEXTS: usize = 20_000;
/// No name of S3's is longer.
const LONGEST_NAME_BYTES: usize = 64;

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

/// The elements below the root; `None` if it is no whole document, or more than anybody has.
pub fn clauses(xml: &[u8]) -> Option<Vec<Clause>> {
    let (mut all, mut path) = (Vec::<Clause>::new(), Vec::<String>::new());
    let (mut count, mut begun) = (0, false);
    walk(xml, &mut |step| {
        match step {
            Step::Begin(depth, name) => {
                (name.len() <= LONGEST_NAME_BYTES).then_some(())?;
                if depth == 2 {
                    all.push(Clause {
                        name: name.to_owned(),
                        texts: Vec::new(),
                    });
                }
                path.push(name.to_owned());
                begun = true;
            }
            Step::End(_, _, text) => {
                if let (true, Some(place), Some(last)) = (begun, path.get(2..), all.last_mut()) {
                    last.texts.push((place.join("/"), text));
                    count += 1;
                }
                begun = false;
                path.pop();
            }
        }
        (count <= MOST_TEXTS).then_some(())
    })?;
    Some(all)
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
