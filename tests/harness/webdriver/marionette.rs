//! The commands of WebDriver as Firefox takes them itself, without a driver beside it: JSON over TCP, each message with
//! its length before it (Firefox's remote protocol, Marionette, version 3).

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};

use super::{PATIENCE, Wire};
use crate::wait::{Trouble, eventually};

/// The longest answer that is read, bytes: a picture of a large page.
const LIMIT: usize = 64 << 20;

/// A session at a browser.
pub(super) struct Marionette(Mutex<Talk>);

/// One question at a time.
struct Talk {
    stream: BufReader<TcpStream>,
    asked: u64,
}

impl Marionette {
    /// Waits for a browser that was started with this port, and begins.
    pub(super) fn open(port: u16) -> Result<Marionette, Trouble> {
        let stream = eventually(PATIENCE, "the browser answers", || {
            let mut stream = BufReader::new(TcpStream::connect(("127.0.0.1", port)).ok()?);
            stream.get_ref().set_read_timeout(Some(Duration::from_secs(60))).ok()?;
            // It says who it is, unless it is not ready.
            read(&mut stream).ok().map(|_| stream)
        })?;
        let marionette = Marionette(Mutex::new(Talk { stream, asked: 0 }));
        marionette.ask("WebDriver:NewSession", &json!({}))?;
        Ok(marionette)
    }

    fn ask(&self, command: &str, parameters: &Value) -> Result<Value, Trouble> {
        let mut talk = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        talk.asked += 1;
        let question = json!([0, talk.asked, command, parameters]).to_string();
        write!(talk.stream.get_mut(), "{}:{question}", question.len())?;
        let answer = read(&mut talk.stream)?;
        match &answer[2] {
            Value::Null => Ok(answer[3].clone()),
            error => Err(Trouble::Strange(format!("{command}: {}: {}", error["error"], error["message"]))),
        }
    }
}

impl Wire for Marionette {
    fn get(&self, path: &str) -> Result<Value, Trouble> {
        match path {
            "/screenshot" => {
                let picture = self.ask("WebDriver:TakeScreenshot", &json!({ "full": false }))?;
                Ok(picture["value"].clone())
            }
            _ => Err(unknown(path)),
        }
    }

    fn post(&self, path: &str, body: &Value) -> Result<Value, Trouble> {
        let mut body = body.clone();
        let command = match path.split('/').skip(1).collect::<Vec<_>>()[..] {
            ["execute", "sync"] => "ExecuteScript",
            ["url"] => "Navigate",
            ["actions"] => "PerformActions",
            ["element"] => "FindElement",
            ["element", id, what] => {
                body["id"] = json!(id);
                match what {
                    "click" => "ElementClick",
                    "clear" => "ElementClear",
                    "value" => "ElementSendKeys",
                    _ => return Err(unknown(path)),
                }
            }
            _ => return Err(unknown(path)),
        };
        let mut answer = self.ask(&format!("WebDriver:{command}"), &body)?;
        Ok(answer["value"].take())
    }

    fn end(&self) {
        // It may be gone already.
        _ = self.ask("Marionette:Quit", &json!({ "flags": ["eForceQuit"] }));
    }
}

fn unknown(path: &str) -> Trouble {
    Trouble::Strange(format!("this browser is not asked for {path}"))
}

/// `17:{"some":"json"}`
fn read(stream: &mut impl BufRead) -> Result<Value, Trouble> {
    let mut length = Vec::new();
    stream.take(20).read_until(b':', &mut length)?;
    let length = length.strip_suffix(b":").and_then(|digits| str::from_utf8(digits).ok()?.parse().ok());
    let length = length
        .filter(|length| *length <= LIMIT)
        .ok_or_else(|| Trouble::Strange("the browser breaks its own rules".to_owned()))?;
    let mut text = vec![0; length];
    stream.read_exact(&mut text)?;
    serde_json::from_slice(&text).map_err(|error| Trouble::Strange(format!("the browser says {error}")))
}
