//! One dashboard and who looks at it: what each of its pages begins with, its name and its tabs.

use askama::Template;
use bellboard_core::dashboard::SnapshotPolicy;
use bellboard_core::id::{DashboardId, SnapshotId};
use bellboard_core::membership::{Capability, allows};
use bellboard_hub::dashboard::{self, DashboardView, OfDashboard};
use bellboard_hub::fault::Fault;

use crate::pages::comments::{Subject, Thread};
use crate::pages::moment::{Moment, Reading};
use crate::pages::shell::{Here, Shell};
use crate::pages::strip;
use crate::pages::tag::EngagementTag;
use crate::pages::visit::{Engagements, Visit};
use crate::problem::Problem;

/// A dashboard with the reader's engagements; the page is about its own.
pub struct Place {
    /// The dashboard.
    pub view: DashboardView,
    /// The reader's engagements.
    pub engagements: Engagements,
}

/// The pages of a dashboard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tab {
    /// What it answers now.
    Now,
    /// What differs between two snapshots.
    Changes,
    /// What was kept.
    Snapshots,
    /// Who is told, and when.
    Bells,
}

impl Tab {
    const ALL: [Self; 4] = [Self::Now, Self::Changes, Self::Snapshots, Self::Bells];

    const fn words(self) -> &'static str {
        match self {
            Self::Now => "Now",
            Self::Changes => "Changes",
            Self::Snapshots => "Snapshots",
            Self::Bells => "Bells",
        }
    }

    const fn path(self) -> &'static str {
        match self {
            Self::Now => "",
            Self::Changes => "/changes",
            Self::Snapshots => "/snapshots",
            Self::Bells => "/bells",
        }
    }
}

/// The name of a dashboard, its tabs, and what can be done with it.
#[derive(Debug, Template)]
#[template(path = "dashboard_head.html")]
pub struct Head {
    id: DashboardId,
    title: String,
    description: String,
    slug: String,
    engagement: EngagementTag,
    policy: String,
    archived: Option<Moment>,
    tabs: Vec<TabLink>,
    may_take: bool,
    may_edit: bool,
}

impl askama::filters::HtmlSafe for Head {}

#[derive(Debug)]
struct TabLink {
    words: String,
    url: String,
    current: bool,
}

impl Place {
    /// The dashboard of this id. One that the reader may not see is not there.
    pub async fn load(visit: &Visit, id: &str) -> Result<Self, Problem> {
        let dashboard_id = id.parse().map_err(|_| Fault::not_found())?;
        let of = OfDashboard { dashboard_id };
        let view = dashboard::get_dashboard(visit.call("get_dashboard"), of).await?;
        let engagements = visit.engagements(Some(&view.engagement_slug)).await?;
        Ok(Self { view, engagements })
    }

    /// Whether the reader may do this here.
    pub fn may(&self, capability: Capability) -> bool {
        let scope = self.engagements.scope();
        scope.is_some_and(|place| allows(place.designations, capability))
    }

    /// Whether the reader may keep what it answers now.
    pub fn may_take(&self) -> bool {
        self.view.archived_at.is_none() && self.may(Capability::Report)
    }

    /// The line for a terminal that does this with it, which is a word of `bellboard dashboards`.
    pub fn command(&self, word: &str) -> String {
        format!("bellboard dashboards {word} {}", self.view.id)
    }

    /// The frame of one of its pages.
    pub async fn shell(&self, visit: &Visit, tab: Tab) -> Result<Shell, Problem> {
        let strip = strip::load(visit, None).await?;
        let title = format!("{}: {}", tab.words(), self.view.title);
        let counts = strip.counts();
        let shell = visit.shell(&title, Here::Dashboards, counts, &self.engagements);
        Ok(shell.with_strip(strip))
    }

    /// What is said about it.
    pub async fn thread(&self, visit: &Visit) -> Result<Thread, Problem> {
        let subject = Subject::Dashboard(self.view.id);
        Thread::newest(visit, &self.engagements, subject).await
    }

    /// The top of one of its pages.
    pub fn head(&self, visit: &Visit, tab: Tab) -> Head {
        let view = &self.view;
        let archived = view.archived_at;
        Head {
            id: view.id,
            title: view.title.clone(),
            description: view.description.clone(),
            slug: view.engagement_slug.clone(),
            engagement: self
                .engagements
                .tag_of(view.engagement_id, &view.engagement_slug),
            policy: policy_words(&view.metadata.snapshot_policy),
            archived: archived.map(|at| Moment::new(at, Reading::Clock, visit.now)),
            tabs: Tab::ALL
                .into_iter()
                .map(|one| TabLink {
                    words: match (one, view.subscriptions) {
                        (Tab::Bells, many @ 1..) => format!("Bells {many}"),
                        _ => one.words().to_owned(),
                    },
                    url: url_of(view.id, one),
                    current: one == tab,
                })
                .collect(),
            may_edit: archived.is_none() && self.may(Capability::Plan),
            may_take: self.may_take(),
        }
    }
}

/// A page of a dashboard.
pub fn url_of(id: DashboardId, tab: Tab) -> String {
    format!("/ui/dashboards/{id}{}", tab.path())
}

/// The page of what a snapshot changed.
pub fn changes_url(id: DashboardId, later: SnapshotId) -> String {
    format!("{}?b={later}", url_of(id, Tab::Changes))
}

/// "snapshot every hour".
pub fn policy_words(policy: &SnapshotPolicy) -> String {
    format!("snapshot {}", policy.words())
}
