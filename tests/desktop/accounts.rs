//! Accounts: signing in by the browser, and several at once.

use confab_tests::webdriver::ESCAPE;
use confab_tests::{App, Backend, Desktop, Trouble, turn};

use crate::{shot, tell};

#[test]
fn the_browser_signs_alice_in_and_carol_of_another_domain_joins_her() -> Result<(), Trouble> {
    let _turn = turn();
    let desktop = Desktop::start()?;
    let backend = Backend::start_domains(&["a.local", "b.local"])?;
    let app = App::start(&desktop, "page")?;
    tell(&desktop, "accounts", || sign_in_and_add(&desktop, &backend, &app))
}

fn sign_in_and_add(desktop: &Desktop, backend: &Backend, app: &App<'_>) -> Result<(), Trouble> {
    let shot = |name: &str| app.settle().and_then(|()| shot(desktop, &format!("accounts-{name}")));

    app.driver.fill("Server", &backend.url_of("a.local")?)?;
    // Whoever leaves the field is told how they can sign in there.
    app.driver.enter("User")?;
    app.reads("Continue with a.local")?;
    shot("ways")?;
    app.driver.press("Continue with a.local")?;
    app.reads("Continue in your browser")?;
    let page = desktop.browser.opened()?;
    shot("in-browser")?;
    let last = page.sign_in("alice", Backend::PASSWORD)?;
    assert!(last.contains("You are signed in."), "{last}");
    app.at_home()?;
    app.reads("Alice")?;
    shot("by-browser")?;

    app.driver.press("Account")?;
    app.driver.press("Add an account…")?;
    app.reads("Add an account")?;
    shot("add")?;
    app.driver.fill("Server", &backend.url_of("b.local")?)?;
    app.driver.fill("User", "carol")?;
    app.driver.fill("Password", Backend::PASSWORD)?;
    app.driver.press("Sign in")?;
    app.at_home()?;
    app.driver.press("Account")?;
    app.reads("Sign out of b.local")?;
    shot("menu")?;
    app.driver.press("Alice")?;
    app.reads("Sign out of a.local")?;
    shot("switched")?;
    app.driver.press("Dark")?;
    shot("dark")?;
    app.driver.key(ESCAPE)?;
    shot("dark-home")
}
