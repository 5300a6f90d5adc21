//! What a decision costs.

use super::Action;

/// What becomes of the objects of a storage class, in numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Totals {
    /// How many stay, for whatever reason.
    pub kept: u64,
    /// Their length in bytes.
    pub kept_bytes: u64,
    /// How many go.
    pub freed: u64,
    /// Their length in bytes.
    pub freed_bytes: u64,
    /// How many of those that stay do so because they are paid for.
    pub later: u64,
    /// Their length in bytes.
    pub later_bytes: u64,
}

impl Totals {
    /// Counts one.
    pub fn add(&mut self, action: Action, bytes: u64) {
        let (count, sum) = match action {
            Action::Delete => (&mut self.freed, &mut self.freed_bytes),
            _ => (&mut self.kept, &mut self.kept_bytes),
        };
        *count += 1;
        *sum = sum.saturating_add(bytes);
        if action == Action::Later {
            self.later += 1;
            self.later_bytes = self.later_bytes.saturating_add(bytes);
        }
    }
}
