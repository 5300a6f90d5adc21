//! z3.conf(5), from the sample file.

use crate::mdoc::{DATE, literal, prose, sentence};

const HEAD: &str = ".Dt Z3.CONF 5\n.Os\n.Sh NAME\n.Nm z3.conf\n.Nd configuration of z3\n.Sh SYNOPSIS\n.Pa /etc/z3_backup/z3.conf\n.Sh DESCRIPTION\n";
const TAIL: &str = ".Sh SEE ALSO\n.Xr pput 1 ,\n.Xr s3_mp_cleanup 1 ,\n.Xr z3 1 ,\n.Xr z3_get 1 ,\n.Xr z3_ssh_sync 1\n";

/// The page, of what the sample says above `[main]` and of each key below it.
pub fn page(sample: &str) -> String {
    let (about, keys) = sample.split_once("[main]\n").unwrap();
    let keys: String = keys.trim().split("\n\n").map(key).collect();
    let about: String = blocks(about).join(".Pp\n");
    format!(".Dd {DATE}\n{HEAD}{about}.Sh KEYS\n.Bl -tag -width Ds\n{keys}.El\n{TAIL}")
}

/// Without the sign of a comment.
fn uncommented(line: &str) -> &str {
    line.trim_start_matches('#')
        .strip_prefix(' ')
        .unwrap_or_default()
}

/// Paragraphs, and what is indented as it is.
fn blocks(text: &str) -> Vec<String> {
    let lines: Vec<&str> = text.trim().lines().map(uncommented).collect();
    let paragraphs = lines.split(|line| line.is_empty());
    let block = |lines: &[&str]| match lines.iter().all(|line| line.starts_with("  ")) {
        true => literal(
            &lines
                .iter()
                .map(|line| line.trim().to_owned())
                .collect::<Vec<_>>(),
        ),
        false => prose(&lines.join(" ")),
    };
    paragraphs.map(block).collect()
}

/// A comment above `#KEY=default`.
fn key(block: &str) -> String {
    let mut lines: Vec<&str> = block.lines().collect();
    let last = lines.pop().unwrap();
    let (name, default) = last.strip_prefix('#').unwrap().split_once('=').unwrap();
    let text: Vec<&str> = lines.into_iter().map(uncommented).collect();
    let mut item = format!(".It Cm {name}\n{}", prose(&sentence(&text.join(" "))));
    if !default.is_empty() {
        item += &format!("The default is\n.Ql {} .\n", default.replace('-', "\\-"));
    }
    item
}
