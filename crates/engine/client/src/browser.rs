//! Sign-in by the system's browser.

use std::sync::{Arc, Mutex, PoisonError};

use confab_identity::browser::{self, BrowserError, Provider, Words};
use confab_identity::{Issuers, fetch::FetchError};
use confab_user_agent::SignInFailure;
use tokio::task::spawn_blocking;

use crate::sign_in;

/// Opens the browser and waits for the person to come back.
pub struct Browser {
    issuers: Arc<Issuers>,
    words: Mutex<Words>,
}

impl Default for Browser {
    fn default() -> Browser {
        let words = Words {
            language: "en".to_owned(),
            done: "You are signed in.".to_owned(),
            close: "You can close this page.".to_owned(),
            refused: "You are not signed in.".to_owned(),
        };
        Browser { issuers: Arc::default(), words: Mutex::new(words) }
    }
}

impl Browser {
    /// What the last page says, in the person's language.
    pub fn set_words(&self, words: Words) {
        *self.words.lock().unwrap_or_else(PoisonError::into_inner) = words;
    }

    /// An ID token of one of the server's providers; the first one unless `issuer` says which.
    pub async fn sign_in(&self, base: String, issuer: Option<String>) -> Result<String, SignInFailure> {
        let options = spawn_blocking(move || sign_in::options(&base)).await;
        let options = options.map_err(|error| SignInFailure::Browser(error.to_string()))??;
        let mut providers = options.providers.into_iter();
        let provider = match &issuer {
            Some(issuer) => providers.find(|provider| provider.issuer == *issuer),
            None => providers.next(),
        };
        let Some(provider) = provider else {
            return Err(SignInFailure::NotAServer("it names no identity provider".to_owned()));
        };
        let provider = Provider { issuer: provider.issuer, client_id: provider.client_id };
        let words = self.words.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let open = |url: &str| opener::open_browser(url).map_err(|error| error.to_string());
        let now = || confab_driver::unix_ms() / 1000;
        browser::sign_in(&provider, &words, self.issuers.clone(), open, now).await.map_err(
            |error| match error {
                BrowserError::Provider(FetchError::Unreachable(..)) => {
                    SignInFailure::Unreachable(error.to_string())
                }
                error => SignInFailure::Browser(error.to_string()),
            },
        )
    }
}
