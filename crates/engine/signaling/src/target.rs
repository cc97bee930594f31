//! Which node, and the address it is dialled at.

use confab_rethink::{Flavour, Url};

/// A message node to connect to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// What kind it is.
    pub flavour: Flavour,
    /// Its address as configured: `ws`, `wss`, `http` or `https`.
    pub url: String,
    /// The own runtime: a Matrix node wants it in the query, the others in a message.
    pub runtime: Option<Url>,
}

/// Why a node cannot be dialled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    /// The address is not `ws://`, `wss://`, `http://` or `https://`.
    #[error("node address is not ws, wss, http or https")]
    Scheme,
    /// There is no host behind the scheme.
    #[error("node address has no host")]
    Host,
    /// A Matrix node needs to know the runtime.
    #[error("a matrix node needs the runtime url")]
    Runtime,
}

impl Target {
    /// Without a runtime, which only Matrix nodes need.
    pub fn new(flavour: Flavour, url: impl Into<String>) -> Target {
        Target { flavour, url: url.into(), runtime: None }
    }

    /// The WebSocket address. The path is completed when the configured address is only that of the host.
    pub fn address(&self) -> Result<String, TargetError> {
        let (scheme, rest) = self.url.split_once("://").ok_or(TargetError::Scheme)?;
        let scheme = match scheme {
            "ws" | "http" => "ws",
            "wss" | "https" => "wss",
            _ => return Err(TargetError::Scheme),
        };
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        if host.is_empty() || host.contains(char::is_whitespace) {
            return Err(TargetError::Host);
        }
        let path = path.trim_end_matches('/');
        let (path, added) = match self.flavour {
            Flavour::NodeJs if path.ends_with("/socket.io") => (format!("{path}/"), SOCKET_IO.to_owned()),
            Flavour::NodeJs => (format!("{path}/socket.io/"), SOCKET_IO.to_owned()),
            Flavour::Vertx if path.is_empty() => ("/ws".to_owned(), String::new()),
            Flavour::Vertx => (path.to_owned(), String::new()),
            Flavour::Matrix => {
                let runtime = self.runtime.as_ref().ok_or(TargetError::Runtime)?;
                (path.to_owned(), format!("runtimeURL={}", percent_encoded(runtime.as_str())))
            }
        };
        let query = [query, &added].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("&");
        let mark = if query.is_empty() { "" } else { "?" };
        Ok(format!("{scheme}://{host}{path}{mark}{query}"))
    }
}

const SOCKET_IO: &str = "EIO=3&transport=websocket";

/// Everything but unreserved characters (RFC 3986, 2.3) as `%XX`.
fn percent_encoded(text: &str) -> String {
    let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes()
        .map(|byte| if unreserved(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_is_completed_for_each_kind_of_node() {
        for (flavour, url, expected) in [
            (
                Flavour::NodeJs,
                "http://127.0.0.1:4710",
                "ws://127.0.0.1:4710/socket.io/?EIO=3&transport=websocket",
            ),
            (Flavour::NodeJs, "wss://csp.test/mn/", "wss://csp.test/mn/socket.io/?EIO=3&transport=websocket"),
            (
                Flavour::NodeJs,
                "ws://csp.test/socket.io?a=1",
                "ws://csp.test/socket.io/?a=1&EIO=3&transport=websocket",
            ),
            (Flavour::Vertx, "wss://csp.test", "wss://csp.test/ws"),
            (Flavour::Vertx, "https://csp.test:9090/proxy/ws", "wss://csp.test:9090/proxy/ws"),
        ] {
            assert_eq!(Target::new(flavour, url).address().as_deref(), Ok(expected));
        }
        let runtime = Url::parse("runtime://csp.test/r 1".replace(' ', "-").as_str()).ok();
        let matrix = Target { runtime, ..Target::new(Flavour::Matrix, "wss://csp.test/stub/connect") };
        let expected = "wss://csp.test/stub/connect?runtimeURL=runtime%3A%2F%2Fcsp.test%2Fr-1";
        assert_eq!(matrix.address().as_deref(), Ok(expected));
    }

    #[test]
    fn what_cannot_be_dialled_says_why() {
        for (url, error) in [
            ("", TargetError::Scheme),
            ("ftp://csp.test", TargetError::Scheme),
            ("ws://", TargetError::Host),
            ("ws:///ws", TargetError::Host),
        ] {
            assert_eq!(Target::new(Flavour::Vertx, url).address(), Err(error), "{url}");
        }
        assert_eq!(Target::new(Flavour::Matrix, "ws://csp.test").address(), Err(TargetError::Runtime));
    }
}
