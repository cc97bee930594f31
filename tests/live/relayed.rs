//! Calls that go through a TURN server only.

use confab_tests::{Backend, Person, Relay, Trouble, turn};

use crate::pair::{ALICE, BOB, SOON, connect, converse, hang_up};

/// A call between two who tell nobody their addresses, through the relay that their domain names.
fn through(url: impl FnOnce(&Relay) -> String) -> Result<(), Trouble> {
    let _turn = turn();
    let relay = Relay::start()?;
    let backend = Backend::start_with(&["--turn", &url(&relay), "--turn-secret", Relay::SECRET])?;
    let sign_in = |plan| {
        Person::sign_in_with(&backend.url, backend.folder(), plan, &["--relay-only"], Some(relay.roots()))
    };
    let (mut alice, mut bob) = (sign_in(ALICE)?, sign_in(BOB)?);
    connect(&mut alice, &mut bob, "user://confab.local/bob@confab.local")?;
    for person in [&mut alice, &mut bob] {
        person.until("the call goes through the relay", SOON, |now| {
            now["legs"]["relayed"] == true && now["through"] == "confab.local"
        })?;
    }
    converse(&mut alice, &mut bob, &backend)?;
    hang_up(&mut alice, &mut bob)?;
    alice.leave()?;
    bob.leave()
}

#[test]
fn a_call_goes_through_a_relay_over_udp() -> Result<(), Trouble> {
    through(Relay::udp)
}

#[test]
fn a_call_goes_through_a_relay_over_tcp() -> Result<(), Trouble> {
    through(Relay::tcp)
}

#[test]
fn a_call_goes_through_a_relay_over_tls() -> Result<(), Trouble> {
    through(Relay::tls)
}
