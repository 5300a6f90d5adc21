//! (to be written)
pub mod settings;
pub use settings::{Access, Endpoint, GzipEngine, PartLimits, S3Settings, Secret, Settings};
/// A value that a flag gives to a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlagValue {
    /// The key, for example `CHUNK_SIZE`.
    pub key: &'static str,
    /// The value as typed.
    pub value: String,
    /// The flag's spelling for error texts: `--chunk-size`.
    pub flag: &'static str,
}
