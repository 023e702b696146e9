//! Makes the hub that just started the one that the command line on this machine speaks to, unless it speaks to another
//! one that is alive.

use std::time::Duration;

use anyhow::Result;
use serde_json::json;

use super::first::Owner;
use crate::client::{CallFault, Client};
use crate::config::{self, Config, Credentials};
use crate::output::{Mark, Output};

/// How long another hub is given to say that it is there.
const ASK: Duration = Duration::from_secs(1);

/// Writes the credentials file.
pub async fn make_current(owner: &Owner, output: &Output) -> Result<()> {
    let path = config::credentials_path();
    let current = config::read_credentials(&path)?;
    match current {
        Some(current)
            if current.token == owner.credentials.token && current.url == owner.credentials.url =>
        {
            Ok(())
        }
        Some(current) if current.url != owner.credentials.url && is_alive(&current).await => {
            let words = format!(
                "The command line here speaks to {} already. For this hub: export BELLBOARD_CREDENTIALS={}",
                current.url,
                owner.key_file.display()
            );
            output.say(Mark::Note, &words);
            Ok(())
        }
        _ => config::write_credentials(&path, &owner.credentials),
    }
}

async fn is_alive(credentials: &Credentials) -> bool {
    let config = Config {
        url: credentials.url.clone(),
        token: Some(credentials.token.clone()),
        engagement: None,
    };
    let Ok(client) = Client::new(&config) else {
        return false;
    };
    let answer = tokio::time::timeout(ASK, client.call_raw("get_me", json!({}))).await;
    matches!(answer, Ok(Ok(_) | Err(CallFault::Refused(_))))
}
