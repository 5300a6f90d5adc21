//! A server that does not keep the metadata that it was given has stored no backup.

use super::expect_said;
use crate::support::{Act, Message, Proxy, Server, When, Z3};

fn drop_metadata(only: &'static str) -> Act {
    let prefix = format!("x-amz-meta-{only}");
    Act::edit(move |answer: &mut Message| {
        let lost = |name: &str| name.to_lowercase().starts_with(&prefix);
        answer.headers.retain(|(name, _)| !lost(name));
    })
}

#[test]
fn a_server_that_drops_metadata_makes_no_success() {
    let rows = [
        ("", "compressor is missing, creation is missing, guid is"),
        ("guid", "metadata: guid is missing\n"),
        ("z3id", "metadata: z3id is missing\n"),
    ];
    for (only, lost) in rows {
        let proxy = Proxy::to(Server::Rgw.endpoint());
        let z3 = Z3::new("dropped").through(&proxy);
        z3.dataset.history(&["a", "b"]);
        proxy.rule("HEAD", "%40a", When::Always, drop_metadata(only));
        let ended = z3.z3(["backup"]).run().expect_status(1);
        assert_eq!(ended.text(), "");
        let words = ["@a is stored whole, but the server has not kept its ", lost];
        expect_said(&ended, &words);
        expect_said(&ended, &["delete the object, and run this again"]);
        z3.expect_no_uploads();
        assert_eq!(z3.notes(), [""; 0]);
        proxy.heal();
        z3.bucket.delete(&z3.snapshot_key("a"));
        z3.says(["backup"]);
    }
}

#[test]
fn what_pput_was_told_to_store_is_kept_as_well() {
    let proxy = Proxy::to(Server::Rgw.endpoint());
    let z3 = Z3::new("dropped-pput").through(&proxy);
    let key = z3.key("any");
    let put = || {
        let arguments = ["--quiet", "--metadata", "Colour=dark  red", &key];
        z3.program("pput", arguments).stdin(b"bytes".to_vec()).run()
    };
    put().expect_ok();
    proxy.rule("HEAD", "/any", When::Always, drop_metadata("colour"));
    let ended = put().expect_status(1);
    expect_said(&ended, &["metadata: colour is missing"]);
    proxy.heal();
    let folding = Act::edit(|answer: &mut Message| {
        answer.remove("x-amz-meta-colour");
        answer.set("X-AMZ-Meta-Colour", "dark red");
    });
    proxy.rule("HEAD", "/any", When::Always, folding);
    put().expect_ok();
}
