//! Files: offered, fetched, given up; and what the file transfer says of them.

use std::path::Path;

use confab_contract::{Delivery, ProblemCode};
use confab_line::Line;
use confab_media_model::{FileFact, FileId, FilePlan};
use confab_rethink::{Body, Child, new_guid};
use confab_types::LegId;
use serde_json::Value;

use super::saying::{Aim, withdrawal};
use super::{Conversation, Happened, SayError};
use crate::files::{Cancelled, Outcome};
use crate::side::Side;

impl Conversation {
    /// Offers a file: it is hashed first, then told to the others. The path is the user's choice.
    ///
    /// # Errors
    /// When it is over, or too many are offered already.
    pub fn offer_file(&mut self, line: &mut Line<'_>, path: &Path) -> Result<(), SayError> {
        self.check_open()?;
        if !self.files.has_room() {
            return Err(SayError::TooMuch);
        }
        let file = FileId::parse(&new_guid(line.chance).to_string()).expect("a GUID is a file id");
        let id = match self.side {
            // The room posts it under the file's own name.
            Side::Room(_) => file.as_str().to_owned(),
            Side::Owner(_) | Side::Guest(_) => self.next_id(line.unix_ms),
        };
        self.files.prepare(&id, file, path, line.runtime);
        self.show_own(line, &id, None, Aim::default());
        Ok(())
    }

    /// Fetches an offered file. `file` is a [`confab_contract::FileView`]'s id.
    pub fn fetch_file(&mut self, line: &mut Line<'_>, file: &str) {
        if !self.closed && !self.files.fetch(line, file) {
            let details = "there is no channel to the other side";
            self.trouble(Some(ProblemCode::FileFailed), file, details);
        }
    }

    /// Stops sending or fetching a file.
    pub fn cancel_file(&mut self, line: &mut Line<'_>, file: &str) {
        if self.files.cancel(file) == Cancelled::Withdrawn {
            self.outbox.remove(file);
            line.send(withdrawal(line.hyperty, &self.object, file));
        }
    }

    /// The leg whose channel carries files, as soon as it is planned; `None` when there is none.
    pub fn set_leg(&mut self, leg: Option<LegId>) {
        self.files.set_leg(leg);
    }

    /// What is wanted of files.
    pub fn file_plan(&self) -> FilePlan {
        if self.closed { FilePlan::default() } else { self.files.plan() }
    }

    /// What is true of files.
    pub fn file_fact(&mut self, line: &mut Line<'_>, fact: FileFact) {
        let outcome = self.files.fact(fact);
        self.file_outcome(line, outcome);
    }

    /// How far receivers of a file of ours are, as the room says: `{file, receivers: {p3: bytes, …}}`.
    pub fn file_progress(&mut self, value: &Value) {
        let file = value.get("file").and_then(Value::as_str);
        let receivers = value.get("receivers").and_then(Value::as_object);
        let (Some(file), Some(receivers)) = (file, receivers) else { return };
        let of = |(key, bytes): (&String, &Value)| Some((key.clone(), bytes.as_u64()?));
        self.files.progress(file, receivers.iter().filter_map(of));
    }

    pub(super) fn file_outcome(&mut self, line: &mut Line<'_>, outcome: Outcome) {
        match outcome {
            Outcome::Shown => {}
            Outcome::Ready(id, offer) => {
                let child = self.file_child(line, &id, offer.to_body());
                self.post(line, child);
            }
            Outcome::Failed(id, code, details) => {
                self.set_delivery(&id, Delivery::Failed);
                self.trouble(code, &id, &details);
            }
            Outcome::Locked => {
                let object = self.object.clone();
                if let Some(room) = self.room() {
                    room.store_refused(line, &object);
                }
            }
        }
    }

    pub(super) fn trouble(&mut self, code: Option<ProblemCode>, file: &str, details: &str) {
        let about = self.files.view(file).map(|file| file.name).unwrap_or_default();
        if let Some(code) = code {
            self.happen(Happened::Trouble { code, about, details: details.to_owned() });
        }
    }

    fn file_child(&self, line: &Line<'_>, id: &str, value: Body) -> Child {
        let mut child = Child::new(id, line.hyperty, &self.object, value);
        child.value.insert("created".into(), line.stamp.as_str().into());
        child
    }
}
