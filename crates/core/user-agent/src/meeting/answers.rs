//! The conference's Connection objects: the answers to our legs.

use confab_conference::LegKey;
use confab_rethink::{Code, Message, Observer, ObserverConfig, ObserverEvent, Outgoing, Url};
use serde_json::Value;

use super::{ANSWER_LIMIT, Happened, Meeting, Waiting};
use confab_line::Line;

impl Meeting {
    /// The conference offers its Connection object: the answer to one of our legs. False when it is somebody else's.
    pub(super) fn invited(&mut self, line: &mut Line<'_>, message: &Message, conference: &Url) -> bool {
        let object = message.from.url().and_then(|from| from.strip_suffix("/subscription"));
        let object = object.filter(|url| url.scheme() == "connection");
        if object.as_ref().is_some_and(|object| self.answers.contains_key(object)) {
            line.reply(message.response(200));
            return true;
        }
        if message.address("source").is_none_or(|source| source != *conference) {
            return false;
        }
        let Some(object) = object.filter(|_| self.answers.len() < ANSWER_LIMIT) else {
            line.reply(message.error(486, "busy"));
            return true;
        };
        line.reply(message.response(200));
        let mut answer = Observer::new(ObserverConfig {
            object: object.clone(),
            hyperty: line.hyperty.clone(),
            runtime: line.runtime.clone(),
            reporter: Some(conference.clone()),
            identity: Some(line.identity.clone()),
            access_token: None,
        });
        let begin = answer.begin();
        line.route(&begin.routes);
        if let Ok(request) = line.request(begin.subscribe) {
            self.waiting.insert(request, Waiting::Answer(object.clone()));
        }
        self.answers.insert(object, answer);
        true
    }

    /// The session is live again: what did the conference say to our legs meanwhile? Answers that were not read yet are
    /// dropped, as their legs are made anew.
    pub(super) fn resync_answers(&mut self, line: &mut Line<'_>) {
        for (url, mut answer) in std::mem::take(&mut self.answers) {
            let asked = answer.resync().and_then(|read| line.request(read).ok());
            match asked {
                Some(request) => {
                    self.waiting.insert(request, Waiting::Answer(url.clone()));
                    self.answers.insert(url, answer);
                }
                None => line.unroute(&answer.routes()),
            }
        }
    }

    pub(super) fn follow_answer(&mut self, line: &mut Line<'_>, url: &Url) -> Vec<Happened> {
        let mut happened = Vec::new();
        let Some(mut answer) = self.answers.remove(url) else { return happened };
        let mut keep = true;
        while let Some(event) = answer.poll_event() {
            match event {
                ObserverEvent::Ready | ObserverEvent::Changed { .. } | ObserverEvent::Resynced => {
                    let owner =
                        answer.data().get("answers").and_then(Value::as_str).unwrap_or_default().to_owned();
                    match self.legs.iter_mut().find(|(_, leg)| leg.is(&owner)) {
                        Some((key, leg)) => {
                            leg.read_answer(line, url, answer.data());
                            // Who was stopped by an organiser cannot share again for a while.
                            let refused =
                                answer.data().get("error").is_some_and(|error| error == "forbidden");
                            if refused && *key == LegKey::PublishScreen {
                                happened.push(self.share_refused());
                            }
                        }
                        None => keep = false,
                    }
                }
                // Only a conference that says no has no such leg any more; one that is silent may have it.
                ObserverEvent::OutOfDate { code: Code::TIMEOUT | Code::UNAVAILABLE } => {}
                ObserverEvent::Closed { .. }
                | ObserverEvent::Refused { .. }
                | ObserverEvent::OutOfDate { .. } => {
                    keep = false;
                    if let Some(leg) = self.legs.values_mut().find(|leg| leg.is_answered_by(url)) {
                        leg.fail(line);
                    }
                }
                ObserverEvent::Waiting | ObserverEvent::ChildPosted(_) | ObserverEvent::ChildEvent { .. } => {
                }
            }
        }
        while let Some(outgoing) = answer.poll_transmit() {
            match outgoing {
                Outgoing::Request(draft) => {
                    if let Ok(request) = line.request(draft) {
                        self.waiting.insert(request, Waiting::Answer(url.clone()));
                    }
                }
                Outgoing::Notify(draft) => line.send(draft),
                Outgoing::Reply(message) => line.reply(message),
            }
        }
        let orphan = !self.legs.values().any(|leg| leg.is_answered_by(url)) && answer.is_ready();
        if keep && !orphan {
            self.answers.insert(url.clone(), answer);
        } else {
            let leave = answer.leave();
            line.send(leave.unsubscribe);
            line.unroute(&leave.routes);
        }
        happened
    }
}
