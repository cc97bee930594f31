//! Somebody without an account, at a browser: Chromium with a camera and a microphone that are not real.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use serde_json::{Value, json};

use crate::process::{Process, command, free_port};
use crate::wait::Trouble;
use crate::webdriver::Driver;

/// Name of the driver, of Debian's and Ubuntu's packages as of others.
const DRIVER: &str = "chromedriver";

/// What the browser has.
#[derive(Clone, Copy, Debug, Default)]
pub struct VisitorPlan {
    /// Neither camera nor microphone.
    pub bare: bool,
    /// Asked for devices, the visitor says no.
    pub refuses: bool,
}

/// A person at a browser. The browser ends with the value.
pub struct Visitor {
    driver: Driver,
    downloads: PathBuf,
}

impl Visitor {
    /// Starts the browser and opens the page. What is downloaded lands in `folder`.
    pub fn open(folder: &Path, url: &str, plan: VisitorPlan) -> Result<Visitor, Trouble> {
        let downloads = folder.join("visitor-downloads");
        std::fs::create_dir_all(&downloads)?;
        let port = free_port()?;
        let mut driver = command(DRIVER);
        driver.arg(format!("--port={port}")).stdin(Stdio::null()).stdout(Stdio::null());
        let process = Process::start("browser", folder, &mut driver)?;
        let mut arguments = vec!["--headless=new", "--window-size=1280,800", "--lang=en", "--mute-audio"];
        // The sandbox needs a user who may make one, and the machines of tests often have none.
        arguments.push("--no-sandbox");
        arguments.push("--disable-dev-shm-usage");
        // Whoever is asked which screen to share takes the first one.
        arguments.push("--auto-select-desktop-capture-source=Entire screen");
        if !plan.bare {
            arguments.push("--use-fake-device-for-media-stream");
        }
        let answer = if plan.refuses { "=deny" } else { "" };
        let answer = format!("--use-fake-ui-for-media-stream{answer}");
        arguments.push(&answer);
        let prefs = json!({
            "download.default_directory": downloads,
            "download.prompt_for_download": false,
            "profile.default_content_setting_values.automatic_downloads": 1,
        });
        let wanted = json!({
            "browserName": "chrome",
            "goog:chromeOptions": { "args": arguments, "prefs": prefs, "binary": browser() },
            "goog:loggingPrefs": { "browser": "ALL" },
        });
        let visitor = Visitor { driver: Driver::open(process, port, &wanted)?, downloads };
        visitor.driver.go(url)?;
        Ok(visitor)
    }

    /// The page.
    pub fn page(&self) -> &Driver {
        &self.driver
    }

    /// Where downloads land.
    pub fn downloads(&self) -> &Path {
        &self.downloads
    }

    /// Leaves the page for another one, without a word to it.
    pub fn go_away(&self) -> Result<(), Trouble> {
        self.driver.go("about:blank")
    }

    /// Turns camera and microphone on and waits until they are; how long the picture took.
    pub fn check_devices(&self) -> Result<Duration, Trouble> {
        self.driver.script(
            "window.began = performance.now();
             new MutationObserver((_, observer) => {
               const video = document.querySelector('[data-stream=\"0\"] video');
               if (!video) return;
               observer.disconnect();
               const shown = () => (window.shown ??= performance.now());
               video.readyState >= 2 ? shown() : video.addEventListener('loadeddata', shown);
             }).observe(document.body, { subtree: true, childList: true });",
            &[],
        )?;
        self.driver.press("Turn on camera and microphone")?;
        let took = self.driver.until(
            "the own picture is shown",
            "return window.shown && Math.max(1, window.shown - window.began)",
            &[],
        )?;
        Ok(Duration::from_secs_f64(took.as_f64().unwrap_or_default() / 1000.0))
    }

    /// Says who comes, and joins.
    pub fn join(&self, name: &str, mail: &str) -> Result<(), Trouble> {
        self.driver.fill("Your name", name)?;
        self.driver.fill("Your e-mail address", mail)?;
        self.driver.press("Join")
    }

    /// Waits until the picture of the tile with this name has moved on, twice.
    pub fn sees(&self, name: &str, limit: Duration) -> Result<(), Trouble> {
        let frames = "const tile = [...document.querySelectorAll('article')]
               .find((tile) => tile.getAttribute('aria-label')?.startsWith(arguments[0]));
             const frames = tile?.querySelector('video')?.getVideoPlaybackQuality().totalVideoFrames ?? 0;";
        let first = self.driver.within(
            limit,
            &format!("{name} is seen"),
            &format!("{frames} return frames > 0 && frames"),
            &[json!(name)],
        )?;
        let moved = format!("{frames} return frames > arguments[1]");
        self.driver
            .within(limit, &format!("the picture of {name} moves"), &moved, &[json!(name), first])
            .map(drop)
    }

    /// Waits until somebody is heard: loud enough to be marked.
    pub fn hears(&self, name: &str, limit: Duration) -> Result<(), Trouble> {
        let loud = "const tile = [...document.querySelectorAll('article')]
               .find((tile) => tile.getAttribute('aria-label')?.startsWith(arguments[0]));
             return tile?.dataset.loud === 'true'";
        self.driver.within(limit, &format!("{name} is heard"), loud, &[json!(name)]).map(drop)
    }

    /// Waits until the page shows this text somewhere.
    pub fn reads(&self, text: &str, limit: Duration) -> Result<(), Trouble> {
        let shown = "return document.body.innerText.includes(arguments[0])";
        self.driver.within(limit, &format!("the page says {text:?}"), shown, &[json!(text)]).map(drop)
    }

    /// What axe has against the page as it is now, one line each.
    pub fn barriers(&self) -> Result<Vec<String>, Trouble> {
        let axe = Path::new(env!("CARGO_MANIFEST_DIR")).join("../ui/node_modules/axe-core/axe.min.js");
        let axe = std::fs::read_to_string(axe)?;
        let run = "window.found = null;
            axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => {
              window.found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
            });";
        self.driver.script(&format!("{axe}; {run}"), &[])?;
        let found = self.driver.until("axe has looked", "return window.found", &[])?;
        let found = found.as_array().cloned().unwrap_or_default();
        Ok(found.iter().filter_map(Value::as_str).map(str::to_owned).collect())
    }

    /// A picture of the page, for people to look at.
    pub fn picture(&self, file: &Path) -> Result<(), Trouble> {
        self.driver.picture(file)
    }

    /// What the browser complains about: broken scripts, what the policy of the page forbids.
    pub fn complaints(&self) -> Result<Vec<String>, Trouble> {
        let entries = self.driver.log("browser")?;
        let entries = entries.as_array().cloned().unwrap_or_default();
        let severe =
            entries.iter().filter(|entry| entry["level"] == "SEVERE" || entry["source"] == "security");
        Ok(severe.filter_map(|entry| Value::as_str(&entry["message"]).map(str::to_owned)).collect())
    }
}

impl Drop for Visitor {
    fn drop(&mut self) {
        self.driver.end();
    }
}

/// Where the browser is, when it has a name that the driver does not try.
fn browser() -> Option<&'static str> {
    ["/usr/bin/chromium", "/usr/bin/chromium-browser"].into_iter().find(|path| Path::new(path).is_file())
}
