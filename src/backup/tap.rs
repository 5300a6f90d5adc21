//! What is learned of the stream as it passes, before it is compressed: how far it is, and its SHA-256.

use std::io::Read;
use std::sync::{Arc, OnceLock};

use sha2::{Digest, Sha256};

use crate::progress::Progress;

/// Passes the bytes of `R` on unchanged.
pub struct Tap<R> {
    inner: R,
    /// The estimate is one of the stream before compression, so this is where progress is made.
    progress: Arc<Progress>,
    hash: Option<Sha256>,
    digest: Arc<OnceLock<String>>,
}

impl<R: Read> Tap<R> {
    /// `hashed` costs a second per GiB. Without compressor the parts' digests say the same.
    pub fn new(inner: R, progress: Arc<Progress>, hashed: bool) -> Self {
        Self {
            inner,
            progress,
            hash: hashed.then(Sha256::new),
            digest: Arc::default(),
        }
    }

    /// Where the stream's SHA-256 will be in hex, once its end was reached.
    pub fn digest(&self) -> Arc<OnceLock<String>> {
        Arc::clone(&self.digest)
    }
}

impl<R: Read> Read for Tap<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.progress.add(count as u64);
        if count == 0 && !buffer.is_empty() {
            self.progress.all_read();
        }
        if count > 0 {
            if let Some(hash) = &mut self.hash {
                hash.update(buffer.get(..count).unwrap_or_default());
            }
        } else if let Some(hash) = self.hash.take().filter(|_| !buffer.is_empty()) {
            // The first digest stays: there is one end of file.
            let _ = self.digest.set(hex::encode(hash.finalize()));
        }
        Ok(count)
    }
}
