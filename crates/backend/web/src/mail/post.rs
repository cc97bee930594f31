//! The mail server, by SMTP.

use std::time::Duration;

use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use url::Url;

/// How long the server may take for one step.
const PATIENCE: Duration = Duration::from_secs(20);

/// A way to a mail server.
#[derive(Clone)]
pub struct Post(AsyncSmtpTransport<Tokio1Executor>);

/// Why there is no way to the mail server.
#[derive(Debug, thiserror::Error)]
pub enum PostError {
    /// Not `smtp://` or `smtps://` with a host.
    #[error("address of the mail server is not smtp:// or smtps:// with a host")]
    Address,
    /// The server's words, or the network's.
    #[error(transparent)]
    Smtp(#[from] lettre::transport::smtp::Error),
}

impl Post {
    /// By `smtps://user:password@host[:465]`, or by `smtp://user:password@host[:587]`, where the connection begins plain and MUST change to TLS
    /// (STARTTLS), unless the server is on this machine: there it is used as it is offered. `domain` is what we call ourselves.
    ///
    /// # Errors
    /// When the address makes no sense, or the system has no certificates to trust.
    pub fn new(address: &str, domain: &str) -> Result<Post, PostError> {
        let parsed = Url::parse(address).map_err(|_| PostError::Address)?;
        let host = parsed.host_str().filter(|host| !host.is_empty()).ok_or(PostError::Address)?;
        let local = matches!(host, "localhost" | "127.0.0.1" | "[::1]");
        if !matches!(parsed.scheme(), "smtp" | "smtps") {
            return Err(PostError::Address);
        }
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(address)?;
        if parsed.scheme() == "smtp" && parsed.query().is_none() && !local {
            builder = builder.port(parsed.port().unwrap_or(587));
            builder = builder.tls(Tls::Required(TlsParameters::new(host.to_owned())?));
        }
        let name = domain.split(':').next().unwrap_or(domain).to_owned();
        Ok(Post(builder.hello_name(ClientId::Domain(name)).timeout(Some(PATIENCE)).build()))
    }

    /// Hands a mail over.
    pub(crate) async fn send(&self, message: Message) -> Result<(), PostError> {
        self.0.send(message).await?;
        Ok(())
    }
}

impl std::fmt::Debug for Post {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The address has a password in it.
        f.write_str("Post")
    }
}
