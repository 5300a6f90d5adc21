//! What is stored of the dataset. That a pool cannot receive it, OpenZFS alone can tell (`tests/openzfs`).

use super::{corner, lines, said};

#[test]
fn the_newest_that_is_stored_is_named() {
    let z3 = corner("doctor-stored");
    let begin = "OK      zfs: stored backups: ";
    let first = z3.examined(0);
    assert_eq!(lines(&first, &format!("{begin}none yet")).len(), 1);
    z3.says(["backup"]);
    let told = said(&z3.examined(0), begin);
    assert!(
        told.contains("newest") && told.contains("weekly-2026-11-22"),
        "{told}"
    );

    z3.bucket.delete(&z3.snapshot_key("daily-2026-11-27"));
    let told = said(
        &z3.examined(1),
        "FAILURE zfs: stored backups: no backup of ",
    );
    assert!(told.contains("'z3 status' shows why"), "{told}");
}
