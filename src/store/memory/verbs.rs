//! The verbs of the store in memory.

use super::*;

/// So many keys make a page.
const PAGE_KEYS: usize = 4;

impl ObjectStore for MemoryStore {
    fn list(&self, prefix: &str) -> Result<Vec<String>, StoreError> {
        self.call("list", prefix, 0, || {
            let state = self.lock();
            let keys = state.objects.keys();
            let matching = keys.filter(|key| key.starts_with(prefix));
            Ok(matching.cloned().collect())
        })
    }

    fn list_some(
        &self,
        prefix: &str,
        pages: usize,
        take: &mut dyn FnMut(String) -> bool,
    ) -> Result<bool, StoreError> {
        let keys = self.list(prefix)?;
        let all = keys.len() <= pages * PAGE_KEYS;
        Ok(keys.into_iter().take(pages * PAGE_KEYS).all(take) && all)
    }

    fn head(&self, key: &str) -> Result<Option<Head>, StoreError> {
        self.call("head", key, 0, || {
            Ok(self.lock().objects.get(key).map(|(head, _)| head.clone()))
        })
    }

    fn get(&self, key: &str, expected: &Head, part: Range<u64>, _: bool) -> Inflow {
        let read = self.call("get", key, part.start, || {
            let call = Call {
                verb: "get",
                key: key.to_owned(),
                number: part.start,
                earlier: 0,
            };
            let state = self.lock();
            let (head, body) = state
                .objects
                .get(key)
                .ok_or_else(|| failure(&call, Kind::NotFound))?;
            if (&head.etag, head.size_bytes) != (&expected.etag, expected.size_bytes) {
                return Err(failure(&call, Kind::Changed));
            }
            Ok(body[part.start as usize..part.end as usize].to_vec())
        });
        let mut rest = read.map(std::io::Cursor::new);
        Box::new(move |into| match &mut rest {
            Err(error) => Err(error.clone()),
            Ok(rest) => Ok(std::io::Read::read(rest, into).unwrap_or_default()),
        })
    }

    fn create(&self, key: &str, options: &CreateOptions) -> Result<Upload, StoreError> {
        self.call("create", key, 0, || {
            let id = format!("upload-{}", self.ids.fetch_add(1, Ordering::Relaxed));
            let pending = Pending {
                key: key.to_owned(),
                options: options.clone(),
                parts: BTreeMap::new(),
            };
            self.lock().uploads.insert(id.clone(), pending);
            Ok(Upload {
                key: key.to_owned(),
                id,
                checksum: None,
            })
        })
    }

    fn put_part(&self, upload: &Upload, number: u32, body: &[u8]) -> Result<PartTag, StoreError> {
        self.call("put_part", &upload.key, number.into(), || {
            let call = Call {
                verb: "put_part",
                key: upload.key.clone(),
                number: number.into(),
                earlier: 0,
            };
            let mut state = self.lock();
            let pending = state
                .uploads
                .get_mut(&upload.id)
                .ok_or_else(|| failure(&call, Kind::NotFound))?;
            pending.parts.insert(number, body.to_vec());
            Ok(PartTag {
                number,
                size_bytes: body.len() as u64,
                etag: tag(number, body),
                checksum: Some(Algorithm::Sha256.of(body)),
            })
        })
    }

    fn list_parts(&self, upload: &Upload) -> Result<Vec<StoredPart>, StoreError> {
        self.call("list_parts", &upload.key, 0, || {
            let state = self.lock();
            let parts = state.uploads.get(&upload.id).map(|pending| &pending.parts);
            let row = |(number, body): (&u32, &Vec<u8>)| StoredPart {
                number: *number,
                size_bytes: body.len() as u64,
                etag: tag(*number, body),
                sha256: Some(Algorithm::Sha256.of(body).base64),
                modified: None,
            };
            Ok(parts
                .map(|parts| parts.iter().map(row).collect())
                .unwrap_or_default())
        })
    }

    fn complete(
        &self,
        upload: &Upload,
        parts: &[PartTag],
        condition: &Condition,
    ) -> Result<String, StoreError> {
        self.call("complete", &upload.key, 0, || {
            let call = Call {
                verb: "complete",
                key: upload.key.clone(),
                number: 0,
                earlier: 0,
            };
            let there = self
                .object(&upload.key)
                .map(|(head, _)| Condition::Etag(head.etag));
            if *condition != Condition::Any && *condition != there.unwrap_or(Condition::Absent) {
                return Err(failure(&call, Kind::Changed));
            }
            let pending = self.lock().uploads.remove(&upload.id);
            let pending = pending.ok_or_else(|| failure(&call, Kind::NotFound))?;
            let mut body = Vec::new();
            for part in parts {
                let stored = pending.parts.get(&part.number);
                let intact =
                    |stored: &&Vec<u8>| stored.is_empty() || tag(part.number, stored) == part.etag;
                body.extend(
                    stored
                        .filter(intact)
                        .ok_or_else(|| failure(&call, Kind::Refused))?,
                );
            }
            Ok(self.store(
                &pending.key,
                pending.options.metadata,
                pending.options.storage_class,
                body,
            ))
        })
    }

    fn abort(&self, upload: &Upload) -> Result<(), StoreError> {
        self.call("abort", &upload.key, 0, || {
            self.lock().uploads.remove(&upload.id);
            Ok(())
        })
    }

    fn list_uploads(&self, prefix: &str) -> Result<Vec<Unfinished>, StoreError> {
        self.call("list_uploads", prefix, 0, || {
            let state = self.lock();
            let matching = state
                .uploads
                .iter()
                .filter(|(_, pending)| pending.key.starts_with(prefix));
            let row = |(id, pending): (&String, &Pending)| Unfinished {
                upload: Upload {
                    key: pending.key.clone(),
                    id: id.clone(),
                    checksum: None,
                },
                initiated_text: String::new(),
                initiated: None,
            };
            Ok(matching.map(row).collect())
        })
    }

    fn put(&self, key: &str, body: &[u8]) -> Result<(), StoreError> {
        self.call("put", key, 0, || {
            self.store(key, Metadata::new(), None, body.to_vec());
            Ok(())
        })
    }

    fn thaw(&self, key: &str, wish: ThawTerms) -> Result<(), StoreError> {
        self.call("thaw", key, wish.days.unwrap_or_default().into(), || {
            if let Some((head, _)) = self.lock().objects.get_mut(key) {
                head.thawed = Thawed::UnderWay;
            }
            Ok(())
        })
    }

    fn delete(&self, key: &str) -> Result<(), StoreError> {
        self.call("delete", key, 0, || {
            self.lock().objects.remove(key);
            Ok(())
        })
    }

    fn delete_if(&self, key: &str, etag: &str) -> Result<bool, StoreError> {
        self.call("delete_if", key, 0, || {
            let call = Call {
                verb: "delete_if",
                key: key.to_owned(),
                number: 0,
                earlier: 0,
            };
            let mut state = self.lock();
            match state.objects.get(key) {
                Some((head, _)) if head.etag != etag => Err(failure(&call, Kind::Changed)),
                _ => {
                    state.objects.remove(key);
                    Ok(false)
                }
            }
        })
    }

    fn clock(&self) -> Option<SystemTime> {
        self.clock.unwrap_or_else(|| Some(SystemTime::now()))
    }
}
