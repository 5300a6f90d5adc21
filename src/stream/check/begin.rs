//! The BEGIN record: what the stream says it is, and whether that is wanted.

use super::super::fletcher::Fletcher4;
use super::super::package::MAX_LIST_BYTES;
use super::super::record::{Header, Kind, Order};
use super::{Check, Place};

impl Check {
    pub(super) fn begin(&mut self, header: &Header) -> Result<(), String> {
        let first = self.place == Place::Start;
        self.place = match header.stream_type() {
            1 if first => Place::Plain,
            2 if first => Place::PackageHeader,
            1 if Order::detect(&header.bytes) == Some(self.order) => Place::PackedStream,
            _ => return Err("the BEGIN record is damaged or of an unknown kind".to_owned()),
        };
        let begin = header.begin();
        self.toguid = begin.toguid;
        self.file_system = header.is_of_file_system();
        self.proven = self.record_at;
        self.sum = Fletcher4::new(self.order);
        self.sum.absorb(&header.bytes);
        if first {
            let package = self.place == Place::PackageHeader;
            self.accept.admit(&begin, package)?;
            self.expect.admit(&begin)?;
            begin.admit_name(self.snapshot.as_deref())?;
            if package {
                admit_list(header.payload_bytes(Kind::Begin)?)?;
            }
            self.report.package = package.then_some(0);
            self.report.begin = begin;
        } else {
            self.report.package = self.report.package.map(|streams| streams + 1);
            self.package.came(begin.toguid);
        }
        Ok(())
    }
}

/// The list of a package is the one thing that is kept, so that there is a longest one.
fn admit_list(bytes: u64) -> Result<(), String> {
    if bytes <= MAX_LIST_BYTES {
        return Ok(());
    }
    Err(format!(
        "the list of the package is {bytes} bytes long, at most {MAX_LIST_BYTES} can be checked; \
         'pput --no-check' stores it as it is"
    ))
}
