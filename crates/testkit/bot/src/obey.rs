//! The run that does what it is told: sign in, then one intent a line from standard input, until that ends.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use confab_client::Client;
use confab_contract::Intent;
use serde::Deserialize;
use tokio::io::{AsyncBufReadExt, BufReader};

use crate::body::{Body, BodyOptions, sign_in, terminated};
use crate::join::JoinError;
use crate::stats::measure;

/// How often a line of statistics is written.
const PACE: Duration = Duration::from_millis(200);

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
    /// `{"type":"call","user":"user://…","video":true}`: what the page would have sent.
    Intent(Intent),
}

/// Signs in and obeys until standard input ends.
///
/// # Errors
/// When it cannot sign in, or is told something that is no intent.
pub async fn obey(options: ObeyOptions) -> Result<(), JoinError> {
    let Body { client, watch, surface, listener, clock, folder } = Body::start(&options.body)?;
    let signed = sign_in(&client, &watch, &options.body).await;
    let outcome = match signed {
        Ok(()) => {
            let second = |t| measure(t, &watch.now(), &surface, &listener, &options.body.tones);
            follow(&client, &options, &clock, second).await
        }
        Err(error) => Err(error),
    };
    client.close().await;
    folder.forget();
    outcome
}

async fn follow(
    client: &Client,
    options: &ObeyOptions,
    clock: &confab_driver::Clock,
    measure: impl Fn(f32) -> crate::stats::Second,
) -> Result<(), JoinError> {
    let stats = options.body.stats.clone();
    let failed = |error| JoinError::Stats(stats.clone().unwrap_or_default(), error);
    let mut file = stats.as_ref().map(File::create).transpose().map_err(failed)?.map(BufWriter::new);
    let mut orders = BufReader::new(tokio::io::stdin()).lines();
    let mut tick = tokio::time::interval(PACE);
    let mut terminated = terminated()?;
    let begin = clock();
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
                    }
                    continue;
                }
                None => return Ok(()),
            },
        }
        if let Some(file) = &mut file {
            let second = measure(clock().since(begin).as_secs_f32());
            let line = serde_json::to_string(&second).map_err(|error| failed(error.into()))?;
            writeln!(file, "{line}").and_then(|()| file.flush()).map_err(failed)?;
        }
    }
}
