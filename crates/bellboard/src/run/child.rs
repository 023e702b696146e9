//! The command itself. It inherits our streams, our terminal and our process group. A stream that is no terminal already
//! passes through us, so that its last lines are known; a terminal is never put behind a pipe, because programs behave
//! differently there; unless somebody asked for the counts in what is printed.

use std::fs::File;
use std::io::{self, IsTerminal, PipeWriter};
use std::os::fd::{AsFd, BorrowedFd};
use std::process::{ExitStatus, Stdio};

use rustix::fs::fstat;
use rustix::process::{Pid, kill_process, kill_process_group};
use tokio::process::Command;
use tokio::sync::watch;

use super::found::Finder;
use super::plan::Plan;
use super::signals::Caught;
use super::tail::{self, Tail};
use crate::redact::Redactor;

/// Why the command could not begin.
#[derive(Debug)]
pub struct SpawnFault {
    /// What was to be started.
    pub program: String,
    /// In the system's words.
    pub cause: String,
    /// No such program.
    pub not_found: bool,
}

/// A running command.
pub struct Child {
    inner: tokio::process::Child,
    leads_group: bool,
    tail: Tail,
    flows: Vec<watch::Receiver<Option<u64>>>,
    redactor: Redactor,
}

impl Child {
    /// Starts the command.
    pub fn spawn(plan: &Plan) -> Result<Self, SpawnFault> {
        let program = plan.command[0].to_string_lossy().into_owned();
        Self::try_spawn(plan).map_err(|error| SpawnFault {
            program,
            cause: match error.kind() {
                io::ErrorKind::NotFound => "no such program".to_owned(),
                io::ErrorKind::PermissionDenied => "it may not be executed".to_owned(),
                _ => error.to_string(),
            },
            not_found: error.kind() == io::ErrorKind::NotFound,
        })
    }

    fn try_spawn(plan: &Plan) -> io::Result<Self> {
        let mut command = Command::new(&plan.command[0]);
        command
            .args(&plan.command[1..])
            .env("BELLBOARD_RUN", &plan.id)
            .env("BELLBOARD_URL", &plan.hub);
        match &plan.claimed {
            // Of a claim around us, the command's own run knows nothing.
            None => command
                .env_remove("BELLBOARD_FENCE")
                .env_remove("BELLBOARD_INPUTS"),
            // A worker stays behind its keyboard's Ctrl-C: what it works on goes on until it is asked itself.
            Some(claimed) => command
                .env("BELLBOARD_FENCE", claimed.fence.to_string())
                .env("BELLBOARD_INPUTS", &claimed.inputs)
                .stdin(Stdio::null())
                .process_group(0),
        };
        let tail = Tail::default();
        let flows = connect(&mut command, &tail, plan.finder.as_ref())?;
        let inner = command.spawn()?;
        // The command's ends of the pipes lie in `command`; while we hold them, no stream would ever end.
        drop(command);
        Ok(Self {
            inner,
            leads_group: plan.claimed.is_some(),
            tail,
            flows,
            redactor: plan.redactor.clone(),
        })
    }

    /// Waits for its end.
    pub async fn wait(&mut self) -> io::Result<ExitStatus> {
        self.inner.wait().await
    }

    /// Whether it stands apart from our terminal's group, as the command of a worker does.
    pub fn leads_group(&self) -> bool {
        self.leads_group
    }

    /// Hands a signal on; a command that has just ended does not mind.
    pub fn send(&self, signal: Caught) {
        let pid = self
            .inner
            .id()
            .and_then(|id| Pid::from_raw(i32::try_from(id).ok()?));
        if let Some(pid) = pid {
            let _ = if self.leads_group {
                kill_process_group(pid, signal.0)
            } else {
                kill_process(pid, signal.0)
            };
        }
    }

    /// The last lines that passed through, redacted, once everything has passed.
    pub async fn tail(self) -> Vec<String> {
        for flow in self.flows {
            tail::drained(flow).await;
        }
        self.tail
            .lines()
            .iter()
            .map(|line| self.redactor.redact(line))
            .collect()
    }
}

/// Leads the streams that are no terminals through us. Two streams into the same file share one pipe, so that their
/// lines keep their order.
fn connect(
    command: &mut Command,
    tail: &Tail,
    finder: Option<&Finder>,
) -> io::Result<Vec<watch::Receiver<Option<u64>>>> {
    let (stdout, stderr) = (io::stdout(), io::stderr());
    let ours = |is_terminal: bool| finder.is_some() || !is_terminal;
    let lead = |to: BorrowedFd<'_>, flows: &mut Vec<_>| lead(to, tail, finder, flows);
    let mut flows = Vec::new();
    if ours(stdout.is_terminal())
        && ours(stderr.is_terminal())
        && same_file(stdout.as_fd(), stderr.as_fd())
    {
        let writer = lead(stdout.as_fd(), &mut flows)?;
        command.stderr(Stdio::from(writer.try_clone()?));
        command.stdout(Stdio::from(writer));
        return Ok(flows);
    }
    if ours(stdout.is_terminal()) {
        command.stdout(Stdio::from(lead(stdout.as_fd(), &mut flows)?));
    }
    if ours(stderr.is_terminal()) {
        command.stderr(Stdio::from(lead(stderr.as_fd(), &mut flows)?));
    }
    Ok(flows)
}

fn lead(
    to: BorrowedFd<'_>,
    tail: &Tail,
    finder: Option<&Finder>,
    flows: &mut Vec<watch::Receiver<Option<u64>>>,
) -> io::Result<PipeWriter> {
    let (reader, writer) = io::pipe()?;
    flows.push(tail::pass_through(
        reader,
        File::from(to.try_clone_to_owned()?),
        tail.clone(),
        finder.map(Finder::seeker),
    ));
    Ok(writer)
}

fn same_file(one: BorrowedFd<'_>, other: BorrowedFd<'_>) -> bool {
    match (fstat(one), fstat(other)) {
        (Ok(one), Ok(other)) => (one.st_dev, one.st_ino) == (other.st_dev, other.st_ino),
        _ => false,
    }
}
