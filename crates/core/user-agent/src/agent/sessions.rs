//! Connections and sessions: which belongs to whom, and what becomes of them.

use confab_line::{Statement, WayEvent, Wish};
use confab_rethink::{Domain, Flavour, Message, SessionEvent, Url};

use super::UserAgent;
use crate::effect::{Connection, Credentials, Output};

impl UserAgent {
    /// Carries one account's wishes out and hears what has happened to its sessions; whether there was anything.
    pub(super) fn drain_sessions(&mut self, account: u32) -> bool {
        let mut worked = false;
        loop {
            while let Some(wish) = self.next_wish(account) {
                worked = true;
                self.carry_out(account, wish);
            }
            while let Some(ask) = self.online_mut(account).and_then(|online| online.asks.poll()) {
                worked = true;
                let with = self.accounts.get(&account).and_then(|account| account.credentials(self.now));
                self.outputs.extend(with.map(|with| Output::Ask { account, with, ask }));
            }
            let (now, Some(known)) = (self.now, self.accounts.get_mut(&account)) else { return worked };
            let Some(online) = known.online.as_mut() else { return worked };
            let Some((domain, event)) = online.sessions.poll_event(now, &mut self.chance) else {
                return worked;
            };
            worked = true;
            self.way_event(account, domain, event);
        }
    }

    pub(super) fn next_wish(&mut self, account: u32) -> Option<Wish> {
        let now = self.now;
        self.online_mut(account)?.sessions.poll_wish(now)
    }

    pub(super) fn carry_out(&mut self, account: u32, wish: Wish) {
        match wish {
            Wish::Discover { domain, hint } => {
                self.outputs.push_back(Output::Discover { account, domain, hint })
            }
            Wish::Identify => self.sign_in_again(account),
            Wish::Connect { domain, flavour, url } => self.connect(account, domain, flavour, url),
            Wish::Disconnect { domain } => self.disconnect(account, &domain),
            Wish::Send { domain, message } => {
                if let Some(connection) = self.connection(account, &domain) {
                    self.outputs.push_back(Output::Send(connection, message));
                }
            }
        }
    }

    /// The connection of an account to a domain's node, open or on the way.
    pub(super) fn connection(&self, account: u32, domain: &Domain) -> Option<Connection> {
        let of = |(_, whose): &(&Connection, &(u32, Domain))| whose.0 == account && whose.1 == *domain;
        self.connections.iter().find(of).map(|(connection, _)| *connection)
    }

    pub(super) fn connect(&mut self, account: u32, domain: Domain, flavour: Flavour, url: String) {
        self.disconnect(account, &domain);
        let Some(runtime) = self.online(account).map(|online| online.runtime.clone()) else { return };
        let prove = self.proof_for(account, &domain, &runtime);
        self.last_connection += 1;
        let connection = Connection(self.last_connection);
        self.connections.insert(connection, (account, domain));
        self.outputs.push_back(Output::Connect { connection, flavour, url, runtime, prove });
    }

    /// How we say to the node of another domain who we are. Our own knows by the access token.
    fn proof_for(&self, account: u32, domain: &Domain, runtime: &Url) -> Option<(Credentials, Statement)> {
        let known = self.accounts.get(&account)?;
        let grant = &known.online.as_ref()?.grant;
        let with =
            known.credentials(self.now).filter(|with| with.id_token.is_some() && grant.domain != *domain)?;
        Some((with, Statement::opening(grant.user.as_str(), domain.as_str(), runtime.as_str())))
    }

    pub(super) fn prove(&mut self, connection: Connection, proof: String) {
        let Some((account, domain)) = self.connections.get(&connection).cloned() else { return };
        if let Some(online) = self.online_mut(account) {
            online.sessions.present(&domain, proof);
        }
    }

    pub(super) fn disconnect(&mut self, account: u32, domain: &Domain) {
        if let Some(connection) = self.connection(account, domain) {
            self.connections.remove(&connection);
            self.outputs.push_back(Output::Disconnect(connection));
        }
    }

