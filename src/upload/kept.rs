//! Whether a server has kept the metadata that it was given.
//!
//! Responsible for what matters of it: what a server adds, the case of names, and runs of blanks, which a signed header
//! cannot carry, do not. Not responsible for the bytes.

use crate::order::gathered;
use crate::store::Metadata;

/// What an object lacks of the metadata that was asked for, in words; `None` if it has all of it.
pub fn lost(asked: &Metadata, kept: &Metadata) -> Option<String> {
    let known = kept.iter();
    let kept: Metadata = gathered(known.map(|(name, value)| (name.to_lowercase(), folded(value))));
    let lost: Vec<String> = asked
        .iter()
        .filter_map(|(name, value)| match kept.get(&name.to_lowercase()) {
            None => Some(format!("{name} is missing")),
            Some(kept) if *kept != folded(value) => {
                Some(format!("{name} is '{kept}', '{value}' was sent"))
            }
            Some(_) => None,
        })
        .collect();
    (!lost.is_empty()).then(|| lost.join(", "))
}

fn folded(value: &str) -> String {
    value.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metadata(fields: &[(&str, &str)]) -> Metadata {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        fields.iter().map(owned).collect()
    }

    #[test]
    fn what_is_lost_is_named_and_what_does_no_harm_is_not() {
        let asked = metadata(&[("isfull", "true"), ("parent", "t/a@x  y "), ("void", "")]);
        let harmless = metadata(&[
            ("IsFull", "true"),
            ("parent", " t/a@x y"),
            ("void", ""),
            ("added", "by the server"),
        ]);
        assert_eq!(lost(&asked, &asked), None);
        assert_eq!(lost(&asked, &harmless), None);
        assert_eq!(
            lost(&asked, &metadata(&[("parent", "t/a@y"), ("void", "")])).unwrap(),
            "isfull is missing, parent is 't/a@y', 't/a@x  y ' was sent"
        );
    }
}
