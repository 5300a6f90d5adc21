//! (to be written)
pub mod settings;
pub use settings::{Access, Endpoint, GzipEngine, PartLimits, S3Settings, Secret, Settings};
