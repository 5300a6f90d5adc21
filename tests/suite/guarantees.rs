//! Everything that can break while z3 works, at every moment that can be told apart, and what is there afterwards, looked at
//! by requests of its own and zfs, never with z3: the tables of doc/guarantees.md.
//!
//! `make soak` (`Z3T_GUARANTEES=all`) goes through all of it and writes the tables. Otherwise one case of each row is looked
//! at, and has to be what the tables say.

mod backup;
pub mod restore;
mod server;
mod strike;
mod table;

use backup::Point as On;
use restore::Point as Back;
use strike::Victim;
use table::Table;

#[test]
fn what_a_backup_leaves_when_something_breaks() {
    let scene = backup::Scene::new();
    let rows = [
        (Victim::Send, On::HalfPart),
        (Victim::Compressor, On::OwnExit),
        (Victim::Z3, On::CompleteDone),
        (Victim::Server, On::BeforeComplete),
        (Victim::Cut, On::BetweenParts),
        (Victim::Silence, On::CompleteSent),
    ];
    let mut table = Table::of("backup");
    for (victim, chosen) in rows {
        for point in backup::POINTS {
            if let Some(why) = point.impossible(victim) {
                table.none(victim, point.text(), why);
            } else if table.whole() || point == chosen {
                let seen = scene.observe(victim, point);
                table.row(victim, point.text(), &seen);
            }
        }
    }
    if table.whole() {
        let scene = backup::Scene::on_own_server();
        for point in [On::HalfPart, On::CompleteSent, On::CompleteDone] {
            let victim = Victim::KilledServer;
            table.row(victim, point.text(), &scene.observe(victim, point));
        }
    }
    table.finish();
}

#[test]
fn what_a_restore_leaves_when_something_breaks() {
    let plain = restore::Scene::new("guarantees-restore", "none");
    let gpg = restore::Scene::new("guarantees-gpg", "gpg");
    let rows = [
        (Victim::Recv, Back::Given),
        (Victim::Compressor, Back::BeforeEnd),
        (Victim::Z3, Back::BetweenSteps),
        (Victim::Server, Back::HalfFull),
        (Victim::Cut, Back::BeforeEnd),
        (Victim::Silence, Back::HalfObject),
    ];
    let mut table = Table::of("restore");
    for (victim, chosen) in rows {
        for point in restore::POINTS {
            let scene = match victim {
                Victim::Compressor => &gpg,
                _ => &plain,
            };
            if let Some(why) = point.impossible(victim) {
                table.none(victim, point.text(), why);
            } else if table.whole() || point == chosen {
                let seen = scene.observe(victim, point);
                table.row(victim, point.text(), &seen);
            }
        }
    }
    table.finish();
}
