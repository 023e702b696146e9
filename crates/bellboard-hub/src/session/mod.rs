//! Who is calling: tokens, browser sessions and one-time links. There is no password and no default account; the first
//! start makes the owner and prints a link.

use std::time::Duration;

use bellboard_core::id::{PersonId, SessionId, TokenId};
use bellboard_core::time::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use crate::Hub;
use crate::call::{Call, Caller, Credential, PersonKind};
use crate::db::{Row, Sql};
use crate::fault::{Fault, Outcome};
use crate::person::NoInput;
use crate::secret::{self, Purpose};
use crate::token::json_list;
use crate::verbs::View;

pub mod store;

/// A one-time link is good for this long.
pub const LINK_LIFETIME: Duration = Duration::from_mins(15);
/// A session that nobody uses ends after this long.
pub const SESSION_IDLE: Duration = Duration::from_hours(12);
/// A session ends after this long in any case.
pub const SESSION_LIFETIME: Duration = Duration::from_hours(7 * 24);
/// A session's last use is written at most this often, so that reading pages seldom writes.
const SESSION_TOUCH: Duration = Duration::from_mins(1);

/// A link that signs a person in once.
#[derive(Debug, Serialize, JsonSchema)]
pub struct LoginLinkView {
    /// The path with the secret, below the hub's address.
    pub url_path: String,
    /// The link is refused from this moment on.
    pub expires_at: Timestamp,
}

impl View for LoginLinkView {
    fn created(&self) -> bool {
        true
    }
}

/// Who carries this secret, or `None` when it is unknown, expired or revoked. A session counts as used.
pub async fn authenticate(hub: &Hub, secret: &str) -> Outcome<Option<Caller>> {
    let Some((purpose, hash)) = secret::hash_of(secret) else {
        return Ok(None);
    };
    let known = find(hub, purpose, hash).await?;
    if let Some(known) = &known
        && let Some(last_seen_at) = known.last_seen_at
    {
        touch(hub, hash, last_seen_at).await;
    }
    Ok(known.map(|known| known.caller))
}

/// The same without counting as use: an open stream asks again and again, and its person may long have left.
pub async fn recognise(hub: &Hub, secret: &str) -> Outcome<Option<Caller>> {
    let Some((purpose, hash)) = secret::hash_of(secret) else {
        return Ok(None);
    };
    Ok(find(hub, purpose, hash).await?.map(|known| known.caller))
}

/// A caller, and when their session was last used, if it is one.
struct Known {
    caller: Caller,
    last_seen_at: Option<Timestamp>,
}

async fn find(hub: &Hub, purpose: Purpose, hash: [u8; 32]) -> Outcome<Option<Known>> {
    let now = hub.now();
    match purpose {
        Purpose::Person | Purpose::Agent => by_token(hub, hash, now).await,
        Purpose::Session => by_session(hub, hash, now).await,
        Purpose::Link => Ok(None),
    }
}

async fn by_token(hub: &Hub, hash: [u8; 32], now: Timestamp) -> Outcome<Option<Known>> {
    let row = hub
        .db()
        .read(move |sql| Box::pin(async move { store::token(sql, &hash, now).await }))
        .await?;
    row.map(|row| {
        let credential = Credential::Token {
            id: TokenId::from_uuid(row.id(5)?),
            narrowed: row.bool(6)?,
            verbs: json_list(row.opt_text(7)?)?,
        };
        Ok(Known {
            caller: caller(&row, credential)?,
            last_seen_at: None,
        })
    })
    .transpose()
}

async fn by_session(hub: &Hub, hash: [u8; 32], now: Timestamp) -> Outcome<Option<Known>> {
    let idle_since = now - SESSION_IDLE;
    let row = hub
        .db()
        .read(move |sql| Box::pin(async move { store::session(sql, &hash, now, idle_since).await }))
        .await?;
    row.map(|row| {
        let credential = Credential::Session(SessionId::from_uuid(row.id(5)?));
        Ok(Known {
            caller: caller(&row, credential)?,
            last_seen_at: Some(row.time(6)?),
        })
    })
    .transpose()
}

/// Refuses a call whose credential was revoked or ran out since the call began, as it would refuse one that begins now. Calls
/// that wait ask for it before they hand anything out.
pub(crate) async fn prove_again(call: &Call) -> Outcome<()> {
    let proving = call.clone();
    call.hub
        .db()
        .read(move |sql| Box::pin(async move { prove_again_in(sql, &proving).await }))
        .await
}

