//! Objects that are listed and then are not there, not the same, or not to be looked at.

use super::{expect_said, row};
use crate::support::{Act, Message, Proxy, Server, When, Z3};

/// An object of another owner, or one that is encrypted with a customer's key: the others are as good as ever.
#[test]
fn an_object_that_the_server_does_not_describe_is_a_row_of_its_own() {
    let proxy = Proxy::to(Server::Rgw.endpoint());
    let z3 = Z3::new("undescribed").through(&proxy);
    z3.dataset.history(&["a", "b", "c"]);
    z3.says(["backup"]);
    z3.bucket
        .put(&z3.snapshot_key("bb"), b"x", &[("isfull", "true")]);
    proxy.rule("HEAD", "%40bb", When::Always, Act::error(403, "x"));
    let ended = z3.z3(["status"]).run().expect_ok();
    expect_said(
        &ended,
        &["1 of 4 objects could not be looked at, the first: look at "],
    );
    assert_eq!(row(&z3, "bb"), "bb,-,unknown,unread,missing");
    assert_eq!(row(&z3, "c"), "c,b,incremental,ok,ok");
    for level in ["list", "data"] {
        let ended = z3.z3(["verify", "--level", level]).run().expect_status(3);
        let words = [
            "unread   bb  ",
            "403",
            "4 backups: 3 ok, 0 damaged, 1 unread",
        ];
        expect_said(&ended, &words);
    }
    z3.refuses(["restore", "bb"]);
    // Among the links that are asked for on a chance is one that nobody needs: the others have to wait for it.
    z3.dataset.destroy();
    let slow = std::time::Duration::from_millis(300);
    for needed in ["%40a", "%40b"] {
        proxy.rule("HEAD", needed, When::Always, Act::Delay(slow));
    }
    z3.z3(["restore", "c"]).run().expect_ok();
    assert_eq!(z3.dataset.snapshots(), ["a", "b", "c"]);
    proxy.heal();
    proxy.rule("HEAD", "%40", When::Always, Act::error(403, "x"));
    let said = z3.refuses(["status"]);
    assert!(said.contains("look at ") && said.contains("403"), "{said}");
}

/// Between a run's listing and its look at the base, another host has deleted that, or stored another one.
#[test]
fn a_base_that_goes_away_meanwhile_is_no_base() {
    let proxy = Proxy::to(Server::Rgw.endpoint());
    let z3 = Z3::new("going").through(&proxy);
    z3.dataset.history(&["a", "b"]);
    z3.says(["backup", "--snapshot", "a"]);
    let object = format!("{}%40a", z3.dataset.name);
    for (status, code) in [(404, "NoSuchKey"), (412, "PreconditionFailed")] {
        proxy.rule("GET", &object, When::Always, Act::error(status, code));
        let said = z3.refuses(["backup"]);
        let words = format!("the backup of {}@a is broken: gone: ", z3.dataset.name);
        assert!(said.contains(&words) && said.contains(code), "{said}");
        z3.refuses(["backup", "--snapshot", "a"]);
        proxy.heal();
    }
    assert_eq!(z3.keys(), [format!("{}@a", z3.dataset.name)]);
    z3.says(["backup"]);
}

/// What is missing in an answer to another question would be sent again.
#[test]
fn a_listing_with_keys_that_were_not_asked_for_is_not_believed() {
    let proxy = Proxy::to(Server::Rgw.endpoint());
    let z3 = Z3::new("elsewhere").through(&proxy);
    z3.dataset.history(&["a", "b"]);
    z3.says(["backup", "--snapshot", "a"]);
    let other = Act::edit(|answer: &mut Message| {
        answer.edit_text(|xml| xml.replacen("<Key>", "<Key>other/%1B", 1));
    });
    proxy.rule("GET", "list-type=2", When::Always, other);
    for command in [&["backup"][..], &["status"], &["restore", "a"]] {
        let said = z3.refuses(command.iter().copied());
        let words = "the server's listing has another key (other/?";
        assert!(said.contains(words), "{said}");
    }
    z3.z3(["verify"]).run().expect_status(3);
}
