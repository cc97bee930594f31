//! Several accounts in one program: each with its own sessions, one of them shown.

use std::collections::BTreeMap;

use confab_contract::{AccountsView, Intent, MeetingPhase, ProblemCode, SessionPhase, SessionView, View};
use confab_line::{Neighbour, Statement};
use confab_rethink::{Domain, Flavour, Kind, Message, Url};
use confab_types::{Chance, Machine, Mono};
use confab_user_agent::{
    Connection, Grant, Input, Kept, Output, Remembered, RememberedAccount, Secret, SignInFailure, UserAgent,
};

/// A program, what it has asked for, and a world that says yes to every message.
struct Desk {
    agent: UserAgent,
    now: Mono,
    outputs: Vec<Output>,
    connections: BTreeMap<Connection, String>,
    accounts: AccountsView,
    session: Option<SessionView>,
    problems: Vec<ProblemCode>,
    meeting: MeetingPhase,
    remembered: Remembered,
    notice_muted: Option<bool>,
}

impl Desk {
    fn start(remembered: Remembered, kept: Vec<Kept>) -> Desk {
        let mut desk = Desk {
            agent: UserAgent::new(Chance::from_number(7)),
            now: Mono::ZERO,
            outputs: Vec::new(),
            connections: BTreeMap::new(),
            accounts: AccountsView::default(),
            session: None,
            problems: Vec::new(),
            meeting: MeetingPhase::Idle,
            remembered: remembered.clone(),
            notice_muted: None,
        };
        desk.tell(Input::Start { unix_ms: 0, remembered, kept });
        desk
    }

    fn tell(&mut self, input: Input) {
        self.agent.handle(self.now, input);
        self.drain();
    }

    fn pass(&mut self, millis: u64) {
        self.now = Mono::from_millis(self.now.as_millis() + millis);
        self.agent.wake(self.now);
        self.drain();
    }

    fn drain(&mut self) {
        while let Some(output) = self.agent.poll() {
            match &output {
                Output::View(View::Accounts(view)) => self.accounts = view.clone(),
                Output::View(View::Session(view)) => self.session = Some(view.clone()),
                Output::View(View::Meeting(view)) => self.meeting = view.phase,
                Output::View(View::Problems { problems }) => {
                    self.problems = problems.iter().map(|problem| problem.code).collect();
                }
                Output::View(View::Settings(view)) => self.notice_muted = Some(view.notice_muted),
                Output::Remember(remembered) => self.remembered = remembered.clone(),
                Output::Connect { connection, url, .. } => {
                    self.connections.insert(*connection, url.clone());
                }
                Output::Disconnect(connection) => drop(self.connections.remove(connection)),
                _ => {}
            }
            self.outputs.push(output);
        }
    }

    fn intend(&mut self, intent: Intent) {
        self.tell(Input::Intent(intent));
    }

    fn type_in(&mut self, server: &str, user: &str) {
        let (server, user, password) = (server.to_owned(), user.to_owned(), "secret".to_owned());
        self.intend(Intent::SignIn { server, user, password });
    }

    /// Takes every sign-in that is asked for, by account.
    fn sign_ins(&mut self) -> Vec<(u32, String, Secret)> {
        let asked = self.outputs.drain(..).filter_map(|output| match output {
            Output::SignIn { account, user, secret, .. } => Some((account, user, secret)),
            _ => None,
        });
        asked.collect()
    }

    /// Signs in whoever asks, connects and answers yes to everything.
    fn serve(&mut self, domain: &str) {
        for (account, user, _) in self.sign_ins() {
            self.tell(Input::SignedIn { account, grant: grant(domain, &user) });
        }
        for connection in self.connections.keys().copied().collect::<Vec<_>>() {
            if self.connections[&connection].contains(domain) {
                self.tell(Input::TransportUp(connection));
            }
        }
        for _ in 0..4 {
            for (connection, message) in self.sent() {
                self.tell(Input::Received(connection, message.response(200)));
            }
        }
    }

    fn sent(&mut self) -> Vec<(Connection, Message)> {
        let sent = self.outputs.drain(..).filter_map(|output| match output {
            Output::Send(connection, message) if !message.is_response() => Some((connection, message)),
            _ => None,
        });
        sent.collect()
    }

    fn phase(&self, account: u32) -> Option<SessionPhase> {
        self.accounts.accounts.iter().find(|known| known.id == account).map(|known| known.phase)
    }
}

