//! The BEGIN record: what the stream says it is, and whether that is wanted.

use super::super::fletcher::Fletcher4;
use super::super::package::MAX_LIST_BYTES;
use super::super::record::{Header, Order, RecordType};
use super::{Check, Position};

impl Check {
    pub(super) fn begin(&mut self, header: &Header) -> Result<(), String> {
        let first = self.place == Position::Start;
        self.place = match header.stream_type() {
            1 if first => Position::Plain,
            2 if first => Position::PackageHeader,
            1 if Order::detect(&header.bytes) == Some(self.order) => Position::PackedStream,
            _ => return Err("the BEGIN record is damaged or of an unknown kind".to_owned()),
        };
        let begin = header.begin();
        self.toguid = begin.toguid;
        self.file_system = header.is_of_file_system();
        self.proven = self.record_at;
        self.sum = Fletcher4::new(self.order);
        self.sum.absorb(&header.bytes);
        if first {
            let package = self.place == Position::PackageHeader;
            self.accept.admit(&begin, package)?;
            self.expect.admit(&begin)?;
            begin.admit_name(self.snapshot.as_ref())?;
            if package {
                admit_list(header.payload_bytes(RecordType::Begin)?)?;
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
