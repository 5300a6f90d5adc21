//! What the bucket's policy allows, one right after the other, with objects of our own that go again.
//!
//! Their keys lie under `.z3/doctor/`, where no other command looks. They go whatever happens, as far as that is allowed; what
//! cannot go is named.

use std::sync::{Arc, Mutex};

use super::left::Left;
use super::right::{
    ABORT, BEGIN, COMPLETE, DELETE, DESCRIBE, PART, PARTS, READ, STORE, UPLOADS, told,
};
use super::{Chart, former};
use crate::config::StoreSettings;
use crate::error::Result;
use crate::s3::{Client, Quirk};
use crate::signals;
use crate::store::{
    Condition, CreateOptions, Head, Kind, ObjectStore, PartTag, StoreError, Upload,
};
use crate::sync::lock;
use crate::upload::random_id;

const BODY: &[u8] = b"z3 doctor stores this and deletes it\n";

struct Probe<'a> {
    client: &'a Client,
    options: CreateOptions,
    left: Arc<Mutex<Left>>,
}

/// Tries every right.
pub fn examine(client: &Client, store: &StoreSettings, chart: &mut Chart<'_>) -> Result<()> {
    let place = format!("{}.z3/doctor/", store.s3_prefix);
    let key = format!("{place}{}", random_id()?);
    let left = Arc::<Mutex<Left>>::default();
    let _undo = signals::on_stop({
        let (client, left) = (client.fresh(), Arc::clone(&left));
        move || drop(lock(&left).clear(&client))
    });
    let options = CreateOptions {
        storage_class: store.storage_class.clone(),
        acl: store.acl.clone(),
        ..CreateOptions::default()
    };
    let probe = Probe {
        client,
        options,
        left,
    };
    // What cannot be told any more goes all the same.
    let done = probe
        .object(&key, chart)
        .and_then(|()| probe.uploads(&key, chart));
    let (deleted, stays) = lock(&probe.left).clear(client);
    done?;
    if let Some(deleted) = deleted {
        told(chart, &DELETE, &deleted)?;
        if deleted.is_ok() {
            former::clear(client, &place, chart)?;
        }
    }
    match stays.is_empty() {
        true => Ok(()),
        false => chart.warn(
            "left behind",
            stays.join(", "),
            "delete it with keys that may do so",
        ),
    }
}

