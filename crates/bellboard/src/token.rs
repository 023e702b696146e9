//! `bellboard token`: keys for programs, for yourself and for your agents.

use anyhow::Result;
use bellboard_core::time::Timestamp;
use clap::Subcommand;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::clock;
use crate::output::{Form, Mark, print_json, print_plain};
use crate::session::Session;
use crate::when;
use crate::wire;

/// What can be done with tokens.
#[derive(Debug, Subcommand)]
pub enum TokenCommand {
    /// A new token; its secret is shown once
    Create {
        /// What it is for
        name: String,
        /// The agent that will use it, by name or id; otherwise it is yours
        #[arg(long)]
        agent: Option<String>,
        /// Only for this engagement; may be given more than once
        #[arg(long = "in", alias = "engagement", value_name = "ENGAGEMENT")]
        engagements: Vec<String>,
        /// Only for this verb, such as `report_run`; may be given more than once
        #[arg(long = "verb")]
        verbs: Vec<String>,
        /// Days until it expires
        #[arg(long)]
        expires_in_days: Option<u32>,
    },
    /// The tokens that you created
    List,
    /// Refuse a token from the next request on
    Revoke {
        /// Its name or id, or the beginning of it
        token: String,
    },
}

#[derive(Debug, Deserialize)]
struct Token {
    id: String,
    name: String,
    expires_at: Option<Timestamp>,
    revoked_at: Option<Timestamp>,
}

/// Does it.
pub async fn run(command: TokenCommand, session: &Session) -> Result<u8> {
    match command {
        TokenCommand::Create {
            name,
            agent,
            engagements,
            verbs,
            expires_in_days,
        } => {
            let mut ids = Vec::new();
            for named in &engagements {
                ids.push(session.engagement(Some(named)).await?.engagement_id);
            }
            let agent = match &agent {
                Some(named) => Some(crate::agents::resolve(named, session).await?),
                None => None,
            };
            let input = json!({
                "name": name,
                "agent_id": agent,
                "engagements": if ids.is_empty() { Value::Null } else { json!(ids) },
                "verbs": if verbs.is_empty() { Value::Null } else { json!(verbs) },
                "expires_in_days": expires_in_days,
            });
            create(input, session).await
        }
        TokenCommand::List => list(session).await,
        TokenCommand::Revoke { token } => revoke(&token, session).await,
    }
}

async fn create(input: Value, session: &Session) -> Result<u8> {
    let view = session.client.call_raw("create_token", input).await?;
    let output = &session.output;
    if output.form == Form::Json {
        print_json(&view)?;
        return Ok(0);
    }
    output.say(Mark::Note, "Shown once; keep it where secrets are kept:");
    output.data(view["secret"].as_str().unwrap_or_default())?;
    Ok(0)
}

async fn list(session: &Session) -> Result<u8> {
    let output = &session.output;
    if output.form == Form::Json {
        print_json(
            &session
                .client
                .call_raw("list_tokens", json!({"limit": wire::PAGE}))
                .await?,
        )?;
        return Ok(0);
    }
    let now = clock::now();
    for token in wire::all::<Token>(&session.client, "list_tokens", json!({})).await? {
        let state = match (token.revoked_at, token.expires_at) {
            (Some(at), _) => format!("revoked {}", when::clock_words(at, now)),
            (None, Some(at)) if at < now => format!("expired {}", when::clock_words(at, now)),
            (None, Some(at)) => format!("until {}", when::clock_words(at, now)),
            (None, None) => String::new(),
        };
        if output.form == Form::Plain {
            print_plain(&[&token.id, &token.name, &state])?;
        } else {
            output.data(&format!(
                "{}  {}  {}",
                output.faint(&token.id),
                token.name,
                output.faint(&state)
            ))?;
        }
    }
    Ok(0)
}

async fn revoke(reference: &str, session: &Session) -> Result<u8> {
    let tokens: Vec<Token> = wire::all(&session.client, "list_tokens", json!({})).await?;
    let mut found = tokens
        .into_iter()
        .filter(|token| token.id.starts_with(reference) || token.name == reference);
    let token = match (found.next(), found.next()) {
        (Some(token), None) => token,
        (Some(_), Some(_)) => anyhow::bail!(
            "`{reference}` is more than one token. `bellboard token list` shows their ids."
        ),
        (None, _) => {
            anyhow::bail!("No token of yours is `{reference}`. `bellboard token list` shows them.")
        }
    };
    session
        .client
        .call_raw("revoke_token", json!({"token_id": token.id}))
        .await?;
    session.output.say(
        Mark::Done,
        &format!("{} is refused from now on.", token.name),
    );
    Ok(0)
}
