//! A sound server and an X server for one test run.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, ExitCode, Stdio};
use std::{env, fs, process};

const INSIDE: &str = "CONFAB_LIVE_TEST_X_SERVER";

/// Whether this process was started with both servers in its environment.
pub fn is_inside() -> bool {
    env::var_os(INSIDE).is_some()
}

/// Ends the X server of this desktop.
pub fn end_x_server() {
    let number = env::var(INSIDE).expect("only called inside");
    assert!(Command::new("kill").arg(number).status().is_ok_and(|status| status.success()));
}

/// Ends the sound server of this desktop.
pub fn end_sound_server() {
    assert!(Command::new("pulseaudio").arg("--kill").status().is_ok_and(|status| status.success()));
}

/// Both servers; ended when dropped.
pub struct Desktop {
    folder: PathBuf,
    x_server: Child,
    display: String,
}

impl Desktop {
    /// Starts both and returns when they answer.
    pub fn start() -> Desktop {
        let folder = env::temp_dir().join(format!("confab-devices-{}", process::id()));
        fs::create_dir_all(&folder).expect("the temporary folder is writable");
        let (x_server, display) = start_x_server();
        let desktop = Desktop { folder, x_server, display };
        desktop.start_sound_server();
        desktop
    }

    /// Runs this program again with the servers in its environment.
    pub fn run_again_inside(self) -> ExitCode {
        let program = env::current_exe().expect("the test runs from a file");
        let mut command = Command::new(program);
        self.with_sound(&mut command)
            .env("DISPLAY", &self.display)
            .env(INSIDE, self.x_server.id().to_string());
        let status = command.status().expect("the test starts again");
        if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }

    fn with_sound<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        let socket = self.folder.join("pulse/native");
        command
            .env("XDG_RUNTIME_DIR", &self.folder)
            .env("PULSE_RUNTIME_PATH", self.folder.join("pulse"))
            .env("PULSE_SERVER", format!("unix:{}", socket.display()))
            .env_remove("WAYLAND_DISPLAY")
    }

    /// As a daemon, `pulseaudio` returns when it answers. It ends by itself should the test be killed.
    fn start_sound_server(&self) {
        let pulse = self.folder.join("pulse");
        fs::create_dir_all(&pulse).expect("the folder is ours");
        for folder in [&self.folder, &pulse] {
            let private = <fs::Permissions as std::os::unix::fs::PermissionsExt>::from_mode(0o700);
            fs::set_permissions(folder, private).expect("the folder is ours");
        }
        let socket = pulse.join("native");
        let script = format!(
            ".fail\n\
             load-module module-native-protocol-unix auth-anonymous=1 socket={}\n\
             load-module module-null-sink sink_name=spk rate=48000 channels=2\n\
             load-module module-null-sink sink_name=micfeed rate=48000 channels=1\n\
             load-module module-remap-source master=micfeed.monitor source_name=mic\n\
             set-default-sink spk\n\
             set-default-source mic\n",
            socket.display()
        );
        let file = self.folder.join("live.pa");
        fs::write(&file, script).expect("the folder is ours");
        let mut command = Command::new("pulseaudio");
        self.with_sound(&mut command).env_remove("PULSE_SERVER");
        command.args(["-n", "--daemonize=yes", "--exit-idle-time=60", "--log-level=error", "-F"]).arg(&file);
        let status = command.status().expect("`pulseaudio` starts; it belongs to the set-up of the tests");
        assert!(status.success(), "pulseaudio ended with {status}");
    }
}

impl Drop for Desktop {
    fn drop(&mut self) {
        // Either may have been ended by the test itself.
        let mut command = Command::new("pulseaudio");
        self.with_sound(&mut command).env_remove("PULSE_SERVER");
        let _ = command.args(["--kill", "--log-level=error"]).stderr(Stdio::null()).status();
        let _ = self.x_server.kill();
        let _ = self.x_server.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// `-displayfd` lets the server choose a free number and tell it when it answers.
fn start_x_server() -> (Child, String) {
    let mut server = Command::new("Xvfb")
        .args(["-displayfd", "1", "-screen", "0", "641x361x24", "-nolisten", "tcp", "-noreset"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("`Xvfb` starts; it belongs to the set-up of the tests");
    let mut number = String::new();
    let output = server.stdout.take().expect("it is piped");
    BufReader::new(output).read_line(&mut number).expect("Xvfb tells its display");
    assert!(!number.trim().is_empty(), "Xvfb ended before it told its display");
    (server, format!(":{}", number.trim()))
}
