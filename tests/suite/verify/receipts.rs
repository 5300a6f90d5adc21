//! Level list: what is there beside what its receipt says was stored.

use super::Stored;
use crate::support::Z3;

fn receipt_key(z3: &Z3, name: &str) -> String {
    z3.key(&format!(".z3/receipts/{}@{name}", z3.dataset.name))
}

#[test]
fn a_list_is_compared_with_the_receipts() {
    let stored = Stored::new(Z3::new("verify-receipts"), "pigz1");
    let z3 = &stored.z3;
    let list = |status| {
        let verify = z3.z3(["verify", "--level", "list"]);
        verify.run().expect_status(status).text().to_owned()
    };
    let good = list(0);
    assert_eq!(good.matches("\nok ").count(), 3, "{good}");
    assert!(!good.contains("no receipt"), "{good}");
    // The same bytes by another hand: nothing is damaged, but it is not what z3 has stored either.
    stored.put("b", &stored.bytes("b"), "b", &[]);
    let said = list(3);
    let words = format!("unread   b  {}: its ETag is ", z3.snapshot_key("b"));
    assert!(said.contains(&words), "{said}");
    assert!(said.contains("2 ok, 0 damaged, 1 unread"), "{said}");
    assert_eq!(stored.verdicts(&[], 0), ["ok a", "ok b", "ok c"]);
    stored.put("b", &stored.bytes("a"), "b", &[]);
    assert!(list(1).contains(": its length is "));
    // What has no receipt, or that of a former object, has nothing to be compared with.
    z3.bucket.delete(&receipt_key(z3, "b"));
    stored.put("c", &stored.bytes("c"), "c", &[("z3id", "another")]);
    let said = list(0);
    assert_eq!(said.matches(", no receipt\n").count(), 2, "{said}");
}

#[test]
fn the_data_is_compared_with_the_receipt_too() {
    let stored = Stored::new(Z3::new("verify-receipt-data"), "none");
    let z3 = &stored.z3;
    let key = receipt_key(z3, "b");
    let receipt = String::from_utf8(z3.bucket.get(&key)).unwrap();
    let length = format!("\"stream_bytes\":{}", stored.bytes("b").len());
    assert!(receipt.contains(&length), "{receipt}");
    let edited = receipt.replace(&length, "\"stream_bytes\":1");
    z3.bucket.put(&key, edited.as_bytes(), &[]);
    assert_eq!(stored.verdicts(&[], 1), ["ok a", "damaged b", "ok c"]);
}
