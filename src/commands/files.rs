//! What `z3 ls`, `z3 cat` and `z3 extract` have in common: where the files are looked for, and how one is told of.

use serde_json::{Value, json};

use super::damaged;
use super::dated::wanted_aside;
use super::report::{Item, Report};
use super::session::Sessions;
use crate::args::Z3;
use crate::browse;
use crate::calendar::When;
use crate::chain::{Depth, StreamChain, TreeRequest};
use crate::error::{Error, Result};
use crate::files::{Node, Tree, shown};

/// What is done with the streams, with the names in them, and with the paths of the command line.
type Act<'a> = &'a mut dyn FnMut(&StreamChain<'_>, &Tree, &[String]) -> Result<()>;

/// Where the files are, as the command line has it.
pub struct FilesRequest<'a> {
    pub command: &'static str,
    pub streams: &'a [String],
    pub names: &'a [String],
    pub at: Option<When>,
    /// What is left of damaged streams is wanted.
    pub salvage: bool,
    /// So much has to be known of what the paths lead to.
    pub depth: Depth,
}

/// Does something with the files of the streams that are named, or else of the snapshot in the bucket, and with the paths.
pub fn with(args: &Z3, place: &FilesRequest<'_>, report: &Report, act: Act<'_>) -> Result<()> {
    if !place.streams.is_empty() {
        let chain = browse::of_files(place.streams, place.salvage)?;
        return place.act((&chain, browse::most_bytes()), place.names, act);
    }
    let (snapshot, paths) = match (place.at, place.names.split_first()) {
        (None, Some((snapshot, paths))) => (snapshot.as_str(), paths),
        (Some(_), _) => ("", place.names),
        (None, None) => {
            let command = place.command;
            let text = format!("{command} needs a SNAPSHOT, --at TIME or --stream FILE");
            return Err(Error::Usage(text));
        }
    };
    let mut sessions = Sessions::read(args, *report)?;
    let session = sessions.only(place.command)?;
    let run = session.run();
    let stored = match place.at {
        Some(at) => browse::stored(&run, &wanted_aside(&session, at)?)?,
        None => browse::stored(&run, &session.settings.dataset.own_name(snapshot))?,
    };
    let chain = browse::of_backups(&run, stored, place.salvage)?;
    let most_bytes = session.settings.store.limits.max_memory_bytes;
    place.act((&chain, most_bytes), paths, act)
}

impl FilesRequest<'_> {
    fn act(
        &self,
        (chain, most_bytes): (&StreamChain<'_>, u64),
        paths: &[String],
        act: Act<'_>,
    ) -> Result<()> {
        let wanted = TreeRequest {
            paths,
            depth: self.depth,
        };
        let tree = browse::tree(chain, &wanted, most_bytes);
        let done = tree.and_then(|tree| act(chain, &tree, paths));
        damaged::say(chain);
        done.map_err(|error| match self.salvage {
            true => error,
            false => damaged::advised(error),
        })
    }
}

/// What programs are told of a file.
pub fn fields(node: &Node) -> Value {
    let it = &node.attributes;
    json!({
        "path": shown_exactly(&node.path),
        "path_base64": odd(&node.path),
        "kind": it.kind().word(),
        "mode": format!("{:04o}", it.mode & 0o7777),
        "links": it.links,
        "uid": it.uid,
        "gid": it.gid,
        "bytes": it.size,
        "mtime": it.mtime.0,
        "mtime_nanoseconds": it.mtime.1,
        "target": it.target.as_deref().map(shown_exactly),
        "target_base64": it.target.as_deref().and_then(odd),
        "object": node.object,
    })
}

/// The bytes as text, as far as they are.
pub fn shown_exactly(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The bytes, if text cannot have them.
fn odd(bytes: &[u8]) -> Option<String> {
    use base64::{Engine, engine::general_purpose::STANDARD};
    str::from_utf8(bytes)
        .is_err()
        .then(|| STANDARD.encode(bytes))
}

/// A line of `ls`.
pub struct FileLine {
    pub node: Node,
    /// With what is known of it.
    pub long: bool,
    /// With its whole path.
    pub whole: bool,
}

impl FileLine {
    /// One of which nothing but the path is known.
    pub fn of_name(path: Vec<u8>) -> Self {
        Self {
            node: Node::named(path),
            long: false,
            whole: false,
        }
    }
}

impl Item for FileLine {
    const TYPE: &'static str = "file";

    fn fields(&self) -> Value {
        fields(&self.node)
    }

    fn text(&self) -> String {
        let name = match self.whole {
            true => self.node.shown(),
            false => shown(self.node.name()),
        };
        match self.long {
            true => format!("{} {name}{}\n", facts(&self.node), leads_to(&self.node)),
            false => format!("{name}\n"),
        }
    }
}

/// As `ls -l` has it, in UTC.
fn facts(node: &Node) -> String {
    let it = &node.attributes;
    let format = time::macros::format_description!("[year]-[month]-[day] [hour]:[minute]");
    let moment = time::OffsetDateTime::from_unix_timestamp(it.mtime.0).ok();
    let moment = moment.and_then(|moment| moment.format(format).ok());
    format!(
        "{}{} {:>3} {:>5} {:>5} {:>12} {}",
        it.kind().letter(),
        permissions(it.mode),
        it.links,
        it.uid,
        it.gid,
        it.size,
        moment.unwrap_or_else(|| "-".to_owned()),
    )
}

fn leads_to(node: &Node) -> String {
    let target = node.attributes.target.as_deref().map(shown);
    target.map_or(String::new(), |target| format!(" -> {target}"))
}

/// `rwxr-xr-x`, with setuid, setgid and the sticky bit in the places of the three x.
fn permissions(mode: u32) -> String {
    let bits = "rwxrwxrwx".chars().enumerate();
    let letter = |(at, letter)| match (mode >> (8 - at) & 1 == 1, special(mode, at)) {
        (true, Some(special)) => special,
        (false, Some(special)) => special.to_ascii_uppercase(),
        (true, None) => letter,
        (false, None) => '-',
    };
    bits.map(letter).collect()
}

fn special(mode: u32, at: usize) -> Option<char> {
    let (bit, letter) = match at {
        2 => (0o4000, 's'),
        5 => (0o2000, 's'),
        8 => (0o1000, 't'),
        _ => return None,
    };
    (mode & bit != 0).then_some(letter)
}
