//! XML as servers answer it, walked element by element.
//!
//! Responsible for what is a whole document, within bounds: no entities but the predefined ones, no depth beyond what any
//! service has. Texts keep their blanks. Not responsible for what the elements mean.

use quick_xml::Reader;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesRef, Event};

/// The answers of S3 and of STS lie at most six deep.
const DEEPEST: usize = 16;

/// What there is at a place of a document. The root is one deep.
pub enum Step<'a> {
    /// An element of this name begins, so deep.
    Begin(usize, &'a str),
    /// It ends; the text since the last tag.
    End(usize, &'a str, String),
}

/// Tells of every element as it begins and as it ends; `None` if this is no whole document, or `tell` has had enough.
pub fn walk(xml: &[u8], tell: &mut dyn FnMut(Step<'_>) -> Option<()>) -> Option<()> {
    let mut reader = Reader::from_reader(xml);
    reader.config_mut().expand_empty_elements = true;
    let (mut depth, mut text) = (0_usize, String::new());
    loop {
        match reader.read_event().ok()? {
            Event::Start(tag) => {
                depth += 1;
                text.clear();
                let name = tag.local_name();
                let name = str::from_utf8(name.as_ref()).ok()?;
                (depth <= DEEPEST).then(|| tell(Step::Begin(depth, name)))??;
            }
            Event::Text(piece) => text.push_str(&piece.decode().ok()?),
            Event::CData(piece) => text.push_str(&piece.decode().ok()?),
            Event::GeneralRef(reference) => text.push_str(&resolve(&reference)?),
            Event::End(tag) => {
                let name = tag.local_name();
                let name = str::from_utf8(name.as_ref()).ok()?;
                tell(Step::End(depth, name, std::mem::take(&mut text)))?;
                depth = depth.checked_sub(1)?;
            }
            Event::Eof => return (depth == 0).then_some(()),
            _ => {}
        }
    }
}

fn resolve(reference: &BytesRef<'_>) -> Option<String> {
    match reference.resolve_char_ref().ok()? {
        Some(letter) => Some(letter.to_string()),
        None => Some(resolve_predefined_entity(&reference.decode().ok()?)?.to_owned()),
    }
}
