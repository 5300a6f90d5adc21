//! Values that somebody has typed: what each is expected to be, in the same words wherever it stands.
//!
//! Responsible for the plain kinds: words, texts, numbers, switches. What has a type of its own reads itself, with these.

/// What is expected, and what is there instead.
pub fn unexpected<T>(expected: &str, text: &str) -> Result<T, String> {
    Err(format!("expected {expected}, got '{text}'"))
}

/// One word of visible ASCII, or nothing: it goes into a header.
pub fn token(text: &str) -> Result<String, String> {
    match text.bytes().all(|byte| byte.is_ascii_graphic()) {
        true => Ok(text.to_owned()),
        false => Err("expected visible ASCII without blanks".to_owned()),
    }
}

/// Any text without control characters; a value that was no UTF-8 is refused by its replacement characters.
pub fn text(text: &str) -> Result<String, String> {
    let odd = |letter: char| letter.is_control() || letter == char::REPLACEMENT_CHARACTER;
    match text.contains(odd) {
        false => Ok(text.to_owned()),
        true => Err("expected UTF-8 text without control characters".to_owned()),
    }
}

/// `on` and `off` in the usual spellings.
pub fn on_off(text: &str) -> Result<bool, String> {
    match text.to_ascii_lowercase().as_str() {
        "on" | "true" | "yes" | "1" => Ok(true),
        "off" | "false" | "no" | "0" => Ok(false),
        _ => unexpected("on or off", text),
    }
}

/// A number within these bounds.
pub fn between(text: &str, low: u32, high: u32) -> Result<u32, String> {
    match text.parse() {
        Ok(number) if (low..=high).contains(&number) => Ok(number),
        _ => unexpected(&format!("a number from {low} to {high}"), text),
    }
}

/// Digits, and no more than can be counted with.
pub fn digits(text: &str) -> Option<u64> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let number = digits.then(|| text.parse::<u32>().ok()).flatten();
    number.map(u64::from)
}

/// `1.5`, `12`, `.5`: a number without a sign, and at most six digits behind its dot; in millionths.
pub fn millionths(text: &str) -> Option<u64> {
    const DECIMALS: usize = 6;
    let (whole, rest) = text.split_once('.').unwrap_or((text, ""));
    let padded = format!("{rest:0<DECIMALS$}");
    let is_number = text.bytes().any(|byte| byte.is_ascii_digit()) && padded.len() == DECIMALS;
    let (whole, rest) = (digits(&format!("0{whole}"))?, digits(&padded)?);
    is_number.then_some(whole * 1_000_000 + rest)
}
