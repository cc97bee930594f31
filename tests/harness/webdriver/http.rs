//! The commands of WebDriver over HTTP, as drivers take them (W3C WebDriver, section 6).

use std::time::Duration;

use serde_json::{Value, json};
use ureq::Agent;

use super::{PATIENCE, Wire};
use crate::wait::{Trouble, eventually};

/// A session at a driver.
pub(super) struct Http {
    agent: Agent,
    session: String,
}

impl Http {
    /// Waits for a driver that was started on this port, and opens what is wanted.
    pub(super) fn open(port: u16, wanted: &Value) -> Result<Http, Trouble> {
        let config =
            Agent::config_builder().http_status_as_error(false).timeout_global(Some(Duration::from_secs(60)));
        let mut http = Http { agent: config.build().into(), session: format!("http://127.0.0.1:{port}") };
        eventually(PATIENCE, "the driver answers", || http.get("/status").ok())?;
        let begun = http.post("/session", &json!({ "capabilities": { "alwaysMatch": wanted } }))?;
        let id =
            begun["sessionId"].as_str().ok_or_else(|| Trouble::Strange(format!("no session: {begun}")))?;
        http.session = format!("{}/session/{id}", http.session);
        Ok(http)
    }
}

impl Wire for Http {
    fn get(&self, path: &str) -> Result<Value, Trouble> {
        answer(path, self.agent.get(format!("{}{path}", self.session)).call())
    }

    fn post(&self, path: &str, body: &Value) -> Result<Value, Trouble> {
        answer(path, self.agent.post(format!("{}{path}", self.session)).send_json(body))
    }

    fn end(&self) {
        // Whatever it answers, it is not asked again.
        _ = self.agent.delete(&self.session).call();
    }
}

fn answer(
    path: &str,
    response: Result<ureq::http::Response<ureq::Body>, ureq::Error>,
) -> Result<Value, Trouble> {
    let strange = |error: ureq::Error| Trouble::Strange(format!("webdriver {path}: {error}"));
    let mut response = response.map_err(strange)?;
    let mut body: Value = response.body_mut().read_json().map_err(strange)?;
    let value = body["value"].take();
    match value["error"].as_str() {
        Some(error) if !response.status().is_success() => {
            Err(Trouble::Strange(format!("webdriver {path}: {error}: {}", value["message"])))
        }
        _ => Ok(value),
    }
}
