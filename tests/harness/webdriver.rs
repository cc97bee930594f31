//! A page, by WebDriver (W3C): that inside the app by WebKit's driver, others by a browser's own.

use std::net::TcpListener;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use ureq::Agent;

use crate::desktop::Desktop;
use crate::process::{Process, command};
use crate::wait::{Trouble, eventually};

/// The key under which WebDriver names an element.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// How long the page may take to show something that was asked for.
const PATIENCE: Duration = Duration::from_secs(20);

/// The Esc key (WebDriver, table of normalised key values).
pub const ESCAPE: &str = "\u{e00c}";

/// An element of the page.
#[derive(Clone, Debug)]
pub struct Element(String);

/// A running app or browser whose page can be looked at and used.
pub struct Driver {
    agent: Agent,
    session: String,
    process: Process,
}

impl Driver {
    /// Starts the app in this session and waits for its page.
    pub fn start(desktop: &Desktop, app: &Path, arguments: &[&str]) -> Result<Driver, Trouble> {
        let port = free_port()?;
        let mut driver = command("WebKitWebDriver");
        driver.args(["--host=127.0.0.1", &format!("--port={port}")]);
        // So that the app lets its page be driven: the first for Tauri's own drivers, the second for the webview.
        driver.env("TAURI_AUTOMATION", "true").env("TAURI_WEBVIEW_AUTOMATION", "true");
        desktop.equip(&mut driver).stdin(Stdio::null()).stdout(Stdio::null());
        let process = Process::start("webdriver", desktop.folder(), &mut driver)?;
        let options = json!({ "binary": app, "args": arguments });
        Driver::open(process, port, &json!({ "webkitgtk:browserOptions": options }))
    }

    /// Waits for a driver that was started on this port, and opens what is wanted.
    pub(crate) fn open(process: Process, port: u16, wanted: &Value) -> Result<Driver, Trouble> {
        let config =
            Agent::config_builder().http_status_as_error(false).timeout_global(Some(Duration::from_secs(60)));
        let mut driver =
            Driver { agent: config.build().into(), session: format!("http://127.0.0.1:{port}"), process };
        eventually(PATIENCE, "the driver answers", || driver.get("/status").ok())?;
        let begun = driver.post("/session", &json!({ "capabilities": { "alwaysMatch": wanted } }))?;
        let id =
            begun["sessionId"].as_str().ok_or_else(|| Trouble::Strange(format!("no session: {begun}")))?;
        driver.session = format!("{}/session/{id}", driver.session);
        Ok(driver)
    }

    /// Number of the driver's process, of which the app is a child.
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// Runs the body of a function in the page; `arguments` are its `arguments`.
    pub fn script(&self, body: &str, arguments: &[Value]) -> Result<Value, Trouble> {
        self.post("/execute/sync", &json!({ "script": body, "args": arguments }))
    }

    /// Waits until the body of a function gives something true.
    pub fn until(&self, what: &str, body: &str, arguments: &[Value]) -> Result<Value, Trouble> {
        self.within(PATIENCE, what, body, arguments)
    }

    /// The same with a limit of one's own.
    pub fn within(
        &self,
        limit: Duration,
        what: &str,
        body: &str,
        arguments: &[Value],
    ) -> Result<Value, Trouble> {
        eventually(limit, what, || match self.script(body, arguments) {
            Ok(Value::Null | Value::Bool(false)) => None,
            outcome => Some(outcome),
        })?
    }

    /// Waits for an element by XPath.
    pub fn find(&self, xpath: &str) -> Result<Element, Trouble> {
        let wanted = json!({ "using": "xpath", "value": xpath });
        eventually(PATIENCE, &format!("the page has {xpath}"), || {
            let found = self.post("/element", &wanted).ok()?;
            found[ELEMENT].as_str().map(|id| Element(id.to_owned()))
        })
    }

