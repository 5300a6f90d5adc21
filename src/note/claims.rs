//! What is being sent at this moment, by any machine, and what it builds on: as the notes have it.
//!
//! Responsible for who must not lose a base: anybody may have written a note, so that its word counts for keeping something
//! and for nothing else. Not responsible for going on with an upload ([`crate::upload`] believes only our own notes).

use serde::Deserialize;

use super::{MOST_BYTES, Note};
use crate::error::{Error, Result};
use crate::label;
use crate::name::FullName;
use crate::pool::Pool;
use crate::store::{Kind, Metadata, ObjectStore, StoreError, Upload};
use crate::vault::Vault;

/// Anybody may begin thousands; more than a thousand that are under way at once, nobody has.
const MOST: usize = 1000;

/// What counts of a note.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
struct Words {
    key: String,
    #[serde(default)]
    metadata: Metadata,
}

/// An unfinished upload, or what is left of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// The upload.
    pub upload: Upload,
    /// The full name of what it builds on.
    pub base: Option<FullName>,
    /// It has ended, and only its note is there.
    pub over: bool,
}

/// The uploads of keys that begin with `prefix` that have a note. Fails if they cannot be known.
pub fn claims(vault: &Vault, prefix: &str) -> Result<Vec<Claim>> {
    let names = vault.names(&Note::name(""))?;
    if names.len() > MOST {
        return Err(Error::refused(format!(
            "there are notes of {} unfinished uploads: not all of them can be looked at",
            names.len()
        ))
        .hint("'s3_mp_cleanup' aborts those that nobody goes on with"));
    }
    let (owned, begin) = (vault.clone(), prefix.to_owned());
    let mut pool = Pool::new(vault.workers.min(names.len()), "claims", move |name| {
        claim(&owned, &begin, name)
    })?;
    names.into_iter().for_each(|name| pool.submit(name));
    let found: Result<Vec<Option<Claim>>, StoreError> = pool.collect();
    Ok(found?.into_iter().flatten().collect())
}

fn claim(vault: &Vault, prefix: &str, name: String) -> Result<Option<Claim>, StoreError> {
    let words: Option<Words> = vault.fetch(&name, MOST_BYTES)?;
    let Some(words) = words.filter(|words| words.key.starts_with(prefix)) else {
        return Ok(None);
    };
    let id = name.strip_prefix(&Note::name("")).unwrap_or(&name);
    let upload = Upload {
        key: words.key,
        id: id.to_owned(),
        checksum: None,
    };
    Ok(Some(Claim {
        over: is_over(vault.store.as_ref(), &upload),
        base: label::parent_in(&words.metadata),
        upload,
    }))
}

/// What nobody can tell is under way.
fn is_over(store: &dyn ObjectStore, upload: &Upload) -> bool {
    let parts = store.list_parts(upload);
    parts.is_err_and(|error| error.kind == Kind::NotFound)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::store::CreateOptions;
    use crate::store::memory::{Fault, MemoryStore};

    #[test]
    fn any_note_is_a_reason_to_keep() {
        let store = Arc::new(MemoryStore::new());
        let vault = Vault::over(store.clone(), "p/");
        let note = |key: &str, parent: &str| serde_json::json!({ "key": key, "metadata": { "parent": parent } });
        let alive = store.create("p/a@2", &CreateOptions::default()).unwrap();
        assert!(vault.write(&Note::name(&alive.id), &note("p/a@2", "a@1")));
        assert!(vault.write(&Note::name("other"), &note("p/b@2", "b@1")));
        assert!(vault.write(&Note::name("odd"), &"hello"));
        let found = claims(&vault, "p/a@").unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].base, Some("a@1".to_owned().into()));
        assert_eq!(found[0].upload.id, alive.id);
    }

    #[test]
    fn a_note_that_cannot_be_read_is_no_reason_to_go_on() {
        let denied = |verb: &'static str| {
            let store = MemoryStore::new();
            store.insert("p/.z3/uploads/1", &[], b"{\"key\":\"p/a@2\"}");
            let faulty = store.with_faults(move |call| match call.verb == verb {
                true => Fault::Before(Kind::Denied),
                false => Fault::None,
            });
            claims(&Vault::over(Arc::new(faulty), "p/"), "p/a@")
        };
        for verb in ["list", "head", "get"] {
            assert!(denied(verb).is_err(), "{verb}");
        }
        assert!(!denied("list_parts").unwrap()[0].over);
    }
}
