//! A PostgreSQL server for the tests: a fresh cluster in a temporary folder, on loopback, stopped when it is dropped.
//!
//! The tests' data is worth nothing, so theirs does not sync to disk: what is tested is the hub's behaviour, not
//! PostgreSQL's durability. PostgreSQL refuses to run as root, so root lends the cluster to the user `postgres` or `nobody`.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, ExitCode, Stdio};

use anyhow::{Context, Result, bail};

use crate::shell::{must, output, step};
use crate::tools;

/// The variable that tells the tests which server to use. Set by hand, it names a server of one's own.
pub const VARIABLE: &str = "BELLBOARD_TEST_POSTGRES";

const FOLDER_PREFIX: &str = "bellboard-postgres-";
const SETTINGS: [&str; 5] = [
    "listen_addresses=127.0.0.1",
    "unix_socket_directories=",
    "max_connections=400",
    "lc_messages=C",
    "log_min_messages=warning",
];
/// For data that is worth nothing.
const UNSAFE_SETTINGS: [&str; 2] = ["fsync=off", "full_page_writes=off"];

/// Whether the server keeps what it acknowledged: tests of behaviour do without, figures of speed do not.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    None,
    Full,
}

pub struct Postgres {
    url: String,
    /// None when the server is somebody else's.
    own: Option<Own>,
}

struct Own {
    server: Child,
    folder: PathBuf,
}

/// `cargo xtask postgres`: keeps a server running until Ctrl-C, for running single tests by hand.
pub fn run() -> Result<ExitCode> {
    let mut postgres = Postgres::start(Durability::None)?;
    println!("export {VARIABLE}={}", postgres.url());
    if let Some(own) = &mut postgres.own {
        own.server.wait()?;
    }
    Ok(ExitCode::SUCCESS)
}

impl Postgres {
    /// Starts a server, or takes the one that the variable names.
    pub fn start(durability: Durability) -> Result<Self> {
        if let Ok(url) = std::env::var(VARIABLE) {
            return Ok(Self { url, own: None });
        }
        step("PostgreSQL");
        let programs = tools::postgres_programs().context("PostgreSQL is not installed")?;
        sweep();
        let folder = std::env::temp_dir().join(format!("{FOLDER_PREFIX}{}", std::process::id()));
        let owner = Owner::choose()?;
        owner.make_folder(&folder)?;
        let password = random_hex()?;
        init(&programs, &folder, &owner, &password)?;
        let port = free_port()?;
        let server = serve(&programs, &folder, &owner, port, durability)?;
        println!("listening on 127.0.0.1:{port}");
        Ok(Self {
            url: format!("postgres://postgres:{password}@127.0.0.1:{port}/postgres"),
            own: Some(Own { server, folder }),
        })
    }

    pub fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        let pid = self.server.id().to_string();
        // INT is PostgreSQL's fast shutdown: sessions are ended, and it does not wait for them.
        let told = Command::new("kill").args(["-INT", &pid]).status();
        if told.is_ok_and(|status| status.success()) {
            let _ended = self.server.wait();
        }
        let _removed = std::fs::remove_dir_all(&self.folder);
    }
}

/// Who the server runs as: nobody special, or the user that root lends it to.
struct Owner(Option<(String, String)>);

impl Owner {
    fn choose() -> Result<Self> {
        if output(Command::new("id").arg("--user"))?.trim() != "0" {
            return Ok(Self(None));
        }
        for name in ["postgres", "nobody"] {
            let user = output(Command::new("id").args(["--user", name]));
            let group = output(Command::new("id").args(["--group", name]));
            if let (Ok(user), Ok(group)) = (user, group) {
                return Ok(Self(Some((user.trim().into(), group.trim().into()))));
            }
        }
        bail!("root cannot run PostgreSQL, and there is neither a user `postgres` nor `nobody`")
    }

    fn make_folder(&self, folder: &Path) -> Result<()> {
        let mut install = Command::new("install");
        install.args(["--directory", "--mode=0700"]);
        if let Some((user, group)) = &self.0 {
            install.args(["--owner", user, "--group", group]);
        }
        must(install.arg(folder))
    }

    /// A command in the folder, as the owner. The kernel tells it to stop when xtask dies, however that happens.
    fn command(&self, program: &Path, folder: &Path) -> Command {
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "INT"]);
        if let Some((user, group)) = &self.0 {
            command.args(["--reuid", user, "--regid", group, "--clear-groups"]);
        }
        command
            .arg(program)
            .current_dir(folder)
            .stdin(Stdio::null());
        command
    }
}

fn init(programs: &Path, folder: &Path, owner: &Owner, password: &str) -> Result<()> {
    std::fs::write(folder.join("password"), password)?;
    let mut initdb = owner.command(&programs.join("initdb"), folder);
    initdb.args(["--pgdata=data", "--username=postgres", "--pwfile=password"]);
    initdb.args([
        "--auth=password",
        "--encoding=UTF8",
        "--locale=C",
        "--no-sync",
    ]);
    let ended = initdb.output().context("cannot start setpriv")?;
    if !ended.status.success() {
        bail!(
            "initdb failed: {}",
            String::from_utf8_lossy(&ended.stderr).trim()
        );
    }
    Ok(())
}

fn serve(
    programs: &Path,
    folder: &Path,
    owner: &Owner,
    port: u16,
    durability: Durability,
) -> Result<Child> {
    let mut command = owner.command(&programs.join("postgres"), folder);
    command.args(["-D", "data", "-p", &port.to_string()]);
    let lax: &[&str] = if durability == Durability::None {
        &UNSAFE_SETTINGS
    } else {
        &[]
    };
    for setting in SETTINGS.iter().chain(lax) {
        command.args(["-c", setting]);
    }
    let mut server = command
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()?;
    let words = server.stderr.take().context("the server has no stderr")?;
    let log = folder.join("log");
    match wait_until_ready(words, &log) {
        Ok(()) => Ok(server),
        Err(fault) => {
            let _ended = server.wait();
            Err(fault)
        }
    }
}

/// Reads the server's log until it says that it is ready; a thread keeps the rest.
fn wait_until_ready(words: ChildStderr, log: &Path) -> Result<()> {
    let mut words = BufReader::new(words);
    let mut said = String::new();
    while words.read_line(&mut said)? > 0 {
        if said.ends_with("ready to accept connections\n") {
            let mut log = File::create(log)?;
            std::thread::spawn(move || std::io::copy(&mut words, &mut log));
            return Ok(());
        }
    }
    bail!("PostgreSQL did not start:\n{}", said.trim())
}

/// Removes the folders that killed runs left behind.
fn sweep() {
    let Ok(entries) = std::fs::read_dir(std::env::temp_dir()) else {
        return;
    };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let Some(pid) = name
            .to_str()
            .and_then(|name| name.strip_prefix(FOLDER_PREFIX))
        else {
            continue;
        };
        if !Path::new("/proc").join(pid).exists() {
            let _removed = std::fs::remove_dir_all(entry.path());
        }
    }
}

fn free_port() -> Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

fn random_hex() -> Result<String> {
    let mut bytes = [0_u8; 16];
    File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(format!("{:032x}", u128::from_le_bytes(bytes)))
}
