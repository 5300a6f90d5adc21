//! Sizes as people write and read them.
//!
//! Responsible for `256M` -> bytes and bytes -> `22.07 M` as the original's table shows them. Not responsible for limits.

/// Bytes in one MiB.
pub const MIB: u64 = 1 << 20;

/// Reads `123`, `5M`, `1g`: a whole number of bytes with an optional K, M, G or T (powers of 1024), in any case.
/// The error says what was expected.
pub fn parse(text: &str) -> Result<u64, String> {
    let upper = text.trim().to_ascii_uppercase();
    let (digits, shift) = [("K", 10), ("M", 20), ("G", 30), ("T", 40)]
        .into_iter()
        .find_map(|(unit, shift)| Some((upper.strip_suffix(unit)?, shift)))
        .unwrap_or((&upper, 0));
    if digits.is_empty() || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return Err(format!("expected a size like 256M, got '{text}'"));
    }
    digits
        .parse::<u64>()
        .ok()
        .and_then(|number| number.checked_mul(1 << shift))
        .ok_or_else(|| format!("expected a size below 16 exabytes, got '{text}'"))
}

/// `16832688` -> `16.05 M`: two decimals without trailing zeros, in M, G or T, as the original's status prints it.
pub fn humanize(bytes: u64) -> String {
    let mut value = bytes as f64 / MIB as f64;
    let mut unit = "M";
    for larger in ["G", "T"] {
        if value <= 1024.0 {
            break;
        }
        value /= 1024.0;
        unit = larger;
    }
    let digits = format!("{value:.2}");
    format!(
        "{} {unit}",
        digits.trim_end_matches('0').trim_end_matches('.')
    )
}

/// How much it is together. A server may tell lengths that are more than any number holds.
pub fn total(sizes: impl IntoIterator<Item = u64>) -> u64 {
    sizes.into_iter().fold(0, u64::saturating_add)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_in_every_spelling() {
        for (text, bytes) in [
            ("0", 0),
            ("6000000", 6_000_000),
            ("5M", 5 << 20),
            ("16m", 16 << 20),
            ("1G", 1 << 30),
            ("2t", 2 << 40),
            ("8k", 8192),
        ] {
            assert_eq!(parse(text), Ok(bytes), "{text}");
        }
    }

    #[test]
    fn errors_say_what_was_expected() {
        for text in ["", "M", "6MB", "5.5M", "-1", "+5M", "256Q", "1 G"] {
            assert_eq!(
                parse(text),
                Err(format!("expected a size like 256M, got '{text}'"))
            );
        }
        assert!(parse("99999999999T").unwrap_err().contains("exabytes"));
    }

    #[test]
    fn humanize_is_the_originals() {
        for (bytes, text) in [
            (16_832_688, "16.05 M"),
            (6_319_248, "6.03 M"),
            (13_704, "0.01 M"),
            (0, "0 M"),
            (10_529_992, "10.04 M"),
            (1 << 30, "1024 M"),
            ((1 << 30) + (1 << 20), "1 G"),
            (3 << 40, "3 T"),
            (5 << 51, "10240 T"),
        ] {
            assert_eq!(humanize(bytes), text, "{bytes}");
        }
    }
}
