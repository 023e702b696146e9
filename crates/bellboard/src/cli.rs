//! The command line as people type it, and the way from there to each command.

use std::process::ExitCode;

use anyhow::{Context as _, Result};
use clap::{Args, Parser, Subcommand, ValueEnum};
use tokio::runtime::Builder;

use crate::agents::{self, AgentsCommand};
use crate::artifacts::{self, ArtifactsCommand};
use crate::ask::{self, AskArgs};
use crate::asks::{self, AsksCommand};
use crate::bells::{self, BellsCommand};
use crate::cleanup::{self, CleanupArgs};
use crate::completions::{self, Target};
use crate::dashboards::{self, DashboardsCommand, PushArgs};
use crate::deliveries::{self, DeliveriesCommand};
use crate::demo::{self, DemoCommand};
use crate::doctor;
use crate::domains::{self, DomainsCommand};
use crate::engagements::{self, EngagementsCommand};
use crate::log;
use crate::login_link;
use crate::mcp;
use crate::needs::{self, AcceptArgs, DoneArgs, ItemArgs, RejectArgs, SnoozeArgs};
use crate::output::{Form, Output, print_json};
use crate::progress::{self, ProgressArgs};
use crate::register::{self, RegisterArgs};
use crate::repos::{self, ReposCommand};
use crate::run::{self, RunArgs};
use crate::runs::{self, RunsCommand};
use crate::session::Session;
use crate::snapshot::{self, SnapshotArgs};
use crate::state::{self, StateArgs};
use crate::status::{self, StatusArgs};
use crate::stop;
use crate::sync::{self, SyncArgs};
use crate::tasks::{self, TasksCommand};
use crate::token::{self, TokenCommand};
use crate::up::{self, UpArgs};
use crate::worker::{self, WorkerArgs};
use crate::workstreams::{self, WorkstreamsCommand};

const EXAMPLES: &str = "\
Examples:
  bellboard up --demo                                  Try it: a hub with living demo data
  bellboard run --label \"Nightly build\" -- make all    Watch any command
  bellboard status                                     What needs you, what runs, what ended";

const ACCEPT: &str = "\
Examples:
  bellboard accept 0d3f9a11                    The way that leads on: confirm, commit, accept, acknowledge
  bellboard accept 51c0de42 --option yes       Answer a question
  bellboard reject 0d3f9a11 --note \"No legacy\"  Send it back, and say why";

