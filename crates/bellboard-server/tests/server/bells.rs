//! The links in mails: they need no account, looking changes nothing, and one click ends the bells of an address.

use bellboard_hub::db::{Db, DbFault, Value as Parameter};
use reqwest::{Method, StatusCode};
use sha2::{Digest as _, Sha256};

use crate::house::House;

on_each_engine!(a_link_asks_before_it_does_anything_and_one_click_is_enough);

/// A bell for an address, whose links hold the tokens `yes` and `no`.
async fn bell(house: &House) {
    let hash = |token: &str| Parameter::from(<[u8; 32]>::from(Sha256::digest(token)));
    let (id, yes, no) = (house.hub.world().new_id(), hash("yes"), hash("no"));
    house
        .hub
        .db()
        .write(move |sql| {
            Box::pin(async move {
                sql.execute(
                    "insert into dashboards (engagement_id, id, title, description, view_spec, snapshot_policy, zone, keep_days,
                                             created_by, created_by_name, created_at, changed_at)
                     values ($1, $1, 'Open <runs>', '', '{}', 'manual', 'UTC', 30, $1, 'Ada', 7, 7)",
                    &[id.into()],
                )
                .await?;
                sql.execute(
                    "insert into subscriptions (engagement_id, id, dashboard_id, subscriber_kind, subscriber_id, threshold,
                                                threshold_key, baseline, confirm_hash, unsubscribe_hash, created_by,
                                                created_by_name, created_at, changed_at)
                     values ($1, $1, $1, 'email', 'ada@example.org', '{}', $2, 'previous', $2, $3, $1, 'Ada', 7, 7)",
                    &[id.into(), yes, no],
                )
                .await?;
                Ok::<_, DbFault>(())
            })
        })
        .await
        .unwrap();
}

/// Whether the address wants bells at this moment.
async fn wants(house: &House) -> bool {
    let row = house
        .hub
        .db()
        .read(|sql| {
            Box::pin(async move {
                let text = "select confirmed_at, disabled_at from subscriptions";
                sql.one(text, &[]).await
            })
        })
        .await;
    let row = row.unwrap().unwrap();
    row.opt_int(0).unwrap().is_some() && row.opt_int(1).unwrap().is_none()
}

async fn a_link_asks_before_it_does_anything_and_one_click_is_enough(db: Db) {
    let house = House::open(db).await;
    bell(&house).await;
    let get = async |path: &str| {
        let answer = house.request(Method::GET, path).send().await.unwrap();
        (answer.status(), answer.text().await.unwrap())
    };
    let (status, page) = get("/bells/confirm/yes").await;
    assert_eq!(status, StatusCode::OK);
    assert!(
        page.contains("Shall ada@example.org be told when it changes?"),
        "{page}"
    );
    assert!(page.contains("Open &#60;runs&#62;"), "{page}");
    assert!(!wants(&house).await, "looking changes nothing");

    // What a server of mail sends when somebody clicks (RFC 8058): no cookie, no origin, a form.
    let click = async |path: &str| {
        let request = house.request(Method::POST, path);
        let request = request
            .header("content-type", "application/x-www-form-urlencoded")
            .body("List-Unsubscribe=One-Click");
        let answer = request.send().await.unwrap();
        (answer.status(), answer.text().await.unwrap())
    };
    let (status, page) = click("/bells/confirm/yes").await;
    assert_eq!(status, StatusCode::OK);
    assert!(page.contains("You will be told"), "{page}");
    assert!(wants(&house).await);
    let (_, page) = get("/bells/end/no").await;
    assert!(
        page.contains("Shall the mails to ada@example.org end?"),
        "{page}"
    );
    assert!(wants(&house).await, "looking changes nothing");
    for _ in 0..2 {
        let (status, page) = click("/bells/end/no").await;
        assert_eq!(status, StatusCode::OK);
        assert!(page.contains("gets no more mails about"), "{page}");
        assert!(!wants(&house).await);
    }
    for path in ["/bells/end/maybe", "/bells/confirm/maybe"] {
        assert_eq!(get(path).await.0, StatusCode::NOT_FOUND);
        assert_eq!(click(path).await.0, StatusCode::NOT_FOUND);
    }
    house.close().await;
}
