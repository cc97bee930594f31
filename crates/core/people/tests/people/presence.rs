//! Presence between programs, through message nodes of exact addresses, in virtual time.

use crate::world::{World, domain};
use confab_contract::{OwnPresence, Presence, Watching};
use confab_people::Happened;

const ALLOWED: (Presence, Watching) = (Presence::Available, Watching::Allowed);

/// Alice watches Bob, who lets her.
fn watching(alice_at: &str, bob_at: &str) -> (World, usize, usize) {
    let mut world = World::new(1, &["a.test", "b.test"]);
    let (alice, bob) = (world.start("alice", alice_at, 1), world.start("bob", bob_at, 1));
    world.run(1);
    world.add(alice, bob);
    world.run(1);
    world.allow(bob, alice, true);
    world.run(1);
    assert_eq!(world.sees(alice, bob), ALLOWED);
    (world, alice, bob)
}

#[test]
fn nobody_sees_anything_before_they_are_allowed() {
    let mut world = World::new(1, &["a.test"]);
    let (alice, bob) = (world.start("alice", "a.test", 1), world.start("bob", "a.test", 1));
    world.run(1);
    world.add(alice, bob);
    assert_eq!(world.sees(alice, bob), (Presence::Unknown, Watching::Waiting));
    world.run(1);
    assert_eq!(world.sees(alice, bob), (Presence::Unknown, Watching::Asked));
    let asking = world.seats[bob].people.view().asking;
    assert_eq!(asking.len(), 1);
    assert_eq!((asking[0].name.as_str(), asking[0].user.as_str()), ("ALICE", "user://a.test/alice@a.test"));
    assert!(world.seats[bob].happened.contains(&Happened::Asked(asking[0].clone())));

    world.allow(bob, alice, true);
    world.run(1);
    assert_eq!(world.sees(alice, bob), ALLOWED);
    assert!(world.seats[bob].people.view().asking.is_empty());
    assert!(world.contact(bob, alice).allowed, "who was let in is on the list, where it can be taken back");
}

#[test]
fn a_refusal_is_seen_at_once_and_can_be_taken_back() {
    let mut world = World::new(1, &["a.test"]);
    let (alice, bob) = (world.start("alice", "a.test", 1), world.start("bob", "a.test", 1));
    world.run(1);
    world.add(alice, bob);
    world.run(1);
    world.allow(bob, alice, false);
    world.run(1);
    assert_eq!(world.sees(alice, bob), (Presence::Unknown, Watching::Refused));
    world.restart(alice);
    world.run(5);
    assert_eq!(world.sees(alice, bob), (Presence::Unknown, Watching::Refused));
    assert!(world.seats[bob].people.view().asking.is_empty(), "who was refused does not ask again");
    world.allow(bob, alice, true);
    world.run(1);
    assert_eq!(world.sees(alice, bob), ALLOWED);
}

#[test]
fn a_change_is_seen_with_the_first_message_that_arrives() {
    let (mut world, alice, bob) = watching("a.test", "b.test");
    for (presence, seen) in [
        (OwnPresence::Busy, Presence::Busy),
        (OwnPresence::Away, Presence::Away),
        (OwnPresence::Invisible, Presence::Offline),
        (OwnPresence::Available, Presence::Available),
    ] {
        world.run(1);
        world.with(bob, |people, line| people.set_presence(line, presence));
        let (until, before) = (world.now + std::time::Duration::from_secs(1), world.delivered);
        while world.sees(alice, bob).0 != seen {
            assert!(world.step(until), "{presence:?} is never seen");
        }
        // Two updates leave together: the first reaches the node, then the second, then the first reaches Alice.
        assert!(world.delivered - before <= 3, "{presence:?} took {} deliveries", world.delivered - before);
    }
}

#[test]
fn calls_and_idleness_are_told() {
    let (mut world, alice, bob) = watching("a.test", "a.test");
    for (in_call, idle, seen) in
        [(false, true, Presence::Away), (true, true, Presence::InCall), (false, false, Presence::Available)]
    {
        world.with(bob, |people, line| people.set_in_call(line, in_call));
        world.with(bob, |people, line| people.set_idle(line, idle));
        world.run(1);
        assert_eq!(world.sees(alice, bob).0, seen);
    }
    world.with(bob, |people, line| people.leave(line));
    world.run(1);
    assert_eq!(world.sees(alice, bob).0, Presence::Offline);
}

