//! Pictures of every screen, for people to look at.

use std::path::PathBuf;

use confab_tests::{App, Desktop, Trouble};

/// Pictures of the whole display, numbered in the order they were taken.
pub struct Album<'a> {
    desktop: &'a Desktop,
    app: &'a App<'a>,
    folder: PathBuf,
    taken: u32,
    /// Whether the tour came to its end.
    pub complete: bool,
}

/// What was on the screen when something went wrong.
impl Drop for Album<'_> {
    fn drop(&mut self) {
        if self.complete {
            return;
        }
        let path = self.folder.join("trouble.png");
        if self.desktop.display.picture().and_then(|picture| picture.save(&path)).is_ok() {
            eprintln!("{}", path.display());
        }
    }
}

impl<'a> Album<'a> {
    /// None yet, in `target/screens`.
    pub fn new(desktop: &'a Desktop, app: &'a App<'a>) -> Album<'a> {
        let ours = std::env::current_exe().unwrap_or_default();
        let folder = ours.ancestors().nth(2).map(|target| target.join("screens")).unwrap_or_default();
        Album { desktop, app, folder, taken: 0, complete: false }
    }

    /// Takes one when the page has come to rest.
    pub fn shot(&mut self, name: &str) -> Result<(), Trouble> {
        self.app.settle()?;
        self.taken += 1;
        let path = self.folder.join(format!("{:02}-{name}.png", self.taken));
        self.desktop.display.picture()?.save(&path)?;
        eprintln!("{}", path.display());
        Ok(())
    }
}
