//! What the tests stand on: the environment of `tests/env/with`, our programs, the observer, the pool, and the fault proxy.

#![allow(
    dead_code,
    unused_imports,
    reason = "a tool is here before each of its uses"
)]

pub mod ended;
pub mod env;
pub mod file_system;
pub mod gate;
pub mod gpg;
pub mod halt;
pub mod history;
pub mod json;
pub mod process;
pub mod prom;
pub mod proxy;
pub mod remote;
pub mod requests;
pub mod run;
pub mod s3;
pub mod share;
pub mod shell;
pub mod shim;
pub mod stream;
pub mod z3;
pub mod zfs;

pub use ended::Ended;
pub use env::{ENV, Server};
pub use gate::Gate;
pub use gpg::Gpg;
pub use halt::Halt;
pub use proxy::{Act, Message, Proxy, Stage, When};
pub use remote::Remote;
pub use requests::Broken;
pub use run::{Run, Running, programs};
pub use s3::Bucket;
pub use share::share;
pub use shim::shims;
pub use z3::Z3;
pub use zfs::{Dataset, noise, prose, tree};
