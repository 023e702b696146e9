//! The first start of a hub makes its owner, and every start finds the owner's key again. There is no default account and
//! no default password: whoever may read the data folder is the owner.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow};
use bellboard_core::id::PersonId;
use bellboard_hub::call::Caller;
use bellboard_hub::fault::FaultKind;
use bellboard_hub::{Hub, person, session, token, verbs};
use serde_json::json;

use crate::config::{Credentials, read_credentials, variable, write_credentials};

/// The owner's key lies beside the data that it opens.
const KEY_FILE: &str = "owner.json";
/// The engagement that a hub begins with, so that the first wrapped command has a place.
const FIRST_ENGAGEMENT: (&str, &str) = ("My work", "my-work");

/// The owner of the hub, as this machine signs in.
pub struct Owner {
    /// Who.
    pub id: PersonId,
    /// The key for the command line on this machine.
    pub credentials: Credentials,
    /// Where that key lies.
    pub key_file: PathBuf,
    /// Whether this start made the owner.
    pub is_new: bool,
}

/// Makes or finds the owner and the key.
pub async fn settle(hub: &Hub, folder: &Path, url: &str) -> Result<Owner> {
    let name = variable("USER")
        .or_else(|| variable("LOGNAME"))
        .unwrap_or_else(|| "Owner".to_owned());
    let made = person::found_hub(hub, &name).await?;
    let id = match made {
        Some(id) => id,
        None => person::hub_owner(hub)
            .await?
            .context("The database has people but no owner; restore a backup")?,
    };
    let key_file = folder.join(KEY_FILE);
    let kept = read_credentials(&key_file)?;
    let (token, caller) = key(hub, id, kept.as_ref()).await?;
    if made.is_some() || kept.is_none() {
        // Also after a first start that was cut off in the middle.
        ensure_engagement(hub, caller).await?;
    }
    let engagement = kept.map_or_else(
        || Some(FIRST_ENGAGEMENT.1.to_owned()),
        |kept| kept.engagement,
    );
    let credentials = Credentials {
        url: url.to_owned(),
        token,
        engagement,
    };
    write_credentials(&key_file, &credentials)?;
    Ok(Owner {
        id,
        credentials,
        key_file,
        is_new: made.is_some(),
    })
}

/// A link that signs the owner in, at the first start; with the demo at every start, because people come to look.
pub async fn link(hub: &Hub, owner: &Owner, demo: bool) -> Result<Option<String>> {
    if !owner.is_new && !demo {
        return Ok(None);
    }
    Ok(Some(session::new_link(hub, owner.id).await?.url_path))
}

/// The kept key while it opens the hub; otherwise a new one.
async fn key(hub: &Hub, owner: PersonId, kept: Option<&Credentials>) -> Result<(String, Caller)> {
    if let Some(kept) = kept
        && let Some(caller) = session::authenticate(hub, &kept.token).await?
    {
        return Ok((kept.token.clone(), caller));
    }
    let token =
        token::create_founder_token(hub, owner, "Command line on the hub's machine").await?;
    let caller = session::authenticate(hub, &token)
        .await?
        .ok_or_else(|| anyhow!("The owner's new key does not open the hub"))?;
    Ok((token, caller))
}

/// Makes the first engagement, unless its name is taken: then it is there, or another has its place.
async fn ensure_engagement(hub: &Hub, caller: Caller) -> Result<()> {
    let (name, slug) = FIRST_ENGAGEMENT;
    let verb = verbs::find("create_engagement").expect("the verb is in the table");
    let made = (verb.run)(
        hub.call(Some(caller), verb),
        json!({"name": name, "slug": slug}),
    )
    .await;
    match made {
        Err(fault) if fault.kind != FaultKind::Conflict => Err(fault.into()),
        _ => Ok(()),
    }
}
