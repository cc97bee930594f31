//! What the system's webview needs before it starts.

/// On Linux without a GPU, WebKit composites in software: a spinner costs a core and a canvas two. Its compositor is switched off
/// there, by an environment variable that must be set before the process has threads: the program starts itself anew with it.
///
/// `CONFAB_COMPOSITING=1` leaves the compositor on.
#[cfg(target_os = "linux")]
pub fn prepare() -> std::io::Result<()> {
    use std::os::unix::process::CommandExt;

    const SWITCHES: [&str; 2] = ["WEBKIT_DISABLE_COMPOSITING_MODE", "WEBKIT_DISABLE_DMABUF_RENDERER"];
    let decided = SWITCHES.iter().all(|name| std::env::var_os(name).is_some());
    let wanted = std::env::var_os("CONFAB_COMPOSITING").is_some_and(|value| value == "1");
    if decided || wanted || has_gpu() {
        return Ok(());
    }
    let mut again = std::process::Command::new(std::env::current_exe()?);
    again.args(std::env::args_os().skip(1));
    for name in SWITCHES {
        again.env(name, "1");
    }
    // Returns only when it failed.
    Err(again.exec())
}

#[cfg(target_os = "linux")]
fn has_gpu() -> bool {
    let Ok(nodes) = std::fs::read_dir("/dev/dri") else { return false };
    nodes.flatten().any(|node| node.file_name().to_string_lossy().starts_with("renderD"))
}

/// Nothing to prepare.
#[cfg(not(target_os = "linux"))]
pub fn prepare() -> std::io::Result<()> {
    Ok(())
}
