//! Tokens for programs: shown once, stored as a hash, bound to a person or an agent, perhaps narrowed to engagements and
//! verbs, and always with an end.

use std::time::Duration;

use bellboard_core::id::{EngagementId, PersonId, TokenId};
use bellboard_core::page::{Cursor, CursorScope, Page};
use bellboard_core::text::Bounded;
use bellboard_core::time::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Hub;
use crate::call::Call;
use crate::db::{Row, Sql};
use crate::fault::{Fault, Outcome};
use crate::paging::{PageInput, page_of};
use crate::secret::Purpose;
use crate::session::new_secret;
use crate::verbs::{self, View};

pub mod store;

const DAY: Duration = Duration::from_hours(24);
const PERSON_DAYS: u32 = 90;
const AGENT_DAYS: u32 = 30;
const MOST_DAYS: u32 = 366;
/// A token may be narrowed to at most this many engagements, and as many verbs.
const MOST_NARROWED: usize = 100;

/// A new token.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateToken {
    /// What it is for, at most 100 characters.
    pub name: Bounded<100>,
    /// The agent of yours that carries it; absent for yourself.
    #[serde(default)]
    pub agent_id: Option<PersonId>,
    /// The engagements it may touch; absent for all that the person belongs to.
    #[serde(default)]
    pub engagements: Option<Vec<EngagementId>>,
    /// The verbs it may call; absent for all.
    #[serde(default)]
    pub verbs: Option<Vec<String>>,
    /// Days until it ends, 1 to 366; 90 for a person and 30 for an agent when absent.
    #[serde(default)]
    pub expires_in_days: Option<u32>,
}

/// Which token.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RevokeToken {
    /// The token.
    pub token_id: TokenId,
}

/// A token without its secret.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct TokenView {
    /// The token.
    pub id: TokenId,
    /// Whom it speaks for.
    pub person_id: PersonId,
    /// What it is for.
    pub name: String,
    /// The first characters of the secret, to tell tokens apart.
    pub hint: String,
    /// The engagements it is narrowed to.
    pub engagements: Option<Vec<EngagementId>>,
    /// The verbs it is narrowed to.
    pub verbs: Option<Vec<String>>,
    /// When it was made.
    pub created_at: Timestamp,
    /// It is refused from this moment on.
    pub expires_at: Timestamp,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

impl View for TokenView {}

/// A token with its secret: the only time that it is shown.
#[derive(Debug, Serialize, JsonSchema)]
pub struct CreatedTokenView {
    /// The token.
    pub token: TokenView,
    /// The secret; keep it now, it is not stored.
    pub secret: String,
}

impl View for CreatedTokenView {
    fn created(&self) -> bool {
        true
    }
}

/// `create_token`. The one who calls answers for it; a token can never reach further than its maker's own credential.
pub async fn create_token(call: Call, input: CreateToken) -> Outcome<CreatedTokenView> {
    let maker = call.whole_human()?;
    check(&input)?;
    let draft = draft(&call.hub, maker.person_id, input)?;
    let view = draft.view.clone();
    let secret = draft.secret.clone();
    call.hub
        .db()
        .write(move |sql| {
            Box::pin(async move {
                let own = draft.view.person_id == draft.maker;
                if !own
                    && !crate::person::store::is_agent_of(sql, draft.view.person_id, draft.maker)
                        .await?
                {
                    return Err(Fault::invalid(
                        "agent_id",
                        "There is no such agent of yours. `GET /me/agents` lists them.",
                    ));
                }
                store::insert(sql, &draft).await
            })
        })
        .await?;
    Ok(CreatedTokenView {
        token: view,
        secret,
    })
}

/// A token for the founder, made on the hub's own machine at the first start.
pub async fn create_founder_token(hub: &Hub, person: PersonId, name: &str) -> Outcome<String> {
    let input = CreateToken {
        name: Bounded::parse(name).map_err(|fault| Fault::invalid("name", fault.to_string()))?,
        agent_id: None,
        engagements: None,
        verbs: None,
        expires_in_days: None,
    };
    let draft = draft(hub, person, input)?;
    let secret = draft.secret.clone();
    hub.db()
        .write(move |sql| Box::pin(async move { store::insert(sql, &draft).await }))
        .await?;
    Ok(secret)
}

/// A token about to be stored.
pub(crate) struct Draft {
    pub(crate) view: TokenView,
    pub(crate) maker: PersonId,
    pub(crate) kind: &'static str,
    secret: String,
    pub(crate) hash: [u8; 32],
}

