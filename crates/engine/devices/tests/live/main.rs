//! The devices against a sound server and an X server of their own.
//!
//! The first process starts both (`pulseaudio` with null sinks, `Xvfb`) and then itself again with their addresses in
//! its environment, because that is where a program finds its sound and its screen.

#[cfg(target_os = "linux")]
mod desktop;
#[cfg(target_os = "linux")]
mod painter;
#[cfg(target_os = "linux")]
mod screen;
#[cfg(target_os = "linux")]
mod sound;
#[cfg(target_os = "linux")]
mod text;

#[cfg(target_os = "linux")]
fn main() -> std::process::ExitCode {
    if painter::is_painter() {
        painter::paint().expect("the X server draws");
        return std::process::ExitCode::SUCCESS;
    }
    if !desktop::is_inside() {
        return desktop::Desktop::start().run_again_inside();
    }
    type Scenario = (&'static str, fn());
    // The last ones end the servers.
    let scenarios: [Scenario; 12] = [
        ("sound: null sinks are listed, monitors are not", sound::null_sinks_are_listed),
        (
            "sound: a played tone comes back from the speaker's monitor",
            sound::a_tone_comes_back_from_the_monitor,
        ),
        (
            "sound: a tone fed to the default microphone is heard",
            sound::a_tone_reaches_the_default_microphone,
        ),
        ("sound: an unknown device is missing", sound::an_unknown_device_is_missing),
        ("screen: a window and the cursor are in the picture", screen::a_window_and_the_cursor_are_seen),
        ("screen: our own windows are left out", screen::our_own_windows_are_left_out),
        ("screen: a window is shared, covered or not", screen::a_window_is_shared_whatever_lies_above_it),
        ("screen: a border around what is shared", screen::what_is_shared_has_a_border_that_only_we_see),
        ("screen: small text can be read soon", text::small_text_can_be_read_two_seconds_after_it_came),
        ("screen: an unknown screen is missing", screen::an_unknown_screen_is_missing),
        ("screen: a lost X server is one fault", screen::a_lost_server_is_one_fault),
        ("sound: a lost sound server is one fault", sound::a_lost_server_is_one_fault),
    ];
    for (name, scenario) in scenarios {
        println!("test {name} ...");
        scenario();
        println!("test {name} ... ok");
    }
    std::process::ExitCode::SUCCESS
}

#[cfg(not(target_os = "linux"))]
fn main() {
    eprintln!("the live test needs the null sinks of PulseAudio and Xvfb, which only Linux has");
}
