//! The app in its window, in the hands of a user.

use std::time::{Duration, Instant};

use confab_media_model::Rect;
use serde_json::{Value, json};

use crate::backend::Backend;
use crate::desktop::Desktop;
use crate::process::program;
use crate::screen::Watched;
use crate::wait::{Trouble, eventually};
use crate::webdriver::{Driver, plain};

/// How long a picture may take to arrive on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// Every tile as the page has it: whose, in which state, and where its picture is, in pixels of the page.
const TILES: &str = "return [...document.querySelectorAll('article[aria-label]')].map((tile) => {
    const picture = tile.querySelector('[data-stream]');
    const { x, y, width, height } = (picture ?? tile).getBoundingClientRect();
    const { cover, state } = picture?.dataset ?? {};
    return { name: tile.getAttribute('aria-label'), large: tile.dataset.large === 'true',
             video: picture !== null, live: state === 'live', cover: cover !== undefined, rect: [x, y, width, height] };
});";

/// Whether the room has let us in: from then on there are tiles.
const JOINED: &str = "return document.querySelector('button[aria-label=Leave]') !== null
    && document.querySelector('article[aria-label]') !== null;";

/// Closes every message; gives how many there were.
const DISMISS: &str = "const all = [...document.querySelectorAll('button[aria-label=Dismiss]')];
    all.forEach((button) => button.click());
    return all.length;";

/// One tile of the page.
#[derive(Clone, Debug)]
pub struct Tile {
    /// As it is told to assistive technology: `Daniel`, `Alice (you)`, `Screen of Daniel`.
    pub name: String,
    pub large: bool,
    /// Whether a picture is shown or expected.
    pub video: bool,
    /// Whether the page knows that pictures come.
    pub live: bool,
    /// Whether the picture fills the tile and loses its edges.
    pub cover: bool,
    /// Where the tile's picture area is on the screen.
    pub area: Rect,
}

impl Tile {
    /// Where a picture of this shape lies on the screen: as large as fits, in the middle.
    pub fn picture(&self, (width, height): (u32, u32)) -> Rect {
        fit(self.area, (width, height))
    }
}

/// Where a picture of this shape lies in an area: as large as fits, in the middle.
pub(crate) fn fit(area: Rect, (width, height): (u32, u32)) -> Rect {
    let Rect { x, y, width: w, height: h } = area;
    let wide = u64::from(w) * u64::from(height) > u64::from(h) * u64::from(width);
    let (fit_w, fit_h) = if wide { (h * width / height, h) } else { (w, w * height / width) };
    Rect { x: x + (w - fit_w) as i32 / 2, y: y + (h - fit_h) as i32 / 2, width: fit_w, height: fit_h }
}

/// A running app.
pub struct App<'a> {
    desktop: &'a Desktop,
    pub driver: Driver,
    /// From the start of the program to a page that can be used.
    pub start: Duration,
}