#[test]
fn whoever_is_no_longer_allowed_sees_nothing_more_and_the_others_go_on() {
    for bob_at in ["a.test", "b.test"] {
        let (mut world, alice, bob) = watching("a.test", bob_at);
        let carol = world.start("carol", "a.test", 1);
        world.run(1);
        world.add(carol, bob);
        world.run(1);
        world.allow(bob, carol, true);
        world.run(1);

        world.allow(bob, alice, false);
        world.run(1);
        assert_eq!(world.sees(alice, bob).0, Presence::Unknown, "{bob_at}");
        assert_eq!(world.sees(carol, bob), ALLOWED, "{bob_at}");
        world.run(10);
        assert_eq!(world.sees(alice, bob), (Presence::Unknown, Watching::Refused), "{bob_at}");
        world.with(bob, |people, line| people.set_presence(line, OwnPresence::Busy));
        world.run(10);
        assert_eq!(world.sees(alice, bob), (Presence::Unknown, Watching::Refused), "{bob_at}");
        assert_eq!(world.sees(carol, bob).0, Presence::Busy, "{bob_at}");
    }
}

#[test]
fn taking_somebody_off_the_list_ends_both_directions() {
    let (mut world, alice, bob) = watching("a.test", "a.test");
    world.allow(alice, bob, true);
    world.run(1);
    assert_eq!(world.sees(bob, alice), ALLOWED);
    let user = world.seats[alice].user.to_string();
    world.with(bob, |people, line| people.remove(line, &user));
    world.run(5);
    assert!(world.seats[bob].people.view().contacts.is_empty());
    assert_eq!(world.sees(alice, bob).0, Presence::Unknown);
    world.with(bob, |people, line| people.set_presence(line, OwnPresence::Busy));
    world.run(5);
    assert_eq!(world.sees(alice, bob).0, Presence::Unknown);
}

#[test]
fn a_program_that_ends_is_offline_at_once_and_seen_again_when_it_starts() {
    for bob_at in ["a.test", "b.test"] {
        let (mut world, alice, bob) = watching("a.test", bob_at);
        world.stop(bob);
        world.run(1);
        assert_eq!(world.sees(alice, bob).0, Presence::Offline, "{bob_at}");
        world.restart(bob);
        world.run(2);
        assert_eq!(world.sees(alice, bob), ALLOWED, "{bob_at}");
        world.with(bob, |people, line| people.set_presence(line, OwnPresence::Busy));
        world.restart(alice);
        world.run(3);
        assert_eq!(world.sees(alice, bob), (Presence::Busy, Watching::Allowed), "{bob_at}");
    }
}

#[test]
fn everything_is_as_before_when_a_node_or_a_connection_comes_back() {
    let (mut world, alice, bob) = watching("a.test", "b.test");
    for node in ["a.test", "b.test"] {
        world.restart_node(node);
        world.run(5);
        assert_eq!(world.sees(alice, bob), ALLOWED, "{node}");
    }
    world.cut(alice, &domain("b.test"));
    assert_eq!(world.sees(alice, bob).0, Presence::Unknown, "nothing is known without a way");
    world.with(bob, |people, line| people.set_presence(line, OwnPresence::Away));
    world.run(5);
    assert_eq!(world.sees(alice, bob).0, Presence::Away);
    world.cut(bob, &domain("b.test"));
    world.run(5);
    assert_eq!(world.sees(alice, bob).0, Presence::Away);
}

#[test]
fn of_several_programs_the_most_available_counts() {
    let (mut world, alice, bob) = watching("a.test", "a.test");
    let phone = world.start("bob", "a.test", 2);
    world.allow(phone, alice, true);
    world.run(2);
    world.with(phone, |people, line| people.set_presence(line, OwnPresence::Busy));
    world.run(1);
    assert_eq!(world.sees(alice, bob).0, Presence::Available);
    world.with(bob, |people, line| people.set_presence(line, OwnPresence::Away));
    world.run(1);
    assert_eq!(world.sees(alice, bob).0, Presence::Busy);
    world.stop(phone);
    world.run(1);
    assert_eq!(world.sees(alice, bob).0, Presence::Away);
    world.stop(bob);
    world.run(1);
    assert_eq!(world.sees(alice, bob).0, Presence::Offline);
}

