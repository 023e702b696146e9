//! Settings of a person: colours, single-key shortcuts, undo time; their agents and tokens to look at; signing out.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use axum::{Extension, Form};
use bellboard_core::page::Limit;
use bellboard_hub::paging::PageInput;
use bellboard_hub::person::{self, PersonView};
use bellboard_hub::settings::{Theme, UndoSeconds};
use bellboard_hub::token::{self, TokenView};
use serde::Deserialize;
use serde_json::json;

use super::actions::{act, go_back};
use super::assets::Asset;
use super::moment::{Moment, Reading};
use super::shell::{Here, Shell};
use super::visit::Visit;
use super::{render, strip};
use crate::app::App;
use crate::guard::RequestId;
use crate::problem::Problem;

/// How many agents and tokens the page names; the command line lists all.
const LISTED: u32 = 20;

#[derive(Template)]
#[template(path = "settings.html")]
struct SettingsPage {
    shell: Shell,
    saved: bool,
    person_id: String,
    themes: [Choice; 3],
    undo_times: [Choice; 3],
    single_keys: bool,
    agents: Vec<String>,
    more_agents: u64,
    tokens: Vec<TokenLine>,
    more_tokens: u64,
}

/// One radio button.
struct Choice {
    value: String,
    words: String,
    chosen: bool,
}

struct TokenLine {
    name: String,
    hint: String,
    speaks_for: String,
    ends: Moment,
    over: Option<&'static str>,
}

/// Which words the page says beside its forms.
#[derive(Debug, Default, Deserialize)]
pub struct SettingsQuery {
    /// The form was just sent.
    #[serde(default)]
    saved: Option<String>,
}

/// The form as it was sent. A box that is not ticked is not sent.
#[derive(Debug, Deserialize)]
pub struct ChosenSettings {
    theme: String,
    #[serde(default)]
    single_keys: Option<String>,
    undo_seconds: String,
}

/// Answers `/ui/settings`.
pub async fn show(visit: Visit, Query(query): Query<SettingsQuery>) -> Result<Response, Problem> {
    let engagements = visit.engagements(None).await?;
    let strip = strip::load(&visit, None).await?;
    let first = || PageInput {
        limit: Limit::new(LISTED).unwrap_or_default(),
        cursor: None,
    };
    let (agents, tokens) = tokio::try_join!(
        person::list_agents(visit.call("list_agents"), first()),
        token::list_tokens(visit.call("list_tokens"), first()),
    )?;
    let shell = visit
        .shell("Settings", Here::Settings, strip.counts(), &engagements)
        .with_strip(strip);
    render(&SettingsPage {
        shell,
        saved: query.saved.is_some(),
        person_id: visit.caller.person_id.to_string(),
        themes: Theme::ALL.map(|theme| Choice {
            value: theme.as_str().to_owned(),
            words: theme_words(theme).to_owned(),
            chosen: theme == visit.settings.theme,
        }),
        undo_times: UndoSeconds::ALL.map(|time| Choice {
            value: time.get().to_string(),
            words: format!("{} seconds", time.get()),
            chosen: time == visit.settings.undo_seconds,
        }),
        single_keys: visit.settings.single_keys,
        more_agents: agents.total_count - agents.items.len() as u64,
        more_tokens: tokens.total_count - tokens.items.len() as u64,
        tokens: tokens
            .items
            .iter()
            .map(|token| token_line(token, &visit, &agents.items))
            .collect(),
        agents: agents.items.into_iter().map(|agent| agent.name).collect(),
    })
}

fn theme_words(theme: Theme) -> &'static str {
    match theme {
        Theme::System => "As the system has them",
        Theme::Light => "Light",
        Theme::Dark => "Dark",
    }
}

fn token_line(token: &TokenView, visit: &Visit, agents: &[PersonView]) -> TokenLine {
    let agent = agents.iter().find(|agent| agent.id == token.person_id);
    TokenLine {
        name: token.name.clone(),
        hint: token.hint.clone(),
        speaks_for: match agent {
            Some(agent) => agent.name.clone(),
            None if token.person_id == visit.caller.person_id => "you".to_owned(),
            None => "an agent of yours".to_owned(),
        },
        ends: Moment::new(token.expires_at, Reading::Clock, visit.now),
        over: match token.revoked_at {
            Some(_) => Some("revoked"),
            None if token.expires_at <= visit.now => Some("ended"),
            None => None,
        },
    }
}

/// Keeps what a person chose, for every browser of theirs.
pub async fn save(
    State(app): State<App>,
    Extension(request_id): Extension<RequestId>,
    visit: Visit,
    Form(form): Form<ChosenSettings>,
) -> Result<Response, Problem> {
    let undo_seconds: i64 = form
        .undo_seconds
        .parse()
        .map_err(|_| Problem::invalid("undo_seconds", "The undo time is 8, 20 or 60 seconds."))?;
    let input = json!({
        "theme": form.theme,
        "single_keys": form.single_keys.is_some(),
        "undo_seconds": undo_seconds,
    });
    act(&app, &request_id, visit, "put_settings", input).await?;
    Ok(go_back("/ui/settings?saved=1"))
}
