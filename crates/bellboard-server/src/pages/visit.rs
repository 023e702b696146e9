//! One request for a page by a signed-in person: who, with which settings, and the frame around what is shown.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use bellboard_core::id::EngagementId;
use bellboard_core::page::Limit;
use bellboard_core::text::Bounded;
use bellboard_core::text::grouped;
use bellboard_core::time::Timestamp;
use bellboard_hub::call::{Call, Caller};
use bellboard_hub::engagement::{self, MembershipView};
use bellboard_hub::fault::Fault;
use bellboard_hub::outgoing::Outgoing;
use bellboard_hub::paging::PageInput;
use bellboard_hub::person::NoInput;
use bellboard_hub::run::{self, OfRun};
use bellboard_hub::settings::{self, SettingsView, Theme};
use bellboard_hub::verbs;

use super::shell::{Counts, EngagementLink, Here, Shell};
use super::tag::EngagementTag;
use super::toast::{self, Toast};
use crate::app::App;
use crate::problem::Problem;
use crate::session::Visitor;

/// How many engagements the side list names; the rest is a number.
const ENGAGEMENTS_LISTED: u32 = 40;

/// A signed-in person who asks for a page.
pub struct Visit {
    /// The server.
    pub app: App,
    /// Who asks.
    pub caller: Caller,
    /// What they prefer; the colours may be asked for otherwise by the address.
    pub settings: SettingsView,
    /// The time of the page.
    pub now: Timestamp,
    toast: Option<Toast>,
}

impl FromRequestParts<App> for Visit {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let Visitor(caller) = Visitor::from_request_parts(parts, app).await?;
        let mut visit = Self {
            app: app.clone(),
            caller: caller.ok_or_else(Fault::unauthenticated)?,
            settings: SettingsView::default(),
            now: app.hub().now(),
            toast: None,
        };
        let kept = settings::get_settings(visit.call("get_settings"), NoInput {}).await?;
        visit.settings = SettingsView {
            theme: theme_in(parts).unwrap_or(kept.theme),
            ..kept
        };
        visit.toast = visit.toast(parts).await;
        Ok(visit)
    }
}

/// `?theme=` shows one page in these colours, for a picture or a look.
fn theme_in(parts: &Parts) -> Option<Theme> {
    let query = parts.uri.query()?;
    let mut pairs = query.split('&');
    Theme::parse(pairs.find_map(|pair| pair.strip_prefix("theme="))?)
}

/// The engagements of a person, as far as the side list names them, and the one that the page is about.
pub struct Engagements {
    listed: Vec<MembershipView>,
    total: u64,
    scope: Option<MembershipView>,
}

impl Visit {
    /// One call of the verb `name` by this person at the time of the page.
    pub fn call(&self, name: &str) -> Call {
        let verb = verbs::find(name).expect("pages call verbs of the table only");
        let mut call = self.app.hub().call(Some(self.caller.clone()), verb);
        call.now = self.now;
        call
    }

    /// The same person once more, for a form that is shown again after it was refused.
    pub fn again(&self) -> Self {
        Self {
            app: self.app.clone(),
            caller: self.caller.clone(),
            settings: self.settings,
            now: self.now,
            toast: None,
        }
    }

    /// Whether the hub has a server of mail; without one mail waits.
    pub fn sends_mail(&self) -> bool {
        let outgoing = self.app.hub().outgoing();
        outgoing.is_some_and(Outgoing::has_mail)
    }

    /// What came of a start from the page before. A run that the person may not see is not told of.
    async fn toast(&self, parts: &Parts) -> Option<Toast> {
        let query = parts.uri.query()?;
        let (run_id, met) = toast::asked_for(query)?;
        let run = run::get_run(self.call("get_run"), OfRun { run_id })
            .await
            .ok()?;
        Toast::new(&run, met, toast::without(parts.uri.path(), query), self.now)
    }

