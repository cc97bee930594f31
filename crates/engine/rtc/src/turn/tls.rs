//! TLS to a TURN server: the system's certificates, and those the configuration adds.

use std::sync::Arc;

use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use super::TurnError;

/// A connector that believes the system and `extra` (DER).
pub(super) async fn connector(extra: &[Vec<u8>]) -> Result<TlsConnector, TurnError> {
    let failed = |error: &dyn std::fmt::Display| TurnError::Certificate(error.to_string());
    let mut roots = RootCertStore::empty();
    // The system's are files. What cannot be read of them is not believed.
    let system = tokio::task::spawn_blocking(rustls_native_certs::load_native_certs).await;
    roots.add_parsable_certificates(system.map_err(|error| failed(&error))?.certs);
    for root in extra {
        roots.add(CertificateDer::from_slice(root).into_owned()).map_err(|error| failed(&error))?;
    }
    let config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| failed(&error))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}
