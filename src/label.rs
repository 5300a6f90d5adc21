//! The label of an object: what its metadata says of the snapshot in it.
//!
//! Responsible for the names and values of `doc/format.md`, written and read in one place. Metadata is anybody's word: an odd
//! object has an odd label, reading never fails. Not responsible for whether what it says is true ([`crate::catalog`]), nor
//! for how a value travels in a header ([`crate::s3`]).

use crate::codec::Compressor;
use crate::name::FullName;
use crate::order::gathered;
use crate::send_flags::SendFlags;
use crate::store::Metadata;

const SIZE: &str = "size";
const FULL: &str = "isfull";
/// As very old objects spell it.
const FULL_OF_OLD: &str = "is_full";
const PARENT: &str = "parent";
const COMPRESSOR: &str = "compressor";
const GUID: &str = "guid";
const PARENT_GUID: &str = "parentguid";
const CREATION: &str = "creation";
const SEND_FLAGS: &str = "sendflags";
const VERSION: &str = "z3version";
/// Random for each upload: tells whether a key holds what an upload has made.
pub const Z3ID: &str = "z3id";

/// What may differ between an upload that was cut off and the one that goes on with it: an estimate, and its own id.
pub const FREE: [&str; 2] = [SIZE, Z3ID];

/// What is known of a stored backup beside its key.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Label {
    /// A full send stream.
    pub full: bool,
    /// Full name of the incremental source; `None` for a full and for odd objects.
    pub parent: Option<FullName>,
    /// Estimated length of the stream in bytes before compression, as written.
    pub size_text: Option<String>,
    /// What the stream went through; absent means that the object is the bare stream.
    pub compressor: Option<String>,
    /// Of the snapshot; objects of the Python lack it.
    pub guid: Option<u64>,
    /// Of the incremental source.
    pub parent_guid: Option<u64>,
    /// When the snapshot was made, in seconds since 1970.
    pub creation: Option<u64>,
    /// What it was sent with; nothing is none.
    pub send_flags: SendFlags,
    /// See [`Z3ID`].
    pub z3id: Option<String>,
}

impl Label {
    /// What the metadata of an object says. Of ten thousand backups, what nobody reads would be most of the memory.
    pub fn read(mut metadata: Metadata) -> Self {
        // The two spellings of old: exactly `true`, in either.
        let says_full = |name: &&str| metadata.get(*name).is_some_and(|value| value == "true");
        let full = [FULL, FULL_OF_OLD].iter().any(says_full);
        let mut text = |name: &str| metadata.remove(name);
        let number = |text: Option<String>| text.and_then(|text| text.parse().ok());
        Self {
            full,
            parent: text(PARENT).filter(|_| !full).map(FullName::from),
            size_text: text(SIZE),
            compressor: text(COMPRESSOR),
            guid: number(text(GUID)),
            parent_guid: number(text(PARENT_GUID)),
            creation: number(text(CREATION)),
            send_flags: flags(text(SEND_FLAGS)),
            z3id: text(Z3ID),
        }
    }

    /// The metadata of an object to be, in the order in which `--dry-run` prints it: the original's, then ours. The upload
    /// adds its own id.
    pub fn pairs(&self) -> Vec<(&'static str, String)> {
        let number = |value: Option<u64>| value.map(|value| value.to_string());
        let pairs = [
            (SIZE, self.size_text.clone()),
            (FULL, self.full.then(|| "true".to_owned())),
            (
                PARENT,
                self.parent.as_ref().map(|it| it.as_str().to_owned()),
            ),
            (COMPRESSOR, self.compressor.clone()),
            (GUID, number(self.guid)),
            (PARENT_GUID, number(self.parent_guid)),
            (CREATION, number(self.creation)),
            (
                SEND_FLAGS,
                Some(self.send_flags.to_string()).filter(|text| !text.is_empty()),
            ),
            (VERSION, Some(env!("CARGO_PKG_VERSION").to_owned())),
        ];
        let written = |(name, value): (_, Option<_>)| Some((name, value?));
        gathered(pairs.into_iter().filter_map(written))
    }

    /// The estimated length of the stream in bytes; `Err` with what stands there if it is no number.
    pub fn size_bytes(&self) -> Result<Option<u64>, &str> {
        match &self.size_text {
            None => Ok(None),
            Some(text) => text.parse().map(Some).map_err(|_| text.as_str()),
        }
    }

    /// The parent's name after its `@`, as the status table shows it: empty for a full, `-` if there is none.
    pub fn parent_name(&self) -> &str {
        match &self.parent {
            Some(parent) => parent.name().unwrap_or(parent.as_str()),
            None if self.full => "",
            None => "-",
        }
    }

    /// The compressor that it names. Under a name that nobody knows the Python stored the stream as it is.
    pub fn compressor(&self) -> Compressor {
        let known = self.compressor.as_deref().and_then(Compressor::parse);
        known.unwrap_or(Compressor::None)
    }

    /// False only if both guids are known and differ: then the name is the same and the snapshot another one.
    pub fn may_be(&self, guid: u64) -> bool {
        self.guid.is_none_or(|stored| stored == guid)
    }
}

/// What is no set of flags is taken for none: what counts is what the stream itself says.
fn flags(text: Option<String>) -> SendFlags {
    let known = text.and_then(|text| SendFlags::parse(&text).ok());
    known.unwrap_or_default()
}

/// The full name of the incremental source in the metadata of an object to be.
pub fn parent_in(metadata: &Metadata) -> Option<FullName> {
    metadata.get(PARENT).cloned().map(FullName::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metadata(pairs: &[(&str, &str)]) -> Metadata {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        pairs.iter().map(owned).collect()
    }

    #[test]
    fn what_is_written_is_read() {
        let full = Label {
            full: true,
            size_text: Some("4096".into()),
            guid: Some(u64::MAX),
            creation: Some(1_790_000_000),
            ..Label::default()
        };
        let increment = Label {
            full: false,
            parent: Some("tank/a b@x".to_owned().into()),
            compressor: Some("pigz1".into()),
            parent_guid: Some(7),
            send_flags: SendFlags::LARGE | SendFlags::RAW,
            ..full.clone()
        };
        for label in [full, increment] {
            let owned = |(name, value): (&str, String)| (name.to_owned(), value);
            let written: Metadata = label.pairs().into_iter().map(owned).collect();
            assert_eq!(Label::read(written), label);
        }
    }

    #[test]
    fn an_odd_object_has_an_odd_label() {
        assert_eq!(Label::read(Metadata::new()), Label::default());
        let odd = Label::read(metadata(&[
            ("isfull", "True"),
            ("is_full", "true"),
            ("parent", "a@b"),
            ("guid", "-1"),
            ("creation", "yesterday"),
            ("sendflags", "Lc\u{1b}[2J"),
            ("size", "many"),
        ]));
        assert!(odd.full && odd.parent.is_none() && odd.parent_name().is_empty());
        assert_eq!((odd.guid, odd.creation), (None, None));
        assert!(odd.send_flags.is_empty());
        assert_eq!(odd.size_bytes(), Err("many"));
    }
}
