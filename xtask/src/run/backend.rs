//! The backend of this machine: the one that runs already, or a new one.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use serde_json::Value;

use super::children::{self, Children};
use crate::shell::Failure;

/// Where a backend listens unless it is told otherwise.
const ADDRESS: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 4710);

/// How to reach a backend and sign in.
pub struct Backend {
    /// Domains and where they are, when there are several.
    domains: Vec<(String, String)>,
    /// `http://127.0.0.1:4710`
    pub url: String,
    /// Password of every account it was seeded with.
    pub password: String,
}

impl Backend {
    /// Takes the backend that answers at the usual port, or starts one that keeps its data in `data`, with these domains if
    /// there are any.
    pub fn find_or_start(
        data: &Path,
        domains: &[String],
        children: &mut Children,
    ) -> Result<Backend, Failure> {
        if answers() {
            eprintln!("A backend is running at {ADDRESS} already: using it.");
            let password = kept_password(data).ok_or_else(|| {
                Failure::Other(format!(
                    "{ADDRESS} is in use and its password is unknown: stop it or set CONFAB_QA_PASSWORD"
                ))
            })?;
            return Ok(Backend { domains: Vec::new(), url: format!("http://{ADDRESS}"), password });
        }
        let mut command = children::program("confab-backend");
        command.arg("serve").arg("--data").arg(data).stdin(Stdio::null()).stdout(Stdio::piped());
        if !domains.is_empty() {
            command.args(["--domains", &domains.join(",")]);
        }
        let child = children.start("backend", &mut command)?;
        let mut lines = BufReader::new(child.stdout.take().expect("a pipe was asked for")).lines();
        while let Some(Ok(line)) = lines.next() {
            let Some(json) = line.strip_prefix("ready ") else { continue };
            let ready: Value = serde_json::from_str(json)
                .map_err(|error| Failure::Other(format!("the backend's first line is no JSON: {error}")))?;
            // Reading on keeps its pipe from filling.
            std::thread::spawn(move || lines.map_while(Result::ok).for_each(|line| eprintln!("{line}")));
            return Backend::from_ready(&ready, data, domains);
        }
        Err(Failure::Other("the backend ended before it was ready; its reason stands above".to_owned()))
    }

    fn from_ready(ready: &Value, data: &Path, domains: &[String]) -> Result<Backend, Failure> {
        let text = |value: &Value, name: &str| value[name].as_str().unwrap_or_default().to_owned();
        let url = ready["http"].as_str().map_or_else(|| format!("http://{ADDRESS}"), str::to_owned);
        let data = domains.first().map_or_else(|| data.to_owned(), |first| data.join(first));
        let password =
            kept_password(&data).ok_or_else(|| Failure::Other("the backend kept no password".to_owned()))?;
        let served = ready["domains"].as_array().map(Vec::as_slice).unwrap_or_default();
        let served = served.iter().map(|one| (text(one, "domain"), text(one, "http")));
        let domains = if domains.is_empty() { Vec::new() } else { served.collect() };
        Ok(Backend { domains, url, password })
    }

    /// Tells the people in front of the terminal what to type.
    pub fn introduce(&self, room: &str) {
        eprintln!();
        match self.domains.as_slice() {
            [] => eprintln!("  server    {}", self.url),
            domains => domains.iter().for_each(|(name, url)| eprintln!("  server    {url}  ({name})")),
        }
        eprintln!("  user      alice (or bob, carol)");
        eprintln!("  password  {}", self.password);
        eprintln!("  room      {room} (daniel is there: a test card and a tone)");
        eprintln!();
    }
}

/// From the environment, or as the backend left it beside its database.
fn kept_password(data: &Path) -> Option<String> {
    let named = std::env::var("CONFAB_QA_PASSWORD").ok().filter(|password| !password.is_empty());
    let kept =
        || std::fs::read_to_string(data.join("qa-password.txt")).ok().map(|text| text.trim().to_owned());
    named.or_else(kept)
}

fn answers() -> bool {
    let wait = Duration::from_millis(500);
    let Ok(mut stream) = TcpStream::connect_timeout(&ADDRESS, wait) else { return false };
    let asked = stream.set_read_timeout(Some(wait)).and_then(|()| {
        stream.write_all(b"GET /live HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
    });
    let mut answer = [0; 12];
    asked.is_ok() && stream.read_exact(&mut answer).is_ok() && answer.ends_with(b" 200")
}
