//! The words of `z3 doctor`.

use serde_json::{Value, json};

use crate::commands::report::Item;
use crate::doctor::{Diagnosis, Grade};
use crate::terminal::plain;

impl Item for Diagnosis {
    const TYPE: &'static str = "diagnosis";

    fn fields(&self) -> Value {
        let hint = Some(&self.hint).filter(|hint| !hint.is_empty());
        json!({
            "area": self.area,
            "subject": self.subject,
            "state": word(self.grade).to_lowercase(),
            "found": self.found,
            "hint": hint,
        })
    }

    fn text(&self) -> String {
        let Self { area, subject, .. } = self;
        // What a program has said may have several lines.
        let one = |text: &str| plain(&text.replace('\n', " / "));
        let (word, found, hint) = (word(self.grade), one(&self.found), one(&self.hint));
        let advice = match hint.is_empty() {
            true => String::new(),
            false => format!("{:8}{hint}\n", ""),
        };
        format!("{word:8}{area}: {subject}: {found}\n{advice}")
    }
}

fn word(grade: Grade) -> &'static str {
    match grade {
        Grade::Ok => "OK",
        Grade::Warning => "WARNING",
        Grade::Failure => "FAILURE",
    }
}

/// A policy of AWS.
pub struct Policy(pub String);

impl Item for Policy {
    const TYPE: &'static str = "policy";

    fn fields(&self) -> Value {
        json!({ "document": self.0 })
    }

    fn text(&self) -> String {
        self.0.clone()
    }
}

/// A configuration that is there now.
pub struct Written(pub String);

impl Item for Written {
    const TYPE: &'static str = "written";

    fn fields(&self) -> Value {
        json!({ "path": self.0 })
    }

    fn text(&self) -> String {
        format!(
            "{}: fill in the lines below [main] that have no #, then run 'z3 doctor'\n",
            plain(&self.0)
        )
    }
}