/// The same in a transaction that is to change something.
pub(crate) async fn prove_again_in(sql: &mut Sql<'_>, call: &Call) -> Outcome<()> {
    let now = call.hub.now();
    let caller = call.caller.as_ref().ok_or_else(Fault::unauthenticated)?;
    let good = match &caller.credential {
        Credential::Token { id, .. } => store::is_good_token(sql, *id, now).await?,
        Credential::Session(id) => {
            store::is_good_session(sql, *id, now, now - SESSION_IDLE).await?
        }
    };
    if good {
        Ok(())
    } else {
        Err(Fault::unauthenticated())
    }
}

/// Keeps the last use of a session, at most once a minute. Reading goes on when nothing can be written; at worst the
/// session ends sooner.
async fn touch(hub: &Hub, hash: [u8; 32], last_seen_at: Timestamp) {
    let now = hub.now();
    if now.saturating_since(last_seen_at) < SESSION_TOUCH {
        return;
    }
    let touched: Outcome<()> = hub
        .db()
        .write(move |sql| Box::pin(async move { store::touch_session(sql, &hash, now).await }))
        .await;
    if let Err(fault) = touched {
        tracing::warn!(%fault, "the last use of a session could not be kept");
    }
}

/// Columns 0 to 4: person_id, name, kind, owner_id, hub_owner.
fn caller(row: &Row, credential: Credential) -> Outcome<Caller> {
    Ok(Caller {
        person_id: PersonId::from_uuid(row.id(0)?),
        name: row.text(1)?,
        kind: PersonKind::parse(&row.text(2)?),
        owner_id: row.opt_id(3)?.map(PersonId::from_uuid),
        hub_owner: row.bool(4)?,
        credential,
    })
}

/// `create_login_link`: a link for the caller, or nobody else.
pub async fn create_login_link(call: Call, _: NoInput) -> Outcome<LoginLinkView> {
    let person = call.whole_human()?.person_id;
    new_link(&call.hub, person).await
}

/// A link for this person. The first start and the command line on the hub's own machine use it directly.
pub async fn new_link(hub: &Hub, person: PersonId) -> Outcome<LoginLinkView> {
    let link = LinkDraft::new(hub, person)?;
    let view = link.view();
    hub.db()
        .write(move |sql| Box::pin(async move { link.save(sql).await }))
        .await?;
    Ok(view)
}

/// A link about to be stored, perhaps together with the person it is for.
pub(crate) struct LinkDraft {
    text: String,
    hash: [u8; 32],
    person: PersonId,
    created_at: Timestamp,
}

impl LinkDraft {
    pub(crate) fn new(hub: &Hub, person: PersonId) -> Outcome<Self> {
        let (text, hash) = new_secret(hub, Purpose::Link)?;
        let created_at = hub.now();
        Ok(Self {
            text,
            hash,
            person,
            created_at,
        })
    }

    /// What the person is handed; the only place where the secret is shown.
    pub(crate) fn view(&self) -> LoginLinkView {
        LoginLinkView {
            url_path: format!("/login?link={}", self.text),
            expires_at: self.created_at + LINK_LIFETIME,
        }
    }

    pub(crate) async fn save(&self, sql: &mut Sql<'_>) -> Outcome<()> {
        let expires_at = self.created_at + LINK_LIFETIME;
        store::insert_link(sql, &self.hash, self.person, self.created_at, expires_at).await
    }
}

/// Uses a link up and opens a session; the answer is the session's secret, or `None` when the link is not good.
pub async fn redeem_link(hub: &Hub, link: &str) -> Outcome<Option<String>> {
    let Some((Purpose::Link, link_hash)) = secret::hash_of(link) else {
        return Ok(None);
    };
    let (text, hash) = new_secret(hub, Purpose::Session)?;
    let session_id = SessionId::from_uuid(hub.world().new_id());
    let now = hub.now();
    let opened = hub
        .db()
        .write(move |sql| {
            Box::pin(async move {
                let Some(person) = store::use_link(sql, &link_hash, now).await? else {
                    return Ok::<_, Fault>(false);
                };
                store::insert_session(sql, &hash, session_id, person, now, now + SESSION_LIFETIME)
                    .await?;
                Ok(true)
            })
        })
        .await?;
    Ok(opened.then_some(text))
}

/// Ends the session of this secret, if there is one.
pub async fn sign_out(hub: &Hub, secret: &str) -> Outcome<()> {
    let Some((Purpose::Session, hash)) = secret::hash_of(secret) else {
        return Ok(());
    };
    hub.db()
        .write(move |sql| Box::pin(async move { store::delete_session(sql, &hash).await }))
        .await
}

/// A fresh secret: its text, to be shown once, and the hash to be stored.
pub(crate) fn new_secret(hub: &Hub, purpose: Purpose) -> Outcome<(String, [u8; 32])> {
    let text = secret::text_of(purpose, &hub.world().secret_bytes());
    let (_, hash) = secret::hash_of(&text)
        .ok_or_else(|| Fault::internal("a fresh secret was not recognised"))?;
    Ok((text, hash))
}
