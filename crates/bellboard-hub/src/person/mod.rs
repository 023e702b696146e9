//! People: humans who sign in, and agents that act for the human who answers for them.

use bellboard_core::id::PersonId;
use bellboard_core::page::{Cursor, CursorScope, Page};
use bellboard_core::text::Bounded;
use bellboard_core::time::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Hub;
use crate::call::{Call, PersonKind};
use crate::db::Row;
use crate::fault::{Fault, Outcome};
use crate::paging::{PageInput, page_of_rows};
use crate::session::{LinkDraft, LoginLinkView};
use crate::verbs::View;

pub mod store;

/// The input of a verb that needs none.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NoInput {}

/// The name of a new person.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CreatePerson {
    /// What others read, at most 100 characters.
    pub name: Bounded<100>,
}

/// Which person.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OfPerson {
    /// The person.
    pub person_id: PersonId,
}

/// The caller, to themselves.
#[derive(Debug, Serialize, JsonSchema)]
pub struct MeView {
    /// The caller.
    pub id: PersonId,
    /// Their name.
    pub name: String,
    /// Human or agent.
    pub kind: PersonKind,
    /// The human who answers for an agent.
    pub owner_id: Option<PersonId>,
    /// Whether they may add people to the hub.
    pub hub_owner: bool,
}

impl View for MeView {}

/// One person.
#[derive(Debug, Serialize, JsonSchema)]
pub struct PersonView {
    /// The person.
    pub id: PersonId,
    /// Their name.
    pub name: String,
    /// Human or agent.
    pub kind: PersonKind,
    /// The human who answers for an agent.
    pub owner_id: Option<PersonId>,
    /// When they were added.
    pub created_at: Timestamp,
    #[serde(skip)]
    new: bool,
}

impl View for PersonView {
    fn created(&self) -> bool {
        self.new
    }
}

/// A new human and the link for their first visit.
#[derive(Debug, Serialize, JsonSchema)]
pub struct InvitedView {
    /// The new person.
    pub person: PersonView,
    /// The link to hand to them.
    pub login_link: LoginLinkView,
}

impl View for InvitedView {
    fn created(&self) -> bool {
        true
    }
}

/// `get_me`.
pub async fn get_me(call: Call, _: NoInput) -> Outcome<MeView> {
    let caller = call.signed_in()?;
    Ok(MeView {
        id: caller.person_id,
        name: caller.name.clone(),
        kind: caller.kind,
        owner_id: caller.owner_id,
        hub_owner: caller.hub_owner,
    })
}

/// `create_agent`.
pub async fn create_agent(call: Call, input: CreatePerson) -> Outcome<PersonView> {
    let owner = call.unbounded_human()?.person_id;
    let agent = new_person(
        &call.hub,
        PersonKind::Agent,
        input.name.to_string(),
        Some(owner),
        false,
    );
    save(&call.hub, agent).await
}

/// `create_person`: only the owner of the hub adds humans.
pub async fn create_person(call: Call, input: CreatePerson) -> Outcome<InvitedView> {
    call.hub_owner()?;
    let human = new_person(
        &call.hub,
        PersonKind::Human,
        input.name.to_string(),
        None,
        false,
    );
    let link = LinkDraft::new(&call.hub, human.id)?;
    let login_link = link.view();
    let person = human.view();
    // Both or neither: a person without a link could not come in.
    call.hub
        .db()
        .write(move |sql| {
            Box::pin(async move {
                store::insert(sql, &human).await?;
                link.save(sql).await
            })
        })
        .await?;
    Ok(InvitedView { person, login_link })
}

/// `create_person_link`: for somebody who can no longer sign in.
pub async fn create_person_link(call: Call, input: OfPerson) -> Outcome<LoginLinkView> {
    call.hub_owner()?;
    let link = LinkDraft::new(&call.hub, input.person_id)?;
    let login_link = link.view();
    call.hub
        .db()
        .write(move |sql| {
            Box::pin(async move {
                if !store::is_human(sql, input.person_id).await? {
                    return Err(Fault::not_found());
                }
                link.save(sql).await
            })
        })
        .await?;
    Ok(login_link)
}

/// `list_agents`: the caller's own.
pub async fn list_agents(call: Call, input: PageInput) -> Outcome<Page<PersonView>> {
    let owner = call.unbounded_human()?.person_id;
    let scope = CursorScope {
        list: "me.agents",
        person: owner,
        filter: "",
    };
    let after = input.after(&scope)?;
    let limit = input.limit;
    let found = call
        .hub
        .db()
        .read(move |sql| {
            Box::pin(async move {
                let rows = store::agents(sql, owner, after, limit.get() + 1).await?;
                Ok::<_, Fault>((rows, store::agents_total(sql, owner).await?))
            })
        })
        .await?;
    page_of_rows(&found, limit, &scope, view, |agent| Cursor {
        at: agent.created_at,
        id: agent.id.uuid(),
    })
}

/// Makes the owner of an empty hub; `None` when the hub already has people. Two first starts at once make one owner.
pub async fn found_hub(hub: &Hub, name: &str) -> Outcome<Option<PersonId>> {
    let owner = new_person(hub, PersonKind::Human, name.to_owned(), None, true);
    hub.db()
        .write(move |sql| {
            Box::pin(async move {
                let made = store::insert_first(sql, &owner).await?;
                Ok(made.then_some(owner.id))
            })
        })
        .await
}

/// The owner of the hub: the first person.
pub async fn hub_owner(hub: &Hub) -> Outcome<Option<PersonId>> {
    hub.db()
        .read(|sql| Box::pin(async move { store::hub_owner(sql).await }))
        .await
}

/// A person about to be stored.
pub(crate) struct NewPerson {
    pub(crate) id: PersonId,
    pub(crate) kind: PersonKind,
    pub(crate) name: String,
    pub(crate) owner_id: Option<PersonId>,
    pub(crate) hub_owner: bool,
    pub(crate) created_at: Timestamp,
}

fn new_person(
    hub: &Hub,
    kind: PersonKind,
    name: String,
    owner_id: Option<PersonId>,
    hub_owner: bool,
) -> NewPerson {
    NewPerson {
        id: PersonId::from_uuid(hub.world().new_id()),
        kind,
        name,
        owner_id,
        hub_owner,
        created_at: hub.now(),
    }
}

impl NewPerson {
    fn view(&self) -> PersonView {
        PersonView {
            id: self.id,
            name: self.name.clone(),
            kind: self.kind,
            owner_id: self.owner_id,
            created_at: self.created_at,
            new: true,
        }
    }
}

async fn save(hub: &Hub, person: NewPerson) -> Outcome<PersonView> {
    let view = person.view();
    hub.db()
        .write(move |sql| Box::pin(async move { store::insert(sql, &person).await }))
        .await?;
    Ok(view)
}

fn view(row: &Row) -> Outcome<PersonView> {
    Ok(PersonView {
        id: PersonId::from_uuid(row.id(0)?),
        name: row.text(1)?,
        kind: PersonKind::parse(&row.text(2)?),
        owner_id: row.opt_id(3)?.map(PersonId::from_uuid),
        created_at: row.time(4)?,
        new: false,
    })
}