    /// Presses the button or menu item with this name, as it stands on it or as it is told to assistive technology; what
    /// else may stand on it, such as its key, does not matter.
    /// Tries again while it is still on its way into the page.
    pub fn press(&self, name: &str) -> Result<(), Trouble> {
        let (told, shown) = (plain("@aria-label"), plain("."));
        let shown =
            format!("descendant-or-self::*[not(@aria-hidden='true')][normalize-space({shown})=\"{name}\"]");
        let named = format!("{told}=\"{name}\" or {shown}");
        let button = format!("//*[self::button or starts-with(@role, 'menuitem')][{named}][not(@disabled)]");
        let mut last = None;
        let pressed = eventually(PATIENCE, "", || {
            let outcome = self.find(&button).and_then(|element| self.click(&element));
            outcome.map_err(|trouble| last = Some(trouble)).ok()
        });
        pressed.map_err(|late| last.unwrap_or(late))
    }

    /// Types into the field with this label, after taking away what was there.
    pub fn fill(&self, label: &str, text: &str) -> Result<(), Trouble> {
        let field = self.field(label)?;
        self.post(&format!("/element/{}/clear", field.0), &json!({}))?;
        self.post(&format!("/element/{}/value", field.0), &json!({ "text": text })).map(drop)
    }

    /// Clicks into the field with this label.
    pub fn enter(&self, label: &str) -> Result<(), Trouble> {
        self.click(&self.field(label)?)
    }

    fn field(&self, label: &str) -> Result<Element, Trouble> {
        let field = "following::*[self::input or self::textarea][1]";
        self.find(&format!("//label[normalize-space(.)=\"{label}\"]/{field}"))
    }

    /// Clicks in the middle of an element.
    pub fn click(&self, element: &Element) -> Result<(), Trouble> {
        self.post(&format!("/element/{}/click", element.0), &json!({})).map(drop)
    }

    /// Presses and releases one key; those without a letter have numbers of WebDriver's own, such as [`ESCAPE`].
    pub fn key(&self, key: &str) -> Result<(), Trouble> {
        let actions = [json!({ "type": "keyDown", "value": key }), json!({ "type": "keyUp", "value": key })];
        let keyboard = json!({ "type": "key", "id": "keyboard", "actions": actions });
        self.post("/actions", &json!({ "actions": [keyboard] })).map(drop)
    }

    /// Goes to another page.
    pub(crate) fn go(&self, url: &str) -> Result<(), Trouble> {
        self.post("/url", &json!({ "url": url })).map(drop)
    }

    /// A picture of the page, as a PNG file.
    pub(crate) fn picture(&self, file: &Path) -> Result<(), Trouble> {
        let taken = self.get("/screenshot")?;
        let strange = || Trouble::Strange("the driver took no picture".to_owned());
        let bytes = STANDARD.decode(taken.as_str().ok_or_else(strange)?).map_err(|_| strange())?;
        Ok(std::fs::write(file, bytes)?)
    }

    /// What a log of the browser holds that was not read before (not of WebDriver; browsers agree on it all the same).
    pub(crate) fn log(&self, kind: &str) -> Result<Value, Trouble> {
        self.post("/se/log", &json!({ "type": kind }))
    }

    /// Closes what was opened.
    pub(crate) fn end(&self) {
        // Whatever it answers, it is not asked again.
        _ = self.agent.delete(&self.session).call();
    }

    fn get(&self, path: &str) -> Result<Value, Trouble> {
        answer(path, self.agent.get(format!("{}{path}", self.session)).call())
    }

    fn post(&self, path: &str, body: &Value) -> Result<Value, Trouble> {
        answer(path, self.agent.post(format!("{}{path}", self.session)).send_json(body))
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        // Closes the window, as a user would; the process is ended in any case.
        _ = self.agent.delete(&self.session).call();
    }
}

/// An XPath expression without the marks that isolate names from the direction of the text around them (U+2068, U+2069).
pub fn plain(expression: &str) -> String {
    format!("translate({expression}, '\u{2068}\u{2069}', '')")
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

/// A port that was free a moment ago: the driver cannot choose one itself.
fn free_port() -> Result<u16, Trouble> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}
