//! The sample file against the table.

use super::*;

/// The keys of the sample file as the table has them: explanation, then `#KEY=default`.
fn rendered() -> String {
    let mut text = String::new();
    for row in keys::ALL {
        let mut line = "#".to_owned();
        for word in row.doc.split(' ') {
            if line.len() + 1 + word.len() > 78 {
                text.push_str(&format!("{line}\n"));
                line = "#".to_owned();
            }
            line.push_str(&format!(" {word}"));
        }
        text.push_str(&format!("{line}\n#{}={}\n\n", row.name, row.default));
    }
    text.trim_end().to_owned() + "\n"
}

#[test]
fn the_sample_file_is_the_table() {
    let sample = include_str!("../../../z3.conf.sample");
    let (_, keys) = sample.split_once("[main]\n").unwrap();
    assert!(
        keys == rendered(),
        "below [main] z3.conf.sample should be\n{}",
        rendered()
    );
}

#[test]
fn the_sample_file_holds_the_defaults() {
    let sample = include_str!("../../../z3.conf.sample");
    let mut text = sample.to_owned();
    for row in keys::ALL {
        text = text.replace(&format!("#{}=", row.name), &format!("{}=", row.name));
    }
    assert_ne!(text, sample);
    let bucket = [("BUCKET", "b")];
    // A compressor that is asked for stays, whatever zfs sends.
    let given = load_text(&text, &bucket, &[]).unwrap();
    assert_eq!(given, file("COMPRESSOR=pigz1"));
    assert_eq!(load_text(sample, &bucket, &[]).unwrap(), file(""));
}
