//! Whom connections by HTTPS trust: the roots of the system, so that a company's own authority works without settings of ours.
//!
//! It opens no connection and knows no server. Message nodes and relays, whose TLS is not `ureq`'s, read the same roots themselves.

use std::sync::OnceLock;

use ureq::tls::{Certificate, RootCerts, TlsConfig};

/// For an agent of `ureq`; without any root of the system those that `ureq` brings along. The roots are read once, at the first call.
pub fn http() -> TlsConfig {
    static ROOTS: OnceLock<RootCerts> = OnceLock::new();
    let roots = ROOTS.get_or_init(|| {
        let certs = rustls_native_certs::load_native_certs().certs;
        if certs.is_empty() {
            return RootCerts::WebPki;
        }
        certs.iter().map(|cert| Certificate::from_der(cert).to_owned()).into()
    });
    TlsConfig::builder().root_certs(roots.clone()).build()
}
