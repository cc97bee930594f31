//! Assertions of the lab: plain text that says by whom it was signed, as `engine/identity` does with keys. Nobody can forge one,
//! because nobody here tries; what is compared is what the real one compares.

use confab_line::{Ask, Judgement, Statement, Told};
use confab_rethink::Domain;
use confab_types::Mono;

use crate::desk::user_url;

/// Between the parts; no address has one.
const BAR: char = '|';

/// Who has signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signer {
    /// Whose desk gave the ID token.
    pub domain: Domain,
    /// Whom it is about.
    pub name: String,
}

/// What a desk says of somebody until a moment, in milliseconds.
pub fn id_token(domain: &Domain, name: &str, until: u64) -> String {
    format!("{domain}{BAR}{name}{BAR}{until}")
}

/// Signs. `nonce` makes it unlike all others.
pub fn sign(id_token: &str, statement: &Statement, nonce: u64) -> String {
    let Statement { user, audience, call, fingerprints } = statement;
    let fingerprints = fingerprints.join(",");
    format!("{id_token}{BAR}{user}{BAR}{audience}{BAR}{call}{BAR}{fingerprints}{BAR}{nonce}")
}

/// Who has signed what; `None` when the ID token is too old, or about somebody else than who the statement says signs.
pub fn read(signed: &str, now: Mono) -> Option<(Signer, Statement)> {
    let parts: Vec<&str> = signed.split(BAR).collect();
    let [domain, name, until, user, audience, call, fingerprints, _] = parts[..] else { return None };
    let signer = Signer { domain: Domain::parse(domain).ok()?, name: name.to_owned() };
    let fingerprints = fingerprints.split(',').filter(|one| !one.is_empty()).map(str::to_owned).collect();
    let statement = Statement {
        user: user.to_owned(),
        audience: audience.to_owned(),
        call: call.to_owned(),
        fingerprints,
    };
    let own = user_url(&signer.domain, &signer.name).as_str() == user;
    (own && until.parse::<u64>().ok()? > now.as_millis()).then_some((signer, statement))
}

/// Answers a user agent. `issuer_is_there`: whether the keys of a domain can be fetched.
pub fn answer(
    id_token: Option<&str>,
    ask: Ask,
    now: Mono,
    nonce: u64,
    issuer_is_there: impl Fn(&Domain) -> bool,
) -> Told {
    match ask {
        Ask::Sign { ticket, statement } => match id_token {
            Some(id_token) => Told::Signed(ticket, sign(id_token, &statement, nonce)),
            None => Told::CannotSign(ticket),
        },
        Ask::Verify { ticket, assertion, statement } => Told::Judged(
            ticket,
            match read(&assertion, now) {
                Some((signer, _)) if !issuer_is_there(&signer.domain) => {
                    Judgement::Unknown(format!("no keys of {}", signer.domain))
                }
                Some((_, said)) if said == statement => Judgement::Proven,
                Some(_) => Judgement::False("it says something else".to_owned()),
                None => Judgement::False("it is too old, or about somebody else".to_owned()),
            },
        ),
    }
}
