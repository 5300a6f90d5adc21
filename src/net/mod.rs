//! The way to a server: its addresses, the proxies in between, what is wrong with its TLS.
//!
//! Responsible for how a connection of ureq's comes about, for saying in words why it does not, and for the server's time. Not
//! responsible for what is asked over it ([`crate::s3`]).

mod agent;
mod clock;
mod forward;
mod mishap;
mod ping;
pub mod proxy;
mod resolve;
mod roots;
mod tls;

pub use agent::{agent, settings_of_agents};
pub use clock::{Clock, http_date};
pub use mishap::{CONNECT, Mishap, mishap};
pub use ping::Ping;
pub use roots::roots;
