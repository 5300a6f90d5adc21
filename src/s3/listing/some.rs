//! The part of a listing that is worth its pages, for who can do without.

use super::Client;
use crate::store::StoreError;

impl Client {
    /// The keys of so many pages, one after the other, as long as they are wanted. Whether that were all.
    pub(in crate::s3) fn some_objects(
        &self,
        prefix: &str,
        pages: usize,
        take: &mut dyn FnMut(String) -> bool,
    ) -> Result<bool, StoreError> {
        let call = self.listing(prefix, 1000, true, None);
        let mut after = None;
        for _ in 0..pages {
            let page = self.keys(&call, prefix, after.as_ref())?;
            if !page.rows.into_iter().all(|(key, ())| take(key)) {
                return Ok(false);
            }
            after = page.next;
            if after.is_none() {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