    pub(super) fn discovered(&mut self, account: u32, domain: &Domain, node: Option<(Flavour, String)>) {
        let now = self.now;
        let Some(known) = self.accounts.get_mut(&account) else { return };
        if let Some(online) = known.online.as_mut() {
            online.sessions.discovered(now, &mut self.chance, domain, node);
        }
    }

    pub(super) fn transport_up(&mut self, connection: Connection) {
        let (now, Some((account, domain))) = (self.now, self.connections.get(&connection).cloned()) else {
            return;
        };
        if let Some(online) = self.online_mut(account) {
            online.sessions.transport_up(now, &domain);
        }
    }

    pub(super) fn received(&mut self, connection: Connection, message: Message) {
        let (now, Some((account, domain))) = (self.now, self.connections.get(&connection).cloned()) else {
            return;
        };
        if let Some(online) = self.online_mut(account) {
            online.sessions.receive(now, &domain, message);
        }
    }

    pub(super) fn transport_down(&mut self, connection: Connection) {
        let Some((account, domain)) = self.connections.remove(&connection) else { return };
        let now = self.now;
        let Some(online) = self.accounts.get_mut(&account).and_then(|known| known.online.as_mut()) else {
            return;
        };
        online.sessions.transport_down(now, &mut self.chance, &domain);
        if domain == online.grant.domain {
            online.lost(now, &mut self.chance);
        }
    }

    fn way_event(&mut self, account: u32, domain: Domain, event: WayEvent) {
        let home = self.online(account).is_some_and(|online| online.grant.domain == domain);
        let event = match event {
            WayEvent::Session(event) => event,
            WayEvent::Unreachable => {
                return self.act(account, |parts, line| parts.unreachable(line, &domain));
            }
        };
        match event {
            SessionEvent::Live { .. } => {
                if let Some(online) = self.online_mut(account).filter(|_| home) {
                    online.live();
                }
                self.act(account, |parts, line| parts.connected(line, &domain));
            }
            SessionEvent::Lost => self.act(account, |parts, line| parts.disconnected(line, &domain)),
            SessionEvent::Incoming(message) => {
                self.act(account, |parts, line| parts.incoming(line, &message))
            }
            SessionEvent::Reply { request, message, cause } => {
                self.act(account, |parts, line| parts.replied(line, request, &message, cause));
            }
            SessionEvent::Refused { .. } => self.refused(account, &domain),
            SessionEvent::RouteRefused { .. }
            | SessionEvent::Registered { .. }
            | SessionEvent::RegistrationFailed { .. }
            | SessionEvent::Closed => {}
        }
    }

    /// Our own node does not take our token. One of before the loss may have died with the node that gave it: another one is asked for
    /// at once. After one that is as new as can be there is the usual wait, so that a node that refuses everything is not asked without
    /// pause.
    fn refused(&mut self, account: u32, domain: &Domain) {
        let now = self.now;
        self.disconnect(account, domain);
        let Some(online) = self.accounts.get_mut(&account).and_then(|known| known.online.as_mut()) else {
            return;
        };
        online.sessions.home().transport_down(now);
        online.token_refused = true;
        if !online.is_outlived() {
            return online.lost(now, &mut self.chance);
        }
        // The node is there: what follows goes quickly.
        (online.tries, online.retry_at) = (0, None);
        self.sign_in_again(account);
    }

    /// Time has passed for one account.
    pub(super) fn wake_account(&mut self, account: u32) {
        let now = self.now;
        let Some(known) = self.accounts.get_mut(&account) else { return };
        if known.retry_at.is_some_and(|at| at <= now) {
            return self.sign_in_again(account);
        }
        let Some(online) = known.online.as_mut() else { return };
        online.sessions.wake(now);
        if online.retry_at.is_some_and(|at| at <= now) {
            online.retry_at = None;
            let grant = &online.grant;
            let node = (grant.domain.clone(), grant.flavour, grant.node.clone());
            match online.token_is_fresh(now) {
                true => self.connect(account, node.0, node.1, node.2),
                false => self.sign_in_again(account),
            }
        }
    }
}
