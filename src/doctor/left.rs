//! What a diagnosis has put into the bucket, and how it goes again.

use crate::s3::Client;
use crate::store::{Kind, ObjectStore, StoreError, Upload};

/// What is in the bucket because of us.
#[derive(Default)]
pub struct Left {
    /// Unfinished ones.
    pub uploads: Vec<Upload>,
    /// Keys, each with its version if the bucket keeps those.
    pub objects: Vec<(String, Option<String>)>,
}

impl Left {
    /// Takes it all away. Whether objects could be deleted, if there were any, and what is still there.
    pub fn clear(&mut self, client: &Client) -> (Option<Result<(), StoreError>>, Vec<String>) {
        let (mut deleted, mut stays) = (None, Vec::new());
        for upload in std::mem::take(&mut self.uploads) {
            if client
                .abort(&upload)
                .is_err_and(|error| error.kind != Kind::NotFound)
            {
                stays.push(format!("an upload of {}", upload.key));
            }
        }
        for (key, version) in std::mem::take(&mut self.objects) {
            let marker = match client.erase(&key, None) {
                Err(error) if error.kind != Kind::NotFound => {
                    deleted = Some(Err(error));
                    stays.push(key);
                    continue;
                }
                answer => answer.ok().flatten(),
            };
            deleted.get_or_insert(Ok(()));
            let versions = [version, marker];
            let gone = |version: &String| client.erase(&key, Some(version)).is_ok();
            if !versions.iter().flatten().all(gone) {
                stays.push(format!("former versions of {key}"));
            }
        }
        (deleted, stays)
    }
}
