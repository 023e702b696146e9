//! A machine of one's own for each test: folders, an environment without anything of the outside, and perhaps a hub.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::net::TcpSocket;

/// Longer than anything takes here; whoever waits this long has found a fault.
const PATIENCE: Duration = Duration::from_mins(1);

/// Looks again and again until there is an answer.
#[expect(
    clippy::disallowed_methods,
    reason = "a test's deadline is the machine's own"
)]
pub fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(begun.elapsed() < PATIENCE, "nothing came: {what}");
        std::thread::park_timeout(Duration::from_millis(20));
    }
}

/// The folders of one test, and a port. The folders are removed at its end, unless it failed.
pub struct Place {
    pub folder: PathBuf,
    held: TcpSocket,
}

impl Place {
    pub fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!(
            "bellboard-cli-{}-{}",
            std::process::id(),
            COUNT.fetch_add(1, Ordering::Relaxed)
        );
        let folder = std::env::temp_dir().join(name);
        // What a failed test left behind under a number that this process has got again.
        drop(fs::remove_dir_all(&folder));
        fs::create_dir_all(&folder).unwrap();
        Self {
            folder,
            held: held_port(),
        }
    }

    /// A port where nobody listens but a hub that is told of it, also while that hub is away.
    pub fn port(&self) -> String {
        self.held.local_addr().unwrap().port().to_string()
    }

    /// The command line, knowing nothing but this place.
    pub fn bellboard<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_bellboard"));
        let path = Path::new(env!("CARGO_BIN_EXE_bellboard")).parent().unwrap();
        let path = format!("{}:{}", path.display(), std::env::var("PATH").unwrap());
        command
            .env_clear()
            .env("PATH", path)
            .env("HOME", &self.folder)
            .env("USER", "mara")
            .env("LC_ALL", "C.UTF-8")
            .env("TZ", "UTC")
            .env("COLUMNS", "100")
            .args(arguments)
            .stdin(Stdio::null());
        command
    }

    /// Runs to the end.
    pub fn run<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Said {
        Said::of(self.bellboard(arguments).output().unwrap())
    }

    /// Runs to the end, which must be good, and reads the JSON on stdout.
    pub fn json(&self, arguments: &[&str]) -> Value {
        let said = self.run(arguments.iter().chain(&["--json"])).good();
        serde_json::from_str(&said.out).unwrap()
    }

    /// Every run that the hub knows, the newest first.
    pub fn runs(&self) -> Vec<Value> {
        self.json(&["runs", "list", "--limit", "100"])["items"]
            .as_array()
            .unwrap()
            .clone()
    }

    /// The only run that the hub knows.
    pub fn only_run(&self) -> Value {
        let mut runs = self.runs();
        assert_eq!(runs.len(), 1, "{runs:#?}");
        runs.remove(0)
    }

    /// The files in the spool.
    pub fn spooled(&self) -> Vec<PathBuf> {
        let Ok(entries) = fs::read_dir(self.folder.join(".local/state/bellboard/spool")) else {
            return Vec::new();
        };
        entries.map(|entry| entry.unwrap().path()).collect()
    }
}

/// A socket that never listens keeps its port from all who ask for a free one. A hub may listen there beside it, because
/// both say that they reuse the address.
fn held_port() -> TcpSocket {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_reuseaddr(true).unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    socket
}

impl Drop for Place {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            drop(fs::remove_dir_all(&self.folder));
        }
    }
}

/// What a command said, and how it ended.
#[derive(Debug)]
pub struct Said {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Said {
    pub fn of(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// The same, which must have ended well.
    #[track_caller]
    pub fn good(self) -> Self {
        assert_eq!(self.code, 0, "{self:?}");
        self
    }

    /// The words with which it ended; it must have this code and no data.
    #[track_caller]
    pub fn refused(self, code: i32) -> String {
        assert_eq!((self.code, &*self.out), (code, ""), "{}", self.err);
        self.err
    }
}

/// A running hub.
pub struct Hub {
    process: Child,
    pub url: String,
    pub link: Option<String>,
    port: String,
}

impl Hub {
    /// Starts a hub on the port of the place and waits until it listens.
    pub fn start(place: &Place) -> Self {
        Self::start_with(place, &place.port(), &[])
    }

    /// The same hub again, where it was before.
    pub fn start_again(place: &Place, before: &str) -> Self {
        Self::start_with(place, before.rsplit(':').next().unwrap(), &[])
    }

