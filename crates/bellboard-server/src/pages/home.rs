//! Home: the answer, what needs you, what is active, what just finished. An empty hub shows the set-up list instead.

use askama::Template;
use axum::extract::Query;
use axum::response::Response;
use bellboard_core::id::EngagementId;
use bellboard_core::page::{Limit, Page};
use bellboard_core::time::Timestamp;
use bellboard_hub::db::Engine;
use bellboard_hub::home::{self, ActiveItem, NeedsYouItem, RecentItem, ZoneInput};
use bellboard_hub::person::NoInput;
use serde::Deserialize;

use super::answer::{Answer, AnswerFacts, Scope};
use super::assets::Asset;
use super::decide::{self, Decided};
use super::detail::{self, Detail, named};
use super::needs::need_card;
use super::notifications::unread;
use super::render;
use super::rows::{active_row, look_in, recent_row};
use super::shell::{Counts, Here, Shell};
use super::visit::{Engagements, Visit};
use super::zones::{ActiveZone, NeedsZone, RecentZone};
use crate::problem::Problem;

/// Which part of home is asked for.
#[derive(Debug, Default, Deserialize)]
pub struct HomeQuery {
    /// The slug of one engagement; all of them when absent.
    #[serde(default)]
    pub e: Option<String>,
    /// `KIND:ID` of the row that is open.
    #[serde(default)]
    pub item: Option<String>,
    /// `engagement` or `kind`; the newest first otherwise.
    #[serde(default)]
    pub group: Option<String>,
    /// `KIND:ID` of what was just decided.
    #[serde(default)]
    pub did: Option<String>,
}

/// What the three zones hold at the time of the page.
pub struct Zones {
    needs: Page<NeedsYouItem>,
    active: Page<ActiveItem>,
    recent: Page<RecentItem>,
    open: Option<(String, Detail)>,
    group: Group,
}

/// In which order "Needs you" stands.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    /// The newest first.
    #[default]
    New,
    /// What belongs to one engagement together.
    Engagement,
    /// What is of one kind together.
    Kind,
}

impl Group {
    /// The word in the address; an unknown one is as none.
    pub fn parse(word: Option<&str>) -> Self {
        match word {
            Some("engagement") => Self::Engagement,
            Some("kind") => Self::Kind,
            _ => Self::New,
        }
    }

    /// The word in the address; none for the usual order.
    const fn word(self) -> Option<&'static str> {
        match self {
            Self::New => None,
            Self::Engagement => Some("engagement"),
            Self::Kind => Some("kind"),
        }
    }
}

#[derive(Template)]
#[template(path = "home.html")]
struct HomePage {
    shell: Shell,
    group: Group,
    decided: Option<Decided>,
    answer: Answer,
    needs: NeedsZone,
    active: ActiveZone,
    recent: RecentZone,
}

#[derive(Template)]
#[template(path = "first_run.html")]
struct FirstRunPage {
    shell: Shell,
    engine: &'static str,
    has_engagement: bool,
    engagement_names: String,
    first_slug: Option<String>,
    done: usize,
    needs: NeedsZone,
    active: ActiveZone,
}

impl FirstRunPage {
    /// The steps of the set-up list.
    const STEPS: usize = 5;
}

/// Answers `/`.
pub async fn show(visit: Visit, Query(query): Query<HomeQuery>) -> Result<Response, Problem> {
    let engagements = visit.engagements(query.e.as_deref()).await?;
    let zones = Zones::load(&visit, engagements.scope_id())
        .await?
        .seen(&visit, query.item.as_deref(), query.group.as_deref())
        .await;
    let counts = zones.counts(&visit, &engagements).await?;
    let shell = visit.shell("Home", Here::Home, counts, &engagements);
    let back = scoped("/", &engagements, None);
    let decided = match named(query.did.as_deref()) {
        Some((kind, id)) => decide::decided(&visit, kind, id, &back).await,
        None => None,
    };
    if decided.is_none() && engagements.scope().is_none() && zones.are_empty() {
        return render(&first_run(&visit, shell, &engagements, &zones));
    }
    render(&HomePage {
        group: zones.group,
        decided,
        answer: zones.answer(&engagements, visit.now),
        needs: zones.needs_zone(&engagements, visit.now),
        active: zones.active_zone(&engagements, visit.now),
        recent: zones.recent_zone(&engagements, visit.now),
        shell,
    })
}

fn first_run(
    visit: &Visit,
    shell: Shell,
    engagements: &Engagements,
    zones: &Zones,
) -> FirstRunPage {
    let has_engagement = engagements.total() > 0;
    FirstRunPage {
        shell,
        engine: match visit.app.hub().db().engine() {
            Engine::Sqlite => "SQLite",
            Engine::Postgres => "PostgreSQL",
        },
        has_engagement,
        engagement_names: engagements.names().take(3).collect::<Vec<_>>().join(", "),
        first_slug: engagements.first_slug().map(str::to_owned),
        done: if has_engagement { 3 } else { 2 },
        needs: zones.needs_zone(engagements, visit.now),
        active: zones.active_zone(engagements, visit.now),
    }
}

impl Zones {
    /// The newest of each zone, in all engagements or in one.
    pub async fn load(visit: &Visit, engagement: Option<EngagementId>) -> Result<Self, Problem> {
        let input = || ZoneInput {
            engagement,
            ..ZoneInput::default()
        };
        let (needs, active, recent) = tokio::try_join!(
            home::list_needs_you(visit.call("list_needs_you"), input()),
            home::list_active(visit.call("list_active"), input()),
            home::list_recent(visit.call("list_recent"), input()),
        )?;
        Ok(Self {
            needs,
            active,
            recent,
            open: None,
            group: Group::New,
        })
    }

