//! What is going to run, and what the hub will be told of its start.

use std::ffi::OsString;
use std::path::Path;

use bellboard_core::time::Timestamp;
use serde_json::{Value, json};

use super::found::Finder;
use super::{IfRunning, RunArgs};
use crate::clock;
use crate::redact::Redactor;
use crate::session::Session;
use crate::spool::Line;
use crate::wire::Claim;

/// A label longer than this is cut; the whole command stands in the run's context.
const LABEL_CHARS: usize = 120;
/// The most of the command line that is told.
const COMMAND_CHARS: usize = 2_000;

/// What the hub gave a worker with a claim.
#[derive(Debug)]
pub struct Claimed {
    /// Goes with everything that is said about the run.
    pub fence: u32,
    /// The inputs, as JSON.
    pub inputs: String,
}

/// One wrapped command.
#[derive(Debug)]
pub struct Plan {
    /// The run's id, chosen here, so that the run has a name even while its hub is away.
    pub id: String,
    /// The hub's address.
    pub hub: String,
    /// The command and its arguments.
    pub command: Vec<OsString>,
    /// The engagement as the person named it.
    pub engagement: Option<String>,
    /// What must not run twice at once.
    pub key: Option<String>,
    /// What to do when it does.
    pub if_running: IfRunning,
    /// How often a sign of life is given.
    pub heartbeat_seconds: u64,
    /// Looks for counts in what the command prints, when that was asked for.
    pub finder: Option<Finder>,
    /// Knows this environment's secrets.
    pub redactor: Redactor,
    /// What a worker was given, when the run was claimed and not started here.
    pub claimed: Option<Claimed>,
    run_type: String,
    label: String,
    command_line: String,
}

impl Plan {
    /// Makes the plan; nothing has started yet.
    pub fn new(args: RunArgs, session: &Session) -> Self {
        let redactor = Redactor::of_environment(environment());
        let command_line = clip(
            &one_line(&redactor.redact(&words(&args.command))),
            COMMAND_CHARS,
        );
        let label = args
            .label
            .unwrap_or_else(|| redactor.redact(&named_by_program(&args.command)));
        let finder = (args.progress || args.progress_regex.is_some())
            .then(|| Finder::new(args.progress_regex, args.unit));
        Self {
            id: clock::new_id().to_string(),
            hub: session.config.url.clone(),
            label: clip(&one_line(&label), LABEL_CHARS),
            command: args.command,
            engagement: args.engagement,
            key: args.key,
            if_running: args.if_running,
            heartbeat_seconds: args.heartbeat_seconds,
            finder,
            run_type: args.run_type,
            command_line,
            redactor,
            claimed: None,
        }
    }

    /// The plan of a run that was claimed: the hub knows it, and says what it is to be done with.
    pub fn of_claim(
        claim: &Claim,
        command: &[OsString],
        heartbeat_seconds: u64,
        session: &Session,
    ) -> Self {
        Self {
            id: claim.run.id.clone(),
            hub: session.config.url.clone(),
            label: claim.run.label.clone(),
            command: command.to_vec(),
            engagement: None,
            key: None,
            if_running: IfRunning::Fail,
            heartbeat_seconds,
            finder: None,
            run_type: claim.run.kind.clone(),
            command_line: String::new(),
            redactor: Redactor::of_environment(environment().chain(secrets_in(&claim.inputs))),
            claimed: Some(Claimed {
                fence: claim.fence,
                inputs: claim.inputs.to_string(),
            }),
        }
    }

    /// What people read.
    pub fn label(&self) -> &str {
        &self.label
    }

    /// The start as the hub is told, at this moment.
    pub fn start(&self, at: Timestamp) -> Line {
        let folder = std::env::current_dir()
            .map(|folder| folder.display().to_string())
            .unwrap_or_default();
        let mut input = json!({
            "id": self.id,
            "type": self.run_type,
            "label": self.label,
            "identity_mode": "nonce",
            "status": "running",
            "heartbeat_seconds": self.heartbeat_seconds,
            "started_at": at,
            "context": {"command": self.command_line, "host": host(), "folder": folder},
        });
        if let Some(key) = &self.key {
            input["inputs"] = json!({"key": key});
            input["identity_mode"] = json!("while_active");
        }
        self.line("start_run", input)
    }

    /// A further report about this run.
    pub fn report(&self, verb: &str, mut input: Value) -> Line {
        input["run_id"] = json!(self.id);
        if let Some(claimed) = &self.claimed {
            input["fence"] = json!(claimed.fence);
        }
        self.line(verb, input)
    }

    fn line(&self, verb: &str, input: Value) -> Line {
        Line {
            hub: self.hub.clone(),
            verb: verb.to_owned(),
            engagement: self.engagement.clone(),
            input,
        }
    }
}

fn environment() -> impl Iterator<Item = (String, String)> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
}

/// The texts among the inputs by the names that they have there; which of them are secrets says the redactor.
fn secrets_in(inputs: &Value) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut left = vec![(String::new(), inputs)];
    while let Some((name, value)) = left.pop() {
        match value {
            Value::String(text) => found.push((name, text.clone())),
            Value::Array(values) => left.extend(values.iter().map(|value| (name.clone(), value))),
            Value::Object(fields) => {
                left.extend(fields.iter().map(|(name, value)| (name.clone(), value)));
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
    found
}

fn words(command: &[OsString]) -> String {
    command
        .iter()
        .map(|word| word.to_string_lossy())
        .collect::<Vec<_>>()
        .join(" ")
}

/// The command as people name it: `./scripts/compare.sh --all` is `compare.sh --all`.
fn named_by_program(command: &[OsString]) -> String {
    let mut named = command.to_vec();
    if let Some(name) = Path::new(&command[0]).file_name() {
        name.clone_into(&mut named[0]);
    }
    words(&named)
}

/// Scripts given as an argument (`sh -c '...'`) have line breaks, which a label must not.
fn one_line(text: &str) -> String {
    text.split(|character: char| character.is_whitespace() || character.is_control())
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

fn clip(text: &str, chars: usize) -> String {
    if text.chars().count() <= chars {
        return text.to_owned();
    }
    let kept: String = text.chars().take(chars - 1).collect();
    format!("{}…", kept.trim_end())
}

/// The name of this machine.
pub fn host() -> String {
    rustix::system::uname()
        .nodename()
        .to_string_lossy()
        .into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_inputs_of_a_claim_are_secrets_by_their_names() {
        let inputs = json!({"target": "aster-bank", "auth": {"api_token": ["first-secret", "other-secret"]}});
        let redactor = Redactor::of_environment(secrets_in(&inputs).into_iter());
        let told = redactor.redact("aster-bank first-secret other-secret");
        assert!(told.starts_with("aster-bank "), "{told}");
        assert!(!told.contains("-secret"), "{told}");
    }

    #[test]
    fn a_command_is_named_by_its_program() {
        let command = |words: &[&str]| words.iter().map(OsString::from).collect::<Vec<_>>();
        assert_eq!(
            named_by_program(&command(&["./scripts/compare.sh", "--all"])),
            "compare.sh --all"
        );
        assert_eq!(
            one_line("sh -c for i in 1\n  2\tdo"),
            "sh -c for i in 1 2 do"
        );
        assert_eq!(clip("abcdef", 4), "abc…");
        assert_eq!(clip("abcd", 4), "abcd");
    }
}
