//! Which datasets a command is to be done for.
//!
//! Responsible for what the command line says of it. Not responsible for which datasets that makes ([`crate::plan`]).

/// What is said of the datasets. Nothing at all is the one that `--dataset` or FILESYSTEM names, alone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Choice {
    /// `--all`.
    pub all: bool,
    /// `--recursive`.
    pub recursive: bool,
    /// `--exclude` was given.
    pub exclude: bool,
    /// Those that are named behind the command.
    pub datasets: Vec<String>,
}

impl Choice {
    /// Whether several datasets may be meant.
    pub fn is_made(&self) -> bool {
        self.all || self.recursive || !self.datasets.is_empty()
    }
}
