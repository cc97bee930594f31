//! Links to the system's browser: http, https and mailto, nothing else.

use url::Url;

/// Longest link, bytes.
const LONGEST: usize = 8192;

/// Why a link is not opened.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    /// It could start anything.
    #[error("only links of http, https and mailto are opened")]
    Unsafe,
    /// The system has no program for it.
    #[error("the link could not be opened: {0}")]
    System(#[from] opener::OpenError),
}

/// Opens a link in the system's browser or mail program. Blocks while that starts.
pub fn open(link: &str) -> Result<(), LinkError> {
    Ok(opener::open(safe(link).ok_or(LinkError::Unsafe)?.as_str())?)
}

/// The link as it is opened: parsed and written anew, so that nothing of it can be taken for something else.
fn safe(link: &str) -> Option<Url> {
    let url = Url::parse(link).ok().filter(|_| link.len() <= LONGEST)?;
    let known = match url.scheme() {
        "http" | "https" => url.has_host(),
        "mailto" => !url.path().is_empty(),
        _ => false,
    };
    known.then_some(url)
}

/// The user pressed a link.
#[tauri::command]
pub async fn open_link(url: String) -> Result<(), String> {
    let opened = tokio::task::spawn_blocking(move || open(&url)).await.map_err(|error| error.to_string())?;
    opened.map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_links_of_the_web_and_of_mail_are_opened() {
        for link in ["http://a.local:4710/x?y=1", "https://acme.example", "mailto:bob@acme.example?subject=x"]
        {
            assert!(safe(link).is_some(), "{link}");
        }
        let others = [
            "file:///etc/passwd",
            "javascript:alert(1)",
            "confab://join/1",
            "/bin/sh",
            "--help",
            "mailto:",
            "",
        ];
        for link in others {
            assert!(safe(link).is_none(), "{link}");
        }
        assert!(safe(&format!("https://a.example/{}", "x".repeat(LONGEST))).is_none());
    }
}
