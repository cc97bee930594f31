//! What people see: one form, and one page that says what is wrong. No scripts, nothing from elsewhere.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use confab_backend_web::html::{self, escape};

/// Served beside the page, so that its policy allows no inline styles.
pub(super) const STYLE: &str = "\
:root{color-scheme:light dark;--paper:#f6f7f9;--card:#fff;--ink:#16181d;--quiet:#555b66;--line:#8a919e;--accent:#1f5fd0;\
--on-accent:#fff;--wrong:#b3261e}
@media (prefers-color-scheme:dark){:root{--paper:#111317;--card:#1b1e24;--ink:#eceef2;--quiet:#aab0bb;--line:#78808d;\
--accent:#8ab4ff;--on-accent:#0b1730;--wrong:#ffb4ab}}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;display:grid;place-items:center;padding:1rem;background:var(--paper);color:var(--ink);\
font:1rem/1.5 system-ui,sans-serif}
main{width:100%;max-width:24rem;padding:2rem;border-radius:.75rem;background:var(--card)}
h1{margin:0 0 .25rem;font-size:1.375rem}
p{margin:0 0 1rem;color:var(--quiet)}
p[role=alert]{color:var(--wrong);font-weight:600}
label{display:block;margin:1rem 0 .25rem;font-weight:600}
input{width:100%;padding:.625rem .75rem;border:1px solid var(--line);border-radius:.5rem;background:var(--card);\
color:inherit;font:inherit}
button{width:100%;margin-top:1.5rem;padding:.75rem;border:0;border-radius:.5rem;background:var(--accent);\
color:var(--on-accent);font:inherit;font-weight:600;cursor:pointer}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
";

/// What stands in the form.
pub(super) struct Form<'a> {
    /// Whose page it is.
    pub(super) domain: &'a str,
    /// Where it is sent to.
    pub(super) action: &'a str,
    /// The style sheet's address.
    pub(super) style: &'a str,
    /// What goes along unseen.
    pub(super) hidden: Vec<(&'a str, &'a str)>,
    /// What was typed before.
    pub(super) user: &'a str,
    /// What was wrong.
    pub(super) wrong: Option<&'a str>,
    /// Where the browser goes afterwards.
    pub(super) origin: &'a str,
}

/// The form.
pub(super) fn form(status: StatusCode, form: &Form<'_>) -> Response {
    let hidden: String = form
        .hidden
        .iter()
        .map(|(name, value)| {
            format!("<input type=\"hidden\" name=\"{}\" value=\"{}\">", escape(name), escape(value))
        })
        .collect();
    let wrong = form.wrong.map(|text| format!("<p role=\"alert\" id=\"wrong\">{}</p>", escape(text)));
    let described = if wrong.is_some() { " aria-describedby=\"wrong\" aria-invalid=\"true\"" } else { "" };
    // Who comes back to the form types the password again.
    let (first, second) = if form.user.is_empty() { (" autofocus", "") } else { ("", " autofocus") };
    let body = format!(
        "<h1>Sign in to {domain}</h1><p>Confab asks who you are.</p>{wrong}\
         <form method=\"post\" action=\"{action}\">{hidden}\
         <label for=\"user\">User name</label><input id=\"user\" name=\"user\" value=\"{user}\" \
         autocomplete=\"username\" autocapitalize=\"none\" spellcheck=\"false\" maxlength=\"254\" required{first}{described}>\
         <label for=\"password\">Password</label><input id=\"password\" name=\"password\" type=\"password\" \
         autocomplete=\"current-password\" maxlength=\"1024\" required{second}{described}>\
         <button type=\"submit\">Sign in</button></form>",
        domain = escape(form.domain),
        wrong = wrong.unwrap_or_default(),
        action = escape(form.action),
        user = escape(form.user),
    );
    // Browsers apply `form-action` to where the form leads in the end, too.
    let leads = format!("'self' {}", form.origin);
    answer(status, form.style, &format!("Sign in to {}", form.domain), &body, &leads)
}

/// A page that leads nowhere.
pub(super) fn refusal(style: &str, text: &str) -> Response {
    let body = format!("<h1>You cannot sign in here</h1><p role=\"alert\">{}</p>", escape(text));
    answer(StatusCode::BAD_REQUEST, style, "You cannot sign in here", &body, "'none'")
}

fn answer(status: StatusCode, style: &str, title: &str, body: &str, form: &str) -> Response {
    let mut response = html::page(status, title, style, body, form);
    // Not `no-referrer`: browsers would hide the form's origin from us as well.
    response.headers_mut().insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    response
}
