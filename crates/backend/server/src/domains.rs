//! Several domains in one process: each has its own data, ports, people, rooms and tasks. They share the process only:
//! what ends one of them leaves the others as they are.

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::StartError;
use crate::config::Config;
use crate::neighbours::Neighbour;
use crate::running::{Prepared, Running};

/// Everything that one process serves.
pub struct Backend {
    running: Vec<Running>,
}

/// Starts every domain of the options. Of several, those that cannot be started are told to the log and left out, unless
/// none can.
pub async fn start_all(config: Config) -> Result<Backend, StartError> {
    let (mut prepared, mut first_error) = (Vec::new(), None);
    let mut password = None;
    for config in config.each()? {
        let domain = config.domain.clone();
        // Accounts that are made have one password in all of them, so that people try one only.
        let wanted = config.password.clone().or_else(|| password.clone());
        match Prepared::new(Config { password: wanted, ..config }).await {
            Ok(domain) => {
                password = password.or_else(|| domain.password().map(str::to_owned));
                prepared.push(domain);
            }
            Err(error) => {
                tracing::error!(%domain, %error, "domain does not start");
                first_error.get_or_insert(error);
            }
        }
    }
    introduce(&prepared);
    let neighbours: Vec<Neighbour> = prepared.iter().map(Prepared::as_neighbour).collect();
    let mut running = Vec::new();
    for domain in prepared {
        match domain.open(&neighbours) {
            Ok(domain) => running.push(domain),
            Err(error) => {
                tracing::error!(%error, "domain does not start");
                first_error.get_or_insert(error);
            }
        }
    }
    match first_error {
        Some(error) if running.is_empty() => Err(error),
        _ => Ok(Backend { running }),
    }
}

/// Every domain believes every other one about its own users.
fn introduce(domains: &[Prepared]) {
    for (number, one) in domains.iter().enumerate() {
        let others = domains.iter().enumerate().filter(|(other, _)| *other != number);
        others.for_each(|(_, other)| one.believe(other));
    }
}

impl Backend {
    /// The domains, in the order of the options.
    pub fn domains(&self) -> &[Running] {
        &self.running
    }

    /// What the program prints when it is ready: the first domain as if it were the only one, and all of them.
    pub fn ready_line(&self) -> String {
        let all: Vec<Value> = self.running.iter().map(Running::to_value).collect();
        let mut ready = all.first().cloned().unwrap_or_default();
        ready["domains"] = json!(all);
        format!("ready {ready}")
    }

    /// Waits until every domain has failed by an error of its own.
    pub async fn failed(&mut self) {
        join_all(self.running.iter_mut().map(Running::failed)).await;
    }

    /// Stops all of them at the same time.
    pub async fn shutdown(self) {
        join_all(self.running.into_iter().map(Running::shutdown)).await;
    }
}

#[cfg(test)]
mod tests {
    use confab_rethink::Domain;

    use super::*;
    use crate::hub::HubInput;

    #[tokio::test]
    async fn a_domain_that_fails_takes_nobody_else_along() {
        let folder = std::env::temp_dir().join(format!("confab-domains-{}", std::process::id()));
        let mut config = Config::on_loopback(&folder, "blue-lamp-under-snow");
        config.domains = ["a.local", "b.local"].map(|name| Domain::parse(name).unwrap()).to_vec();
        let mut backend = start_all(config).await.unwrap();
        backend.running[0].hub().send(HubInput::Fail).await;
        backend.running[0].failed().await;
        assert!(backend.running[0].hub().snapshot().await.is_none());
        assert_eq!(backend.running[1].hub().snapshot().await.unwrap().rooms, 1);
        let all_failed = backend.failed();
        assert!(tokio::time::timeout(std::time::Duration::from_millis(50), all_failed).await.is_err());
        backend.shutdown().await;
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