impl Probe<'_> {
    /// A small object, as notes and receipts are.
    fn object(&self, key: &str, chart: &mut Chart<'_>) -> Result<()> {
        lock(&self.left).objects.push((key.to_owned(), None));
        let stored = self.client.put(key, BODY);
        told(chart, &STORE, &stored)?;
        if stored.is_err_and(|error| error.kind != Kind::Unknown) {
            lock(&self.left).objects.clear();
            return Ok(());
        }
        let head = self.client.head(key);
        told(chart, &DESCRIBE, &head)?;
        match head {
            Ok(Some(head)) => self.read(key, &head, chart),
            Ok(None) => chart.fail(
                DESCRIBE.subject,
                "what was stored is not there",
                "this server is no place for backups",
            ),
            Err(_) => Ok(()),
        }
    }

    fn read(&self, key: &str, head: &Head, chart: &mut Chart<'_>) -> Result<()> {
        let mut bytes = vec![0; BODY.len()];
        let read = self.client.get_range(key, head, 0, &mut bytes);
        told(chart, &READ, &read)?;
        if read.is_ok() && bytes != BODY {
            return chart.fail(
                READ.subject,
                "it is not what was stored",
                "this server is no place for backups",
            );
        }
        let names = [
            "x-amz-version-id",
            "x-amz-server-side-encryption",
            "x-amz-server-side-encryption-aws-kms-key-id",
        ];
        let Ok([version, encryption, kms_key]) = self.client.headers_of(key, names) else {
            return Ok(());
        };
        self.is_version(version);
        let encryption = [encryption, kms_key]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join(" by the key ");
        match encryption.is_empty() {
            true => chart.ok("encryption", "the server tells of none"),
            false => chart.ok("encryption", format!("by the server: {encryption}")),
        }
    }

    /// Uploads in parts, as backups are: one that is given up, one that becomes an object, and one that would replace that.
    fn uploads(&self, key: &str, chart: &mut Chart<'_>) -> Result<()> {
        let key = format!("{key}{}", former::PARTS);
        let Some((upload, _)) = self.begin(&key, Some(chart))? else {
            return Ok(());
        };
        told(chart, &PARTS, &self.client.list_parts(&upload))?;
        let listed = self.client.list_uploads(&key);
        told(chart, &UPLOADS, &listed)?;
        if listed.is_ok_and(|all| all.iter().all(|one| one.upload.id != upload.id)) {
            chart.warn(
                UPLOADS.subject,
                "the server does not list the upload that there is",
                UPLOADS.without,
            )?;
        }
        let aborted = self.client.abort(&upload);
        told(chart, &ABORT, &aborted)?;
        if aborted.is_ok() {
            lock(&self.left).uploads.clear();
        }
        let Some(completed) = self.complete(&key)? else {
            return Ok(());
        };
        told(chart, &COMPLETE, &completed)?;
        match completed.is_ok() && !self.client.has(Quirk::NoConditions) {
            true => self.replace(&key, chart),
            false => Ok(()),
        }
    }

    /// Whether the server keeps a promise that keeps two machines apart.
    fn replace(&self, key: &str, chart: &mut Chart<'_>) -> Result<()> {
        let hint = "two machines that store a snapshot of one name at once are not kept apart: give each an S3_PREFIX of its own";
        let subject = "conditional writes";
        let Some(again) = self.complete(key)? else {
            return Ok(());
        };
        match again {
            Err(error) if error.kind == Kind::Changed => chart.ok(subject, "kept"),
            Err(error) => chart.warn(subject, error.to_string(), hint),
            Ok(()) if self.client.has(Quirk::NoConditions) => {
                chart.warn(subject, "the server knows none", hint)
            }
            Ok(()) => chart.warn(
                subject,
                "the server replaces what it was told to keep",
                hint,
            ),
        }
    }

    /// An upload of one part, and what became of it as an object that must not be there yet; nothing, if there was no upload.
    fn complete(&self, key: &str) -> Result<Option<Result<(), StoreError>>> {
        let Some((upload, tag)) = self.begin(key, None)? else {
            return Ok(None);
        };
        lock(&self.left).objects.push((key.to_owned(), None));
        let completed = (self.client).complete(&upload, &[tag], &Condition::Absent);
        match &completed {
            Ok(_) => {
                lock(&self.left).uploads.retain(|one| one.id != upload.id);
                let version = self.client.headers_of(key, ["x-amz-version-id"]);
                self.is_version(version.ok().and_then(|[version]| version));
            }
            // It may have been done all the same.
            Err(error) if error.kind == Kind::Unknown => {}
            Err(_) => drop(lock(&self.left).objects.pop()),
        }
        Ok(Some(completed.map(drop)))
    }

    /// The object that was stored last has this version, if the bucket keeps any.
    fn is_version(&self, version: Option<String>) {
        if let Some((_, known)) = lock(&self.left).objects.last_mut() {
            *known = version.filter(|id| id != "null");
        }
    }

    fn begin(
        &self,
        key: &str,
        mut chart: Option<&mut Chart<'_>>,
    ) -> Result<Option<(Upload, PartTag)>> {
        let created = self.client.create(key, &self.options);
        if let Some(chart) = &mut chart {
            told(chart, &BEGIN, &created)?;
        }
        let Ok(upload) = created else {
            return Ok(None);
        };
        lock(&self.left).uploads.push(upload.clone());
        let part = self.client.put_part(&upload, 1, BODY);
        if let Some(chart) = &mut chart {
            told(chart, &PART, &part)?;
        }
        Ok(part.ok().map(|tag| (upload, tag)))
    }
}
