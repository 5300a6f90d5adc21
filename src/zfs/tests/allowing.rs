//! What `zfs allow` says, as OpenZFS 2.1 prints it.

use crate::zfs::allow::{Who, lacking_in};

const TOLD: &str = "\
---- Permissions on tank/al ------------------------------------------
Descendent permissions:
\tuser user create
Local+Descendent permissions:
\tuser user send
\tgroup two hold,release
\tgroup (unknown: 4711) rollback
---- Permissions on tank ---------------------------------------------
Permission sets:
\t@bk bookmark,hold,send
Create time permissions:
\tdestroy
Local permissions:
\tuser user mount
Local+Descendent permissions:
\tuser user receive
\tgroup domain users clone
\teveryone @bk
Descendent permissions:
\tuser user diff
";

const ALL: [&str; 11] = [
    "send", "hold", "release", "receive", "create", "mount", "destroy", "bookmark", "clone",
    "diff", "rollback",
];

fn lacks(user: &str, groups: &str, dataset: &str) -> Vec<&'static str> {
    let who = Who {
        user: user.into(),
        groups: format!(" {groups} "),
    };
    lacking_in(TOLD, dataset, &who, &ALL)
}

#[test]
fn what_a_user_a_group_and_everyone_may_is_put_together() {
    for (user, groups, lacking) in [
        (
            "user",
            "user two",
            vec!["create", "mount", "destroy", "clone", "rollback"],
        ),
        (
            "user",
            "user",
            vec!["release", "create", "mount", "destroy", "clone", "rollback"],
        ),
        // A user is no group of the same name, and a name is a whole one.
        (
            "two",
            "tw o twos",
            vec![
                "release", "receive", "create", "mount", "destroy", "clone", "diff", "rollback",
            ],
        ),
        (
            "x",
            "two domain users",
            vec!["receive", "create", "mount", "destroy", "diff", "rollback"],
        ),
    ] {
        assert_eq!(lacks(user, groups, "tank/al"), lacking, "{user}: {groups}");
    }
}

/// What holds below a dataset does not hold on it, and the other way round.
#[test]
fn permissions_hold_where_they_are_given() {
    let lacking = lacks("user", "two", "tank/al/below");
    assert!(!lacking.contains(&"create") && lacking.contains(&"mount"));
    let told = TOLD.split_once("---- Permissions on tank ").unwrap().1;
    let told = format!("---- Permissions on tank {told}");
    let who = Who {
        user: "user".into(),
        groups: " user ".into(),
    };
    assert_eq!(
        lacking_in(&told, "tank", &who, &["mount", "diff"]),
        ["diff"]
    );
    assert_eq!(lacking_in("", "tank", &who, &["send"]), ["send"]);
    assert_eq!(
        lacking_in(
            "\t\nLocal permissions:\n\t\n\tuser\n",
            "tank",
            &who,
            &["send"]
        ),
        ["send"]
    );
}
