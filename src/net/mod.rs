//! The way to a server: its addresses, the proxies in between, and what is wrong with its TLS.
//!
//! Responsible for how a connection of ureq's comes about and for saying in words why it does not. Not responsible for what
//! is asked over it ([`crate::s3`]).

mod forward;
mod ping;
pub mod proxy;
mod resolve;
mod roots;
mod tls;

pub use forward::Connections;
pub use ping::Ping;
pub use resolve::Addresses;
pub use roots::roots;
pub use tls::distrust;
