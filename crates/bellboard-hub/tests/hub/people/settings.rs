//! What a person prefers.

use bellboard_hub::fault::FaultKind;
use serde_json::json;

use crate::fixture::HubFixture;

on_each_engine!(
    settings_are_each_persons_own,
    a_setting_outside_its_choices_changes_nothing,
);

async fn settings_are_each_persons_own(fixture: HubFixture) {
    let founder = fixture.founder().await;
    let mara = fixture.human(&founder, "Mara").await;
    let untouched = json!({"theme": "system", "single_keys": true, "undo_seconds": 8});
    let chosen = json!({"theme": "dark", "single_keys": false, "undo_seconds": 60});
    assert_eq!(
        fixture.ok(&mara, "get_settings", json!({})).await,
        untouched
    );
    for wanted in [&chosen, &chosen, &untouched, &chosen] {
        assert_eq!(
            &fixture.ok(&mara, "put_settings", wanted.clone()).await,
            wanted
        );
        assert_eq!(&fixture.ok(&mara, "get_settings", json!({})).await, wanted);
    }
    assert_eq!(
        fixture.ok(&founder, "get_settings", json!({})).await,
        untouched
    );
}

async fn a_setting_outside_its_choices_changes_nothing(fixture: HubFixture) {
    let mara = fixture.founder().await;
    let chosen = json!({"theme": "dark", "single_keys": false, "undo_seconds": 20});
    fixture.ok(&mara, "put_settings", chosen.clone()).await;
    for (field, value) in [
        ("theme", json!("pink")),
        ("theme", json!(null)),
        ("single_keys", json!("yes")),
        ("undo_seconds", json!(9)),
        ("undo_seconds", json!(-8)),
        ("undo_seconds", json!(264)),
        ("undo_seconds", json!("8")),
    ] {
        let mut input = json!({"theme": "light", "single_keys": true, "undo_seconds": 8});
        input[field] = value.clone();
        let fault = fixture.refused(&mara, "put_settings", input).await;
        assert_eq!(fault.kind, FaultKind::Invalid, "{field} {value}");
        assert_eq!(fault.field.as_deref(), Some(field), "{value}: {fault:?}");
    }
    assert_eq!(fixture.ok(&mara, "get_settings", json!({})).await, chosen);
}
