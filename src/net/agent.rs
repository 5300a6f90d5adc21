//! What our agents have in common: they follow no redirect, as what is sent is for one server, and any status is an answer.

use ureq::config::{Config, ConfigBuilder};
use ureq::tls::{RootCerts, TlsConfig};
use ureq::typestate::AgentScope;
use ureq::{Agent, Proxy};

use super::forward::Connections;
use super::resolve::Addresses;

/// The settings of an agent that trusts these certificates and goes through this proxy.
pub fn settings_of_agents(roots: RootCerts, proxy: Option<Proxy>) -> ConfigBuilder<AgentScope> {
    Agent::config_builder()
        .tls_config(TlsConfig::builder().root_certs(roots).build())
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .proxy(proxy)
        .user_agent(concat!("z3/", env!("CARGO_PKG_VERSION")))
}

/// An agent with connections, and knowledge of addresses, of its own.
pub fn agent(config: Config) -> Agent {
    Agent::with_parts(config, Connections::default(), Addresses::default())
}