fn grant(domain: &str, user: &str) -> Grant {
    Grant {
        domain: Domain::parse(domain).expect("a domain"),
        user: Url::parse(&format!("user://{domain}/{user}@{domain}")).expect("a url"),
        name: user.to_owned(),
        access_token: Some("token".to_owned()),
        expires_in: 600,
        refresh: Some(format!("refresh-{user}")),
        flavour: Flavour::NodeJs,
        node: format!("wss://{domain}/"),
        id_token: None,
        ice_servers: Vec::new(),
        domains: BTreeMap::new(),
    }
}

fn kept(server: &str, user: &str) -> (RememberedAccount, Kept) {
    let (server, user) = (server.to_owned(), user.to_owned());
    let installation = format!("11111111-2222-4333-8444-{:012}", user.len());
    let account =
        RememberedAccount { server: server.clone(), user: user.clone(), installation, ..Default::default() };
    (account, Kept { base: server, user, refresh: "r".to_owned() })
}

#[test]
fn all_kept_accounts_sign_in_at_the_start_and_the_one_shown_last_is_shown() {
    let [alice, bob] = [kept("https://a.local", "alice"), kept("https://b.local", "bob")];
    let remembered = Remembered {
        server: "https://b.local".to_owned(),
        user: "bob".to_owned(),
        accounts: vec![alice.0, bob.0],
        ..Remembered::default()
    };
    let mut desk = Desk::start(remembered, vec![alice.1, bob.1]);
    let asked = desk.sign_ins();
    let users: Vec<&str> = asked.iter().map(|(_, user, _)| user.as_str()).collect();
    assert_eq!(users, ["alice", "bob"]);
    assert_eq!(desk.accounts.shown, Some(asked[1].0));
    assert_eq!(desk.session.as_ref().map(|session| session.user.as_str()), Some("bob"));
}

#[test]
fn a_second_account_is_added_beside_the_first_and_each_has_a_connection_of_its_own() {
    let mut desk = Desk::start(Remembered::default(), Vec::new());
    desk.type_in("a.local", "alice");
    desk.serve("a.local");
    desk.type_in("b.local", "bob");
    assert_eq!((desk.accounts.accounts.len(), desk.accounts.shown), (2, Some(2)));
    desk.serve("b.local");
    assert_eq!((desk.phase(1), desk.phase(2)), (Some(SessionPhase::SignedIn), Some(SessionPhase::SignedIn)));
    assert_eq!(desk.connections.len(), 2);
    desk.intend(Intent::ChooseAccount { account: 1 });
    assert_eq!(desk.session.as_ref().map(|session| session.domain.as_str()), Some("a.local"));
    assert_eq!(desk.remembered.accounts.len(), 2);
    assert_ne!(desk.remembered.accounts[0].installation, desk.remembered.accounts[1].installation);
}

#[test]
fn a_sign_in_that_fails_brings_the_account_back_that_was_shown_before() {
    let mut desk = Desk::start(Remembered::default(), Vec::new());
    desk.type_in("a.local", "alice");
    desk.serve("a.local");
    desk.type_in("b.local", "bob");
    desk.tell(Input::SignInFailed { account: 2, failure: SignInFailure::Wrong });
    assert_eq!((desk.accounts.accounts.len(), desk.accounts.shown), (1, Some(1)));
    assert_eq!(desk.problems, [ProblemCode::WrongPassword]);
    assert_eq!(desk.phase(1), Some(SessionPhase::SignedIn));
}

#[test]
fn signing_one_account_out_leaves_the_other_alone() {
    let mut desk = Desk::start(Remembered::default(), Vec::new());
    desk.type_in("a.local", "alice");
    desk.serve("a.local");
    desk.type_in("b.local", "bob");
    desk.serve("b.local");
    desk.outputs.clear();
    desk.intend(Intent::SignOut { account: None });
    let gone: Vec<&Message> = desk
        .outputs
        .iter()
        .filter_map(|output| match output {
            Output::Send(_, message) => Some(message),
            _ => None,
        })
        .collect();
    assert!(gone.iter().any(|message| message.kind == Kind::Close), "{gone:?}");
    assert!(
        desk.outputs
            .iter()
            .any(|output| matches!(output, Output::ForgetSecret { user, .. } if user == "bob"))
    );
    assert_eq!((desk.accounts.shown, desk.phase(1)), (Some(1), Some(SessionPhase::SignedIn)));
    assert_eq!(desk.connections.values().collect::<Vec<_>>(), ["wss://a.local/"]);
}

