//! Somebody at the door, before it is decided whether they come in.

use confab_rethink::reporter::SubscribeRequest;
use confab_rethink::{Code, Domain, Identity, Url};

use crate::member::display_name;
use crate::port::Stranger;

/// Who wants in, as far as the message node and the front door vouch for it.
#[derive(Clone, Debug)]
pub(crate) struct Newcomer {
    pub(crate) hyperty: Url,
    pub(crate) user: Url,
    pub(crate) identity: Identity,
    /// To show.
    pub(crate) name: String,
    /// Whether they are not to be found by what the room shows of them.
    pub(crate) anonymous: bool,
    /// The invitation they have come with.
    pub(crate) code: Option<String>,
    /// What the front door knows of somebody without an account.
    pub(crate) stranger: Option<Stranger>,
}

impl Newcomer {
    /// From a subscription; the refusal when it names nobody.
    pub(crate) fn read(asked: &SubscribeRequest) -> Result<Newcomer, (Code, &'static str)> {
        let is_hyperty = |url: &Url| url.scheme() == "hyperty" && url.path().matches('/').count() == 1;
        let hyperty = asked.hyperty.url().filter(is_hyperty);
        let hyperty = hyperty.ok_or((Code::BAD_REQUEST, "no hyperty subscribes"))?;
        let known = asked.identity.clone().and_then(|identity| Some((identity.user()?, identity)));
        let (user, identity) = known.ok_or((Code::FORBIDDEN, "nobody vouches for who you are"))?;
        // A guest has said a name that is nobody else's already, and keeps it.
        let wished = asked.request.text("name").filter(|_| !identity.guest);
        let name = display_name(wished.unwrap_or_default());
        let name = if name.is_empty() { display_name(identity.display_name()) } else { name };
        let anonymous = asked.request.body.get("anonymous").is_some_and(|value| value == true);
        let code = asked.access_token.clone();
        Ok(Newcomer { hyperty, user, identity, name, anonymous, code, stranger: None })
    }

    /// With what the front door knows of them; a code that they do not say themselves they have said there.
    pub(crate) fn known_as(self, stranger: Option<Stranger>) -> Newcomer {
        let code = self.code.or_else(|| stranger.as_ref()?.code.clone());
        Newcomer { code, stranger, ..self }
    }

    /// Whether they may become the organiser of a room without an owner: they have an account here.
    pub(crate) fn has_account_at(&self, domain: &Domain) -> bool {
        has_account_at(&self.identity, &self.user, domain)
    }

    /// Whether they can be found by nothing but the name that they say.
    pub(crate) fn is_invented(&self) -> bool {
        let mail = self.stranger.as_ref().is_some_and(|stranger| stranger.mail.is_some());
        self.anonymous || self.identity.guest && !mail
    }

    /// Who they are, for organisers: an e-mail address, or the part of the user's address that people know.
    pub(crate) fn who(&self) -> String {
        who(&self.user, self.stranger.as_ref())
    }
}

/// Whether a user has an account of that domain.
pub(crate) fn has_account_at(identity: &Identity, user: &Url, domain: &Domain) -> bool {
    !identity.guest && user.scheme() == "user" && user.routing_domain() == domain.as_str()
}

/// An e-mail address, or the part of a user's address that people know.
pub(crate) fn who(user: &Url, stranger: Option<&Stranger>) -> String {
    let mail = stranger.and_then(|stranger| stranger.mail.clone());
    mail.unwrap_or_else(|| user.last_segment().to_owned())
}
