//! How much one function does.

use crate::source::{root, rust_files, shipped};

/// The most lines of code in one function, its head and its end included.
const FUNCTION_LINES: usize = 45;

#[test]
fn functions_stay_small() {
    let mut large = Vec::new();
    for file in rust_files("src") {
        for (head, lines) in functions(&shipped(&file)) {
            if lines > FUNCTION_LINES {
                let file = file.strip_prefix(root()).unwrap().display();
                large.push(format!("{file}: {} has {lines} lines", head.trim()));
            }
        }
    }
    assert!(
        large.is_empty(),
        "at most {FUNCTION_LINES} lines of code:\n{}",
        large.join("\n")
    );
}

/// The first line of each function that has a body, and how many lines of code it has. As rustfmt writes it, it ends with the
/// first brace of its own indentation.
fn functions(lines: &[String]) -> Vec<(&str, usize)> {
    let heads = lines.iter().enumerate().filter(|(_, line)| is_head(line));
    heads
        .filter_map(|(at, head)| {
            let rest = lines.get(at..)?;
            let opened = rest.iter().find(|line| line.ends_with(['{', ';', '}']))?;
            if opened.ends_with(';') {
                return None;
            }
            let end = format!("{}}}", &head[..head.len() - head.trim_start().len()]);
            let last = rest.iter().position(|line| *line == end)?;
            let code = |line: &&String| !line.trim().is_empty() && !line.trim().starts_with("//");
            Some((head.as_str(), rest[..=last].iter().filter(code).count()))
        })
        .collect()
}

fn is_head(line: &str) -> bool {
    let line = line.trim_start();
    let unseen = match line.strip_prefix("pub") {
        Some(rest) => rest.split_once(' ').map_or("", |(_, rest)| rest),
        None => line,
    };
    unseen.trim_start_matches("const ").starts_with("fn ")
}

#[test]
fn every_line_of_code_counts() {
    let text = "trait T {\n    /// Doc.\n    fn a(\n        &self,\n    );\n\n    fn b(&self) {\n        // Why.\n        c();\n\n        d();\n    }\n}\npub(crate) const fn e() {\n    f()\n}";
    let lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let found = functions(&lines);
    assert_eq!(
        found,
        [("    fn b(&self) {", 4), ("pub(crate) const fn e() {", 3)]
    );
}