#[test]
fn somebody_who_comes_later_is_asked_when_they_come() {
    let mut world = World::new(1, &["a.test"]);
    let alice = world.start("alice", "a.test", 1);
    world.run(1);
    world.with(alice, |people, line| people.add(line, "bob", "Bobby"));
    world.run(30);
    let bob = world.start("bob", "a.test", 1);
    world.run(90);
    assert_eq!(world.sees(alice, bob), (Presence::Unknown, Watching::Asked));
    assert_eq!(world.contact(alice, bob).person.name, "Bobby");
}

#[test]
fn whoever_was_added_by_their_address_tells_their_own_name_when_they_let_us_see_their_presence() {
    let mut world = World::new(1, &["a.test", "b.test"]);
    let (alice, bob) = (world.start("alice", "a.test", 1), world.start("bob", "b.test", 1));
    world.run(1);
    // What the search shows for somebody whose name is not known.
    world.with(alice, |people, line| people.add(line, "bob@b.test", "bob"));
    world.run(5);
    assert_eq!(world.contact(alice, bob).person.name, "bob");
    world.allow(bob, alice, true);
    world.run(5);
    assert_eq!(world.contact(alice, bob).person.name, "BOB");
    world.with(alice, |people, _| people.rename("user://b.test/bob@b.test", "Bobby"));
    world.allow(bob, alice, false);
    world.run(5);
    world.allow(bob, alice, true);
    world.run(5);
    assert_eq!(world.contact(alice, bob).person.name, "Bobby");
}

#[test]
fn a_domain_that_cannot_be_reached_leaves_its_people_unknown() {
    let mut world = World::new(1, &["a.test"]);
    let alice = world.start("alice", "a.test", 1);
    world.run(1);
    world.with(alice, |people, line| people.add(line, "bob@nowhere.test", ""));
    world.run(120);
    let view = world.seats[alice].people.view();
    assert_eq!(view.contacts[0].presence, Presence::Unknown);
    assert_eq!(view.contacts[0].person.domain, "nowhere.test");
}

#[test]
fn the_directory_finds_parts_of_names_and_other_domains_whole_addresses() {
    let mut world = World::new(1, &["a.test", "b.test"]);
    let alice = world.start("alice", "a.test", 1);
    world.start("bob", "a.test", 1);
    world.start("bob", "b.test", 1);
    world.run(1);
    for (text, directory, found) in [
        ("bo", true, &["user://a.test/bob@a.test"][..]),
        ("nobody", true, &[]),
        ("bob@b.test", true, &["user://b.test/bob@b.test"]),
        ("bob@a.test", false, &["user://a.test/bob@a.test"]),
        ("bo", false, &[]),
        ("bob@nowhere.test", true, &[]),
    ] {
        world.nodes.get_mut(&domain("a.test")).unwrap().directory = directory;
        world.with(alice, |people, line| people.find(line, text));
        assert!(world.seats[alice].people.view().search.searching, "{text}");
        world.run(40);
        let search = world.seats[alice].people.view().search;
        let users: Vec<_> = search.found.iter().map(|person| person.user.as_str()).collect();
        assert_eq!((users.as_slice(), search.searching), (found, false), "{text}");
    }
    world.with(alice, |people, line| people.find(line, ""));
    assert_eq!(world.seats[alice].people.view().search, Default::default());
}

#[test]
fn a_look_up_that_may_have_killed_an_old_node_is_not_repeated() {
    let mut world = World::new(1, &["a.test", "b.test"]);
    let (alice, bob) = (world.start("alice", "a.test", 1), world.start("bob", "b.test", 1));
    world.with(alice, |people, _| people.set_directory(&domain("b.test"), false));
    world.run(1);
    world.add(alice, bob);
    // The connection is lost while the look-up is on its way.
    while !world.is_connected(alice, &domain("b.test")) || !world.is_looking(&domain("b.test")) {
        assert!(world.step(world.now + std::time::Duration::from_secs(1)));
    }
    world.cut(alice, &domain("b.test"));
    world.looks = 0;
    world.run(3_600);
    assert_eq!(world.looks, 0);
    assert_eq!(world.sees(alice, bob), (Presence::Unknown, Watching::Waiting));
    world.add(alice, bob);
    world.run(2);
    assert_eq!(world.sees(alice, bob), (Presence::Unknown, Watching::Asked), "the user has asked for it");
}