const SYNC: &str = "\
Examples:
  bellboard sync                     The repository that you are in
  bellboard sync --dry-run ~/src/*   What would happen, of each; nothing is written
  bellboard sync --write-back        Ids and newer statuses into the files, as a commit

Ends with 0 if all is well, 2 if something should be looked at, 1 if something was not read.";

/// One board for what is running, what needs you and what just finished.
#[derive(Debug, Parser)]
#[command(name = "bellboard", version, before_help = EXAMPLES, max_term_width = 100, disable_help_subcommand = true, propagate_version = true)]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Args)]
struct Global {
    /// Data as JSON, with the API's own schema; one document per line
    #[arg(long, global = true, conflicts_with = "plain", help_heading = "Output")]
    json: bool,
    /// Data as tab-separated lines
    #[arg(long, global = true, help_heading = "Output")]
    plain: bool,
    /// Only data and errors
    #[arg(long, short, global = true, help_heading = "Output")]
    quiet: bool,
    /// Colours: auto, always or never; auto hears NO_COLOR, CLICOLOR_FORCE and the terminal
    #[arg(
        long,
        global = true,
        value_enum,
        default_value = "auto",
        value_name = "WHEN",
        hide_possible_values = true,
        hide_default_value = true,
        help_heading = "Output"
    )]
    color: Color,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Color {
    /// When a terminal reads it; NO_COLOR and CLICOLOR_FORCE are heard
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Start the hub
    Up(UpArgs),
    /// Run a command and report how it goes and ends
    Run(RunArgs),
    /// Do the runs that were started from the board: wait for one, run a command, report, again
    Worker(WorkerArgs),
    /// From inside of a run: say how far it is
    Progress(ProgressArgs),
    /// Ask a person, and wait for the answer
    Ask(AskArgs),
    /// What needs you, what is active, what finished
    Status(StatusArgs),
    /// Take what waits for you as it is: confirm, commit, accept; or answer a question
    #[command(before_help = ACCEPT)]
    Accept(AcceptArgs),
    /// Send what waits for you back, with the reason
    Reject(RejectArgs),
    /// Say that you have dealt with a run that did not end well
    Done(DoneArgs),
    /// Hide something that waits for you, for a while
    Snooze(SnoozeArgs),
    /// Take a decision back while it can be, or show what you had hidden
    Undo(ItemArgs),
    /// List, show, follow, report on and end runs
    #[command(subcommand)]
    Runs(RunsCommand),
    /// Upload, download, list and show what was made
    #[command(subcommand)]
    Artifacts(ArtifactsCommand),
    /// List what people were asked, and take a question back
    #[command(subcommand)]
    Asks(AsksCommand),
    /// The planned work at a glance: what there is, what is stuck, what is next
    Summary(StateArgs),
    /// What follows from decisions that were made and dependencies that are cleared
    NextSteps(StateArgs),
    /// List, add, rename and archive fields of work
    #[command(subcommand)]
    Domains(DomainsCommand),
    /// List, add and archive the repositories of domains
    #[command(subcommand)]
    Repos(ReposCommand),
    /// Take, update and flag planned tasks
    #[command(subcommand)]
    Tasks(TasksCommand),
    /// List, show and close planned workstreams
    #[command(subcommand)]
    Workstreams(WorkstreamsCommand),
    /// Cancel the open tasks of closed workstreams, or take that back
    CleanupStale(CleanupArgs),
    /// Saved questions: list, add, show, push to, compare, take snapshots
    #[command(subcommand)]
    Dashboards(DashboardsCommand),
    /// Put the rows of a file in place of those of a dashboard
    Push(PushArgs),
    /// List, add, try and mute who is told of a dashboard
    #[command(subcommand)]
    Bells(BellsCommand),
    /// List what bells sent, and send again what was given up
    #[command(subcommand)]
    Deliveries(DeliveriesCommand),
    /// Take the snapshots that are due, for a timer of your own
    Snapshot(SnapshotArgs),
    /// Tell the hub of a repository, and its agents of the hub
    Register(RegisterArgs),
    /// Read the plan files of repositories into the hub
    #[command(before_help = SYNC)]
    Sync(SyncArgs),
    /// The engagements that you belong to
    #[command(subcommand)]
    Engagements(EngagementsCommand),
    /// The programs that you answer for
    #[command(subcommand)]
    Agents(AgentsCommand),
    /// A link that signs you in to the pages, once
    LoginLink,
    /// Keys for programs and agents
    #[command(subcommand)]
    Token(TokenCommand),
    /// Reports that wait for their hub
    #[command(subcommand)]
    Spool(SpoolCommand),
    /// The demo: five engagements with living work
    #[command(subcommand)]
    Demo(DemoCommand),
    /// The hub's tools for an agent, over standard input and output (MCP)
    Mcp,
    /// The OpenAPI document of the hub
    Openapi,
    /// Where this command line looks, and what it finds there
    Doctor,
    /// A script that completes command lines in your shell
    Completions {
        /// Your shell
        shell: Target,
    },
}

#[derive(Debug, Subcommand)]
enum SpoolCommand {
    /// Deliver what waits
    Flush,
}

/// Parses, runs, and turns every end into an exit code.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    choose_color(cli.global.color);
    let form = match (cli.global.json, cli.global.plain) {
        (true, _) => Form::Json,
        (false, true) => Form::Plain,
        (false, false) => Form::Human,
    };
    let output = Output::new(form, cli.global.quiet);
    match start(cli.command, &output) {
        Ok(code) => ExitCode::from(code),
        Err(error) if stop::is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            let message = format!("{error:#}");
            if !message.is_empty() {
                output.error(&message);
            }
            ExitCode::from(stop::code_of(&error))
        }
    }
}

fn start(command: Command, output: &Output) -> Result<u8> {
    let mut builder = match command {
        Command::Up(_) => Builder::new_multi_thread(),
        _ => Builder::new_current_thread(),
    };
    let runtime = builder
        .enable_all()
        .build()
        .context("The runtime cannot start")?;
    let code = runtime.block_on(dispatch(command, output));
    // Nothing that still waits may keep us: every command has said its last word.
    runtime.shutdown_background();
    code
}

async fn dispatch(command: Command, output: &Output) -> Result<u8> {
    match command {
        Command::Up(args) => {
            log::start();
            up::run(args, output).await
        }
        Command::Completions { shell } => {
            completions::print::<Cli>(shell)?;
            Ok(0)
        }
        Command::Openapi => {
            print_json(&bellboard_server::openapi::document())?;
            Ok(0)
        }
        // A command that is wrapped runs even when our own files are broken.
        Command::Run(args) => run::run(args, &Session::open_anyway(output.clone())?).await,
        command => speak(command, &Session::open(output.clone())?).await,
    }
}

/// The commands that speak to a hub.
async fn speak(command: Command, session: &Session) -> Result<u8> {
    match command {
        Command::Worker(args) => worker::run(args, session).await,
        Command::Progress(args) => progress::run(args, session).await,
        Command::Ask(args) => ask::run(args, session).await,
        Command::Status(args) => status::run(args, session).await,
        Command::Accept(args) => needs::accept(args, session).await,
        Command::Reject(args) => needs::reject(args, session).await,
        Command::Done(args) => needs::done(args, session).await,
        Command::Snooze(args) => needs::snooze(args, session).await,
        Command::Undo(args) => needs::undo(args, session).await,
        Command::Runs(command) => runs::run(command, session).await,
        Command::Artifacts(command) => artifacts::run(command, session).await,
        Command::Asks(command) => asks::run(command, session).await,
        Command::Summary(args) => state::summary(args, session).await,
        Command::NextSteps(args) => state::next_steps(args, session).await,
        Command::Domains(command) => domains::run(command, session).await,
        Command::Repos(command) => repos::run(command, session).await,
        Command::Tasks(command) => tasks::run(command, session).await,
        Command::Workstreams(command) => workstreams::run(command, session).await,
        Command::CleanupStale(args) => cleanup::run(args, session).await,
        Command::Dashboards(command) => dashboards::run(command, session).await,
        Command::Push(args) => dashboards::push(args, session).await,
        Command::Bells(command) => bells::run(command, session).await,
        Command::Deliveries(command) => deliveries::run(command, session).await,
        Command::Snapshot(args) => snapshot::run(args, session).await,
        Command::Register(args) => register::run(args, session).await,
        Command::Sync(args) => sync::run(args, session).await,
        Command::Engagements(command) => engagements::run(command, session).await,
        Command::Agents(command) => agents::run(command, session).await,
        Command::LoginLink => login_link::run(session).await,
        Command::Token(command) => token::run(command, session).await,
        Command::Demo(command) => demo::run(command, session).await,
        Command::Mcp => mcp::run(session).await,
        Command::Doctor => doctor::run(session).await,
        Command::Spool(SpoolCommand::Flush) => session.flush_spool().await,
        Command::Up(_) | Command::Run(_) | Command::Completions { .. } | Command::Openapi => {
            unreachable!("these have been answered before")
        }
    }
}

/// `--color` beats the environment; `auto` leaves it to NO_COLOR, CLICOLOR_FORCE and the terminal.
fn choose_color(color: Color) {
    match color {
        // A build server's variables would otherwise outvote the terminal's own word.
        Color::Auto if crate::output::terminal_is_dumb() => {
            anstream::ColorChoice::Never.write_global();
        }
        Color::Auto => {}
        Color::Always => anstream::ColorChoice::Always.write_global(),
        Color::Never => anstream::ColorChoice::Never.write_global(),
    }
}