impl<'a> App<'a> {
    /// Starts it with data of its own; `surface` is `auto`, `native` or `page`.
    pub fn start(desktop: &'a Desktop, surface: &str) -> Result<App<'a>, Trouble> {
        let begin = Instant::now();
        let data = desktop.folder().join("app");
        let arguments = ["--surface", surface, "--data", &data.to_string_lossy()];
        let driver = Driver::start(desktop, &program("confab")?, &arguments)?;
        driver.until(
            "the page shows something to do",
            "return document.querySelector('form') !== null",
            &[],
        )?;
        Ok(App { desktop, driver, start: begin.elapsed() })
    }

    /// Signs in and waits for the home screen.
    pub fn sign_in(&self, backend: &Backend, user: &str) -> Result<(), Trouble> {
        self.driver.fill("Server", &backend.url)?;
        self.driver.fill("User", user)?;
        self.driver.fill("Password", Backend::PASSWORD)?;
        self.driver.press("Sign in")?;
        self.at_home()
    }

    /// Waits for the home screen.
    pub fn at_home(&self) -> Result<(), Trouble> {
        self.driver.find("//label[normalize-space(.)='Room number or name']").map(drop)
    }

    /// Waits until a text can be read on the page.
    pub fn reads(&self, text: &str) -> Result<(), Trouble> {
        // Names are isolated from the direction of the text around them.
        let body = r"return document.body.innerText.replace(/[\u2068\u2069]/gu, '').includes(arguments[0]);";
        self.driver.until(&format!("the page says {text:?}"), body, &[json!(text)]).map(drop)
    }

    /// Waits for a heading, as it is told to assistive technology.
    pub fn heads(&self, title: &str) -> Result<(), Trouble> {
        let (told, shown) = (plain("@aria-label"), plain("."));
        let named = format!("{told}='{title}' or normalize-space({shown})='{title}'");
        self.driver.find(&format!("//*[self::h1 or self::h2 or @role='heading'][{named}]")).map(drop)
    }

    /// Shares the first thing there is to share. The list of choices may move under the pointer while its pictures arrive: who
    /// has missed the button presses it again.
    pub fn share(&self) -> Result<(), Trouble> {
        self.driver.press("Share screen")?;
        let closed = "return document.querySelector('[role=dialog]') === null;";
        for _ in 0..3 {
            self.driver.press("Share")?;
            let is_closed = || self.driver.script(closed, &[]).ok().filter(|closed| *closed == true);
            if eventually(Duration::from_secs(10), "the choice is made", is_closed).is_ok() {
                return Ok(());
            }
        }
        Err(Trouble::Strange("the choice of what to share stays open".to_owned()))
    }

    /// Joins and waits until the room has let us in. Gives the time from the click.
    pub fn join(&self, room: &str) -> Result<Duration, Trouble> {
        self.driver.fill("Room number or name", room)?;
        self.driver.press("Join")?;
        // Camera and sound are looked at first.
        self.driver.find("//h1[@id='check-title']")?;
        let begin = Instant::now();
        self.driver.press("Join")?;
        self.in_room()?;
        Ok(begin.elapsed())
    }

    /// Waits until a room has let us in.
    pub fn in_room(&self) -> Result<(), Trouble> {
        self.driver.until("we are in the room", JOINED, &[]).map(drop)
    }

    /// Every tile there is.
    pub fn tiles(&self) -> Result<Vec<Tile>, Trouble> {
        let (left, top, ..) =
            self.desktop.display.window().ok_or_else(|| Trouble::Strange("there is no window".to_owned()))?;
        let tiles = self.driver.script(TILES, &[])?;
        let read = |tile: &Value| {
            let at = |index: usize| tile["rect"][index].as_f64().unwrap_or_default().round();
            let area = Rect {
                x: left + at(0) as i32,
                y: top + at(1) as i32,
                width: at(2) as u32,
                height: at(3) as u32,
            };
            let flag = |name: &str| tile[name].as_bool().unwrap_or_default();
            // Names are isolated from the direction of the text around them.
            let name = tile["name"].as_str().unwrap_or_default().replace(['\u{2068}', '\u{2069}'], "");
            Tile {
                name,
                large: flag("large"),
                video: flag("video"),
                live: flag("live"),
                cover: flag("cover"),
                area,
            }
        };
        Ok(tiles.as_array().into_iter().flatten().map(read).collect())
    }

    /// Waits until somebody's test card can be read on the screen, and gives the place of the picture.
    pub fn see(&self, name: &str, sender: u8) -> Result<Rect, Trouble> {
        let mut seen = Vec::new();
        let found = eventually(PATIENCE, "", || {
            self.dismiss_messages().ok()?;
            seen = self.tiles().ok()?;
            let tile = seen.iter().find(|tile| tile.name == name && tile.video)?;
            let place = tile.picture((16, 9));
            let card = self.desktop.display.card(place)?;
            (card.sender == sender).then_some(place)
        });
        found.map_err(|_| Trouble::Late {
            what: format!("the picture of {name} among {seen:?}"),
            limit: PATIENCE,
        })
    }

    /// Waits until more than so many numbers of somebody's test card are read within `time`. A picture that still stands, or is
    /// moved by what the page does next, is looked at again. What came backwards is counted over all looks.
    pub fn watch(&self, name: &str, sender: u8, numbers: u32, time: Duration) -> Result<Watched, Trouble> {
        let (begin, mut backwards) = (Instant::now(), 0);
        loop {
            let watched = self.desktop.display.watch(self.see(name, sender)?, time);
            backwards += watched.backwards;
            if watched.numbers > numbers {
                return Ok(Watched { backwards, ..watched });
            }
            if begin.elapsed() >= PATIENCE {
                return Err(Trouble::Strange(format!("the picture of {name} stands: {watched:?}")));
            }
        }
    }

    /// Closes the messages that lie on pictures: this machine has no camera, for one.
    pub fn dismiss_messages(&self) -> Result<(), Trouble> {
        self.driver.script(DISMISS, &[]).map(drop)
    }

    /// Makes somebody large for this viewer.
    pub fn pin(&self, name: &str) -> Result<(), Trouble> {
        self.driver.press(&format!("Keep {name} large"))?;
        let large = "return document.querySelector(`article[aria-label=\"${arguments[0]}\"][data-large=true]`) !== null";
        self.driver.until(&format!("{name} is large"), large, &[json!(name)]).map(drop)
    }

    /// Waits until the page has drawn what was asked of it and its transitions are over.
    pub fn settle(&self) -> Result<(), Trouble> {
        self.driver.settle()
    }

    /// The state of a button that can be on or off, by its name.
    pub fn is_on(&self, control: &str) -> Result<bool, Trouble> {
        let body = "return document.querySelector(`button[aria-label=\"${arguments[0]}\"]`)?.getAttribute('aria-pressed') === 'true'";
        Ok(self.driver.script(body, &[json!(control)])?.as_bool().unwrap_or_default())
    }
}
