//! A sound server without hardware: a speaker that is recorded and a microphone that is fed.

use std::f32::consts::TAU;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::ear::Ear;
use crate::process::{Process, command};
use crate::wait::{Trouble, eventually};

/// Samples per second of everything here.
pub const RATE: u32 = 48_000;

/// PulseAudio with the speaker `spk` and the microphone `mic`, which hears what is played into `micfeed`.
#[derive(Debug)]
pub struct Sound {
    runtime: PathBuf,
    folder: PathBuf,
    _server: Process,
}

/// Speaks into the microphone as long as it lives.
pub struct Voice {
    _player: Process,
}

impl Sound {
    /// Starts the server with its socket below `folder`.
    pub fn start(folder: &Path) -> Result<Sound, Trouble> {
        let runtime = folder.join("run");
        std::fs::create_dir_all(runtime.join("pulse"))?;
        let sound = |server| Sound { runtime: runtime.clone(), folder: folder.to_owned(), _server: server };
        let script = folder.join("sound.pa");
        std::fs::write(&script, script_for(&runtime.join("pulse/native")))?;
        let mut pulseaudio = command("pulseaudio");
        pulseaudio
            .args(["-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no", "-F"])
            .arg(&script);
        pulseaudio.envs(environment(&runtime)).env("HOME", folder).stdin(Stdio::null()).stdout(Stdio::null());
        let mut server = Process::start("pulseaudio", folder, &mut pulseaudio)?;
        eventually(Duration::from_secs(30), "a sound server answers", || {
            if let Err(trouble) = server.check() {
                return Some(Err(trouble));
            }
            let mut pactl = Command::new("pactl");
            pactl.arg("info").envs(environment(&runtime)).stdout(Stdio::null()).stderr(Stdio::null());
            pactl.status().is_ok_and(|status| status.success()).then_some(Ok(()))
        })??;
        Ok(sound(server))
    }

    /// What a program needs to find this server.
    pub fn environment(&self) -> Vec<(&'static str, PathBuf)> {
        environment(&self.runtime)
    }

    /// Listens to the speaker from now on.
    pub fn listen(&self) -> Result<Ear, Trouble> {
        let mut parec = command("parec");
        parec.args([
            "--device=spk.monitor",
            "--raw",
            "--rate=48000",
            "--channels=1",
            "--format=s16le",
            "--latency-msec=20",
        ]);
        parec.envs(self.environment()).stdin(Stdio::null()).stdout(Stdio::piped());
        Ok(Ear::new(Process::start("parec", &self.folder, &mut parec)?))
    }

    /// Says a tone into the microphone, 12 dB below full scale.
    pub fn speak(&self, hertz: f32) -> Result<Voice, Trouble> {
        self.play("micfeed", hertz)
    }

    /// Plays a tone into a sink.
    pub(crate) fn play(&self, sink: &str, hertz: f32) -> Result<Voice, Trouble> {
        let mut pacat = command("pacat");
        pacat.args([
            "--playback",
            "--device",
            sink,
            "--raw",
            "--rate=48000",
            "--channels=1",
            "--format=s16le",
        ]);
        pacat.arg("--latency-msec=40").envs(self.environment()).stdin(Stdio::piped()).stdout(Stdio::null());
        let mut player = Process::start("pacat", &self.folder, &mut pacat)?;
        let Some(mut pipe) = player.stdin() else {
            return Err(Trouble::Strange("pacat has no input".to_owned()));
        };
        // Writing waits until the player wants more, and fails when it is gone: the end of the thread.
        std::thread::spawn(move || {
            let mut at = 0u64;
            loop {
                let block: Vec<u8> = (at..at + 480).flat_map(|at| sample(hertz, at).to_le_bytes()).collect();
                at += 480;
                if pipe.write_all(&block).is_err() {
                    break;
                }
            }
        });
        Ok(Voice { _player: player })
    }
}

fn sample(hertz: f32, at: u64) -> i16 {
    // Whole periods are taken off first: a large phase has no precision left.
    let phase = (at as f64 * f64::from(hertz) / f64::from(RATE)).fract() as f32;
    ((phase * TAU).sin() * 0.25 * f32::from(i16::MAX)) as i16
}

fn environment(runtime: &Path) -> Vec<(&'static str, PathBuf)> {
    let server = format!("unix:{}", runtime.join("pulse/native").display());
    vec![
        ("XDG_RUNTIME_DIR", runtime.to_owned()),
        ("PULSE_RUNTIME_PATH", runtime.join("pulse")),
        ("PULSE_SERVER", server.into()),
    ]
}

fn script_for(socket: &Path) -> String {
    let mut script = String::from(".fail\n");
    _ = writeln!(
        script,
        "load-module module-native-protocol-unix auth-anonymous=1 socket={}",
        socket.display()
    );
    script.push_str(
        "load-module module-null-sink sink_name=spk rate=48000 channels=2\n\
         load-module module-null-sink sink_name=micfeed rate=48000 channels=1\n\
         load-module module-remap-source master=micfeed.monitor source_name=mic\n\
         set-default-sink spk\n\
         set-default-source mic\n",
    );
    script
}
