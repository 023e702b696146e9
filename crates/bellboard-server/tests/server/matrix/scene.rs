//! What the matrix is tried on: two engagements, what is in them, and everybody who calls.

use bellboard_core::membership::Designation;
use bellboard_hub::db::DbFault;
use bellboard_hub::verbs::Verb;
use reqwest::StatusCode;
use uuid::Uuid;

use super::callers::{agents, human, signed_out};
use super::place::{nowhere, place};
use super::{Aim, Caller, Place, Sign};
use crate::house::{House, Person, body};

/// Two engagements and everybody who may or may not touch them.
pub struct Scene {
    pub callers: Vec<Caller>,
    owner: Person,
    guest: Person,
    mine: Place,
    another: Place,
    never: Place,
}

impl Scene {
    pub async fn set(house: &House) -> Self {
        let founder = house.founder().await;
        let owner = house.human(&founder, "Owner").await;
        let stranger = house.human(&founder, "Stranger").await;
        let guest = house.human(&founder, "Guest").await;
        let mine = house.engagement(&owner, "Mine").await;
        house.engagement(&stranger, "Third").await;
        let elsewhere = house.human(&founder, "Owner elsewhere").await;
        let another = house.engagement(&elsewhere, "Another").await;

        let mut callers = signed_out(house, &founder, &owner).await;
        for (name, designation) in [
            ("reader", Designation::Reader),
            ("domain expert", Designation::DomainExpert),
            ("contributor", Designation::Contributor),
            ("operator", Designation::Operator),
        ] {
            let person = house.human(&founder, name).await;
            house
                .put_member(&owner, &mine, person.id, &[designation.as_str()])
                .await;
            callers.push(human(name, &person, Some(designation)));
        }
        callers.push(human("owner", &owner, Some(Designation::Owner)));
        callers.push(human("member of another engagement", &stranger, None));
        let former = house.human(&founder, "Former").await;
        house.put_member(&owner, &mine, former.id, &["owner"]).await;
        let path = format!("/engagements/{mine}/members/{}", former.id);
        let leave = house
            .request(reqwest::Method::DELETE, &path)
            .bearer_auth(&owner.token);
        body(leave, StatusCode::OK).await;
        callers.push(human("former member", &former, None));
        callers.push(Caller {
            hub_owner: true,
            ..human("hub owner", &founder, None)
        });
        let session = Sign::Cookie(house.cookie(owner.id).await);
        callers.push(Caller {
            sign: session,
            ..human("owner", &owner, Some(Designation::Owner))
        });
        callers.extend(agents(house, &owner, &mine).await);

        let scene = Self {
            mine: place(house, &owner, mine, "mine").await,
            another: place(house, &elsewhere, another, "another").await,
            never: nowhere(house),
            callers,
            owner,
            guest,
        };
        house
            .put_member(
                &scene.owner,
                &scene.mine.engagement,
                scene.guest.id,
                &["reader"],
            )
            .await;
        scene
    }

    pub fn place(&self, aim: Aim) -> &Place {
        match aim {
            Aim::Mine => &self.mine,
            Aim::Another => &self.another,
            Aim::Never => &self.never,
        }
    }

    /// What a verb takes away is put back before the next cell.
    pub async fn prepare(&self, house: &House, verb: &Verb, aim: Aim) {
        if aim == Aim::Mine && verb.name == "delete_subscription" {
            self.subscribe_again(house).await;
        }
        if aim == Aim::Mine && verb.name == "delete_member" {
            let member = self.mine.member.parse().unwrap();
            house
                .put_member(&self.owner, &self.mine.engagement, member, &["reader"])
                .await;
        }
    }
}

impl Scene {
    /// The owner's subscription under the id that it had.
    async fn subscribe_again(&self, house: &House) {
        let uuid = |text: &str| Uuid::parse_str(text).unwrap();
        let owner = self.owner.id.uuid();
        let values: Vec<bellboard_hub::db::Value> = vec![
            uuid(&self.mine.engagement).into(),
            uuid(&self.mine.subscription).into(),
            uuid(&self.mine.dashboard).into(),
            owner.to_string().into(),
            owner.into(),
            [7_u8; 32].into(),
        ];
        let text = "insert into subscriptions (engagement_id, id, dashboard_id, subscriber_kind, subscriber_id, person_id,
                                               threshold, threshold_key, baseline, created_by, created_by_name, created_at,
                                               changed_at)
                    values ($1, $2, $3, 'persona', $4, $5, '{\"set_removed_min\":1}', $6, 'previous', $5, 'Owner', 1, 1)
                    on conflict do nothing";
        let again = house.hub.db().write::<_, DbFault, _>(move |sql| {
            Box::pin(async move { sql.execute(text, &values).await })
        });
        again.await.unwrap();
    }
}
