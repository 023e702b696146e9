//! On a terminal the command has the terminal itself, and Ctrl-C reaches it once.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::process::{Child, Command, Stdio};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

use crate::place::{Hub, Place, until};

/// Runs a script as the leader of a session whose terminal is ours to type on.
fn on_terminal(place: &Place, script: &str) -> (File, Child) {
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&master).unwrap();
    unlockpt(&master).unwrap();
    let name = ptsname(&master, Vec::new()).unwrap().into_string().unwrap();
    // A session leader without a terminal gets the first one that it opens.
    let script = format!("exec <{name} >{name} 2>&1; {script}");
    let mut command = Command::new("setsid");
    let environment = place.bellboard(["unused"]);
    for (name, value) in environment.get_envs() {
        command.env(name, value.unwrap());
    }
    let child = command
        .args(["--wait", "sh", "-c", &script])
        .stdin(Stdio::null())
        .spawn()
        .unwrap();
    (File::from(master), child)
}

/// Reads what the terminal shows until these words are there.
fn read_until(terminal: &mut File, shown: &mut String, words: &str) {
    let mut bytes = [0; 4096];
    while !shown.contains(words) {
        let count = terminal.read(&mut bytes).unwrap_or(0);
        assert!(count > 0, "the terminal closed: {shown}");
        shown.push_str(&String::from_utf8_lossy(&bytes[..count]));
    }
}

#[test]
fn the_command_has_the_terminal_and_one_ctrl_c() {
    let place = Place::new();
    let _hub = Hub::start(&place);
    let caught = place.folder.join("caught");
    std::fs::write(
        place.folder.join("work.sh"),
        format!(
            "trap 'echo x >> {}' INT\ntest -t 0 && test -t 1 && test -t 2 && echo all terminals\n\
             while ! test -e {}; do sleep 0.05; done\nsleep 0.3\nexit 6\n",
            caught.display(),
            caught.display()
        ),
    )
    .unwrap();
    let script = format!(
        "cd {}; bellboard run --label Typed -- sh work.sh",
        place.folder.display()
    );
    let (mut terminal, mut child) = on_terminal(&place, &script);
    let mut shown = String::new();
    read_until(&mut terminal, &mut shown, "all terminals");
    read_until(&mut terminal, &mut shown, "Watching as run");
    terminal.write_all(&[3]).unwrap();
    read_until(&mut terminal, &mut shown, "Cancelled after");
    child.wait().unwrap();
    assert_eq!(
        std::fs::read_to_string(caught).unwrap(),
        "x\n",
        "one key press, one signal"
    );
    assert_eq!(place.only_run()["outcome"], "cancelled");
}

#[test]
fn colours_are_for_terminals_and_for_whoever_asks() {
    let place = Place::new();
    let _hub = Hub::start(&place);
    place.run(["run", "--quiet", "--", "true"]);
    let bare = |arguments: &[&str], variables: &[(&str, &str)]| {
        let mut command = place.bellboard(arguments);
        let output = command.envs(variables.iter().copied()).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    assert!(!bare(&["runs", "list"], &[]).contains('\u{1b}'));
    assert!(bare(&["runs", "list", "--color", "always"], &[]).contains('\u{1b}'));
    assert!(bare(&["runs", "list"], &[("CLICOLOR_FORCE", "1")]).contains('\u{1b}'));
    assert!(
        !bare(
            &["runs", "list", "--color", "never"],
            &[("CLICOLOR_FORCE", "1")]
        )
        .contains('\u{1b}')
    );

    let shown_on_terminal = |words: &str| {
        let (mut terminal, mut child) = on_terminal(&place, &format!("{words}; echo the end"));
        let mut shown = String::new();
        read_until(&mut terminal, &mut shown, "the end\r\n");
        child.wait().unwrap();
        shown
    };
    assert!(shown_on_terminal("TERM=xterm bellboard runs list").contains('\u{1b}'));
    assert!(!shown_on_terminal("NO_COLOR=1 TERM=xterm bellboard runs list").contains('\u{1b}'));
    assert!(!shown_on_terminal("TERM=dumb bellboard runs list").contains('\u{1b}'));
    until("nothing is left", || Some(()));
}
