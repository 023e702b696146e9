//! `bellboard mcp`: the hub's tools over standard input and output, for an agent's client that starts programs. Every
//! call goes through the public API with this machine's token, so an agent may do here what it may do there.

use std::sync::Arc;

use anyhow::Result;
use bellboard_server::mcp::{self, ToolAnswer, ToolCall, ToolUse};
use serde_json::{Value, json};

use crate::client::{CallFault, Client};
use crate::session::Session;

/// Serves until the client closes its end. Nothing else may write to standard output meanwhile.
pub async fn run(session: &Session) -> Result<u8> {
    let client = session.client.clone();
    let call: ToolCall = Arc::new(move |tool| {
        let client = client.clone();
        Box::pin(async move { answer(&client, tool).await })
    });
    mcp::serve_stdio(call).await?;
    Ok(0)
}

async fn answer(client: &Client, tool: ToolUse) -> ToolAnswer {
    match client.call_exactly(tool.verb.name, tool.input).await {
        Ok(view) => Ok(view.to_string().into_bytes()),
        Err(fault) => Err(problem(&fault)),
    }
}

fn problem(fault: &CallFault) -> Value {
    let (status, code) = match fault {
        CallFault::Refused(problem) if !problem.raw.is_null() => return problem.raw.clone(),
        CallFault::Refused(problem) => (problem.status, problem.code.as_str()),
        CallFault::SignedOut { .. } => (401, "unauthenticated"),
        CallFault::Unreachable { .. } => (503, "not_reachable"),
    };
    json!({"status": status, "code": code, "detail": fault.to_string()})
}
