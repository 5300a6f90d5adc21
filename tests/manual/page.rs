//! The page of a program or of a command.

use crate::help::{Help, Item};
use crate::mdoc::{self, DATE, literal, prose, sentence, usage};

const OTHERS: &str = "The options of\n.Xr z3 1\nmay stand here, too.\n";

/// The page `name`(1), among the others of the same section.
pub fn of(name: &str, help: &Help, others: &[String]) -> String {
    let command = name.strip_prefix("z3-");
    let program = command.map_or(name.to_owned(), |command| format!("z3 {command}"));
    let about = help.about.trim_end_matches('.');
    let mut page = format!(".Dd {DATE}\n.Dt {} 1\n.Os\n", name.to_uppercase());
    page += &format!(".Sh NAME\n.Nm {name}\n.Nd {}\n", lower(about));
    page += &format!(".Sh SYNOPSIS\n{}", synopsis(&program, help));
    page += &format!(".Sh DESCRIPTION\n{}", prose(&sentence(about)));
    let (exit, notes): (Vec<&String>, Vec<&String>) = help
        .notes
        .iter()
        .partition(|note| note.starts_with("Exit status"));
    for note in notes {
        page += &format!(".Pp\n{}", prose(note));
    }
    page += &list("ARGUMENTS", &help.positionals, |item| {
        format!("Ar {}", item.names.to_lowercase())
    });
    page += &list("COMMANDS", &help.commands, |item| {
        format!("Xr z3-{} 1", item.names)
    });
    page += &list("OPTIONS", &help.options, |item| option(item, help));
    if command.is_some() {
        page += &format!(".Pp\n{OTHERS}");
    }
    page += ".Sh FILES\n.Bl -tag -width Ds\n.It Pa /etc/z3_backup/z3.conf\nThe configuration, see\n.Xr z3.conf 5 .\n.El\n.Sh EXIT STATUS\n";
    page += &match exit.is_empty() {
        true => "As that of\n.Xr z3 1 .\n".to_owned(),
        false => exit.into_iter().map(|note| prose(&status(note))).collect(),
    };
    if !help.examples.is_empty() {
        page += &format!(".Sh EXAMPLES\n{}", literal(&help.examples));
    }
    page + &see_also(name, others)
}

/// The section has the words for a title already.
fn status(note: &str) -> String {
    let rest = note.strip_prefix("Exit status").unwrap_or(note);
    sentence(rest.trim_start_matches([':', ',', ' ']))
}

fn lower(text: &str) -> String {
    let mut letters = text.chars();
    let first: String = letters
        .next()
        .into_iter()
        .flat_map(char::to_lowercase)
        .collect();
    first + letters.as_str()
}

fn synopsis(program: &str, help: &Help) -> String {
    let form = |text: &String| {
        let rest = text.strip_prefix(program).unwrap_or(text);
        format!(".Nm {program}\n{}", usage(rest.trim()))
    };
    help.usage.iter().map(form).collect()
}

fn list(title: &str, items: &[Item], head: impl Fn(&Item) -> String) -> String {
    if items.is_empty() {
        return String::new();
    }
    let item = |item: &Item| format!(".It {}\n{}", head(item), prose(&sentence(&item.text)));
    let items: String = items.iter().map(item).collect();
    format!(".Sh {title}\n.Bl -tag -width Ds\n{items}.El\n")
}

/// `-o, --option` and what its value is called.
fn option(item: &Item, help: &Help) -> String {
    let names: Vec<&str> = item.names.split(", ").collect();
    let value = names.iter().find_map(|name| help.value_of(name));
    let value = match value.as_deref() {
        None => String::new(),
        Some(value) => match value.strip_prefix("[=") {
            Some(value) => format!(" Ns Oo = Ns {} Oc", mdoc::word(value.trim_end_matches(']'))),
            None => format!(" {}", mdoc::word(value)),
        },
    };
    let names: Vec<String> = names.into_iter().map(mdoc::word).collect();
    format!("{}{value}", names.join(" , "))
}

fn see_also(name: &str, others: &[String]) -> String {
    let mut pages: Vec<String> = others
        .iter()
        .filter(|other| *other != name)
        .map(|other| format!("{other} 1"))
        .collect();
    pages.sort();
    pages.extend(["z3.conf 5".to_owned(), "zfs 8".to_owned()]);
    let lines: Vec<String> = pages.iter().map(|page| format!(".Xr {page}")).collect();
    format!(".Sh SEE ALSO\n{}\n", lines.join(" ,\n"))
}
