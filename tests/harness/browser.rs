//! The system's browser, in the hands of a person: reads a page, fills in its form, sends it, goes where it leads.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ureq::Agent;
use ureq::http::Response;

use crate::wait::{Trouble, eventually};

/// How long a program may take to open the browser.
const PATIENCE: Duration = Duration::from_secs(30);

/// What programs start when they open a page: it only notes the address, in one go.
const SCRIPT: &str = "#!/bin/sh\nprintf '%s' \"$1\" > \"$0.part\" && mv \"$0.part\" \"$0.page\"\n";

/// A browser that waits to be used.
#[derive(Debug)]
pub struct Browser {
    program: PathBuf,
}

/// A page that a program has opened.
#[derive(Debug)]
pub struct Page {
    agent: Agent,
    url: String,
    cookie: String,
    text: String,
}

impl Browser {
    /// Installs it in a folder.
    pub fn install(folder: &Path) -> Result<Browser, Trouble> {
        let program = folder.join("browser");
        let mut file = std::fs::File::create(&program)?;
        file.write_all(SCRIPT.as_bytes())?;
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            file.set_permissions(std::fs::Permissions::from_mode(0o755))?;
        }
        Ok(Browser { program })
    }

    /// What stands in the variable `BROWSER`.
    pub fn program(&self) -> &Path {
        &self.program
    }

    /// Waits until a program opens a page, and loads it.
    pub fn opened(&self) -> Result<Page, Trouble> {
        let note = self.program.with_extension("page");
        let url = eventually(PATIENCE, "a page is opened in the browser", || {
            std::fs::read_to_string(&note).ok().filter(|url| !url.is_empty())
        })?;
        std::fs::remove_file(&note)?;
        let config = Agent::config_builder().max_redirects(0).http_status_as_error(false);
        let agent: Agent = config.timeout_global(Some(PATIENCE)).build().into();
        let mut answer = agent.get(&url).call().map_err(|error| strange(&url, error))?;
        let cookie = header(&answer, "set-cookie").split(';').next().unwrap_or_default().to_owned();
        let text = answer.body_mut().read_to_string().map_err(|error| strange(&url, error))?;
        Ok(Page { agent, url, cookie, text })
    }
}

impl Page {
    /// Its address.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Fills in the page's form and sends it; gives the page that it leads to in the end.
    pub fn sign_in(&self, user: &str, password: &str) -> Result<String, Trouble> {
        let origin: String = self.url.split_inclusive('/').take(3).collect();
        let origin = origin.trim_end_matches('/');
        let form = tags(&self.text, "form").next().unwrap_or_default();
        let action = match attribute(form, "action") {
            Some(path) if path.starts_with('/') => format!("{origin}{path}"),
            Some(whole) => whole,
            None => return Err(Trouble::Strange(format!("{} has no form: {}", self.url, self.text))),
        };
        let hidden = tags(&self.text, "input")
            .filter(|tag| attribute(tag, "type").as_deref() == Some("hidden"))
            .filter_map(|tag| Some((attribute(tag, "name")?, attribute(tag, "value")?)));
        let typed =
            [("user", user), ("password", password)].map(|(name, value)| (name.to_owned(), value.to_owned()));
        let post = self.agent.post(&action).header("origin", origin).header("cookie", &self.cookie);
        let mut answer = post.send_form(hidden.chain(typed)).map_err(|error| strange(&action, error))?;
        for _ in 0..5 {
            let next = header(&answer, "location").to_owned();
            if !answer.status().is_redirection() || next.is_empty() {
                break;
            }
            answer = self.agent.get(&next).call().map_err(|error| strange(&next, error))?;
        }
        answer.body_mut().read_to_string().map_err(|error| strange(&action, error))
    }
}

fn header<'a, B>(answer: &'a Response<B>, name: &str) -> &'a str {
    answer.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// Every tag of this name, from `<` to before `>`.
fn tags<'a>(page: &'a str, name: &'a str) -> impl Iterator<Item = &'a str> {
    let tags = page.split('<').skip(1).filter_map(|rest| rest.split('>').next());
    tags.filter(move |tag| tag.split_whitespace().next() == Some(name))
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
    let value = rest.split('"').next()?;
    let plain = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&")];
    Some(plain.iter().fold(value.to_owned(), |value, (escaped, plain)| value.replace(escaped, plain)))
}

fn strange(url: &str, error: ureq::Error) -> Trouble {
    Trouble::Strange(format!("{url}: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_read_as_browsers_read_them() {
        let page = "<p>Hi</p><form method=\"post\" action=\"/oidc?a=1&amp;b=2\"><input type=\"hidden\" name=\"state\" \
                    value=\"&lt;x&gt;\"><input name=\"user\" value=\"\"></form>";
        let form = tags(page, "form").next().expect("there is one");
        assert_eq!(attribute(form, "action").as_deref(), Some("/oidc?a=1&b=2"));
        let inputs: Vec<_> = tags(page, "input").collect();
        assert_eq!(attribute(inputs[0], "value").as_deref(), Some("<x>"));
        assert_eq!(attribute(inputs[1], "name").as_deref(), Some("user"));
        assert_eq!(attribute(inputs[1], "type"), None);
    }
}
