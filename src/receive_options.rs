//! What `zfs receive` is told of properties: `-o NAME=VALUE` and `-x NAME` (`zfs-receive(8)`).
//!
//! Responsible for what is given twice, and for which of it one receive of a chain can take. Not responsible for what a value
//! means: zfs refuses a wrong one as soon as it has seen the first record.

/// They are set when a dataset is made, and never again.
const OF_ENCRYPTION: [&str; 4] = ["encryption", "keyformat", "keylocation", "pbkdf2iters"];
/// A volume has no files to mount or to share.
const OF_FILES: [&str; 5] = ["mountpoint", "canmount", "sharenfs", "sharesmb", "overlay"];

/// Which of the properties that a receipt knows are put back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PutBack {
    /// How data is kept and read, and users' own.
    Usual,
    /// Also where it appears, whom it is shared with, and how much room it takes.
    All,
}

impl PutBack {
    /// Reads its word.
    pub fn parse(text: &str) -> Result<Self, String> {
        match text {
            "usual" => Ok(Self::Usual),
            "all" => Ok(Self::All),
            _ => Err(format!("expected usual or all, got '{text}'")),
        }
    }
}

/// Properties to set, and properties to leave to the place.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ReceiveOptions {
    set: Vec<(String, String)>,
    unset: Vec<String>,
}

impl ReceiveOptions {
    /// Those of a command line. Of one that is named twice, which zfs refuses, the error.
    pub fn new(set: &[(String, String)], unset: &[String]) -> Result<Self, String> {
        let (set, unset) = (set.to_vec(), unset.to_vec());
        let options = Self { set, unset };
        let names: Vec<&str> = options.names().collect();
        let again = names.iter().enumerate();
        let again = again.filter(|(at, name)| names.iter().take(*at).any(|before| before == *name));
        match again.map(|(_, name)| name).next() {
            Some(name) => Err(format!(
                "{name} is named twice by -o and -x, expected it once"
            )),
            None => Ok(options),
        }
    }

    /// Sets one more, unless it is named already.
    pub fn set_unless_named(&mut self, name: &str, value: &str) {
        if !self.has(name) {
            self.set.push((name.to_owned(), value.to_owned()));
        }
    }

    /// Whether something is said of this property.
    pub fn has(&self, name: &str) -> bool {
        self.names().any(|named| named == name)
    }

    /// Whether nothing is said.
    pub fn is_empty(&self) -> bool {
        self.set.is_empty() && self.unset.is_empty()
    }

    /// What is set for this property.
    pub fn value(&self, name: &str) -> Option<&str> {
        let mut set = self.set.iter();
        set.find_map(|(named, value)| (named == name).then_some(value.as_str()))
    }

    /// The first property that only a dataset which is made can be given.
    pub fn of_encryption(&self) -> Option<&str> {
        self.names().find(|name| OF_ENCRYPTION.contains(name))
    }

    /// Those of one receive: a volume takes nothing of mounts, and one into a dataset that is there nothing of encryption.
    pub fn of_receive(&self, volume: bool, makes: bool) -> Self {
        let takes = |name: &str| {
            !(volume && OF_FILES.contains(&name) || !makes && OF_ENCRYPTION.contains(&name))
        };
        let mut options = self.clone();
        options.set.retain(|(name, _)| takes(name));
        options.unset.retain(|name| takes(name));
        options
    }

    /// The arguments of `zfs receive`.
    pub fn args(&self) -> impl Iterator<Item = String> {
        let set = self.set.iter();
        let set = set.flat_map(|(name, value)| ["-o".to_owned(), format!("{name}={value}")]);
        let unset = self.unset.iter();
        set.chain(unset.flat_map(|name| ["-x".to_owned(), name.clone()]))
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        let set = self.set.iter().map(|(name, _)| name.as_str());
        set.chain(self.unset.iter().map(String::as_str))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(set: &[(&str, &str)], unset: &[&str]) -> Result<ReceiveOptions, String> {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let set: Vec<_> = set.iter().map(owned).collect();
        let unset: Vec<_> = unset.iter().map(|name| (*name).to_owned()).collect();
        ReceiveOptions::new(&set, &unset)
    }

    #[test]
    fn what_is_named_twice_is_refused() {
        for (set, unset, name) in [
            (&[("atime", "on"), ("atime", "off")][..], &[][..], "atime"),
            (&[("quota", "1G")], &["exec", "quota"], "quota"),
            (&[], &["exec", "exec"], "exec"),
        ] {
            let problem = options(set, unset).unwrap_err();
            assert!(
                problem.starts_with(&format!("{name} is named twice")),
                "{problem}"
            );
        }
    }

    #[test]
    fn each_receive_gets_what_it_can_take() {
        let all = options(
            &[("mountpoint", "/a b"), ("encryption", "on"), ("u:x", "=1")],
            &["canmount", "keylocation", "quota"],
        );
        let all = all.unwrap();
        let args = |volume, makes| {
            all.of_receive(volume, makes)
                .args()
                .collect::<Vec<_>>()
                .join(" ")
        };
        assert_eq!(
            args(false, true),
            "-o mountpoint=/a b -o encryption=on -o u:x==1 -x canmount -x keylocation -x quota"
        );
        assert_eq!(
            args(false, false),
            "-o mountpoint=/a b -o u:x==1 -x canmount -x quota"
        );
        assert_eq!(args(true, false), "-o u:x==1 -x quota");
        assert_eq!(all.of_encryption(), Some("encryption"));
        assert_eq!((all.value("u:x"), all.value("quota")), (Some("=1"), None));
    }

    #[test]
    fn what_the_user_says_counts() {
        let mut all = options(&[("atime", "on")], &["exec"]).unwrap();
        for name in ["atime", "exec", "copies"] {
            all.set_unless_named(name, "2");
        }
        let args: Vec<String> = all.args().collect();
        assert_eq!(args, ["-o", "atime=on", "-o", "copies=2", "-x", "exec"]);
    }
}
