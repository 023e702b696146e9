//! `bellboard runs watch`: one line per change; on a terminal a bar, for counted work only.

use std::time::Duration;

use anyhow::Result;
use clap::Args;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::{Value, json};

use crate::client::CallFault;
use crate::output::{self, Form, Mark, Output, print_json, print_plain};
use crate::runs::{bar_cells, mark_of, state_words, taskbar};
use crate::session::Session;
use crate::wire::Run;

/// How often the run is looked at.
const LOOK: Duration = Duration::from_secs(1);
/// How often the line of a bar is redrawn at most, per second.
const REDRAWS: u8 = 4;

/// The arguments of `bellboard runs watch`.
#[derive(Debug, Args)]
pub struct WatchArgs {
    /// The run's id, or its beginning or end; otherwise the run around this command
    run: Option<String>,
}

/// Follows one run to its end.
pub async fn run(args: WatchArgs, session: &Session) -> Result<u8> {
    let run_id = session.run_id(args.run.as_deref()).await?;
    let mut screen = Screen::new(&session.output);
    let mut shown = Value::Null;
    let mut away = false;
    loop {
        let view = match session
            .client
            .call_raw("get_run", json!({"run_id": run_id}))
            .await
        {
            Ok(view) => view,
            // A hub that restarts comes back; only the first answer must be there.
            Err(fault @ CallFault::Unreachable { .. }) if !shown.is_null() => {
                if !away {
                    session.output.warn(&format!("{fault} Waiting for it."));
                    away = true;
                }
                tokio::time::sleep(LOOK).await;
                continue;
            }
            Err(fault) => return Err(fault.into()),
        };
        away = false;
        let run: Run = serde_json::from_value(view.clone())?;
        if without_as_of(&view) != shown {
            screen.show(&run, &view)?;
            shown = without_as_of(&view);
        }
        if run.is_completed() {
            return Ok(u8::from(run.outcome.as_deref() != Some("succeeded")));
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// The view without the moment at which it was made, which alone is no change.
fn without_as_of(view: &Value) -> Value {
    let mut view = view.clone();
    if let Some(progress) = view["progress"].as_object_mut() {
        progress.remove("as_of");
    }
    view
}

/// Where the changes are shown.
struct Screen<'a> {
    output: &'a Output,
    bar: Option<ProgressBar>,
    said: String,
}

impl<'a> Screen<'a> {
    fn new(output: &'a Output) -> Self {
        Self {
            output,
            bar: None,
            said: String::new(),
        }
    }

    fn show(&mut self, run: &Run, view: &Value) -> Result<()> {
        match self.output.form {
            Form::Json => print_json(view)?,
            Form::Plain => {
                let outcome = run.outcome.as_deref().unwrap_or("");
                print_plain(&[&run.id, &run.status, outcome, &state_words(run)])?;
            }
            Form::Human => self.show_words(run)?,
        }
        Ok(())
    }

    fn show_words(&mut self, run: &Run) -> Result<()> {
        let counted = run.progress.mode == "counted" && output::stdout_is_terminal();
        if let (true, Some(processed), Some(total)) =
            (counted, run.progress.processed, run.progress.total)
        {
            let line = self.bar.get_or_insert_with(new_line);
            let bar = self
                .output
                .bar(processed, total, 2 * bar_cells(self.output));
            line.set_message(format!("{}  {bar}  {}", run.label, run.progress.label));
            return Ok(taskbar::show(processed, total)?);
        }
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
            taskbar::clear()?;
        }
        let line = format!(
            "{} {}: {}",
            self.output.mark(mark_of(run)),
            run.label,
            state_words(run)
        );
        // A sign of life that only grows older is not worth a line each second.
        let kind: String = line
            .chars()
            .filter(|character| !character.is_ascii_digit())
            .collect();
        if kind != self.said || run.progress.mode == "counted" || run.is_completed() {
            self.output.data(&line)?;
            self.said = kind;
        }
        if run.is_completed() {
            self.output.say(
                Mark::Note,
                &format!("bellboard runs show {}", crate::runs::short_id(&run.id)),
            );
        }
        Ok(())
    }
}

/// A line that is drawn again in its place; what stands on it is ours.
fn new_line() -> ProgressBar {
    let style = ProgressStyle::with_template("{msg}").expect("the template is constant");
    ProgressBar::with_draw_target(None, ProgressDrawTarget::stdout_with_hz(REDRAWS))
        .with_style(style)
}
