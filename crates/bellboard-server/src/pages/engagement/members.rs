//! Who belongs to an engagement, and whom those who manage it may add: people they already work with, and their agents.

use std::collections::BTreeMap;

use askama::Template;
use bellboard_core::id::PersonId;
use bellboard_core::membership::{Capability, Designation, Designations, allows};
use bellboard_core::page::Limit;
use bellboard_core::text::humanise;
use bellboard_hub::call::PersonKind;
use bellboard_hub::engagement::{self, MemberView, MembershipView, PageOfEngagement};
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
    candidates: Vec<Candidate>,
    /// The form that adds somebody.
    adding: Adding,
    /// Why nothing was changed, when no form below says it.
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
    /// Why the form of this row was refused, which then holds what was ticked.
    refused: Option<String>,
    since: Moment,
}

/// Somebody who can be added.
#[derive(Debug)]
struct Candidate {
    id: String,
    name: String,
    chosen: bool,
}

/// The form that adds somebody; after a refusal with what was typed, and why.
#[derive(Debug)]
struct Adding {
    other_id: String,
    choices: [Choice; 5],
    refused: Option<String>,
}

/// A form that was refused.
#[derive(Debug)]
pub struct Refused {
    words: String,
    /// What it held; none when it only takes somebody out.
    form: Option<OnMember>,
}

impl Refused {
    /// What the hub said, in the words of the page.
    pub fn new(problem: &Problem, form: Option<OnMember>) -> Self {
        Self {
            words: refusal(problem),
            form,
        }
    }
}

/// One designation to tick.
#[derive(Debug)]
struct Choice {
    name: &'static str,
    words: String,
    chosen: bool,
}

/// The form of one membership. A designation that is not ticked is not sent.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(default)]
pub struct OnMember {
    person_id: String,
    /// Only the form that adds somebody has this field.
    other_id: Option<String>,
    owner: Option<String>,
    operator: Option<String>,
    contributor: Option<String>,
    domain_expert: Option<String>,
    reader: Option<String>,
}

impl OnMember {
    /// Whom it is about: the id that was written, else the one that was chosen.
    pub fn person(&self) -> &str {
        match self.written() {
            "" => self.person_id.trim(),
            written => written,
        }
    }

    fn written(&self) -> &str {
        self.other_id.as_deref().unwrap_or_default().trim()
    }

    /// Whether it is the form of this member's row.
    fn is_of_row(&self, member: &str) -> bool {
        self.other_id.is_none() && self.person_id == member
    }

    /// What was ticked.
    pub fn designations(&self) -> Vec<Designation> {
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
            .map(|(designation, _)| designation)
            .collect()
    }
}

/// "Owner, operator".
pub fn words(designations: Designations) -> String {
    let names: Vec<&str> = designations.iter().map(Designation::as_str).collect();
    humanise(&names.join(", "))
}

/// Why nothing was changed, and the way out.
fn refusal(problem: &Problem) -> String {
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
        refused: Option<&Refused>,
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
        let rows: Vec<MemberRow> = page
            .items
            .into_iter()
            .map(|member| MemberRow::new(member, visit, refused))
            .collect();
        let adding = Adding::new(refused);
        let is_told = adding.refused.is_some() || rows.iter().any(|row| row.refused.is_some());
        Ok(Self {
            slug: place.engagement_slug.clone(),
            total: page.total_count,
            may_manage,
            candidates: candidates(known, refused),
            refused: refused
                .filter(|_| !(may_manage && is_told))
                .map(|refused| refused.words.clone()),
            adding,
            rows,
        })
    }

    fn more(&self) -> u64 {
        self.total.saturating_sub(self.rows.len() as u64)
    }
}

impl MemberRow {
    fn new(member: MemberView, visit: &Visit, refused: Option<&Refused>) -> Self {
        let id = member.person_id.to_string();
        let sent = refused.and_then(|refused| {
            let form = refused.form.as_ref()?;
            form.is_of_row(&id).then_some((refused, form))
        });
        Self {
            agent: member.kind == PersonKind::Agent,
            you: member.person_id == visit.caller.person_id,
            roles: member
                .designations
                .iter()
                .map(|designation| humanise(designation.as_str()))
                .collect(),
            read_only: member.read_only,
            choices: match sent {
                Some((_, form)) => choices(&form.designations()),
                None => choices(&member.designations.iter().collect::<Vec<_>>()),
            },
            refused: sent.map(|(refused, _)| refused.words.clone()),
            since: Moment::new(member.created_at, Reading::Clock, visit.now),
            name: member.name,
            id,
        }
    }
}

impl Adding {
    fn new(refused: Option<&Refused>) -> Self {
        let sent = refused.and_then(|refused| {
            let form = refused.form.as_ref()?;
            form.other_id.is_some().then_some((refused, form))
        });
        match sent {
            Some((refused, form)) => Self {
                other_id: form.written().to_owned(),
                choices: choices(&form.designations()),
                refused: Some(refused.words.clone()),
            },
            None => Self {
                other_id: String::new(),
                choices: choices(&[Designation::Contributor]),
                refused: None,
            },
        }
    }
}

/// By name, with whoever was chosen in the form that was refused.
fn candidates(known: BTreeMap<PersonId, String>, refused: Option<&Refused>) -> Vec<Candidate> {
    let form = refused.and_then(|refused| refused.form.as_ref());
    let mut candidates: Vec<Candidate> = known
        .into_iter()
        .map(|(id, name)| {
            let id = id.to_string();
            Candidate {
                chosen: form.is_some_and(|form| form.person_id == id),
                id,
                name,
            }
        })
        .collect();
    candidates.sort_by_key(|candidate| candidate.name.to_lowercase());
    candidates
}

fn choices(chosen: &[Designation]) -> [Choice; 5] {
    Designation::ALL.map(|designation| Choice {
        name: designation.as_str(),
        words: humanise(designation.as_str()),
        chosen: chosen.contains(&designation),
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