#[test]
fn the_hyperty_has_the_same_address_after_a_restart() {
    let hyperty = |desk: &mut Desk| {
        let sent = desk.sent();
        let registered = sent.iter().find(|(_, message)| message.to.as_str() == "domain://registry.a.local");
        registered.and_then(|(_, message)| Some(message.value()?.get("url")?.clone()))
    };
    let mut addresses = Vec::new();
    let mut remembered = Remembered::default();
    for _ in 0..2 {
        let mut desk = Desk::start(remembered.clone(), Vec::new());
        desk.type_in("a.local", "alice");
        for (account, user, _) in desk.sign_ins() {
            desk.tell(Input::SignedIn { account, grant: grant("a.local", &user) });
        }
        let connection = *desk.connections.keys().next().expect("it connects");
        desk.tell(Input::TransportUp(connection));
        for _ in 0..2 {
            let sent = desk.sent();
            desk.outputs.clear();
            for (connection, message) in sent {
                desk.tell(Input::Received(connection, message.response(200)));
            }
        }
        addresses.push(hyperty(&mut desk));
        remembered = desk.remembered.clone();
    }
    assert!(addresses[0].is_some());
    assert_eq!(addresses[0], addresses[1]);
}

#[test]
fn the_same_user_under_another_spelling_is_one_account() {
    let mut desk = Desk::start(Remembered::default(), Vec::new());
    desk.type_in("a.local", "alice");
    desk.serve("a.local");
    desk.type_in("a.local", "Alice");
    for (account, _, _) in desk.sign_ins() {
        desk.tell(Input::SignedIn { account, grant: grant("a.local", "alice") });
    }
    assert_eq!((desk.accounts.accounts.len(), desk.accounts.shown), (1, Some(2)));
}

#[test]
fn a_call_in_a_meeting_and_a_meeting_in_a_call_are_refused() {
    let mut desk = Desk::start(Remembered::default(), Vec::new());
    desk.type_in("a.local", "alice");
    desk.serve("a.local");
    desk.intend(Intent::Call { user: "bob@b.local".to_owned(), video: false });
    desk.intend(Intent::Join { room: "4711".to_owned() });
    assert_eq!(desk.problems, [ProblemCode::AlreadyInCall]);
    desk.intend(Intent::HangUp);
    desk.intend(Intent::Join { room: "4711".to_owned() });
    assert_eq!((desk.meeting, desk.problems.len()), (MeetingPhase::Joining, 0));
    desk.intend(Intent::Call { user: "bob@b.local".to_owned(), video: false });
    assert_eq!(
        (desk.meeting, desk.problems.clone()),
        (MeetingPhase::Joining, vec![ProblemCode::AlreadyInCall])
    );
}

#[test]
fn a_call_to_another_domain_asks_where_it_is() {
    let mut desk = Desk::start(Remembered::default(), Vec::new());
    desk.type_in("a.local", "alice");
    desk.serve("a.local");
    desk.outputs.clear();
    desk.intend(Intent::Call { user: "bob@b.local".to_owned(), video: false });
    let asked = desk.outputs.iter().find_map(|output| match output {
        Output::Discover { account, domain, .. } => Some((*account, domain.to_string())),
        _ => None,
    });
    assert_eq!(asked, Some((1, "b.local".to_owned())));
}

#[test]
fn another_domain_is_shown_a_proof_made_for_it_and_our_own_is_not() {
    let mut desk = Desk::start(Remembered::default(), Vec::new());
    desk.type_in("a.local", "alice");
    let (account, ..) = desk.sign_ins().remove(0);
    let neighbour = Neighbour { url: "wss://b.local/".to_owned(), flavour: Some(Flavour::NodeJs) };
    let domains = BTreeMap::from([(Domain::parse("b.local").expect("a domain"), neighbour)]);
    let grant = Grant { id_token: Some("jwt".to_owned()), domains, ..grant("a.local", "alice") };
    desk.tell(Input::SignedIn { account, grant });
    let proofs = |desk: &Desk| -> Vec<Option<(Option<String>, Statement)>> {
        let connects = desk.outputs.iter().filter_map(|output| match output {
            Output::Connect { prove, .. } => Some(prove.clone()),
            _ => None,
        });
        connects.map(|prove| prove.map(|(with, statement)| (with.id_token, statement))).collect()
    };
    assert_eq!(proofs(&desk), [None], "our own node knows by the access token");
    let runtime = desk.outputs.iter().find_map(|output| match output {
        Output::Connect { runtime, .. } => Some(runtime.to_string()),
        _ => None,
    });
    let runtime = runtime.expect("it connects");
    desk.serve("a.local");
    desk.intend(Intent::Call { user: "bob@b.local".to_owned(), video: false });
    let statement = Statement::opening("user://a.local/alice@a.local", "b.local", &runtime);
    assert!(statement.is_opening());
    assert_eq!(proofs(&desk), [Some((Some("jwt".to_owned()), statement))]);
    let connection = desk.connections.keys().copied().max().expect("it connects");
    desk.tell(Input::Proof(connection, "signed".to_owned()));
    desk.tell(Input::TransportUp(connection));
    let open =
        desk.sent().into_iter().find(|(over, message)| *over == connection && message.kind == Kind::Open);
    let (_, open) = open.expect("it opens");
    assert_eq!((open.from.as_str(), open.text("proof")), (runtime.as_str(), Some("signed")));
    assert_eq!((open.text("idToken"), open.text("accessToken")), (None, None));
}

