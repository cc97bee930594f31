//! The user's intents.

use confab_contract::{OwnPresence, ProblemCode};
use confab_line::Line;
use confab_rethink::Url;

use crate::address;
use crate::people::{Happened, People};
use crate::watch;

impl People {
    /// Puts somebody on the contact list and asks to see their presence. `user` is what a person types. A name that is only
    /// the beginning of the address is none: they tell their own when they let us see their presence.
    pub fn add(&mut self, line: &mut Line<'_>, user: &str, name: &str) {
        let known = address::user_url(user, &self.home).filter(|url| url != line.user);
        let Some(user) = known else { return self.trouble(ProblemCode::BadUser, user) };
        let none = address::view_of(&user, "", &self.home).name == name;
        let name = if none { "" } else { name };
        let Some(person) = self.person(&user, name) else {
            return self.trouble(ProblemCode::BadUser, user.as_str());
        };
        if !name.is_empty() {
            person.name = address::tidy(name);
        }
        self.follow_person(line, &user);
    }

    /// Shows a contact under another name; an empty one is taken from their address.
    pub fn rename(&mut self, user: &str, name: &str) {
        let person = Url::parse(user).ok().and_then(|user| self.persons.get_mut(&user));
        if let Some(person) = person {
            person.name = address::tidy(name);
            self.remember();
        }
    }

    /// Takes somebody off the list; they no longer see our presence either. They may ask again.
    pub fn remove(&mut self, line: &mut Line<'_>, user: &str) {
        let Ok(user) = Url::parse(user) else { return };
        let Some(person) = self.persons.get_mut(&user) else { return };
        for (hyperty, device) in &mut person.devices {
            watch::drop_observer(line, device);
            line.unroute(&[hyperty.registration()]);
        }
        person.on_list = false;
        let allowed = person.allowed;
        if allowed {
            self.shut_out(line, &user);
        }
        self.persons.remove(&user);
        self.remember();
        self.proceed(line);
    }

    /// Lets somebody see our presence, or no longer. Whoever is let in is put on the list too, where that can be taken back.
    pub fn allow(&mut self, line: &mut Line<'_>, user: &str, allowed: bool) {
        let Some(user) = address::user_url(user, &self.home).filter(|url| url != line.user) else {
            return self.trouble(ProblemCode::BadUser, user);
        };
        if allowed {
            self.let_in(line, &user);
            self.follow_person(line, &user);
            return;
        }
        let name = self.asking.iter().find(|asking| asking.user == user).map(|asking| asking.name.clone());
        self.shut_out(line, &user);
        if self.refused.len() < People::MAX_PEOPLE {
            self.refused.insert(user, name.unwrap_or_default());
        }
        self.remember();
        self.proceed(line);
    }

    /// What others are told while we are in no call.
    pub fn set_presence(&mut self, line: &mut Line<'_>, presence: OwnPresence) {
        if self.own.chosen != presence {
            self.own.chosen = presence;
            self.remember();
            self.own.publish(line);
        }
    }

    /// Whether a call or meeting is under way.
    pub fn set_in_call(&mut self, line: &mut Line<'_>, in_call: bool) {
        if self.own.in_call != in_call {
            self.own.in_call = in_call;
            self.own.publish(line);
        }
    }

    /// Whether nothing was touched for a while.
    pub fn set_idle(&mut self, line: &mut Line<'_>, idle: bool) {
        if self.own.idle != idle {
            self.own.idle = idle;
            self.own.publish(line);
        }
    }

    /// Tells everybody that we go, for nodes whose registry does not. The next `connected` takes it back.
    pub fn leave(&mut self, line: &mut Line<'_>) {
        self.own.leave(line);
    }

    /// Puts somebody on the list and looks for them.
    fn follow_person(&mut self, line: &mut Line<'_>, user: &Url) {
        let Some(person) = self.persons.get_mut(user) else { return };
        let new = !person.on_list;
        person.on_list = true;
        person.held = false;
        person.tries = 0;
        person.look_at = Some(line.now);
        for (hyperty, device) in &mut person.devices {
            if new {
                line.route(&[hyperty.registration()]);
            }
            if device.observer.is_none() {
                device.asks = 0;
                device.ask_at = Some(line.now);
            }
        }
        let domain = person.domain.clone();
        self.reach(line, &domain);
        self.remember();
        self.proceed(line);
    }

    pub(crate) fn trouble(&mut self, code: ProblemCode, about: &str) {
        self.happened.push_back(Happened::Trouble(code, address::tidy(about)));
    }
}
