//! What a person types as "server".

/// Turns what was typed into `https://host[:port]` (`http` for this machine itself); `None` when it cannot be a server.
pub fn base_url(typed: &str) -> Option<String> {
    let typed = typed.trim().trim_end_matches('/');
    let (scheme, rest) = match typed.split_once("://") {
        Some((scheme @ ("http" | "https"), rest)) => (Some(scheme), rest),
        Some(_) => return None,
        None => (None, typed),
    };
    let host = rest.rsplit_once(':').map_or(rest, |(host, _)| host);
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '[' | ']');
    if host.is_empty() || rest.len() > 255 || !rest.chars().all(allowed) {
        return None;
    }
    if let Some((before, port)) = rest.rsplit_once(':')
        && !before.contains(':')
        && port.parse::<u16>().is_err()
    {
        return None;
    }
    let local = matches!(host, "localhost" | "127.0.0.1" | "[::1]");
    let scheme = scheme.unwrap_or(if local { "http" } else { "https" });
    Some(format!("{scheme}://{rest}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_are_read_as_people_type_them() {
        let check =
            |typed: &str, expected: Option<&str>| assert_eq!(base_url(typed).as_deref(), expected, "{typed}");
        check("acme.example", Some("https://acme.example"));
        check(" acme.example:8443/ ", Some("https://acme.example:8443"));
        check("127.0.0.1:4710", Some("http://127.0.0.1:4710"));
        check("localhost:4710", Some("http://localhost:4710"));
        check("http://acme.example", Some("http://acme.example"));
        check("ftp://acme.example", None);
        check("acme.example:port", None);
        check("acme example", None);
        check("acme.example/path?x", None);
        check("", None);
    }
}
