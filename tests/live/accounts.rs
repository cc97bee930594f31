//! One person with accounts in two domains.

use confab_tests::{Backend, Person, Trouble, turn};
use serde_json::{Value, json};

use crate::pair::{ALICE, BOB, CAROL, SOON, accept, call, hang_up, ring};

#[test]
fn somebody_with_accounts_in_two_domains_is_called_in_either() -> Result<(), Trouble> {
    let _turn = turn();
    let backend = Backend::start_domains(&["a.local", "b.local"])?;
    let (a, b) = (backend.url_of("a.local")?, backend.url_of("b.local")?);
    let mut alice = Person::sign_in(&a, backend.folder(), ALICE)?;
    let mut carol = Person::sign_in(&a, backend.folder(), CAROL)?;
    let mut bob = Person::sign_in(&b, backend.folder(), BOB)?;
    alice.tell(&json!({"type": "signIn", "server": b, "user": "alice", "password": Backend::PASSWORD}))?;
    let known = alice.until("Alice is in both domains", SOON, |now| {
        let accounts = now["accounts"]["accounts"].as_array().into_iter().flatten();
        accounts.filter(|account| account["phase"] == "signedIn").count() == 2
    })?;
    let account = |domain: &str| -> Value {
        let accounts = known["accounts"]["accounts"].as_array().into_iter().flatten();
        let mut those = accounts.filter(|account| account["domain"] == domain);
        those.next().map(|account| account["id"].clone()).unwrap_or_default()
    };

    ring(&mut carol, &mut alice, "user://a.local/alice@a.local")?;
    alice.until("it rings in her first domain", SOON, |now| {
        now["call"]["phase"] == "incoming" && now["call"]["account"] == account("a.local")
    })?;
    accept(&mut carol, &mut alice)?;
    bob.tell(&call("user://b.local/alice@b.local"))?;
    bob.until("she is busy in the other domain too", SOON, |now| now["call"]["ended"] == "busy")?;
    hang_up(&mut carol, &mut alice)?;

    ring(&mut bob, &mut alice, "user://b.local/alice@b.local")?;
    alice.until("it rings in her second domain", SOON, |now| {
        now["call"]["phase"] == "incoming" && now["call"]["account"] == account("b.local")
    })?;
    accept(&mut bob, &mut alice)?;
    hang_up(&mut alice, &mut bob)?;

    // She calls from the account that is shown, whoever called last.
    alice.tell(&json!({"type": "chooseAccount", "account": account("a.local")}))?;
    ring(&mut alice, &mut bob, "user://b.local/bob@b.local")?;
    bob.until("she calls from her first domain", SOON, |now| {
        now["call"]["peer"]["user"] == "user://a.local/alice@a.local"
    })?;
    alice.tell(&json!({"type": "hangUp"}))?;
    for person in [alice, bob, carol] {
        person.leave()?;
    }
    Ok(())
}
