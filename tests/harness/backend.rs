//! The backend, as a program on free ports.

use std::io::{BufRead, BufReader};
use std::net::IpAddr;
use std::process::Stdio;
use std::time::Duration;

use serde_json::Value;

use crate::folder::Folder;
use crate::process::{Process, command, free_port, program};
use crate::wait::{Trouble, eventually};

/// A running backend with the usual accounts and room, and data of its own.
pub struct Backend {
    /// `http://127.0.0.1:40001`; of several domains that of the first.
    pub url: String,
    /// `127.0.0.1:40002`; of several domains that of the first.
    pub media: String,
    /// Every domain it serves.
    pub domains: Vec<Served>,
    options: Vec<String>,
    process: Process,
    folder: Folder,
}

/// One domain of a backend.
#[derive(Clone, Debug)]
pub struct Served {
    /// `a.local`
    pub domain: String,
    /// `http://127.0.0.1:40001`
    pub url: String,
    /// `127.0.0.1:40002`
    pub media: String,
}

impl Backend {
    /// Password of every account.
    pub const PASSWORD: &str = "journey-journey";
    /// The room that is open from the start.
    pub const ROOM: &str = "4711";

    /// Starts it with one domain and waits until it is ready.
    pub fn start() -> Result<Backend, Trouble> {
        Backend::start_with(&[])
    }

    /// Starts it with these domains.
    pub fn start_domains(names: &[&str]) -> Result<Backend, Trouble> {
        Backend::start_with(&["--domains", &names.join(",")])
    }

    /// Starts it with more options of `serve`.
    pub fn start_with(options: &[&str]) -> Result<Backend, Trouble> {
        Backend::start_on(0, options)
    }

    /// Starts it on a port that others were told of before; 0: any.
    pub fn start_on(port: u16, options: &[&str]) -> Result<Backend, Trouble> {
        Backend::listen(&format!("127.0.0.1:{port}"), "0", options)
    }

    /// Starts it on every address of the machine, with the media at this one of them.
    pub fn start_at(media: IpAddr) -> Result<Backend, Trouble> {
        let port = free_port()?.to_string();
        let mut backend = Backend::listen("0.0.0.0:0", &port, &["--media-address", &media.to_string()])?;
        backend.url = backend.url.replace("0.0.0.0", "127.0.0.1");
        Ok(backend)
    }

    fn listen(address: &str, media: &str, options: &[&str]) -> Result<Backend, Trouble> {
        let folder = Folder::new()?;
        let options: Vec<String> = options.iter().map(|option| (*option).to_owned()).collect();
        let (process, ready) = serve(&folder, address, media, &options)?;
        let domains = ready["domains"].as_array().map(Vec::as_slice).unwrap_or_default();
        let domains: Vec<Served> = domains.iter().map(Served::read).collect();
        let Served { url, media, .. } = Served::read(&ready);
        Ok(Backend { url, media, domains, options, process, folder })
    }

    /// Ends it as a power cut does.
    pub fn fall(&mut self) -> Result<(), Trouble> {
        self.process.vanish()
    }

    /// Starts it again after its fall, with the data and ports that it had. It serves one domain.
    pub fn rise(&mut self) -> Result<(), Trouble> {
        let listen = self.url.trim_start_matches("http://");
        let media = self.media.rsplit_once(':').map_or("0", |(_, port)| port);
        self.process = serve(&self.folder, listen, media, &self.options)?.0;
        Ok(())
    }

    /// Where one of its domains is reached.
    pub fn url_of(&self, domain: &str) -> Result<String, Trouble> {
        let found = self.domains.iter().find(|served| served.domain == domain);
        found.map(|served| served.url.clone()).ok_or_else(|| Trouble::Strange(format!("no domain {domain}")))
    }

    /// Folder for logs and statistics.
    pub fn folder(&self) -> &std::path::Path {
        self.folder.as_ref()
    }

    /// Fails when it has ended.
    pub fn check(&mut self) -> Result<(), Trouble> {
        self.process.check()
    }

    /// Number of its process.
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// Mails that were sent and caught, oldest first: `to`, `subject`, `text`, `html`, `calendar`.
    pub fn mails(&self) -> Result<Vec<Value>, Trouble> {
        let strange = |error: ureq::Error| Trouble::Strange(format!("{}/mail: {error}", self.url));
        let mut response = ureq::get(format!("{}/mail/list.json", self.url)).call().map_err(strange)?;
        let list: Value = response.body_mut().read_json().map_err(strange)?;
        Ok(list.as_array().cloned().unwrap_or_default())
    }

    /// Waits for a mail to somebody and gives the link in it.
    pub fn mailed_link(&self, to: &str) -> Result<String, Trouble> {
        let begin = format!("{}/j/", self.url);
        eventually(Duration::from_secs(20), &format!("a mail to {to} with a link"), || {
            let mails = self.mails().ok()?;
            let text = mails.iter().find(|mail| mail["to"] == to)?["text"].as_str()?.to_owned();
            text.split_whitespace().find(|word| word.starts_with(&begin)).map(str::to_owned)
        })
    }

    /// One figure of `/metrics`, without the prefix `confab_`; labelled ones with their label, as in the text.
    pub fn metric(&self, name: &str) -> Result<f64, Trouble> {
        let strange = |error: ureq::Error| Trouble::Strange(format!("{}/metrics: {error}", self.url));
        let mut response = ureq::get(format!("{}/metrics", self.url)).call().map_err(strange)?;
        let text = response.body_mut().read_to_string().map_err(strange)?;
        let line =
            text.lines().find_map(|line| line.strip_prefix("confab_")?.strip_prefix(name)?.strip_prefix(' '));
        let value = line.and_then(|value| value.trim().parse().ok());
        value.ok_or_else(|| Trouble::Strange(format!("there is no metric {name}")))
    }
}

impl Served {
    fn read(ready: &Value) -> Served {
        let text = |name: &str| ready[name].as_str().unwrap_or_default().to_owned();
        Served { domain: text("domain"), url: text("http"), media: text("media") }
    }
}

/// Starts the program and reads what it says when it is ready.
fn serve(
    folder: &Folder,
    listen: &str,
    media: &str,
    options: &[String],
) -> Result<(Process, Value), Trouble> {
    let mut serve = command(program("confab-backend")?);
    serve.args(["serve", "--listen", listen, "--media-port", media, "--data"]).arg(folder.inner("data")?);
    serve.args(options).env("CONFAB_QA_PASSWORD", Backend::PASSWORD);
    serve.stdin(Stdio::null()).stdout(Stdio::piped());
    let mut process = Process::start("confab-backend", folder.as_ref(), &mut serve)?;
    let mut line = String::new();
    if let Some(stdout) = process.stdout() {
        BufReader::new(stdout).read_line(&mut line)?;
    }
    let Some(json) = line.strip_prefix("ready ") else {
        process.succeed(Duration::from_secs(5))?;
        return Err(Trouble::Strange(format!("the backend said {line:?} instead of ready")));
    };
    let ready = serde_json::from_str(json).map_err(|error| Trouble::Strange(format!("{json}: {error}")))?;
    Ok((process, ready))
}
