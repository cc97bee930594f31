//! The run that does what it is told: sign in, then one intent a line from standard input, until that ends.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use confab_contract::Intent;
use serde::Deserialize;
use tokio::io::{AsyncBufReadExt, BufReader};

use crate::body::{Body, BodyOptions, sign_in, terminated};
use crate::join::JoinError;
use crate::stats::{Second, measure};

/// How often a line of statistics is written.
const PACE: Duration = Duration::from_millis(100);

/// How to obey.
#[derive(Args, Clone, Debug)]
pub struct ObeyOptions {
    /// Who it is, with what.
    #[command(flatten)]
    pub body: BodyOptions,
}

/// One line of standard input.
#[derive(Deserialize)]
#[serde(untagged)]
enum Order {
    /// `{"offerFile":"/path"}`: what the file dialog would have given.
    File {
        #[serde(rename = "offerFile")]
        path: PathBuf,
    },
    /// `{"mark":1}`: gaps are counted anew, and the number is in every line from then on.
    Mark { mark: u32 },
    /// `{"type":"call","user":"user://…","video":true}`: what the page would have sent.
    Intent(Intent),
}

/// Signs in and obeys until standard input ends.
///
/// # Errors
/// When it cannot sign in, or is told something that is no intent.
pub async fn obey(options: ObeyOptions) -> Result<(), JoinError> {
    let body = Body::start(&options.body)?;
    let outcome = match sign_in(&body.client, &body.watch, &options.body).await {
        Ok(()) => follow(&body, &options).await,
        Err(error) => Err(error),
    };
    body.client.close().await;
    body.folder.forget();
    outcome
}

async fn follow(body: &Body, options: &ObeyOptions) -> Result<(), JoinError> {
    let Body { client, watch, surface, listener, clock, .. } = body;
    let stats = options.body.stats.clone();
    let failed = |error| JoinError::Stats(stats.clone().unwrap_or_default(), error);
    let mut file = stats.as_ref().map(File::create).transpose().map_err(failed)?.map(BufWriter::new);
    let mut orders = BufReader::new(tokio::io::stdin()).lines();
    let mut tick = tokio::time::interval(PACE);
    let mut terminated = terminated()?;
    let begin = clock();
    let mut last_mark = 0;
    loop {
        tokio::select! {
            _ = tick.tick() => {}
            () = &mut terminated => return Ok(()),
            line = orders.next_line() => match line.map_err(failed)? {
                Some(line) if line.trim().is_empty() => continue,
                Some(line) => {
                    match serde_json::from_str(&line).map_err(|error| JoinError::Order(error.to_string()))? {
                        Order::Intent(intent) => client.dispatch(intent),
                        Order::File { path } => client.offer_file(path),
                        Order::Mark { mark } => {
                            surface.start_over();
                            listener.start_over();
                            last_mark = mark;
                        }
                    }
                    continue;
                }
                None => return Ok(()),
            },
        }
        if let Some(file) = &mut file {
            let t = clock().since(begin).as_secs_f32();
            let second = measure(t, &watch.now(), surface, listener, &options.body.tones);
            let line = serde_json::to_string(&Second { mark: last_mark, ..second });
            let line = line.map_err(|error| failed(error.into()))?;
            writeln!(file, "{line}").and_then(|()| file.flush()).map_err(failed)?;
        }
    }
}
