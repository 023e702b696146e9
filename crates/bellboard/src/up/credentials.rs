//! Makes the hub that just started the one that the command line on this machine speaks to, unless it speaks to another
//! one that is alive.

use std::time::Duration;

use anyhow::Result;
use serde_json::json;

use super::first::Owner;
use crate::client::{CallFault, Client};
use crate::config::{self, Config, Credentials};
use crate::output::{Mark, Output};

/// How long another hub is given to say that it is there. One on a busy machine must not be taken for dead; one that is
/// gone refuses at once, so hardly a start takes as long.
const ASK: Duration = Duration::from_secs(5);

/// Writes the credentials file. A home that cannot be written stops no hub: its key lies with its data as well.
pub async fn make_current(owner: &Owner, output: &Output) {
    let key_file = owner.key_file.display();
    match try_make_current(owner).await {
        Ok(None) => {}
        Ok(Some(other)) => output.say(
            Mark::Note,
            &format!("The command line here speaks to {other} already. For this hub: export BELLBOARD_CREDENTIALS={key_file}"),
        ),
        Err(error) => output.warn(&format!("{error:#}. For the command line: export BELLBOARD_CREDENTIALS={key_file}")),
    }
}

/// The address of the other hub, if that stays the current one.
async fn try_make_current(owner: &Owner) -> Result<Option<String>> {
    let path = config::credentials_path();
    match config::read_credentials(&path)? {
        Some(current)
            if current.token == owner.credentials.token && current.url == owner.credentials.url =>
        {
            Ok(None)
        }
        Some(current) if current.url != owner.credentials.url && is_alive(&current).await => {
            Ok(Some(current.url))
        }
        _ => config::write_credentials(&path, &owner.credentials).map(|()| None),
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
