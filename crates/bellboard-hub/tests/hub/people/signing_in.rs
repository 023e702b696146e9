//! One-time links and browser sessions: there is no password and no default account.

use std::time::Duration;

use bellboard_core::id::PersonId;
use bellboard_hub::call::Credential;
use bellboard_hub::db::Engine;
use bellboard_hub::fault::FaultKind;
use bellboard_hub::{person, session};
use serde_json::json;

use crate::fixture::{HubFixture, told};

on_each_engine!(
    the_first_start_makes_exactly_one_owner,
    a_link_signs_in_once,
    of_many_who_use_a_link_at_once_one_is_signed_in,
    a_link_ends_after_fifteen_minutes,
    a_session_ends_when_nobody_uses_it,
    a_session_ends_after_seven_days_in_any_case,
    a_session_ends_when_its_owner_signs_out,
    a_session_is_good_while_nothing_can_be_written,
    a_secret_is_good_for_its_own_purpose_only,
    secrets_are_stored_as_hashes_only,
    only_the_owner_of_the_hub_adds_people,
    whoever_was_locked_out_gets_a_link_from_the_owner_of_the_hub,
);

async fn the_first_start_makes_exactly_one_owner(fixture: HubFixture) {
    let none = person::hub_owner(&fixture.hub).await.unwrap();
    assert_eq!(none, None, "there is no default account");
    let owner = fixture.founder().await;
    assert_eq!(
        person::found_hub(&fixture.hub, "Second").await.unwrap(),
        None
    );
    let known = person::hub_owner(&fixture.hub).await.unwrap();
    assert_eq!(known, Some(owner.person_id));
    let me = fixture.ok(&owner, "get_me", json!({})).await;
    assert_eq!(me["name"], "Olive");
    assert_eq!(me["kind"], "human");
    assert_eq!(me["hub_owner"], true);
}

/// The secret in a fresh link for this person.
async fn link_for(fixture: &HubFixture, person: PersonId) -> String {
    let link = session::new_link(&fixture.hub, person).await.unwrap();
    assert_eq!(link.expires_at, fixture.hub.now() + Duration::from_mins(15));
    let secret = link.url_path.strip_prefix("/login?link=");
    secret.expect("the path carries the secret").to_owned()
}

async fn signed_in(fixture: &HubFixture, person: PersonId) -> String {
    let link = link_for(fixture, person).await;
    session::redeem_link(&fixture.hub, &link)
        .await
        .unwrap()
        .expect("a fresh link is good")
}

async fn is_good(fixture: &HubFixture, secret: &str) -> bool {
    session::authenticate(&fixture.hub, secret)
        .await
        .unwrap()
        .is_some()
}

async fn a_link_signs_in_once(fixture: HubFixture) {
    let owner = fixture.founder().await;
    let link = link_for(&fixture, owner.person_id).await;
    let session = session::redeem_link(&fixture.hub, &link).await.unwrap();
    let session = session.expect("the link is good");
    assert!(session.starts_with("bbs_"));
    let caller = session::authenticate(&fixture.hub, &session).await.unwrap();
    let caller = caller.expect("the session is good");
    assert_eq!(caller.person_id, owner.person_id);
    assert!(matches!(caller.credential, Credential::Session(_)));
    let again = session::redeem_link(&fixture.hub, &link).await.unwrap();
    assert_eq!(again, None, "the link is used up");
}

async fn of_many_who_use_a_link_at_once_one_is_signed_in(fixture: HubFixture) {
    let owner = fixture.founder().await;
    for _ in 0..10 {
        let link = link_for(&fixture, owner.person_id).await;
        let attempts = (0..8).map(|_| session::redeem_link(&fixture.hub, &link));
        let told = futures_util::future::join_all(attempts).await;
        let signed_in = told.iter().filter(|one| one.as_ref().unwrap().is_some());
        assert_eq!(signed_in.count(), 1);
    }
}

async fn a_link_ends_after_fifteen_minutes(fixture: HubFixture) {
    let owner = fixture.founder().await;
    let (early, late) = (
        link_for(&fixture, owner.person_id).await,
        link_for(&fixture, owner.person_id).await,
    );
    fixture
        .world
        .advance(Duration::from_mins(15) - Duration::from_micros(1));
    assert!(
        session::redeem_link(&fixture.hub, &early)
            .await
            .unwrap()
            .is_some()
    );
    fixture.world.advance(Duration::from_micros(1));
    assert!(
        session::redeem_link(&fixture.hub, &late)
            .await
            .unwrap()
            .is_none()
    );
}

async fn a_session_ends_when_nobody_uses_it(fixture: HubFixture) {
    let owner = fixture.founder().await;
    let session = signed_in(&fixture, owner.person_id).await;
    // Every use begins the twelve hours anew.
    for _ in 0..5 {
        fixture
            .world
            .advance(Duration::from_hours(12) - Duration::from_micros(1));
        assert!(is_good(&fixture, &session).await);
    }
    fixture.world.advance(Duration::from_hours(12));
    assert!(!is_good(&fixture, &session).await);
}

async fn a_session_ends_after_seven_days_in_any_case(fixture: HubFixture) {
    let owner = fixture.founder().await;
    let session = signed_in(&fixture, owner.person_id).await;
    for _ in 0..7 * 24 - 1 {
        fixture.world.advance(Duration::from_hours(1));
        assert!(is_good(&fixture, &session).await);
    }
    fixture.world.advance(Duration::from_hours(1));
    assert!(!is_good(&fixture, &session).await);
}

