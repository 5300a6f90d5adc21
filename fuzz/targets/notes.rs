//! Notes of unfinished uploads and receipts, which whoever may write to the bucket can have written.
#![no_main]

use libfuzzer_sys::fuzz_target;
use z3::workbench::receipt::Receipt;

fuzz_target!(|data: &[u8]| {
    z3::workbench::upload::fuzz::note(data);
    if let Ok(receipt) = serde_json::from_slice::<Receipt>(data) {
        assert!(receipt.parts.is_empty());
        let text = serde_json::to_vec(&receipt).expect("text");
        assert_eq!(
            serde_json::from_slice::<Receipt>(&text).expect("ours"),
            receipt
        );
    }
});
