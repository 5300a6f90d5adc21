//! The properties that a receipt has of its dataset.

use serde::Deserialize;

use super::{MOST_BYTES, MOST_PROPERTY_BYTES, Receipt};
use crate::catalog::Stored;
use crate::name::Dataset;
use crate::vault::Vault;
use crate::zfs::Property;

/// That part of a receipt.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Noted {
    z3id: String,
    properties: Vec<Property>,
}

/// What was set for the dataset when this backup was sent; `None` without a receipt of this very object. It is anybody's word.
pub fn properties(vault: &Vault, dataset: &Dataset, stored: &Stored) -> Option<Vec<Property>> {
    let snapshot = dataset.full_name(&stored.name);
    let receipt = Receipt::read(vault, &snapshot)?;
    let noted: Noted = vault.read(&Receipt::name(&snapshot), MOST_BYTES)?;
    let bytes = |one: &Property| one.name.len() + one.value.len() + one.source.len();
    let fits = noted.properties.iter().map(bytes).sum::<usize>() <= MOST_PROPERTY_BYTES;
    if !fits {
        log::info!("the receipt of {snapshot} is not z3's");
    }
    let own = fits && receipt.z3id == noted.z3id && receipt.belongs_to(stored);
    own.then_some(noted.properties)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::label::Label;
    use crate::name::FullName;
    use crate::store::memory::MemoryStore;

    #[test]
    fn they_are_those_of_this_very_object() {
        let dataset = Dataset::parse("a").unwrap();
        let vault = Vault::over(Arc::new(MemoryStore::new()), "p/");
        let property = |value: String| Property {
            name: "u:x".to_owned(),
            value,
            source: "local".to_owned(),
        };
        let write = |value: String| {
            let receipt = Receipt {
                z3id: "1".to_owned(),
                codec: "none".to_owned(),
                properties: vec![property(value)],
                ..Receipt::default()
            };
            assert!(vault.write(&Receipt::name(&FullName::of("a", "s")), &receipt));
        };
        let stored = |z3id: &str| Stored {
            name: "s".into(),
            label: Label {
                z3id: Some(z3id.to_owned()),
                ..Label::default()
            },
            ..Stored::default()
        };
        assert_eq!(
            properties(&vault, &dataset, &stored("1")),
            None,
            "there is none"
        );
        write("y".to_owned());
        let found = properties(&vault, &dataset, &stored("1")).unwrap();
        assert_eq!(found, [property("y".to_owned())]);
        assert_eq!(properties(&vault, &dataset, &stored("2")), None);
        write("y".repeat(MOST_PROPERTY_BYTES));
        assert_eq!(properties(&vault, &dataset, &stored("1")), None);
    }
}
