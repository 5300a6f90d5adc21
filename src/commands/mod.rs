//! The five programs: each reads its arguments and settings, calls the glue, prints, and ends with an exit status.
//!
//! Responsible for all that the user sees on stdout and stderr. Results go to stdout; messages, progress and logs to
//! stderr.

mod backup;
pub mod exit;
mod mp_cleanup;
mod output;
mod pput;
mod restore;
mod session;
mod ssh_sync;
mod start;
mod status;
mod verify;
mod z3;
mod z3_get;

pub use mp_cleanup::main as s3_mp_cleanup;
pub use pput::main as pput;
pub use ssh_sync::main as z3_ssh_sync;
pub use z3::main as z3;
pub use z3_get::main as z3_get;
