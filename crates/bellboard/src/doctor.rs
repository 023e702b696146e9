//! `bellboard doctor`: where this command line looks, what it finds there, and what to do about it.

use anyhow::Result;
use serde_json::{Value, json};

use crate::client::CallFault;
use crate::config;
use crate::output::{Form, Mark, print_json};
use crate::session::Session;
use crate::spool::RunSpool;
use crate::stop;

/// Looks and tells.
pub async fn run(session: &Session) -> Result<u8> {
    let me = session.client.call_raw("get_me", json!({})).await;
    let waiting = RunSpool::all().len();
    let output = &session.output;
    let credentials = config::credentials_path();
    if output.form == Form::Json {
        print_json(&json!({
            "version": env!("CARGO_PKG_VERSION"),
            "url": session.config.url,
            "credentials": credentials.display().to_string(),
            "spool": config::spool_folder().display().to_string(),
            "waiting_runs": waiting,
            "signed_in": me.is_ok(),
            "reachable": !matches!(me, Err(CallFault::Unreachable { .. })),
        }))?;
        return Ok(code(&me));
    }
    print(session, &me, waiting)?;
    Ok(code(&me))
}

fn print(session: &Session, me: &Result<Value, CallFault>, waiting: usize) -> Result<()> {
    let output = &session.output;
    let credentials = config::credentials_path();
    let tell = |mark: Mark, line: String| output.data(&format!("{} {line}", output.mark(mark)));
    tell(
        Mark::Note,
        format!("bellboard {}", env!("CARGO_PKG_VERSION")),
    )?;
    let from = if config::variable("BELLBOARD_URL").is_some() {
        "BELLBOARD_URL"
    } else {
        "the credentials file"
    };
    tell(
        Mark::Note,
        format!(
            "The hub is {} ({from}: {})",
            session.config.url,
            credentials.display()
        ),
    )?;
    if session.client.is_in_the_clear() {
        tell(
            Mark::FollowUp,
            "Your token travels to it without TLS. Give the hub an https address.".to_owned(),
        )?;
    }
    match me {
        Ok(me) => {
            tell(
                Mark::Done,
                format!(
                    "It answers, and knows you as {}",
                    me["name"].as_str().unwrap_or_default()
                ),
            )?;
        }
        Err(fault) => tell(Mark::Failed, fault.to_string())?,
    }
    let folder = config::spool_folder();
    match waiting {
        0 => tell(Mark::Done, "No reports wait".to_owned())?,
        _ => tell(
            Mark::FollowUp,
            format!(
                "Runs whose reports wait in {}: {waiting}. Deliver them: bellboard spool flush",
                folder.display()
            ),
        )?,
    }
    if RunSpool::refused() > 0 {
        tell(
            Mark::FollowUp,
            format!(
                "Runs that a hub refused, kept in {}: {}",
                folder.display(),
                RunSpool::refused()
            ),
        )?;
    }
    Ok(())
}

fn code(me: &Result<Value, CallFault>) -> u8 {
    match me {
        Ok(_) => 0,
        Err(CallFault::Unreachable { .. }) => stop::NOT_REACHABLE,
        Err(CallFault::SignedOut { .. }) => stop::NOT_SIGNED_IN,
        Err(CallFault::Refused(_)) => 1,
    }
}
