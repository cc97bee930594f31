//! A page, by WebDriver (W3C): that inside the app by WebKit's driver, others by a browser's own.

mod http;
mod marionette;

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::desktop::Desktop;
use crate::process::{Process, command, free_port};
use crate::wait::{Trouble, eventually};

/// The key under which WebDriver names an element.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// How long the page may take to show something that was asked for; machines of tests are slow.
const PATIENCE: Duration = Duration::from_secs(30);

/// The Esc key (WebDriver, table of normalised key values).
pub const ESCAPE: &str = "\u{e00c}";

/// Notes whether the element is pressed from now on.
const AIM: &str = "window.struck = false;
    for (const kind of ['pointerdown', 'click']) {
        arguments[0].addEventListener(kind, () => { window.struck = true; }, { capture: true, once: true });
    }";

/// Whether it was, or is gone.
const STRUCK: &str = "return window.struck === true || !arguments[0].isConnected;";

/// Whether two frames were drawn since the first call and nothing moves that will come to an end.
const SETTLED: &str = "
    window.drawn ??= requestAnimationFrame(() => requestAnimationFrame(() => { window.drawn = true; }));
    const moves = (one) => one.playState === 'running' && one.effect?.getTiming().iterations === 1;
    if (window.drawn !== true || document.getAnimations().some(moves)) return false;
    delete window.drawn;
    return true;";

/// An element of the page.
#[derive(Clone, Debug)]
pub struct Element(String);

/// A running app or browser whose page can be looked at and used.
pub struct Driver {
    wire: Box<dyn Wire>,
    process: Process,
}

/// How the commands of WebDriver get to the browser. Paths are those below `/session/ID`.
trait Wire {
    fn get(&self, path: &str) -> Result<Value, Trouble>;
    fn post(&self, path: &str, body: &Value) -> Result<Value, Trouble>;
    /// Closes what was opened.
    fn end(&self);
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
        Ok(Driver { wire: Box::new(http::Http::open(port, wanted)?), process })
    }

    /// The same for a Firefox that was started with this port for its Marionette.
    pub(crate) fn of_firefox(process: Process, port: u16) -> Result<Driver, Trouble> {
        Ok(Driver { wire: Box::new(marionette::Marionette::open(port)?), process })
    }

    /// Number of the driver's process, of which the app is a child.
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// Ends the driver and all that it has started without a word, as a power cut does.
    pub(crate) fn vanish(&mut self) -> Result<(), Trouble> {
        // Browsers leave the process group of whoever starts them.
        crate::usage::tree(self.id()).into_iter().for_each(crate::process::kill);
        self.process.vanish()
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
        // A script that fails is tried again: what it looks at may be on its way into the page.
        let mut last = None;
        let found = eventually(limit, what, || match self.script(body, arguments) {
            Ok(Value::Null | Value::Bool(false)) => {
                last = None;
                None
            }
            Ok(value) => Some(value),
            Err(trouble) => {
                last = Some(trouble);
                None
            }
        });
        found.map_err(|late| last.unwrap_or(late))
    }

    /// Waits until the page has drawn what was asked of it and its transitions are over.
    pub fn settle(&self) -> Result<(), Trouble> {
        self.until("the page is drawn", SETTLED, &[]).map(drop)
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
    /// Tries again while it is still on its way into the page, and when the page has moved under the pointer.
    pub fn press(&self, name: &str) -> Result<(), Trouble> {
        let (told, shown) = (plain("@aria-label"), plain("."));
        let shown =
            format!("descendant-or-self::*[not(@aria-hidden='true')][normalize-space({shown})=\"{name}\"]");
        let named = format!("{told}=\"{name}\" or {shown}");
        let button = format!("//*[self::button or starts-with(@role, 'menuitem')][{named}][not(@disabled)]");
        let mut last = None;
        let pressed = eventually(PATIENCE, "", || {
            let outcome = self.find(&button).and_then(|element| self.strike(&element));
            outcome.map_err(|trouble| last = Some(trouble)).ok()
        });
        pressed.map_err(|late| last.unwrap_or(late))
    }

    /// Clicks, and fails when the click landed elsewhere because the page moved.
    fn strike(&self, element: &Element) -> Result<(), Trouble> {
        let named = [json!({ ELEMENT: element.0 })];
        self.script(AIM, &named)?;
        self.click(element)?;
        // An element that cannot be asked any more has done what it was pressed for.
        if self.script(STRUCK, &named).is_ok_and(|struck| struck == false) {
            return Err(Trouble::Strange("the click missed what it was meant for".to_owned()));
        }
        Ok(())
    }

    /// Types into the field with this label, after taking away what was there. Tries again while the field is still on its way
    /// into the page.
    pub fn fill(&self, label: &str, text: &str) -> Result<(), Trouble> {
        let mut last = None;
        let filled = eventually(PATIENCE, "", || {
            let outcome = self.field(label).and_then(|field| self.write(&field, text));
            outcome.map_err(|trouble| last = Some(trouble)).ok()
        });
        filled.map_err(|late| last.unwrap_or(late))
    }

    fn write(&self, field: &Element, text: &str) -> Result<(), Trouble> {
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
        Ok(std::fs::write(file, self.shot()?)?)
    }

    /// The bytes of such a file.
    pub(crate) fn shot(&self) -> Result<Vec<u8>, Trouble> {
        let taken = self.get("/screenshot")?;
        let strange = || Trouble::Strange("the driver took no picture".to_owned());
        STANDARD.decode(taken.as_str().ok_or_else(strange)?).map_err(|_| strange())
    }

    /// What a log of the browser holds that was not read before (not of WebDriver; browsers agree on it all the same).
    pub(crate) fn log(&self, kind: &str) -> Result<Value, Trouble> {
        self.post("/se/log", &json!({ "type": kind }))
    }

    /// Closes what was opened.
    pub(crate) fn end(&self) {
        self.wire.end();
    }

    fn get(&self, path: &str) -> Result<Value, Trouble> {
        self.wire.get(path)
    }

    fn post(&self, path: &str, body: &Value) -> Result<Value, Trouble> {
        self.wire.post(path, body)
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        // Closes the window, as a user would; the process is ended in any case.
        self.wire.end();
    }
}

/// An XPath expression without the marks that isolate names from the direction of the text around them (U+2068, U+2069).
pub fn plain(expression: &str) -> String {
    format!("translate({expression}, '\u{2068}\u{2069}', '')")
}
