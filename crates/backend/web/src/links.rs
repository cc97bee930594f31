//! Links into meetings, `GET /j/<room>`: the page with which guests join in their browser. It is inside the program, is the same
//! for every room, and runs nothing that is not of this backend.

use axum::Router;
use axum::extract::Path;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use crate::html;

/// Every file of the page by its path, `guest.html` and `assets/…`; empty when the page was not built before the program.
static PAGE: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/page.rs"));

/// What the page may do: scripts, styles and connections of this backend; pictures and sound that it has made itself.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data: blob:; \
    media-src 'self' blob: mediastream:; worker-src 'self' blob:; form-action 'none'; base-uri 'none'; \
    frame-ancestors 'none'; connect-src 'self'";
const PERMISSIONS: &str =
    "camera=(self), microphone=(self), display-capture=(self), speaker-selection=(self)";

const STYLE: &str = "\
:root{color-scheme:light dark}
body{margin:0;min-height:100vh;display:grid;place-items:center;padding:1rem;font:1rem/1.5 system-ui,sans-serif}
";

/// Whether the page is in this program.
pub fn is_built() -> bool {
    find("guest.html").is_some()
}

/// The routes below `/j`. `base` is where pages usually reach this backend. Pages speak to the site that they are of, by whatever name they were
/// opened; it is named all the same, as older WebKits do not take a socket for something of the page's own site.
pub fn router(base: &str) -> Router {
    let origin =
        base.split_once("://").map(|(scheme, rest)| (scheme, rest.split('/').next().unwrap_or_default()));
    let policy = match origin {
        Some((scheme, host)) => {
            format!("{POLICY} {scheme}://{host} {}://{host}", scheme.replacen("http", "ws", 1))
        }
        None => POLICY.to_owned(),
    };
    // An address with characters that no header has is nobody's.
    let policy = HeaderValue::from_str(&policy).unwrap_or(HeaderValue::from_static(POLICY));
    Router::new()
        .route("/{room}", get(move |room| page(room, policy)))
        .route("/assets/{*path}", get(asset))
        .route("/notice/style.css", get(style))
}

async fn page(Path(room): Path<String>, policy: HeaderValue) -> Response {
    let letter = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if room.len() > 64 || !room.chars().all(letter) {
        let body = "<h1>No such meeting</h1><p>This link leads to no meeting.</p>";
        return html::page(StatusCode::NOT_FOUND, "No such meeting", "notice/style.css", body, "'none'");
    }
    let Some(bytes) = find("guest.html") else {
        let body = "<h1>Join with the app</h1><p>This backend was built without its page for browsers.</p>";
        return html::page(
            StatusCode::SERVICE_UNAVAILABLE,
            "Join with the app",
            "notice/style.css",
            body,
            "'none'",
        );
    };
    let mut response = ([(header::CONTENT_TYPE, "text/html; charset=utf-8")], bytes).into_response();
    let headers = response.headers_mut();
    html::guard(headers, policy);
    headers.insert("permissions-policy", HeaderValue::from_static(PERMISSIONS));
    headers.insert("cross-origin-opener-policy", HeaderValue::from_static("same-origin"));
    response
}

async fn asset(Path(path): Path<String>) -> Response {
    let name = format!("assets/{path}");
    let Some(bytes) = find(&name) else { return StatusCode::NOT_FOUND.into_response() };
    // Their names change with their content.
    let headers = [
        (header::CONTENT_TYPE, kind(&name)),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, bytes).into_response()
}

async fn style() -> Response {
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], STYLE).into_response()
}

fn find(name: &str) -> Option<&'static [u8]> {
    PAGE.iter().find(|(known, _)| *known == name).map(|(_, bytes)| *bytes)
}

/// The media type by the ending of the name.
fn kind(name: &str) -> &'static str {
    match name.rsplit('.').next().unwrap_or_default() {
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "html" => "text/html; charset=utf-8",
        "json" | "map" => "application/json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "webp" => "image/webp",
        "woff2" => "font/woff2",
        "wasm" => "application/wasm",
        "wav" => "audio/wav",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_of_the_page_has_a_media_type() {
        for (name, _) in PAGE {
            assert_ne!(kind(name), "application/octet-stream", "{name}");
        }
    }
}
