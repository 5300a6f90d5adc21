//! What guards a part on its way: `PAYLOAD`, and what the server knows of it.
//!
//! Responsible for Create, which declares it, and for the headers of a part.

use http::Method;

use super::answer::{document, text_of, upload_id};
use super::failure::Failure;
use super::request::Call;
use super::{Client, Quirk, metadata, refuses};
use crate::checksum::{Algorithm, Checksum, Payload};
use crate::store::{CreateOptions, StoreError, Upload};

impl Client {
    /// Creates an upload with the checksums that `PAYLOAD` asks for, as far as the server knows them.
    pub(super) fn create_guarded(
        &self,
        key: &str,
        options: &CreateOptions,
    ) -> Result<Upload, StoreError> {
        let known = !self.has(Quirk::NoChecksums);
        let wanted = self.settings.payload.checksum().filter(|_| known);
        let upload = match self.create_with(key, options, wanted) {
            Err(error) if wanted.is_some() && refuses(&error, &["checksum"]) => {
                log::info!("the server refuses checksums: {}", error.cause);
                self.create_with(key, options, None)?
            }
            created => created?,
        };
        if wanted.is_some() && upload.checksum != wanted {
            self.go_without_checksums();
        }
        Ok(upload)
    }

    fn create_with(
        &self,
        key: &str,
        options: &CreateOptions,
        checksum: Option<Algorithm>,
    ) -> Result<Upload, StoreError> {
        let mut call = Call::on_key("create upload of", Method::POST, key)
            .query("uploads", "")
            .header_if("x-amz-storage-class", options.storage_class.as_deref())
            .header_if("x-amz-acl", options.acl.as_deref())
            .header_if("x-amz-checksum-algorithm", checksum.map(Algorithm::name));
        call.headers.extend(metadata::headers(&options.metadata));
        call.headers.extend_from_slice(&self.settings.put_headers);
        self.send(&call, |reply| {
            let echoed = text_of(reply.headers(), "x-amz-checksum-algorithm");
            let answer = document(reply, "InitiateMultipartUploadResult")?;
            let id = upload_id(&answer.fields);
            let id = id.ok_or_else(|| Failure::garbled("the answer has no usable UploadId"))?;
            Ok(Upload {
                key: key.to_owned(),
                id,
                checksum: checksum.filter(|it| echoed.as_deref() == Some(it.name())),
            })
        })
    }

    /// A part as `PAYLOAD` has it, and the checksum that was made of it. No byte is read twice but where an upload that was
    /// begun with another `PAYLOAD` is gone on with. CRC-32C takes the place of the signed SHA-256 only where the
    /// server has promised to look at it.
    pub(super) fn with_part<'a>(
        &self,
        call: Call<'a>,
        upload: &Upload,
        body: &'a [u8],
    ) -> (Call<'a>, Option<Checksum>) {
        let signed = match self.settings.payload {
            Payload::Sha256 => true,
            Payload::Crc32c => upload.checksum != Some(Algorithm::Crc32c),
            Payload::Unsigned => false,
        };
        let call = match signed {
            true => call.body(body),
            false => call.unsigned_body(body),
        };
        let made = match (upload.checksum, &call.digest) {
            (None | Some(Algorithm::Sha256), Some(digest)) => Some(Checksum::sha256(digest)),
            (carried, _) => carried.map(|algorithm| algorithm.of(body)),
        };
        let call = match made.as_ref().filter(|_| upload.checksum.is_some()) {
            Some(sum) => call.header(sum.header(), &sum.base64),
            None => call,
        };
        (call, made)
    }

    /// SHA-256 needs no word: it is in the signature all the same.
    fn go_without_checksums(&self) {
        let first = self.server.note(Quirk::NoChecksums);
        if first && self.settings.payload == Payload::Crc32c {
            log::warn!(
                "PAYLOAD=crc32c: {} does not know CRC-32C, so parts are signed by their SHA-256",
                self.origin()
            );
        }
    }
}
