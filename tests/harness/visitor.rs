//! Somebody without an account, at a browser: Chromium or Firefox with a camera and a microphone that are not real.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use confab_media_model::Rect;
use serde_json::{Value, json};

use crate::app::fit;
use crate::process::{Process, command, free_port};
use crate::screen::Picture;
use crate::sound::Sound;
use crate::wait::{Trouble, eventually};
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
    /// Firefox instead of Chromium. It has devices and never refuses them. It sends no media to a loopback address.
    pub firefox: bool,
}

/// What the browser's devices are made of; where nothing is said the browser makes up its own.
#[derive(Clone, Copy, Debug, Default)]
pub struct Senses<'a> {
    /// What the camera sees: a file of [`crate::clip::Camera`].
    pub camera: Option<&'a Path>,
    /// What the microphone hears: a file of [`crate::clip::write_tone`].
    pub microphone: Option<&'a Path>,
    /// Where the page is heard; without one it is mute.
    pub speaker: Option<&'a Sound>,
}

/// A person at a browser. The browser ends with the value.
pub struct Visitor {
    driver: Driver,
    downloads: PathBuf,
}

impl Visitor {
    /// Starts the browser and opens the page. What is downloaded lands in `folder`.
    pub fn open(folder: &Path, url: &str, plan: VisitorPlan) -> Result<Visitor, Trouble> {
        Visitor::open_with(folder, url, plan, Senses::default())
    }

    /// The same with devices that are made of something.
    pub fn open_with(
        folder: &Path,
        url: &str,
        plan: VisitorPlan,
        senses: Senses<'_>,
    ) -> Result<Visitor, Trouble> {
        let downloads = folder.join("visitor-downloads");
        std::fs::create_dir_all(&downloads)?;
        let driver = match plan.firefox {
            true => firefox(folder, &downloads)?,
            false => chromium(folder, &downloads, plan, senses)?,
        };
        let visitor = Visitor { driver, downloads };
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

    /// Ends the browser without a word, as a crash does.
    pub fn vanish(mut self) -> Result<(), Trouble> {
        self.driver.vanish()
    }

    /// Turns camera and microphone on and waits until they are; how long the picture took from the click.
    pub fn check_devices(&self) -> Result<Duration, Trouble> {
        self.driver.script(
            "window.addEventListener('click', () => (window.began ??= performance.now()), { capture: true });
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
            "return window.shown && window.began && Math.max(1, window.shown - window.began)",
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

    /// The test card in the picture of somebody, as the page shows it now: drawn, not only decoded.
    pub fn card(&self, name: &str) -> Result<Option<confab_fakes::Reading>, Trouble> {
        let place = "const tile = [...document.querySelectorAll('article')]
               .find((tile) => tile.ariaLabel?.replace(/[\\u2068\\u2069]/gu, '') === arguments[0]);
             const place = tile?.querySelector('[data-stream]')?.getBoundingClientRect();
             return place ? [place.x, place.y, place.width, place.height].map(Math.round) : null;";
        let place = self.driver.script(place, &[json!(name)])?;
        let at = |index: usize| place[index].as_i64().unwrap_or_default() as i32;
        if place.is_null() || at(2) < 1 || at(3) < 1 {
            return Ok(None);
        }
        let area = Rect { x: at(0), y: at(1), width: at(2) as u32, height: at(3) as u32 };
        Ok(Picture::from_png(&self.driver.shot()?)?.card_at(fit(area, (16, 9))))
    }

    /// Waits until the test card of this sender is shown as the picture of somebody, and moves on.
    pub fn sees_card(&self, name: &str, sender: u8, limit: Duration) -> Result<(), Trouble> {
        let mut first = None;
        eventually(limit, &format!("the page shows the moving card {sender} as {name}"), || {
            let card = self.card(name).ok()?.filter(|card| card.sender == sender)?;
            (*first.get_or_insert(card.number) != card.number).then_some(())
        })
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
        // What fades in has less contrast than it will have.
        self.driver.settle()?;
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

/// Chromium by its driver.
fn chromium(
    folder: &Path,
    downloads: &Path,
    plan: VisitorPlan,
    senses: Senses<'_>,
) -> Result<Driver, Trouble> {
    let port = free_port()?;
    let mut driver = command(DRIVER);
    driver.arg(format!("--port={port}")).stdin(Stdio::null()).stdout(Stdio::null());
    let mut arguments = vec!["--headless=new", "--window-size=1280,800", "--lang=en"];
    match senses.speaker {
        Some(sound) => _ = driver.envs(sound.environment()),
        None => arguments.push("--mute-audio"),
    }
    let process = Process::start("browser", folder, &mut driver)?;
    // The sandbox needs a user who may make one, and the machines of tests often have none.
    arguments.push("--no-sandbox");
    arguments.push("--disable-dev-shm-usage");
    // Whoever is asked which screen to share takes the first one.
    arguments.push("--auto-select-desktop-capture-source=Entire screen");
    if !plan.bare {
        arguments.push("--use-fake-device-for-media-stream");
    }
    let file = |kind: &str, path: &Path| format!("--use-file-for-fake-{kind}-capture={}", path.display());
    let camera = senses.camera.map(|path| file("video", path));
    let microphone = senses.microphone.map(|path| file("audio", path));
    arguments.extend(camera.iter().chain(&microphone).map(String::as_str));
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
    Driver::open(process, port, &wanted)
}

/// Firefox by itself. Its H.264 is a plug-in that its maker serves and distributions do not pack; here it is told to take
/// FFmpeg's as if that were hardware. What it then encodes is lost between its own parts (its encoder does not keep time
/// stamps), so only what it receives can be looked at.
fn firefox(folder: &Path, downloads: &Path) -> Result<Driver, Trouble> {
    let port = free_port()?;
    let profile = folder.join("firefox");
    std::fs::create_dir_all(&profile)?;
    let settings = json!({
        "browser.download.dir": downloads,
        "browser.download.folderList": 2,
        "browser.shell.checkDefaultBrowser": false,
        "datareporting.policy.dataSubmissionEnabled": false,
        "gfx.blacklist.webrtc.hw.acceleration.h264": 1,
        "gfx.blocklist.all": -1,
        "intl.accept_languages": "en",
        "marionette.port": port,
        "media.autoplay.default": 0,
        "media.navigator.mediadatadecoder_h264_enabled": true,
        "media.navigator.permission.disabled": true,
        "media.navigator.streams.fake": true,
        "media.webrtc.encoder_creation_strategy": 1,
        "media.webrtc.hw.h264.enabled": true,
    });
    let settings = settings.as_object().into_iter().flatten();
    let settings: String =
        settings.map(|(name, value)| format!("user_pref(\"{name}\", {value});\n")).collect();
    std::fs::write(profile.join("user.js"), settings)?;
    let name =
        ["/usr/bin/firefox-esr", "/usr/bin/firefox"].into_iter().find(|path| Path::new(path).is_file());
    let mut browser = command(name.unwrap_or("firefox"));
    browser.args(["--headless", "--marionette", "--no-remote", "--width=1280", "--height=800", "--profile"]);
    browser.arg(&profile).stdin(Stdio::null()).stdout(Stdio::null());
    Driver::of_firefox(Process::start("firefox", folder, &mut browser)?, port)
}
