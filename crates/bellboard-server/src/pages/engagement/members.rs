//! Who belongs to an engagement, and whom those who manage it may add: people they already work with, and their agents.

use std::collections::BTreeMap;

use askama::Template;
use bellboard_core::id::PersonId;
use bellboard_core::membership::{Capability, Designation, Designations, allows};
use bellboard_core::page::Limit;
use bellboard_core::text::humanise;
use bellboard_hub::call::PersonKind;
use bellboard_hub::engagement::{self, MembershipView, PageOfEngagement};
use bellboard_hub::paging::PageInput;
use bellboard_hub::person;
use serde::Deserialize;

use crate::pages::moment::{Moment, Reading};
use crate::pages::visit::Visit;
use crate::problem::Problem;

/// In how many other engagements the page looks for people to add.
const PLACES_LOOKED_IN: usize = 10;

/// The card of members.
#[derive(Debug, Template)]
#[template(path = "members.html")]
pub struct Members {
    slug: String,
    rows: Vec<MemberRow>,
    total: u64,
    /// Whoever reads may change this.
    may_manage: bool,
    /// People to add, when the reader may.
    candidates: Vec<(PersonId, String)>,
    choices: [Choice; 5],
    refused: Option<String>,
}

impl askama::filters::HtmlSafe for Members {}

#[derive(Debug)]
struct MemberRow {
    id: String,
    name: String,
    agent: bool,
    you: bool,
    roles: Vec<String>,
    read_only: bool,
    choices: [Choice; 5],
    since: Moment,
}

/// One designation to tick.
#[derive(Debug)]
struct Choice {
    name: &'static str,
    words: String,
    chosen: bool,
}

/// The form of one membership. A designation that is not ticked is not sent.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct OnMember {
    person_id: String,
    other_id: String,
    owner: Option<String>,
    operator: Option<String>,
    contributor: Option<String>,
    domain_expert: Option<String>,
    reader: Option<String>,
}

impl OnMember {
    /// Whom it is about: the id that was written, else the one that was chosen.
    pub fn person(&self) -> &str {
        match self.other_id.trim() {
            "" => self.person_id.trim(),
            written => written,
        }
    }

    /// What was ticked, by name.
    pub fn designations(&self) -> Vec<&'static str> {
        let ticked = [
            &self.owner,
            &self.operator,
            &self.contributor,
            &self.domain_expert,
            &self.reader,
        ];
        Designation::ALL
            .into_iter()
            .zip(ticked)
            .filter(|(_, ticked)| ticked.is_some())
            .map(|(designation, _)| designation.as_str())
            .collect()
    }
}

/// "Owner, operator".
pub fn words(designations: Designations) -> String {
    let names: Vec<&str> = designations.iter().map(Designation::as_str).collect();
    humanise(&names.join(", "))
}

/// Why nothing was changed, and the way out.
pub fn refusal(problem: &Problem) -> String {
    match problem.field.as_deref() {
        Some("person_id") => {
            "Choose somebody from the list, or write the id that they find under Settings."
                .to_owned()
        }
        Some("designations") => "Tick at least one role.".to_owned(),
        _ => problem.detail.clone(),
    }
}

impl Members {
    /// The first members of the engagement, and whom the reader may add.
    pub async fn load(
        visit: &Visit,
        place: &MembershipView,
        refused: Option<String>,
    ) -> Result<Self, Problem> {
        let page = members_of(visit, place).await?;
        let may_manage = allows(place.designations, Capability::Manage);
        let mut known = BTreeMap::new();
        if may_manage {
            known = people_known(visit, place).await?;
            for member in &page.items {
                known.remove(&member.person_id);
            }
        }
        let mut candidates: Vec<(PersonId, String)> = known.into_iter().collect();
        candidates.sort_by_key(|(_, name)| name.to_lowercase());
        Ok(Self {
            slug: place.engagement_slug.clone(),
            total: page.total_count,
            may_manage,
            candidates,
            choices: choices(Some(Designations::only(Designation::Contributor))),
            rows: page
                .items
                .into_iter()
                .map(|member| MemberRow {
                    id: member.person_id.to_string(),
                    agent: member.kind == PersonKind::Agent,
                    you: member.person_id == visit.caller.person_id,
                    roles: member
                        .designations
                        .iter()
                        .map(|designation| humanise(designation.as_str()))
                        .collect(),
                    read_only: member.read_only,
                    choices: choices(Some(member.designations)),
                    since: Moment::new(member.created_at, Reading::Clock, visit.now),
                    name: member.name,
                })
                .collect(),
            refused,
        })
    }

    fn more(&self) -> u64 {
        self.total.saturating_sub(self.rows.len() as u64)
    }
}

fn choices(chosen: Option<Designations>) -> [Choice; 5] {
    Designation::ALL.map(|designation| Choice {
        name: designation.as_str(),
        words: humanise(designation.as_str()),
        chosen: chosen.is_some_and(|chosen| chosen.contains(designation)),
    })
}

async fn members_of(
    visit: &Visit,
    place: &MembershipView,
) -> Result<bellboard_core::page::Page<engagement::MemberView>, Problem> {
    let input = PageOfEngagement {
        engagement_id: place.engagement_id,
        limit: Limit::new(100).unwrap_or_default(),
        cursor: None,
    };
    Ok(engagement::list_members(visit.call("list_members"), input).await?)
}

/// The reader's agents, and whoever belongs to another engagement of theirs. Nobody learns of people they do not work with.
async fn people_known(
    visit: &Visit,
    place: &MembershipView,
) -> Result<BTreeMap<PersonId, String>, Problem> {
    let mut known = BTreeMap::new();
    let agents = person::list_agents(visit.call("list_agents"), PageInput::default()).await?;
    known.extend(
        agents
            .items
            .into_iter()
            .map(|agent| (agent.id, format!("{}, agent", agent.name))),
    );
    let engagements = visit.engagements(None).await?;
    let others = engagements
        .listed()
        .filter(|other| other.engagement_id != place.engagement_id)
        .take(PLACES_LOOKED_IN);
    for other in others {
        for member in members_of(visit, other).await?.items {
            known.entry(member.person_id).or_insert(member.name);
        }
    }
    Ok(known)
}
