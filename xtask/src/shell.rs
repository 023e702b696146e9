//! Other programs: run one, show what it says line by line on stdout, and hand its words back.
//!
//! Progress belongs on stdout because the log of a CI run is read there; a program's stderr is folded into it.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

/// The repository's root: the folder above xtask's own manifest.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("xtask lies in a folder of the repository")
}

/// Where cargo puts what it builds; what xtask installs lies in `tools` below it.
pub fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// The folder of what xtask installs for itself and for the tests.
pub fn tools() -> PathBuf {
    target().join("tools")
}

/// The cargo that runs this xtask, in the repository's root. Whoever started us in the background may ignore Ctrl-C; the
/// tests of signals must not inherit that.
pub fn cargo(arguments: &[&str]) -> Command {
    let mut command = Command::new("env");
    command
        .arg("--default-signal=INT,QUIT")
        .arg(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(arguments)
        .current_dir(root());
    command
}

/// git in the repository's root, also when the clone belongs to another user than the one who runs xtask.
pub fn git(arguments: &[&str]) -> Command {
    let mut command = Command::new("git");
    command
        .args(["-c", "safe.directory=*"])
        .args(arguments)
        .current_dir(root());
    command
}

/// A heading in the log.
pub fn step(words: &str) {
    println!("== {words}");
}

/// Whether a program of this name can be started.
pub fn exists(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

/// Runs the program to its end, its words going through to the log. Gives whether it succeeded.
pub fn succeeds(command: &mut Command) -> Result<bool> {
    let status = command
        .stdin(Stdio::null())
        .status()
        .with_context(|| format!("cannot start {}", command.get_program().display()))?;
    Ok(status.success())
}

/// Runs the program and refuses to go on if it failed.
pub fn must(command: &mut Command) -> Result<()> {
    let held = succeeds(command)?;
    ensure!(held, "failed: {}", words(command));
    Ok(())
}

/// Runs the program quietly and gives what it wrote to stdout; refuses if it failed, with its stderr.
pub fn output(command: &mut Command) -> Result<String> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("cannot start {}", command.get_program().display()))?;
    ensure!(
        output.status.success(),
        "failed: {}\n{}",
        words(command),
        String::from_utf8_lossy(&output.stderr).trim()
    );
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Runs the program, prints each line of its stdout and stderr as it comes, and shows each to `see`.
/// Gives whether the program succeeded.
pub fn watch(command: &mut Command, mut see: impl FnMut(&str)) -> Result<bool> {
    let (reader, writer) = std::io::pipe().context("cannot make a pipe")?;
    command
        .stdin(Stdio::null())
        .stdout(writer.try_clone()?)
        .stderr(writer);
    let mut child = command
        .spawn()
        .with_context(|| format!("cannot start {}", command.get_program().display()))?;
    // The command still holds the pipe's writing end; without letting go of it the pipe would never end.
    command.stdout(Stdio::null()).stderr(Stdio::null());
    for line in BufReader::new(reader).split(b'\n') {
        let line = line?;
        let line = String::from_utf8_lossy(&line);
        println!("{line}");
        see(&line);
    }
    Ok(child.wait()?.success())
}

fn words(command: &Command) -> String {
    std::iter::once(command.get_program())
        .chain(command.get_args())
        .map(|word| word.to_string_lossy())
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sh(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn both_streams_are_seen_line_by_line_in_their_order() {
        let mut seen = Vec::new();
        let held = watch(
            &mut sh("echo one; echo two >&2; printf three; exit 3"),
            |line| seen.push(line.to_owned()),
        );
        assert!(!held.expect("sh can be started"));
        assert_eq!(seen, ["one", "two", "three"]);
    }

    #[test]
    fn a_failure_is_told_with_the_words_of_the_program() {
        assert_eq!(
            output(&mut sh("echo fine; echo noise >&2")).expect("it succeeds"),
            "fine\n"
        );
        let fault = output(&mut sh("echo broken >&2; exit 1")).expect_err("it fails");
        assert!(fault.to_string().ends_with("\nbroken"), "{fault}");
        assert!(must(&mut sh("exit 1")).is_err());
    }

    #[test]
    fn a_program_that_is_not_there_is_an_error_and_no_failure() {
        assert!(!exists("no-such-program"));
        let fault = succeeds(&mut Command::new("no-such-program")).expect_err("it cannot start");
        assert_eq!(fault.to_string(), "cannot start no-such-program");
    }
}
