//! `bellboard login-link`: a link that signs you in to the pages, once.

use anyhow::Result;
use bellboard_core::time::Timestamp;
use serde::Deserialize;
use serde_json::json;

use crate::clock;
use crate::output::{Form, Mark, print_json};
use crate::session::Session;
use crate::when;

#[derive(Debug, Deserialize)]
struct Link {
    url_path: String,
    expires_at: Timestamp,
}

/// Makes the link and prints it.
pub async fn run(session: &Session) -> Result<u8> {
    let view = session
        .client
        .call_raw("create_login_link", json!({}))
        .await?;
    let output = &session.output;
    if output.form == Form::Json {
        print_json(&view)?;
        return Ok(0);
    }
    let link: Link = serde_json::from_value(view)?;
    let until = when::clock_words(link.expires_at, clock::now());
    output.say(
        Mark::Note,
        &format!("Open this once to sign in, until {until}:"),
    );
    output.data(&session.page(&link.url_path))?;
    Ok(0)
}
