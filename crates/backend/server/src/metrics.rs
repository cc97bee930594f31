//! What is counted outside the machines, and everything in the text format of Prometheus.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use confab_media_server::MediaServerStats;

use crate::hub::Snapshot;

/// Counters of sockets and of the sign-in desk.
#[derive(Debug, Default)]
pub struct Counters {
    /// Messages that could not be read, by reason.
    malformed: Mutex<BTreeMap<&'static str, u64>>,
    /// Connections that broke or sent too big a frame.
    pub broken: AtomicU64,
    /// Connections ended because the client did not keep up.
    pub slow: AtomicU64,
    /// Sign-ins that succeeded.
    pub signed_in: AtomicU64,
    /// People let in who only said a name.
    pub guests: AtomicU64,
    /// Sign-ins that were refused.
    pub refused: AtomicU64,
    /// Sign-ins that were answered 429.
    pub throttled: AtomicU64,
}

impl Counters {
    /// One more.
    pub fn add(counter: &AtomicU64) {
        counter.fetch_add(1, Ordering::Relaxed);
    }

    /// One more message that could not be read. Reasons are constants, so there are few.
    pub fn malformed(&self, reason: &'static str) {
        *self.malformed.lock().unwrap_or_else(PoisonError::into_inner).entry(reason).or_default() += 1;
    }
}

/// What is counted of guests, files and mails.
#[derive(Clone, Copy, Debug, Default)]
pub struct WebFigures {
    /// Guests by browser who are there.
    pub guests: u64,
    /// Requests to join by a browser that were granted, and refused.
    pub joins: (u64, u64),
    /// Bytes of files of rooms, those that are still to come included.
    pub file_bytes: u64,
    /// Bytes that were stored, and given.
    pub file_traffic: (u64, u64),
    /// Requests of the file store that were refused.
    pub files_refused: u64,
    /// Mails that were sent, failed, and were over a limit.
    pub mails: (u64, u64, u64),
}

/// One scrape. Every figure is labelled with `domain`, when there is one.
pub fn page(
    domain: Option<&str>,
    counters: &Counters,
    now: &Snapshot,
    media: &MediaServerStats,
    web: &WebFigures,
) -> String {
    // A domain has no character that must be escaped in a label.
    let label = domain.map(|domain| format!("domain=\"{domain}\"")).unwrap_or_default();
    let mut page = Page { text: String::new(), label };
    page.gauge("connections", "Open WebSocket connections", now.connected() as u64);
    page.gauge("sessions", "Message-node sessions", now.node.sessions as u64);
    page.gauge("routes", "Routed addresses", now.node.routes as u64);
    page.gauge("registry_entries", "Registry entries, live or not", now.node.entries as u64);
    page.counter("messages_received_total", "Messages from clients", now.node.received);
    page.counter("messages_sent_total", "Messages to clients, copies counted", now.node.sent);
    page.counter("messages_unroutable_total", "Requests nobody received", now.node.unroutable);
    page.counter("messages_refused_total", "Messages refused by policy or limit", now.node.refused);
    let malformed = counters.malformed.lock().unwrap_or_else(PoisonError::into_inner).clone();
    page.labelled("messages_malformed_total", "Messages that could not be read", "reason", &malformed);
    let load = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
    page.counter("connections_broken_total", "Connections that broke", load(&counters.broken));
    page.counter("connections_slow_total", "Connections ended for slowness", load(&counters.slow));
    let sign_ins = BTreeMap::from([
        ("guest", load(&counters.guests)),
        ("ok", load(&counters.signed_in)),
        ("refused", load(&counters.refused)),
        ("throttled", load(&counters.throttled)),
    ]);
    page.labelled("sign_ins_total", "Sign-ins by outcome", "outcome", &sign_ins);
    page.gauge("rooms", "Open rooms", now.rooms as u64);
    page.gauge("participants", "Participants of all rooms", now.participants as u64);
    page.gauge("legs", "Media legs", media.legs);
    page.counter("media_datagrams_received_total", "Datagrams in", media.datagrams_in);
    page.counter("media_datagrams_sent_total", "Datagrams out", media.datagrams_out);
    page.counter("media_datagrams_unknown_total", "Datagrams of nobody", media.datagrams_unknown);
    page.counter("media_packets_received_total", "Media packets in", media.packets_in);
    page.counter(
        "media_packets_forwarded_total",
        "Media packets forwarded, copies counted",
        media.packets_forwarded,
    );
    page.counter("media_key_frame_requests_total", "Key frames asked for", media.key_frame_requests);
    page.counter("media_send_failures_total", "Datagrams that could not be sent", media.send_failures);
    page.gauge("browser_guests", "Guests by browser", web.guests);
    let joins = BTreeMap::from([("ok", web.joins.0), ("refused", web.joins.1)]);
    page.labelled("browser_joins_total", "Requests to join by a browser, by outcome", "outcome", &joins);
    page.gauge("file_bytes", "Bytes of files of rooms", web.file_bytes);
    page.counter("file_bytes_stored_total", "Bytes of files that were stored", web.file_traffic.0);
    page.counter("file_bytes_given_total", "Bytes of files that were given", web.file_traffic.1);
    page.counter("file_requests_refused_total", "Requests of the file store refused", web.files_refused);
    let (sent, failed, throttled) = web.mails;
    let mails = BTreeMap::from([("failed", failed), ("sent", sent), ("throttled", throttled)]);
    page.labelled("mails_total", "Invitations by mail, by outcome", "outcome", &mails);
    page.text
}

struct Page {
    text: String,
    label: String,
}

impl Page {
    fn gauge(&mut self, name: &str, help: &str, value: u64) {
        self.head(name, help, "gauge");
        self.figure(name, None, value);
    }

    fn counter(&mut self, name: &str, help: &str, value: u64) {
        self.head(name, help, "counter");
        self.figure(name, None, value);
    }

    fn labelled(&mut self, name: &str, help: &str, label: &str, values: &BTreeMap<&'static str, u64>) {
        self.head(name, help, "counter");
        for (text, value) in values {
            self.figure(name, Some(format!("{label}=\"{text}\"")), *value);
        }
    }

    fn figure(&mut self, name: &str, label: Option<String>, value: u64) {
        let labels: Vec<&str> = [self.label.as_str(), label.as_deref().unwrap_or_default()]
            .into_iter()
            .filter(|label| !label.is_empty())
            .collect();
        let labels = if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(",")) };
        self.line(format_args!("confab_{name}{labels} {value}"));
    }

    fn head(&mut self, name: &str, help: &str, kind: &str) {
        self.line(format_args!("# HELP confab_{name} {help}."));
        self.line(format_args!("# TYPE confab_{name} {kind}"));
    }

    fn line(&mut self, text: std::fmt::Arguments<'_>) {
        writeln!(self.text, "{text}").expect("writing to a String does not fail");
    }
}