#[test]
fn a_guest_comes_in_by_a_name_and_nothing_is_kept_or_remembered() {
    let mut desk = Desk::start(Remembered::default(), Vec::new());
    desk.intend(Intent::SignInAsGuest { server: "a.local".to_owned(), name: " Zaphod ".to_owned() });
    let (account, user, secret) = desk.sign_ins().remove(0);
    assert_eq!((user.as_str(), secret), ("", Secret::Invented("Zaphod".to_owned())));
    let grant = Grant { refresh: None, name: "Zaphod".to_owned(), ..grant("a.local", "guest-7") };
    desk.tell(Input::SignedIn { account, grant });
    let kept = desk.outputs.iter().any(|output| matches!(output, Output::KeepSecret { .. }));
    assert!(!kept && desk.remembered == Remembered::default(), "{:?}", desk.remembered);
    desk.serve("a.local");
    assert_eq!(desk.phase(account), Some(SessionPhase::SignedIn));
    desk.intend(Intent::AddContact { user: "bob@a.local".to_owned(), name: "Bob".to_owned() });
    desk.intend(Intent::ChooseAccount { account });
    desk.intend(Intent::SignOut { account: None });
    assert_eq!((desk.remembered.clone(), desk.accounts.accounts.len()), (Remembered::default(), 0));
}

#[test]
fn a_name_that_is_refused_is_told_and_leaves_no_account() {
    let mut desk = Desk::start(Remembered::default(), Vec::new());
    desk.intend(Intent::SignInAsGuest { server: "a.local".to_owned(), name: "alice".to_owned() });
    let (account, ..) = desk.sign_ins().remove(0);
    desk.tell(Input::SignInFailed { account, failure: SignInFailure::Name("name-taken".to_owned()) });
    assert_eq!((desk.problems.clone(), desk.accounts.accounts.len()), (vec![ProblemCode::NameRefused], 0));
}

#[test]
fn that_a_muted_microphone_is_closed_is_remembered_and_told_at_the_start() {
    let mut desk = Desk::start(Remembered::default(), Vec::new());
    assert_eq!(desk.notice_muted, Some(true));
    desk.intend(Intent::SetNoticeMuted { on: false });
    assert_eq!(desk.notice_muted, Some(false));
    let written = serde_json::to_string(&desk.remembered).expect("it is written");
    let remembered: Remembered = serde_json::from_str(&written).expect("it is read");
    assert_eq!(Desk::start(remembered, Vec::new()).notice_muted, Some(false));
}

#[test]
fn a_token_of_before_a_loss_that_is_refused_is_replaced_at_once_and_a_new_one_after_a_while() {
    /// The node refuses the token of the connection that is there.
    fn refuse(desk: &mut Desk) {
        let connection = *desk.connections.keys().next().expect("it connects");
        desk.tell(Input::TransportUp(connection));
        let (connection, open) = desk.sent().into_iter().next().expect("it opens");
        desk.tell(Input::Received(connection, open.error(401, "who are you?")));
    }
    let mut desk = Desk::start(Remembered::default(), Vec::new());
    desk.type_in("a.local", "alice");
    desk.serve("a.local");
    desk.pass(10_000);
    let connection = desk.connections.pop_first().expect("it is connected").0;
    desk.tell(Input::TransportDown(connection, "gone".to_owned()));
    desk.pass(400);
    refuse(&mut desk);
    let asked = desk.sign_ins();
    assert!(matches!(asked[..], [(1, _, Secret::Refresh(_))]));
    desk.tell(Input::SignedIn { account: 1, grant: grant("a.local", "alice") });
    refuse(&mut desk);
    assert_eq!(desk.sign_ins().len(), 0, "a node that refuses everything is not asked without pause");
    desk.pass(400);
    assert_eq!(desk.sign_ins().len(), 1);
}