    /// The person's engagements. `slug` names the one that the page is about; one that the person does not belong to
    /// does not exist for them.
    pub async fn engagements(&self, slug: Option<&str>) -> Result<Engagements, Problem> {
        let limit = Limit::new(ENGAGEMENTS_LISTED).unwrap_or_default();
        let input = PageInput {
            limit,
            cursor: None,
        };
        let first = engagement::list_memberships(self.call("list_memberships"), input).await?;
        let slug = slug.filter(|slug| !slug.is_empty());
        let scope = match slug.map(|slug| (slug, find(&first.items, slug))) {
            Some((slug, None)) => {
                engagement::membership_called(self.call("list_memberships"), slug).await?
            }
            Some((_, listed)) => listed,
            None => None,
        };
        if slug.is_some() && scope.is_none() {
            return Err(Fault::not_found().into());
        }
        Ok(Engagements {
            listed: first.items,
            total: first.total_count,
            scope,
        })
    }

    /// The frame of the page.
    pub fn shell(
        &self,
        title: &str,
        here: Here,
        counts: Counts,
        engagements: &Engagements,
    ) -> Shell {
        let links = engagements.listed.iter().map(|membership| EngagementLink {
            name: membership.engagement_name.clone(),
            slug: membership.engagement_slug.clone(),
            demo: membership.demo,
            needs_you: membership.needs_you,
            current: engagements
                .scope
                .as_ref()
                .is_some_and(|scope| scope.engagement_id == membership.engagement_id),
        });
        let more = engagements
            .total
            .saturating_sub(engagements.listed.len() as u64);
        Shell::new(
            title,
            here,
            &self.caller.name,
            counts,
            self.settings,
            self.now,
        )
        .with_engagements(links.collect(), (more > 0).then(|| grouped(more)))
        .with_toast(self.toast.clone())
    }
}

fn find(memberships: &[MembershipView], slug: &str) -> Option<MembershipView> {
    memberships
        .iter()
        .find(|membership| membership.engagement_slug == slug)
        .cloned()
}

impl Engagements {
    /// How many the person has.
    pub fn total(&self) -> u64 {
        self.total
    }

    /// The one that the page is about.
    pub fn scope(&self) -> Option<&MembershipView> {
        self.scope.as_ref()
    }

    /// Its id, for the filters of the verbs.
    pub fn scope_id(&self) -> Option<EngagementId> {
        self.scope
            .as_ref()
            .map(|membership| membership.engagement_id)
    }

    /// The same as the inputs of verbs name it.
    pub fn scope_name(&self) -> Option<Bounded<50>> {
        self.scope_id()?.to_string().parse().ok()
    }

    /// The name tag of an engagement of the person; one that the side list leaves out has its slug.
    pub fn tag_of(&self, id: EngagementId, slug: &str) -> EngagementTag {
        let mut known = self.listed.iter().chain(&self.scope);
        let found = known.find(|place| place.engagement_id == id);
        EngagementTag::new(found.map_or(slug, |place| &place.engagement_name))
    }

    /// Those in the side list.
    pub fn listed(&self) -> impl Iterator<Item = &MembershipView> {
        self.listed.iter()
    }

    /// The slug of the first in the side list.
    pub fn first_slug(&self) -> Option<&str> {
        let first = self.listed.first()?;
        Some(&first.engagement_slug)
    }

    /// The names in the side list.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.listed
            .iter()
            .map(|membership| membership.engagement_name.as_str())
    }
}

#[cfg(test)]
mod tests {
    use axum::http::Request;

    use super::*;

    #[test]
    fn the_address_names_colours_or_none() {
        for (uri, expected) in [
            ("/", None),
            ("/?theme=light", Some(Theme::Light)),
            ("/?e=aster&theme=dark", Some(Theme::Dark)),
            ("/?theme=pink", None),
            ("/?theme=system", Some(Theme::System)),
        ] {
            let request = Request::builder().uri(uri).body(());
            let (parts, ()) = request.expect("a request of this test").into_parts();
            assert_eq!(theme_in(&parts), expected, "{uri}");
        }
    }
}
