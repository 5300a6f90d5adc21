//! Words as mdoc(7) wants them.

/// No line of prose is longer than this.
const WIDTH: usize = 78;

/// The date of a page: that of the release, as pages that differ only in their dates would be other pages.
pub const DATE: &str = "November 28, 2026";

/// A line whose first letter is no request of roff.
fn plain(text: &str) -> String {
    match text.starts_with(['.', '\'']) {
        true => format!("\\&{text}"),
        false => text.to_owned(),
    }
}

/// Something to be typed, as one argument of a macro.
fn typed(text: &str) -> String {
    let text = plain(text).replace('-', "\\-").replace('"', "\\(dq");
    match text.contains(' ') {
        true => format!("\"{text}\""),
        false => text,
    }
}

/// A sentence: its first letter large, a full stop at its end.
pub fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first: String = letters
        .next()
        .into_iter()
        .flat_map(char::to_uppercase)
        .collect();
    let end = if text.ends_with(['.', '?', '!']) {
        ""
    } else {
        "."
    };
    format!("{first}{}{end}", letters.as_str())
}

/// Prose, a sentence on lines of its own; what stands between backquotes is to be typed.
pub fn prose(text: &str) -> String {
    let (text, mut lines) = (text.replace('\\', "\\e"), Vec::new());
    let mut parts = text.split('`');
    words(parts.next().unwrap_or_default(), &mut lines);
    while let Some(code) = parts.next() {
        let after = parts.next().unwrap_or_default();
        let rest = after.trim_start_matches(['.', ',', ';', ':', '?', ')']);
        let marks = after[..after.len() - rest.len()].chars();
        let marks: String = marks.map(|mark| format!(" {mark}")).collect();
        lines.push(format!(".Ql {}{marks}", typed(code)));
        words(rest, &mut lines);
    }
    lines.join("\n") + "\n"
}

/// Fills lines with the words of a text.
fn words(text: &str, lines: &mut Vec<String>) {
    let mut line = String::new();
    for word in text.split_whitespace() {
        let full = line.len() + 1 + word.len() > WIDTH;
        let ended = line.ends_with(['.', '?', '!']) && !word.starts_with(char::is_lowercase);
        if !line.is_empty() && (full || ended) {
            lines.push(plain(&std::mem::take(&mut line)));
        }
        // A full stop at the end of a line would be that of a sentence.
        let word = if word == "e.g." { "e.g.\\&" } else { word };
        line = if line.is_empty() {
            word.to_owned()
        } else {
            format!("{line} {word}")
        };
    }
    if !line.is_empty() {
        lines.push(plain(&line));
    }
}

/// Lines as they are.
pub fn literal(lines: &[String]) -> String {
    let lines: Vec<String> = lines
        .iter()
        .map(|line| plain(&line.replace('\\', "\\e")).replace('-', "\\-"))
        .collect();
    format!(".Bd -literal -compact\n{}\n.Ed\n", lines.join("\n"))
}

/// One word of a usage line: a flag, a value, a choice, or a word of the command line itself.
pub fn word(word: &str) -> String {
    if word.contains('|') && word != "|" {
        let choices: Vec<String> = word.split('|').map(self::word).collect();
        return choices.join(" | ");
    }
    if let Some((name, value)) = word.split_once('=') {
        let name = if name.is_empty() {
            String::new()
        } else {
            format!("{} Ns ", self::word(name))
        };
        return format!("{name}= Ns {}", self::word(value));
    }
    match word.strip_prefix('-') {
        Some(flag) => format!("Fl {flag}"),
        None if word == "|" || word == "..." => word.to_owned(),
        None if word.ends_with("...") => format!("{} ...", self::word(word.trim_end_matches('.'))),
        None if word.chars().any(|letter| letter.is_ascii_uppercase()) => {
            format!("Ar {}", word.to_lowercase())
        }
        None => format!("Cm {word}"),
    }
}

/// A whole usage without the command's name: `[--full | --incremental] SNAPSHOT`, a line for each group.
pub fn usage(text: &str) -> String {
    let (mut lines, mut line, mut depth) = (Vec::new(), Vec::new(), 0);
    let spaced = text.replace("...", " ... ").replace("[=", "[= ");
    let spaced = spaced.replace('[', " [ ").replace(']', " ] ");
    for token in spaced.split_whitespace() {
        match token {
            "[" => {
                if depth == 0 && !line.is_empty() {
                    lines.push(std::mem::take(&mut line));
                }
                line.push("Oo".to_owned());
                depth += 1;
            }
            "]" => {
                line.push("Oc".to_owned());
                depth -= 1;
                if depth == 0 {
                    lines.push(std::mem::take(&mut line));
                }
            }
            // What may be repeated stands behind its bracket, and in mdoc inside of it.
            "..." if line.is_empty() => {
                let group: &mut Vec<String> = lines.last_mut().expect("a group before the dots");
                group.insert(group.len() - 1, "...".to_owned());
            }
            "=" => line.extend(["Ns".to_owned(), "=".to_owned(), "Ns".to_owned()]),
            other => line.push(word(other)),
        }
    }
    lines.push(line);
    let lines = lines.iter().filter(|line| !line.is_empty());
    lines.map(|line| optional(&line.join(" "))).collect()
}

/// A group without others in it is the usual `.Op`. A value that may be left out belongs to its flag.
fn optional(line: &str) -> String {
    let line = line.replace(" Oo Ns = Ns", " Ns Oo = Ns");
    match line
        .strip_prefix("Oo ")
        .and_then(|rest| rest.strip_suffix(" Oc"))
    {
        Some(group) if !group.contains("Oo ") => format!(".Op {group}\n"),
        _ => format!(".{line}\n"),
    }
}
