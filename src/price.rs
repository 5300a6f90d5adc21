//! What bytes cost: prices that somebody has written down, and what they come to.
//!
//! Without a currency: it is that of the prices. Not responsible for what is paid for, which differs by region and by year.

use std::fmt;
use std::iter::Sum;

use crate::value::{millionths, unexpected};

const GIB: u128 = 1 << 30;
/// Millionths of the hundredth part of one, the least that is shown.
const CENT: u128 = 10_000;

/// What a GiB costs, in millionths.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Price(u64);

/// What bytes come to, in millionths. `Display` and [`Money::number`] round to the hundredth part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Money(u128);

/// What a GiB costs by its storage class: one price for all that have a fee, and those of some classes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ClassPrices {
    all: Option<Price>,
    classes: Vec<(String, Price)>,
}

/// What a restore is told to cost.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Prices {
    /// `PRICE_EGRESS`: the way out of the cloud.
    pub egress: Option<Price>,
    /// `PRICE_RETRIEVAL`: the fee for what is read.
    pub retrieval: ClassPrices,
}

impl Price {
    /// `0.09`, `12`, `.5`.
    pub fn parse(text: &str) -> Result<Self, String> {
        match millionths(text) {
            Some(price) => Ok(Self(price)),
            None => unexpected("the price of a GiB, as 0.09", text),
        }
    }

    /// What so many bytes cost.
    pub fn of(self, bytes: u64) -> Money {
        Money(u128::from(self.0) * u128::from(bytes) / GIB)
    }
}

/// As it would be written down.
impl fmt::Display for Price {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = format!("{}.{:06}", self.0 / 1_000_000, self.0 % 1_000_000);
        f.write_str(text.trim_end_matches('0').trim_end_matches('.'))
    }
}

impl Money {
    /// As it is shown.
    pub fn number(self) -> f64 {
        self.cents() as f64 / 100.0
    }

    fn cents(self) -> u128 {
        self.0.saturating_add(CENT / 2) / CENT
    }
}

impl Sum for Money {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        Self(all.fold(0, |sum, one| sum.saturating_add(one.0)))
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cents = self.cents();
        write!(f, "{}.{:02}", cents / 100, cents % 100)
    }
}

impl ClassPrices {
    /// `0.01` for all classes, `GLACIER:0.03` for one; several with commas.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut prices = Self::default();
        for one in text.split(',').map(str::trim) {
            match one.split_once(':') {
                Some((class, price)) if !class.is_empty() => {
                    let price = Price::parse(price)?;
                    prices.classes.push((class.to_owned(), price));
                }
                _ => prices.all = Some(Price::parse(one)?),
            }
        }
        Ok(prices)
    }

    /// Whether the class has a price of its own.
    pub fn names(&self, class: &str) -> bool {
        self.classes.iter().any(|(name, _)| name == class)
    }

    /// That of a class; its own beats the one for all.
    pub fn of(&self, class: &str) -> Option<Price> {
        let own = self.classes.iter().find(|(name, _)| name == class);
        own.map(|(_, price)| *price).or(self.all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_are_written_as_people_write_them() {
        for (text, shown, of_ten_gib) in [
            ("0.09", "0.09", "0.90"),
            ("12", "12", "120.00"),
            (".5", "0.5", "5.00"),
            ("3.", "3", "30.00"),
            ("0.000001", "0.000001", "0.00"),
            ("4294967295", "4294967295", "42949672950.00"),
        ] {
            let price = Price::parse(text).unwrap();
            assert_eq!(price.to_string(), shown, "{text}");
            assert_eq!(price.of(10 << 30).to_string(), of_ten_gib, "{text}");
        }
        for odd in [
            "",
            ".",
            "-1",
            "1e3",
            "0.0000001",
            "1,5",
            "4294967296",
            "0.09$",
        ] {
            let expected = format!("expected the price of a GiB, as 0.09, got '{odd}'");
            assert_eq!(Price::parse(odd), Err(expected));
        }
    }

    #[test]
    fn money_is_rounded_where_it_is_shown() {
        let price = Price::parse("0.0125").unwrap();
        let half = price.of(1 << 29);
        assert_eq!(half.to_string(), "0.01", "0.00625");
        let sum = |count| [half; 3].into_iter().take(count).sum::<Money>().to_string();
        assert_eq!(sum(2), "0.01", "0.0125");
        assert_eq!(sum(3), "0.02", "0.01875");
        assert_eq!(half.number(), 0.01);
        let most = Price::parse("4294967295.999999").unwrap().of(u64::MAX);
        assert_eq!(most.to_string(), "73786976294838189280.13");
    }

    #[test]
    fn a_class_may_have_a_price_of_its_own() {
        let prices = ClassPrices::parse("0.01, GLACIER:0.03,DEEP_ARCHIVE:.02").unwrap();
        let shown = |class| prices.of(class).map(|price| price.to_string());
        assert_eq!(shown("GLACIER").as_deref(), Some("0.03"));
        assert_eq!(shown("DEEP_ARCHIVE").as_deref(), Some("0.02"));
        assert_eq!(shown("STANDARD_IA").as_deref(), Some("0.01"));
        let prices = ClassPrices::parse("GLACIER:1").unwrap();
        assert_eq!(prices.of("STANDARD_IA"), None);
        for odd in ["", "GLACIER:", ":1", "GLACIER:1,", "GLACIER=1"] {
            assert!(ClassPrices::parse(odd).is_err(), "{odd}");
        }
    }
}