fn draft(hub: &Hub, maker: PersonId, input: CreateToken) -> Outcome<Draft> {
    let (purpose, kind, usual_days) = match input.agent_id {
        Some(_) => (Purpose::Agent, "agent", AGENT_DAYS),
        None => (Purpose::Person, "person", PERSON_DAYS),
    };
    let (secret, hash) = new_secret(hub, purpose)?;
    let now = hub.now();
    let days = input.expires_in_days.unwrap_or(usual_days);
    Ok(Draft {
        view: TokenView {
            id: TokenId::from_uuid(hub.world().new_id()),
            person_id: input.agent_id.unwrap_or(maker),
            name: input.name.to_string(),
            hint: secret.chars().take(8).collect(),
            engagements: input.engagements,
            verbs: input.verbs,
            created_at: now,
            expires_at: now + DAY * days,
            revoked_at: None,
        },
        maker,
        kind,
        secret,
        hash,
    })
}

fn check(input: &CreateToken) -> Outcome<()> {
    if let Some(days) = input.expires_in_days
        && !(1..=MOST_DAYS).contains(&days)
    {
        return Err(Fault::invalid(
            "expires_in_days",
            format!("A token lives 1 to {MOST_DAYS} days; this says {days}."),
        ));
    }
    let unknown = input
        .verbs
        .iter()
        .flatten()
        .find(|name| verbs::find(name).is_none());
    if let Some(name) = unknown {
        return Err(Fault::invalid(
            "verbs",
            format!("There is no verb `{name}`. `/openapi.json` lists them as operation ids."),
        ));
    }
    let longest = [
        (
            "engagements",
            input.engagements.as_ref().map_or(0, Vec::len),
        ),
        ("verbs", input.verbs.as_ref().map_or(0, Vec::len)),
    ];
    match longest
        .into_iter()
        .find(|(_, length)| *length > MOST_NARROWED)
    {
        Some((field, length)) => Err(Fault::invalid(
            field,
            format!("At most {MOST_NARROWED} entries; this has {length}."),
        )),
        None => Ok(()),
    }
}

/// `list_tokens`: those that the caller made.
pub async fn list_tokens(call: Call, input: PageInput) -> Outcome<Page<TokenView>> {
    let maker = call.unbounded_human()?.person_id;
    let scope = CursorScope {
        list: "me.tokens",
        person: maker,
        filter: "",
    };
    let after = input.after(&scope)?;
    let limit = input.limit;
    let (tokens, total) = call
        .hub
        .db()
        .read(move |sql| {
            Box::pin(async move {
                let mut tokens = Vec::new();
                for row in store::list(sql, maker, after, limit.get() + 1).await? {
                    tokens.push(view(sql, &row).await?);
                }
                Ok::<_, Fault>((tokens, store::total(sql, maker).await?))
            })
        })
        .await?;
    Ok(page_of(tokens, limit, total, &scope, |token| Cursor {
        at: token.created_at,
        id: token.id.uuid(),
    }))
}

/// `revoke_token`: refused from the next request on; revoking twice is revoking once.
pub async fn revoke_token(call: Call, input: RevokeToken) -> Outcome<TokenView> {
    let maker = call.unbounded_human()?.person_id;
    let now = call.now;
    call.hub
        .db()
        .write(move |sql| {
            Box::pin(async move {
                let row = store::revoke(sql, input.token_id, maker, now).await?;
                view(sql, &row.ok_or_else(Fault::not_found)?).await
            })
        })
        .await
}

async fn view(sql: &mut Sql<'_>, row: &Row) -> Outcome<TokenView> {
    let id: TokenId = row.id(0)?;
    let narrowed = row.bool(4)?;
    Ok(TokenView {
        id,
        person_id: row.id(1)?,
        name: row.text(2)?,
        hint: row.text(3)?,
        engagements: if narrowed {
            Some(store::engagements(sql, id).await?)
        } else {
            None
        },
        verbs: json_list(row.opt_text(5)?)?,
        created_at: row.time(6)?,
        expires_at: row.time(7)?,
        revoked_at: row.opt_time(8)?,
    })
}

/// The list that a stored text holds; none means that nothing was narrowed.
pub(crate) fn json_list<T: serde::de::DeserializeOwned>(
    text: Option<String>,
) -> Outcome<Option<Vec<T>>> {
    text.map(|text| serde_json::from_str(&text).map_err(Fault::internal))
        .transpose()
}