    /// The same zones with one row open, in this order.
    pub async fn seen(self, visit: &Visit, item: Option<&str>, group: Option<&str>) -> Self {
        let open = match named(item) {
            Some((kind, id)) => detail::load(visit, kind, id)
                .await
                .map(|detail| (id.to_owned(), detail)),
            None => None,
        };
        Self {
            open,
            group: Group::parse(group),
            ..self
        }
    }

    fn are_empty(&self) -> bool {
        self.needs.total_count + self.active.total_count + self.recent.total_count == 0
    }

    /// The counts of the navigation, which are always over all engagements.
    pub async fn counts(
        &self,
        visit: &Visit,
        engagements: &Engagements,
    ) -> Result<Counts, Problem> {
        if engagements.scope().is_some() {
            return counts(visit).await;
        }
        Ok(Counts {
            needs_you: self.needs.total_count,
            active: self.active.total_count,
            unread: unread(visit).await?,
        })
    }

    /// The top line.
    pub fn answer(&self, engagements: &Engagements, now: Timestamp) -> Answer {
        let ended: Vec<Timestamp> = self
            .recent
            .items
            .iter()
            .map(|item| item.completed_at)
            .collect();
        let last_change = [
            self.needs.items.first().map(|item| item.created_at),
            self.recent.items.first().map(|item| item.completed_at),
            self.active
                .items
                .iter()
                .map(|item| item.run.last_seen_at)
                .max(),
        ];
        Answer::new(&AnswerFacts {
            needs_you: self.needs.total_count,
            active: self.active.total_count,
            ended: &ended,
            more_ended: self.recent.next_cursor.is_some(),
            scope: match engagements.scope() {
                Some(membership) => Scope::One(&membership.engagement_name),
                None => Scope::All(engagements.total()),
            },
            last_change: last_change.into_iter().flatten().max(),
            now,
        })
    }

    /// "Needs you".
    pub fn needs_zone(&self, engagements: &Engagements, now: Timestamp) -> NeedsZone {
        let mut items: Vec<&NeedsYouItem> = self.needs.items.iter().collect();
        match self.group {
            Group::New => {}
            Group::Engagement => items.sort_by(|a, b| a.engagement_name.cmp(&b.engagement_name)),
            Group::Kind => items.sort_by(|a, b| a.item_kind.cmp(&b.item_kind)),
        }
        let view = self.view(engagements);
        NeedsZone {
            rows: items
                .into_iter()
                .map(|item| {
                    let open = self.open.as_ref();
                    let open = open.filter(|(id, _)| *id == item.item_id.to_string());
                    need_card(item, open.map(|(_, detail)| detail.clone()), &view, now)
                })
                .collect(),
            total: self.needs.total_count,
            back: view,
        }
    }

    /// Home as the person sees it: its engagement and its order.
    fn view(&self, engagements: &Engagements) -> String {
        let home = scoped("/", engagements, None);
        match self.group.word() {
            None => home,
            Some(word) if home.contains('?') => format!("{home}&group={word}"),
            Some(word) => format!("{home}?group={word}"),
        }
    }

    /// "Active".
    pub fn active_zone(&self, engagements: &Engagements, now: Timestamp) -> ActiveZone {
        ActiveZone {
            rows: self
                .active
                .items
                .iter()
                .map(|item| active_row(item, now))
                .collect(),
            total: self.active.total_count,
            look_in: self
                .active
                .items
                .iter()
                .filter_map(|item| look_in(&item.run, now))
                .min(),
            all_url: scoped("/ui/runs", engagements, Some("now")),
        }
    }

    /// "Recent".
    pub fn recent_zone(&self, engagements: &Engagements, now: Timestamp) -> RecentZone {
        RecentZone {
            rows: self
                .recent
                .items
                .iter()
                .map(|item| recent_row(item, now))
                .collect(),
            total: self.recent.total_count,
            all_url: scoped("/ui/runs", engagements, Some("ended")),
        }
    }
}

/// The counts of the navigation for pages that show no zones.
pub async fn counts(visit: &Visit) -> Result<Counts, Problem> {
    let first = ZoneInput {
        limit: Limit::new(1).unwrap_or_default(),
        ..ZoneInput::default()
    };
    let (badge, active, unread) = tokio::try_join!(
        async { Ok(home::get_badge(visit.call("get_badge"), NoInput {}).await?) },
        async { Ok(home::list_active(visit.call("list_active"), first).await?) },
        unread(visit),
    )?;
    Ok(Counts {
        needs_you: badge.needs_you,
        active: active.total_count,
        unread,
    })
}

/// `path` with the engagement of the page and what to show. A slug needs no escaping.
fn scoped(path: &str, engagements: &Engagements, show: Option<&str>) -> String {
    let slug = engagements
        .scope()
        .map(|membership| membership.engagement_slug.as_str());
    let pairs = [("show", show), ("e", slug)];
    let query: Vec<String> = pairs
        .into_iter()
        .filter_map(|(name, value)| value.map(|value| format!("{name}={value}")))
        .collect();
    if query.is_empty() {
        path.to_owned()
    } else {
        format!("{path}?{}", query.join("&"))
    }
}