async fn a_session_ends_when_its_owner_signs_out(fixture: HubFixture) {
    let owner = fixture.founder().await;
    let (one, other) = (
        signed_in(&fixture, owner.person_id).await,
        signed_in(&fixture, owner.person_id).await,
    );
    session::sign_out(&fixture.hub, &one).await.unwrap();
    session::sign_out(&fixture.hub, &one).await.unwrap();
    assert!(!is_good(&fixture, &one).await);
    assert!(is_good(&fixture, &other).await);
}

async fn a_session_is_good_while_nothing_can_be_written(fixture: HubFixture) {
    let owner = fixture.founder().await;
    let session = signed_in(&fixture, owner.person_id).await;
    let refuse = match fixture.hub.db().engine() {
        Engine::Sqlite => {
            "create trigger nothing_can_be_written before update on sessions begin select raise(abort, 'full'); end"
        }
        Engine::Postgres => "alter table sessions add check (last_seen_at = created_at)",
    };
    fixture.execute(refuse, vec![]).await;
    fixture.world.advance(Duration::from_hours(1));
    assert!(is_good(&fixture, &session).await);
    let kept = "select count(*) from sessions where last_seen_at > created_at";
    assert_eq!(fixture.count(kept, vec![]).await, 0);
}

async fn a_secret_is_good_for_its_own_purpose_only(fixture: HubFixture) {
    let owner = fixture.founder().await;
    let link = link_for(&fixture, owner.person_id).await;
    assert!(!is_good(&fixture, &link).await, "a link is no session");
    let session = signed_in(&fixture, owner.person_id).await;
    let made = fixture
        .ok(&owner, "create_token", json!({"name": "ci"}))
        .await;
    let token = made["secret"].as_str().unwrap();
    for no_link in [&session, token, "", "bbl_", "nonsense"] {
        let redeemed = session::redeem_link(&fixture.hub, no_link).await.unwrap();
        assert_eq!(redeemed, None, "{no_link}");
    }
    for broken in [
        "",
        "bbs_",
        &session.replacen("bbs_", "bbp_", 1),
        &token[1..],
        &format!("{token}0"),
    ] {
        assert!(!is_good(&fixture, broken).await, "{broken}");
    }
}

async fn secrets_are_stored_as_hashes_only(fixture: HubFixture) {
    let owner = fixture.founder().await;
    signed_in(&fixture, owner.person_id).await;
    fixture
        .ok(&owner, "create_token", json!({"name": "ci"}))
        .await;
    for stored in [
        "select secret_hash from tokens",
        "select secret_hash from sessions",
        "select secret_hash from login_links",
    ] {
        let rows = fixture.rows(stored, vec![]).await;
        assert_eq!(rows[0].blob(0).unwrap().len(), 32, "{stored}");
    }
    let listed = fixture.ok(&owner, "list_tokens", json!({})).await;
    assert!(listed["items"][0].get("secret").is_none());
    assert_eq!(listed["items"][0]["hint"].as_str().unwrap().len(), 8);
}

async fn only_the_owner_of_the_hub_adds_people(fixture: HubFixture) {
    let owner = fixture.founder().await;
    let invited = fixture
        .ok(&owner, "create_person", json!({"name": "Pia"}))
        .await;
    let link = invited["login_link"]["url_path"].as_str().unwrap();
    let secret = link.strip_prefix("/login?link=").unwrap();
    let session = session::redeem_link(&fixture.hub, secret).await.unwrap();
    let pia = session::authenticate(&fixture.hub, &session.unwrap()).await;
    let pia = pia.unwrap().expect("the invited one is signed in");
    assert_eq!(pia.name, "Pia");
    assert!(!pia.hub_owner);
    let name = json!({"name": "Quentin"});
    let fault = fixture.refused(&pia, "create_person", name.clone()).await;
    assert_eq!(told(&fault), (FaultKind::Forbidden, "hub_owner_only", None));
    let agent = fixture.agent(&owner, "Helper").await;
    let fault = fixture.refused(&agent, "create_person", name).await;
    assert_eq!(told(&fault), (FaultKind::Forbidden, "human_only", None));
    for bad in [
        json!({}),
        json!({"name": ""}),
        json!({"name": "x".repeat(101)}),
    ] {
        let fault = fixture.refused(&owner, "create_person", bad).await;
        assert_eq!(
            told(&fault),
            (FaultKind::Invalid, "invalid_input", Some("name"))
        );
    }
}

async fn whoever_was_locked_out_gets_a_link_from_the_owner_of_the_hub(fixture: HubFixture) {
    let owner = fixture.founder().await;
    let locked_out = fixture.human(&owner, "Lena").await;
    let agent = fixture.agent(&owner, "Helper").await;
    let of = |person: PersonId| json!({ "person_id": person });
    let link = fixture
        .ok(&owner, "create_person_link", of(locked_out.person_id))
        .await;
    let secret = link["url_path"].as_str().unwrap();
    let secret = secret.strip_prefix("/login?link=").unwrap();
    let session = session::redeem_link(&fixture.hub, secret).await.unwrap();
    let session = session.expect("the link is good");
    let caller = session::recognise(&fixture.hub, &session).await.unwrap();
    assert_eq!(
        caller.map(|caller| caller.person_id),
        Some(locked_out.person_id)
    );

    let fault = fixture
        .refused(&locked_out, "create_person_link", of(owner.person_id))
        .await;
    assert_eq!(told(&fault), (FaultKind::Forbidden, "hub_owner_only", None));
    let fault = fixture
        .refused(&owner, "create_person_link", of(agent.person_id))
        .await;
    assert_eq!(told(&fault), (FaultKind::NotFound, "not_found", None));
}
