//! What only moto has of S3: archive classes from which a copy has to be asked for, and conditions on DELETE. `make test-moto`.

use crate::encryption::own_keys;
use crate::prune::{hosts, versions};
use crate::support::{Server, Z3};

/// How a copy comes: after so many looks, or at once.
fn thaws(looks: Option<u32>) {
    let transition = match looks {
        Some(times) => format!("{{\"progression\":\"manual\",\"times\":{times}}}"),
        None => "{\"progression\":\"immediate\"}".to_owned(),
    };
    let body = format!("{{\"model_name\":\"s3::keyrestore\",\"transition\":{transition}}}");
    let url = Server::Moto.endpoint().to_owned() + "/moto-api/state-manager/set-transition";
    let sent = std::process::Command::new("curl")
        .args(["-sf", "-d", &body, &url])
        .status();
    assert!(sent.unwrap().success());
}

fn words(z3: &Z3, arguments: &[&str], status: i32) -> String {
    let ended = z3.z3(arguments.iter().copied()).run();
    ended.expect_status(status).text().to_owned()
}

/// The transitions are the server's: one test, one after the other.
#[test]
#[ignore = "make test-moto"]
fn a_chain_is_frozen_on_its_way_there_and_restored() {
    for class in ["GLACIER", "DEEP_ARCHIVE"] {
        thaws(Some(3));
        let z3 = Z3::on(Server::Moto, "moto");
        z3.dataset.history(&["a", "b", "c"]);
        let backup = z3.z3(["backup"]).env("S3_STORAGE_CLASS", class);
        backup.run().expect_ok();
        let tree = z3.dataset.tree();
        // All is planned from what a frozen bucket tells.
        let shown = z3.says(["status"]);
        assert_eq!(shown.matches("| ok     | ok ").count(), 3, "{shown}");
        assert!(words(&z3, &["check"], 0).starts_with("Z3 OK - "));
        words(&z3, &["prune", "--keep-last", "1"], 0);
        let unread = words(&z3, &["verify"], 3);
        assert_eq!(unread.matches("archived").count(), 3, "{unread}");
        z3.dataset.destroy();
        let refused = z3.refuses(["restore", "c"]);
        for name in ["@a", "@b", "@c"] {
            assert!(refused.contains(name), "{refused}");
        }

        let shown = words(&z3, &["thaw", "--dry-run", "c"], 0);
        assert_eq!(shown.matches("| frozen").count(), 3, "{shown}");
        let asked = words(&z3, &["thaw", "c"], 3);
        assert_eq!(asked.matches("| under way").count(), 3, "{asked}");
        let wait = words(&z3, &["thaw", "--wait", "--timeout", "60s", "c"], 0);
        assert!(wait.contains("readable"), "{wait}");
        let there = words(&z3, &["thaw", "c"], 0);
        assert_eq!(there.matches("| readable").count(), 3, "{there}");
        assert!(there.contains(" UTC"), "{there}");
        words(&z3, &["restore", "c"], 0);
        assert!(z3.dataset.tree() == tree);
        // The chain grows, and its end comes back with what is there already.
        z3.dataset.history(&["d"]);
        let backup = z3.z3(["backup"]).env("S3_STORAGE_CLASS", class);
        backup.run().expect_ok();
        let tree = z3.dataset.tree();
        z3.dataset.destroy();
        thaws(None);
        words(&z3, &["restore", "--thaw=bulk", "d"], 0);
        assert!(z3.dataset.tree() == tree);
    }
}

#[test]
#[ignore = "make test-moto"]
fn prune_goes_by_its_versions_locks_and_conditions() {
    versions::versions(Server::Moto);
    versions::locked(Server::Moto);
    hosts::two_prunes(
        hosts::MOMENTS
            .into_iter()
            .map(|moment| (Server::Moto, moment)),
    );
}

#[test]
#[ignore = "make test-moto"]
fn the_servers_own_keys_encrypt() {
    own_keys(Server::Moto, "AES256");
    own_keys(Server::Moto, "aws:kms");
}
