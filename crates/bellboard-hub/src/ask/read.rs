//! Reading asks: one, perhaps with a wait until it is closed, and many.

use std::borrow::Cow;

use bellboard_core::ask::State;
use bellboard_core::id::{AskId, EngagementId, RunId};
use bellboard_core::page::{Cursor, CursorScope, Limit, Page};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de};

use super::view::AskView;
use super::{PageOfAsk, Viewer, load, store};
use crate::access::{self, Reach, designations};
use crate::call::{Call, PersonKind};
use crate::decision::{self, DecisionView};
use crate::fault::{Fault, Outcome};
use crate::paging::{self, page_of_rows};
use crate::waiting::{Seen, WaitSeconds, until};

/// Which ask, and how long to wait for its answer.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GetAsk {
    /// The ask.
    pub ask_id: AskId,
    /// For how many seconds to wait until it is closed, 0 to 30, of which at most 25 are waited; 0 when absent.
    #[serde(default)]
    pub wait_seconds: Option<WaitSeconds>,
    /// The same as `30s`.
    #[serde(default)]
    pub wait: Option<WaitWord>,
}

/// Which ask to wait for.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GetAnswer {
    /// The ask.
    pub ask_id: AskId,
    /// For how many seconds to wait, 0 to 30, of which at most 25 are waited; 30 when absent.
    #[serde(default)]
    pub wait_seconds: Option<WaitSeconds>,
}

/// Seconds with their unit, 0s to 30s.
#[derive(Debug, Clone, Copy)]
pub struct WaitWord(WaitSeconds);

impl<'de> Deserialize<'de> for WaitWord {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        text.strip_suffix('s')
            .and_then(|seconds| seconds.parse().ok())
            .and_then(|seconds| WaitSeconds::new(seconds).ok())
            .map(Self)
            .ok_or_else(|| de::Error::custom("must be 0s to 30s"))
    }
}

impl JsonSchema for WaitWord {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "WaitWord".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "pattern": "^([0-9]|[12][0-9]|30)s$"})
    }
}

/// Which asks.
#[derive(Debug, Default, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ListAsks {
    /// Only of this engagement.
    pub engagement: Option<EngagementId>,
    /// Only in this state.
    pub state: Option<State>,
    /// Only of this run.
    pub run_id: Option<RunId>,
    /// How many at most, 1 to 100; 50 when absent.
    pub limit: Limit,
    /// Where to go on: `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// `get_ask`.
pub async fn get_ask(call: Call, input: GetAsk) -> Outcome<AskView> {
    let wait = match (input.wait_seconds, input.wait) {
        (Some(_), Some(_)) => {
            return Err(Fault::invalid(
                "wait",
                "Say `wait_seconds` or `wait`, not both.",
            ));
        }
        (Some(seconds), None) | (None, Some(WaitWord(seconds))) => seconds,
        (None, None) => WaitSeconds::default(),
    };
    wait_for(&call, input.ask_id, wait).await
}

/// `get_answer`: `get_ask` for those who wait.
pub async fn get_answer(call: Call, input: GetAnswer) -> Outcome<AskView> {
    let wait = input.wait_seconds.unwrap_or(WaitSeconds::MOST);
    wait_for(&call, input.ask_id, wait).await
}

/// The ask as soon as it is closed, or as it is when the wait is over. Whoever asks again loses nothing: what closed
/// meanwhile is closed.
pub(super) async fn wait_for(call: &Call, id: AskId, wait: WaitSeconds) -> Outcome<AskView> {
    until(call, wait, id.uuid(), |present| async move {
        let ask = look(present, id).await?;
        Ok(if ask.closed {
            Seen::Happened(ask)
        } else {
            Seen::NotYet(ask)
        })
    })
    .await
}

async fn look(call: Call, id: AskId) -> Outcome<AskView> {
    let hub = call.hub.clone();
    hub.db()
        .read_consistent(move |sql| {
            Box::pin(async move {
                let member = access::in_engagement_of_ask(sql, &call, id).await?;
                let viewer = Viewer::of(&call, &member)?;
                load(sql, &member, viewer, id, call.now).await
            })
        })
        .await
}

/// `list_asks`.
pub async fn list_asks(call: Call, input: ListAsks) -> Outcome<Page<AskView>> {
    let reach = Reach::of(&call, input.engagement)?;
    let caller = call.signed_in()?.clone();
    let filter = format!(
        "{} {} {}",
        input
            .engagement
            .map(|id| id.to_string())
            .unwrap_or_default(),
        input.state.map_or("", State::as_str),
        input.run_id.map(|id| id.to_string()).unwrap_or_default()
    );
    let scope = CursorScope {
        list: "asks",
        person: caller.person_id,
        filter: &filter,
    };
    let after = paging::after(input.cursor.as_deref(), &scope)?;
    let limit = input.limit;
    let found = call
        .hub
        .db()
        .read(move |sql| {
            Box::pin(async move {
                let rows = store::list(sql, &reach, &input, after, limit.get() + 1).await?;
                Ok::<_, Fault>((rows, store::list_total(sql, &reach, &input).await?))
            })
        })
        .await?;
    page_of_rows(
        &found,
        limit,
        &scope,
        |row| {
            let viewer = Viewer {
                person: caller.person_id,
                is_human: caller.kind == PersonKind::Human,
                designations: designations(row.int(store::DESIGNATIONS)?)?,
            };
            AskView::read(row, viewer, call.now)
        },
        |ask| Cursor {
            at: ask.created_at,
            id: ask.id.uuid(),
        },
    )
}

/// `list_ask_decisions`: who answered, gave it on or took it back, also what was undone, newest first.
pub async fn list_ask_decisions(call: Call, input: PageOfAsk) -> Outcome<Page<DecisionView>> {
    let about = decision::Object::Ask(input.ask_id);
    decision::list_about(call, about, input.limit, input.cursor.as_deref()).await
}