    /// A hub whose process says this to its shell before it begins.
    pub fn start_under(place: &Place, shell: &str) -> Self {
        let hub = Self::command(place, "0", &[]);
        let mut command = Command::new("sh");
        command
            .args(["-c", &format!("{shell}; exec \"$0\" \"$@\"")])
            .arg(hub.get_program())
            .args(hub.get_args())
            .stdin(Stdio::null())
            .env_clear();
        for (name, value) in hub.get_envs() {
            command.env(name, value.unwrap_or_default());
        }
        Self::started(place, command)
    }

    pub fn start_with(place: &Place, port: &str, more: &[&str]) -> Self {
        Self::started(place, Self::command(place, port, more))
    }

    fn command(place: &Place, port: &str, more: &[&str]) -> Command {
        let ready = place.folder.join("ready.json");
        drop(fs::remove_file(&ready));
        let listen = format!("127.0.0.1:{port}");
        let up = ["up", "--listen", &listen, "--ready-file"];
        let mut command = place.bellboard(up);
        command.arg(ready).args(more);
        command
    }

    fn started(place: &Place, mut command: Command) -> Self {
        let ready = place.folder.join("ready.json");
        let log = fs::File::create(place.folder.join("hub.log")).unwrap();
        let mut process = command.stdout(Stdio::null()).stderr(log).spawn().unwrap();
        let told = until("the hub listens", || {
            if let Some(status) = process.try_wait().unwrap() {
                let log = fs::read_to_string(place.folder.join("hub.log")).unwrap();
                panic!("the hub ended with {status}: {log}");
            }
            serde_json::from_str::<Value>(&fs::read_to_string(&ready).ok()?).ok()
        });
        let url = told["url"].as_str().unwrap().to_owned();
        let port = url.rsplit(':').next().unwrap().to_owned();
        Self {
            process,
            url,
            link: told["link"].as_str().map(str::to_owned),
            port,
        }
    }

    /// The process, for a signal that it does not expect.
    pub fn process_id(&self) -> u32 {
        self.process.id()
    }

    /// Ends it as Ctrl-C does, and waits.
    pub fn stop(mut self) -> String {
        signal(self.process.id(), rustix::process::Signal::TERM);
        assert_eq!(self.process.wait().unwrap().code(), Some(0));
        self.port.clone()
    }
}

impl Drop for Hub {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

/// Sends a signal to one process.
pub fn signal(process: u32, signal: rustix::process::Signal) {
    let pid = rustix::process::Pid::from_raw(i32::try_from(process).unwrap()).unwrap();
    rustix::process::kill_process(pid, signal).unwrap();
}

/// Text with everything that is another each time put aside: ids, times, spans, addresses.
pub fn settled(text: &str, hub: &str) -> String {
    let text = text.replace(hub, "http://[hub]");
    let mut clean = String::new();
    for piece in text.split_inclusive(|one: char| {
        !(one.is_ascii_alphanumeric() || matches!(one, '-' | ':' | '.'))
    }) {
        let word = piece.trim_end_matches(|one: char| {
            !(one.is_ascii_alphanumeric() || matches!(one, '-' | ':' | '.'))
        });
        let rest = &piece[word.len()..];
        let digits = |text: &str| text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
        let hexadecimal = word.len() >= 13
            && word
                .bytes()
                .all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
        clean.push_str(match word.split_once(':') {
            Some((hour, minute)) if digits(hour) && digits(minute) => "[clock]",
            _ if hexadecimal && word.contains('-') => "[id]",
            _ if word.len() == 8 && word.bytes().all(|byte| byte.is_ascii_hexdigit()) => "[id]",
            _ if word.contains('.') && word.parse::<f32>().is_ok() => "[n]",
            _ => word,
        });
        clean.push_str(rest);
    }
    clean.split_inclusive('\n').map(without_span).collect()
}

/// The line with the seconds at its end put aside: how old something is, or how long it took.
fn without_span(line: &str) -> String {
    let words = line.trim_end_matches('\n');
    let number = words
        .strip_suffix(" s")
        .and_then(|words| words.rsplit_once(' '));
    match number {
        Some((before, seconds)) if seconds.parse::<u32>().is_ok() => {
            format!("{before} [n] s{}", &line[words.len()..])
        }
        _ => line.to_owned(),
    }
}
