//! Which of the stored backups are asked for, and that the others change nothing.

use std::sync::Mutex;

use super::*;
use crate::catalog::Health;
use crate::store::memory::{Fault, MemoryStore};

const PREFIX: &str = "z3-backup/pool/fs@";

/// Backups as (name, parent); an empty parent makes a full.
fn store_of(backups: &[(&str, &str)]) -> MemoryStore {
    let store = MemoryStore::new();
    for (name, parent) in backups {
        let parent = format!("pool/fs@{parent}");
        let metadata = match parent.as_str() {
            "pool/fs@" => ("isfull", "true"),
            parent => ("parent", parent),
        };
        store.insert(&format!("{PREFIX}{name}"), &[metadata], b"x");
    }
    store
}

/// The catalog, and the names that were asked for.
fn load(store: MemoryStore, scope: &Scope, workers: usize) -> (Catalog, Vec<String>) {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&asked);
    let store = Arc::new(store.with_faults(move |call| {
        if call.verb == "head" {
            let name = call.key.strip_prefix(PREFIX).unwrap();
            seen.lock().unwrap().push(name.to_owned());
            if name.starts_with("gone") {
                return Fault::Gone;
            }
        }
        Fault::None
    }));
    let dataset = Dataset::parse("pool/fs").unwrap();
    let vault = Vault::new(store.clone(), store, "z3-backup/", workers);
    let catalog = Catalog::load(&vault, &dataset, scope).unwrap();
    let mut asked = asked.lock().unwrap().clone();
    asked.sort();
    (catalog, asked)
}

fn names(catalog: &Catalog) -> String {
    let names: Vec<&str> = catalog.iter().map(|stored| stored.name.as_str()).collect();
    names.join(" ")
}

fn of(names: &[&str]) -> Vec<SnapName> {
    names.iter().copied().map(SnapName::from).collect()
}

#[test]
fn the_metadata_of_old_and_new_objects() {
    let store = MemoryStore::new();
    let old = [("is_full", "true"), ("size", "1234")];
    let new = [("parent", "pool/fs@a"), ("guid", "18446744073709551615")];
    store.insert("z3-backup/pool/fs@a", &old, b"x");
    store.insert("z3-backup/pool/fs@b", &new, b"x");
    store.insert("z3-backup/pool/fs2@a", &[("isfull", "true")], b"x");
    let (catalog, _) = load(store, &Scope::All, 4);
    assert_eq!(names(&catalog), "a b");
    let (a, b) = (catalog.named("a").unwrap(), catalog.named("b").unwrap());
    let of = |stored: &Stored| {
        let size = stored.label.size_bytes().unwrap();
        (stored.label.full, size, stored.label.guid)
    };
    assert_eq!(of(a), (true, Some(1234), None));
    assert_eq!(of(b), (false, None, Some(u64::MAX)));
    assert_eq!(catalog.parent_of(b), Some(a));
    assert_eq!(catalog.children_of(&"a".into()).count(), 1);
}

#[test]
fn a_key_that_vanishes_between_list_and_head_is_left_out() {
    let (catalog, _) = load(store_of(&[("gone", ""), ("b", "")]), &Scope::All, 4);
    assert_eq!(names(&catalog), "b");
    assert!(catalog.named("gone").is_none() && catalog.names().eq(&of(&["b"])));
}

#[test]
fn a_scope_is_what_is_asked_for_and_what_it_builds_on() {
    let backups = [
        ("a1", ""),
        ("a2", "a1"),
        ("a3", "a2"),
        ("b1", ""),
        ("b2", "b1"),
        ("c", "gone"),
        ("gone", "a1"),
        ("x", "y"),
        ("y", "x"),
        ("z", "none"),
    ];
    for (scope, loaded, most) in [
        (Scope::Chains(of(&["a2"])), "a1 a2", 2),
        (Scope::Chains(of(&["a3", "b2"])), "a1 a2 a3 b1 b2", 5),
        (Scope::Chains(of(&["x"])), "x y", 5),
        (Scope::Chains(of(&["z", "nowhere"])), "z", 1),
        (Scope::Chains(of(&["c"])), "c", 5),
        (Scope::LastOf(of(&["a1", "b2", "gone", "new"])), "b1 b2", 6),
        (Scope::LastOf(of(&["new"])), "", 0),
        (Scope::AllIfStored("new".into()), "", 0),
    ] {
        for workers in [1, 8] {
            let (catalog, asked) = load(store_of(&backups), &scope, workers);
            assert_eq!(names(&catalog), loaded, "{scope:?}");
            assert!(asked.len() <= most, "{scope:?}: {asked:?}");
            let others = catalog.names().filter(|name| name.as_str() != "gone");
            assert_eq!(others.count(), 9, "{scope:?}");
        }
    }
    let scope = Scope::AllIfStored("a2".into());
    let (catalog, _) = load(store_of(&backups), &scope, 8);
    assert_eq!(names(&catalog), "a1 a2 a3 b1 b2 c x y z");
}

