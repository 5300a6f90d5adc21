//! What a `--help` says, taken apart.

/// An option, a command or a positional argument, and what it is for.
#[derive(Debug)]
pub struct Item {
    pub names: String,
    pub text: String,
}

/// The parts of a help.
#[derive(Debug, Default)]
pub struct Help {
    /// One text for each form of it, without the word "Usage:".
    pub usage: Vec<String>,
    pub about: String,
    pub positionals: Vec<Item>,
    pub options: Vec<Item>,
    pub commands: Vec<Item>,
    pub examples: Vec<String>,
    /// Paragraphs.
    pub notes: Vec<String>,
}

/// Where descriptions begin.
const COLUMN: usize = 20;

impl Help {
    pub fn read(text: &str) -> Self {
        let mut help = Self::default();
        let (usage, rest) = text.split_once("\n\n").unwrap();
        help.usage = usages(usage.strip_prefix("Usage: ").unwrap());
        let (about, rest) = rest.split_once("\n\n").unwrap();
        help.about = about.replace('\n', " ");
        for section in sections(rest) {
            match section.title {
                "Positional Arguments:" => help.positionals = items(&section.lines),
                "Options:" => help.options = items(&section.lines),
                "Commands:" => help.commands = items(&section.lines),
                "Examples:" => {
                    help.examples = section
                        .lines
                        .iter()
                        .map(|line| line.trim().to_owned())
                        .collect()
                }
                "Notes:" => help.notes = paragraphs(&section.lines),
                other => panic!("no page has a place for {other:?}"),
            }
        }
        help
    }

    /// The word that the usage has for the value of a flag: `NAME`, `[=all]`, or none for a switch.
    pub fn value_of(&self, flag: &str) -> Option<String> {
        let usage = self.usage.join(" ");
        let after = usage
            .match_indices(flag)
            .map(|(at, _)| &usage[at + flag.len()..]);
        let mut after = after.filter(|rest| rest.starts_with([' ', '[', ']']) || rest.is_empty());
        let rest = after.next()?;
        if rest.starts_with("[=") {
            return Some(rest[..=rest.find(']')?].to_owned());
        }
        let word = rest.strip_prefix(' ')?.split([' ', ']']).next()?;
        let is_value = !word.starts_with(['-', '|', '[']) && !word.is_empty();
        is_value.then(|| word.to_owned())
    }
}

/// A line that goes on is indented; a second form of the command begins with its name again.
fn usages(text: &str) -> Vec<String> {
    let name = text.split(" [").next().unwrap_or_default();
    let program = name.split(' ').next().unwrap_or_default();
    let mut forms: Vec<String> = Vec::new();
    for line in text.lines() {
        let words = line.trim();
        match forms.last_mut() {
            Some(form) if !words.starts_with(&format!("{program} ")) => {
                *form += &format!(" {words}")
            }
            _ => forms.push(words.to_owned()),
        }
    }
    forms
}

struct Section<'a> {
    title: &'a str,
    lines: Vec<&'a str>,
}

fn sections(text: &str) -> Vec<Section<'_>> {
    let mut all: Vec<Section> = Vec::new();
    for line in text.lines() {
        match (line.starts_with(' ') || line.is_empty(), all.last_mut()) {
            (true, Some(section)) => section.lines.push(line),
            _ => all.push(Section {
                title: line,
                lines: Vec::new(),
            }),
        }
    }
    for section in &mut all {
        while section.lines.last().is_some_and(|line| line.is_empty()) {
            section.lines.pop();
        }
    }
    all
}

fn items(lines: &[&str]) -> Vec<Item> {
    let mut all: Vec<Item> = Vec::new();
    for line in lines {
        let (names, text) = match line.get(COLUMN - 1..COLUMN) {
            Some(" ") => line.split_at(COLUMN),
            _ => (*line, ""),
        };
        match (names.trim(), all.last_mut()) {
            ("", Some(item)) => item.text += &format!(" {}", text.trim()),
            (names, _) => all.push(Item {
                names: names.to_owned(),
                text: text.trim().to_owned(),
            }),
        }
    }
    for item in &mut all {
        item.text = item.text.trim().to_owned();
    }
    all
}

fn paragraphs(lines: &[&str]) -> Vec<String> {
    let text: Vec<&str> = lines.iter().map(|line| line.trim()).collect();
    let paragraphs = text.split(|line| line.is_empty());
    paragraphs.map(|lines| lines.join(" ")).collect()
}