/// Whatever the chain, what is left out changes no verdict on it.
#[test]
fn a_chain_by_itself_is_as_healthy_as_among_all() {
    let backups = [
        ("1", ""),
        ("2", "1"),
        ("3", "8"),
        ("4", "none"),
        ("5", "4"),
        ("6", "7"),
        ("7", "6"),
        ("8", "2"),
        ("9", "7"),
    ];
    let (all, _) = load(store_of(&backups), &Scope::All, 3);
    for (name, _) in backups {
        let (one, _) = load(store_of(&backups), &Scope::Chains(of(&[name])), 3);
        for stored in one.iter() {
            assert_eq!(one.health(stored), all.health(stored), "{name}");
        }
    }
    assert_eq!(all.health(all.named("3").unwrap()), Health::Ok);
}

#[test]
fn a_long_chain_takes_few_guesses_in_vain() {
    let all: Vec<(String, String)> = (0..1000)
        .map(|number| {
            let parent = match number % 100 {
                0 => String::new(),
                _ => format!("{:04}", number - 1),
            };
            (format!("{number:04}"), parent)
        })
        .collect();
    let backups: Vec<(&str, &str)> = all.iter().map(|(name, of)| (&**name, &**of)).collect();
    for (name, links) in [("0999", 100), ("0500", 1), ("0501", 2), ("0507", 8)] {
        let (catalog, asked) = load(store_of(&backups), &Scope::Chains(of(&[name])), 32);
        assert_eq!(catalog.iter().count(), links);
        let most = links + (4 * links).min(31);
        assert!(asked.len() <= most, "{name}: {}", asked.len());
    }
}

/// What one object is made of is no matter to the others; that no object can be looked at is.
#[test]
fn an_object_that_is_refused_stops_what_needs_it_alone() {
    let store = |refused: &'static [&'static str]| {
        let backups = [("1", ""), ("2", "1"), ("2b", ""), ("3", "2")];
        store_of(&backups).with_faults(move |call| {
            let name = call.key.strip_prefix(PREFIX).unwrap_or_default();
            match call.verb == "head" && refused.contains(&name) {
                true => Fault::Before(Kind::Denied),
                false => Fault::None,
            }
        })
    };
    let load = |refused, scope: &Scope| {
        let dataset = Dataset::parse("pool/fs").unwrap();
        let vault = Vault::over(Arc::new(store(refused)), "z3-backup/");
        Catalog::load(&vault, &dataset, scope)
    };
    let all = load(&["2b"], &Scope::All).unwrap();
    let healths = all.iter().map(|stored| all.health(stored).to_string());
    assert_eq!(healths.collect::<Vec<_>>(), ["ok", "ok", "unread", "ok"]);
    let odd = all.named("2b").unwrap();
    assert!(all.is_unknown(odd) && all.lacking().is_empty());
    assert!(all.reason(odd).starts_with("unread: head "));
    let chain = Scope::Chains(of(&["3"]));
    assert_eq!(names(&load(&["2b"], &chain).unwrap()), "1 2 3");
    for (refused, scope) in [
        (&["2"][..], &chain),
        (&["2b"], &Scope::AllIfStored("1".into())),
        (&["1", "2", "2b", "3"], &Scope::All),
    ] {
        assert!(load(refused, scope).is_err(), "{refused:?} {scope:?}");
    }
}
