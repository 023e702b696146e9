//! The pages of dashboards, as a browser without JavaScript meets them.

use bellboard_hub::db::Db;
use reqwest::header::CONTENT_TYPE;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::house::{House, Person, body};
use crate::pages::Browser;

on_each_engine!(
    the_list_tells_what_changed_last_and_how_many_bells_hang_on_each,
    now_asks_the_question_at_this_moment_and_keeps_nothing,
    changes_tell_what_differs_between_two_snapshots,
    a_pair_of_snapshots_is_an_address,
    changes_of_ten_thousand_rows_stay_a_small_page,
    snapshots_are_picked_downloaded_and_drawn,
    every_fault_of_a_question_is_named_in_the_form,
    a_dashboard_is_made_changed_and_archived_with_a_form,
    who_only_reads_is_offered_no_form,
    what_is_not_yours_has_no_page,
);

/// A hub with one dashboard of pushed rows.
pub struct Scene {
    pub house: House,
    pub founder: Person,
    pub engagement: String,
    pub board: String,
    cookie: String,
}

impl Scene {
    pub async fn set(db: Db) -> Self {
        Self::of(House::open(db).await).await
    }

    /// The same in a server of its own kind.
    pub async fn of(house: House) -> Self {
        let founder = house.founder().await;
        let engagement = house.engagement(&founder, "Lindgren Lab").await;
        let cookie = house.cookie(founder.id).await;
        let mut scene = Self {
            house,
            founder,
            engagement,
            board: String::new(),
            cookie,
        };
        scene.board = scene.dashboard("Hypothesis <board>").await;
        scene
    }

    /// A dashboard whose rows are pushed, the highest score first.
    pub async fn dashboard(&self, title: &str) -> String {
        let spec = json!({"source": "pushed", "id_field": "id", "columns": ["id", "name", "score"],
            "order_by": [{"field": "score", "direction": "desc"}]});
        let wish = json!({"title": title, "view_spec_json": spec});
        let request = self.house.post(&self.founder, "/dashboards", &wish);
        let made = body(request, StatusCode::CREATED).await;
        made["id"].as_str().unwrap().to_owned()
    }

    /// Pushes rows of id, name and score; the id of the snapshot that was taken.
    pub async fn push(&self, rows: &[(&str, f64)]) -> String {
        let rows: Vec<Value> = rows
            .iter()
            .map(|(name, score)| json!({"id": name.to_lowercase(), "name": name, "score": score}))
            .collect();
        let request = self
            .house
            .request(Method::POST, &format!("/dashboard/{}/rows", self.board))
            .bearer_auth(&self.founder.token)
            .header(CONTENT_TYPE, "application/json")
            .body(Value::from(rows).to_string());
        let pushed = body(request, StatusCode::CREATED).await;
        pushed["snapshot"]["id"].as_str().unwrap().to_owned()
    }

    pub fn browser(&self) -> Browser<'_> {
        Browser::again(&self.house, &self.cookie)
    }

    pub async fn page(&self, path: &str) -> String {
        self.browser().page(path).await
    }

    /// A page of the dashboard.
    pub async fn tab(&self, path: &str) -> String {
        self.page(&format!("/ui/dashboards/{}{path}", self.board))
            .await
    }
}

#[track_caller]
pub fn has(page: &str, words: &[&str]) {
    for words in words {
        assert!(page.contains(words), "{words}: {page}");
    }
}

#[track_caller]
pub fn lacks(page: &str, words: &[&str]) {
    for words in words {
        assert!(!page.contains(words), "{words}: {page}");
    }
}

async fn the_list_tells_what_changed_last_and_how_many_bells_hang_on_each(db: Db) {
    let scene = Scene::set(db).await;
    let list = scene.page("/ui/dashboards").await;
    has(
        &list,
        &[
            "1 dashboard. ",
            "Hypothesis &#60;board&#62;",
            "No snapshot yet.",
            "snapshot when somebody asks",
            "0 bells",
            "href=\"/ui/dashboards\" aria-current=\"page\"",
        ],
    );
    lacks(&list, &["<board>", "class=\"rib\""]);
    scene.push(&[("Apoe", 0.81), ("Tau", 0.79)]).await;
    let list = scene.page("/ui/dashboards").await;
    has(&list, &["One snapshot; nothing to compare it with yet."]);
    scene.push(&[("Apoe", 0.81), ("Tau", 0.9)]).await;
    // An unchanged one does not hide what changed last.
    scene.push(&[("Apoe", 0.81), ("Tau", 0.9)]).await;
    let bell = json!({"subscriber_kind": "persona", "subscriber_id": scene.founder.id,
        "threshold_json": {"set_added_min": 1}});
    let path = format!("/dashboard/{}/subscriptions", scene.board);
    body(
        scene.house.post(&scene.founder, &path, &bell),
        StatusCode::CREATED,
    )
    .await;
    let list = scene.page("/ui/dashboards").await;
    has(
        &list,
        &[
            "Tau took the lead from second. 1 row changed score.",
            "1 bell<",
        ],
    );
    assert_eq!(list.matches("rx=\"1.5\"/>").count(), 3, "{list}");
    scene
        .push(&[("Apoe", 0.81), ("Tau", 0.9), ("Sleep", 0.1)])
        .await;
    let list = scene.page("/ui/dashboards").await;
    has(&list, &["1 row is new.", "<rect class=\"ring\""]);
    let path = format!("/dashboard/{}/archive", scene.board);
    let archive = scene.house.request(Method::PATCH, &path);
    body(archive.bearer_auth(&scene.founder.token), StatusCode::OK).await;
    lacks(&scene.page("/ui/dashboards").await, &["Hypothesis"]);
    let archived = scene.page("/ui/dashboards?archived=1").await;
    has(&archived, &["1 dashboard out of use.", "Hypothesis"]);
    scene.house.close().await;
}

async fn now_asks_the_question_at_this_moment_and_keeps_nothing(db: Db) {
    let scene = Scene::set(db).await;
    has(&scene.tab("").await, &["No rows yet."]);
    scene.push(&[("Apoe", 0.66), ("Tau <b>", 0.795)]).await;
    let now = scene.tab("").await;
    has(
        &now,
        &[
            "2 rows match.",
            "What it answers now",
            "<th scope=\"row\">Tau &#60;b&#62;</th>",
            "<td class=\"r\">0.660</td>",
            "<td class=\"r\">0.795</td>",
            "aria-current=\"page\">Now</a>",
        ],
    );
    let snapshots = format!("/dashboard/{}/snapshots", scene.board);
    let kept = async || {
        let list = scene.house.get(&scene.founder, &snapshots);
        body(list, StatusCode::OK).await["total_count"].clone()
    };
    assert_eq!(kept().await, 1);
    let take = format!("/ui/dashboards/{}/snapshot", scene.board);
    let place = scene.browser().submit(&take, "").await;
    assert!(place.starts_with(&format!("/ui/dashboards/{}", scene.board)));
    assert_eq!(kept().await, 2);
    let many: Vec<(String, f64)> = (0..130).map(|n| (format!("R{n}"), f64::from(n))).collect();
    let many: Vec<(&str, f64)> = many.iter().map(|(name, n)| (name.as_str(), *n)).collect();
    scene.push(&many).await;
    let first = scene.tab("").await;
    has(
        &first,
        &["130 rows match.", ">R30<", "?from=101\">Rows after"],
    );
    lacks(&first, &[">R29<", "Rows before"]);
    let rest = scene.tab("?from=101").await;
    has(&rest, &[">R29<", ">R0<", "?from=1\">Rows before"]);
    lacks(&rest, &[">R30<", "Rows after"]);
    let path = format!("/dashboard/{}/archive", scene.board);
    let archive = scene.house.request(Method::PATCH, &path);
    body(archive.bearer_auth(&scene.founder.token), StatusCode::OK).await;
    let archived = scene.tab("").await;
    has(
        &archived,
        &["What it answered last", "stays readable", ">R129<"],
    );
    lacks(&archived, &["Take snapshot"]);
    let refused = scene.browser().post(&take, "").await;
    assert_eq!(refused.status(), StatusCode::CONFLICT);
    has(
        &refused.text().await.unwrap(),
        &["role=\"alert\"", "No snapshot was taken."],
    );
    scene.house.close().await;
}

async fn what_is_not_yours_has_no_page(db: Db) {
    let scene = Scene::set(db).await;
    let stranger = scene.house.human(&scene.founder, "Stranger").await;
    let reader = scene.house.human(&scene.founder, "Reader").await;
    scene
        .house
        .put_member(&scene.founder, &scene.engagement, reader.id, &["reader"])
        .await;
    let page = format!("/ui/dashboards/{}", scene.board);
    let browser = Browser::of(&scene.house, &stranger).await;
    for path in [page.as_str(), "/ui/dashboards/no-id"] {
        assert_eq!(browser.open(path).await.status(), StatusCode::NOT_FOUND);
    }
    let take = format!("{page}/snapshot");
    let refused = browser.post(&take, "").await;
    assert_eq!(refused.status(), StatusCode::NOT_FOUND);
    lacks(&browser.page("/ui/dashboards").await, &["Hypothesis"]);
    let browser = Browser::of(&scene.house, &reader).await;
    lacks(&browser.page(&page).await, &["Take snapshot"]);
    let refused = browser.post(&take, "").await;
    assert_eq!(refused.status(), StatusCode::FORBIDDEN);
    scene.house.close().await;
}

async fn changes_tell_what_differs_between_two_snapshots(db: Db) {
    let scene = Scene::set(db).await;
    has(
        &scene.tab("/changes").await,
        &[
            "There is nothing to compare yet.",
            "aria-current=\"page\">Changes</a>",
        ],
    );
    let first = scene
        .push(&[
            ("Apoe", 0.812),
            ("Tau", 0.797),
            ("Trem <2>", 0.781),
            ("Insulin", 0.5),
        ])
        .await;
    has(
        &scene.tab("/changes").await,
        &["There is nothing to compare yet."],
    );
    let second = scene
        .push(&[
            ("Apoe", 0.812),
            ("Tau", 0.797),
            ("Trem <2>", 0.845),
            ("Lactate", 0.6),
        ])
        .await;
    let changes = scene.tab("/changes").await;
    has(
        &changes,
        &[
            "Trem &#60;2&#62; took the lead from third. 1 row changed score, 1 is new, 1 is gone.",
            "<th scope=\"row\">Trem &#60;2&#62;</th>",
            "<td class=\"r w\">0.781</td><td class=\"r v\">0.845</td><td class=\"r blue\">+8.2 %</td>",
            "<th scope=\"col\" class=\"r w\">Score was</th>",
            "<span class=\"tag blue\">new</span>",
            "<li class=\"gone\"><span>Insulin</span>",
            "Gone: <b>Insulin</b>.",
            "<path class=\"mv\" d=\"M0 90C75 90 75 18 150 18\"/>",
            "<tr class=\"same\"><td class=\"rank\">2</td>",
            &format!("<option value=\"{first}\""),
            &format!("diff?a={first}&#38;b={second}"),
        ],
    );
    lacks(&changes, &["<2>", "rel=\"prev\"", "rel=\"next\"", "style="]);
    scene.house.close().await;
}

async fn a_pair_of_snapshots_is_an_address(db: Db) {
    let scene = Scene::set(db).await;
    let first = scene
        .push(&[
            ("Apoe", 0.812),
            ("Tau", 0.797),
            ("Trem", 0.781),
            ("Insulin", 0.5),
        ])
        .await;
    let second = scene
        .push(&[
            ("Apoe", 0.812),
            ("Tau", 0.797),
            ("Trem", 0.845),
            ("Lactate", 0.6),
        ])
        .await;
    let third = scene.push(&[("Apoe", 0.9), ("Tau", 0.8)]).await;
    let newest = scene.tab("/changes").await;
    has(
        &newest,
        &[&format!(
            "rel=\"prev\" href=\"/ui/dashboards/{}/changes?b={second}\"",
            scene.board
        )],
    );
    let earlier = scene.tab(&format!("/changes?b={second}")).await;
    has(
        &earlier,
        &[
            "took the lead from third",
            &format!(
                "rel=\"next\" href=\"/ui/dashboards/{}/changes?b={third}\"",
                scene.board
            ),
        ],
    );
    // Links in mails and notifications name the pair; the wrong way round it is turned.
    for pair in [
        format!("a={first}&b={third}"),
        format!("a={third}&b={first}"),
    ] {
        for path in [format!("?{pair}"), format!("/changes?{pair}")] {
            let page = scene.tab(&path).await;
            has(
                &page,
                &[
                    "2 rows changed score, 2 are gone.",
                    &format!("<option value=\"{first}\" data-as=\"clock\""),
                    &format!("diff?a={first}&#38;b={third}"),
                ],
            );
        }
    }
    let same = scene.tab(&format!("/changes?a={first}&b={first}")).await;
    has(&same, &["Nothing changed."]);
    let other = scene.dashboard("Another").await;
    for path in [
        format!("/ui/dashboards/{other}/changes?b={first}"),
        format!("/ui/dashboards/{}/changes?a=none", scene.board),
    ] {
        let answer = scene.browser().open(&path).await;
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{path}");
    }
    scene.house.close().await;
}

async fn changes_of_ten_thousand_rows_stay_a_small_page(db: Db) {
    let scene = Scene::set(db).await;
    let names: Vec<String> = (0..10_000).map(|n| format!("Row number {n}")).collect();
    let rows = |factor: f64| -> Vec<(&str, f64)> {
        let scored = names.iter().zip(0..);
        scored
            .map(|(name, n)| (name.as_str(), 1_000.0 + f64::from(n) * factor))
            .collect()
    };
    scene.push(&rows(1.0)).await;
    scene.push(&rows(1.1)).await;
    let page = scene.tab("/changes").await;
    has(
        &page,
        &[
            "9999 rows changed score.",
            "more rows changed, moved, came or went",
        ],
    );
    assert!(page.len() < 60_000, "{} bytes", page.len());
    scene.house.close().await;
}

async fn snapshots_are_picked_downloaded_and_drawn(db: Db) {
    let scene = Scene::set(db).await;
    has(&scene.tab("/snapshots").await, &["No snapshot yet."]);
    let first = scene.push(&[("Apoe", 3.0), ("Tau", 2.0)]).await;
    let second = scene.push(&[("Apoe", 3.0), ("Tau", 4.0)]).await;
    let few = scene.tab("/snapshots").await;
    has(
        &few,
        &[
            "2 snapshots, kept for 400 days.",
            "The first that is kept.",
            "1 row changed.",
            "pushed rows",
            &format!("name=\"a\" value=\"{first}\" checked"),
            &format!("name=\"b\" value=\"{second}\" checked"),
            &format!("href=\"/api/snapshots/{second}/download?form=csv\""),
        ],
    );
    lacks(&few, &["class=\"bump\""]);
    let csv = format!("/api/snapshots/{second}/download?form=csv");
    let csv = scene.browser().open(&csv).await;
    assert_eq!(csv.status(), StatusCode::OK);
    assert!(csv.text().await.unwrap().starts_with("id,name,score"));
    scene.push(&[("Sleep", 9.0), ("Tau", 4.0)]).await;
    let many = scene.tab("/snapshots").await;
    has(
        &many,
        &[
            "How the first ranks moved over 3 snapshots",
            "class=\"bump\"",
            "<path class=\"mv\" d=\"M0 54C50 54 50 18 100 18\"/>",
            "not among the first",
            "Compare the two that are picked",
        ],
    );
    // The form is a plain address.
    let picked = scene.tab(&format!("/changes?a={first}&b={second}")).await;
    has(&picked, &["Tau took the lead from second."]);
    for number in 0..50 {
        scene.push(&[("Apoe", f64::from(number))]).await;
    }
    let newest = scene.tab("/snapshots").await;
    assert_eq!(newest.matches("name=\"a\"").count(), 48);
    let older = newest.split("snapshots?before=").nth(1).unwrap();
    let older = older.split('"').next().unwrap();
    let older = scene.tab(&format!("/snapshots?before={older}")).await;
    assert_eq!(older.matches("name=\"a\"").count(), 5);
    lacks(&older, &["class=\"bump\"", "Older snapshots"]);
    scene.house.close().await;
}

async fn every_fault_of_a_question_is_named_in_the_form(db: Db) {
    let scene = Scene::set(db).await;
    let list = scene.page("/ui/dashboards").await;
    has(&list, &["href=\"/ui/dashboards/new\">New dashboard</a>"]);
    let blank = scene.page("/ui/dashboards/new").await;
    has(
        &blank,
        &[
            "<input type=\"hidden\" name=\"at\" value=\"lindgren-lab\">",
            "&#34;source&#34;: &#34;runs&#34;",
            "Sources and their fields",
            "duration_seconds",
        ],
    );
    let wrong = "title=Runs+%3Cnow%3E&policy=hourly&keep_days=30&zone=UTC&description=&at=lindgren-lab&spec=";
    let refused = async |spec: &str, said: &[&str]| {
        let answer = scene
            .browser()
            .post("/ui/dashboards/new", &format!("{wrong}{spec}"))
            .await;
        assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
        let page = answer.text().await.unwrap();
        has(
            &page,
            &[
                "role=\"alert\"",
                "Nothing was made.",
                "value=\"Runs &#60;now&#62;\"",
            ],
        );
        has(&page, said);
    };
    refused("%7B", &["view_spec_json: This is no JSON"]).await;
    let near = "%7B%22source%22%3A%22runs%22%2C%22id_field%22%3A%22id%22%2C%22columns%22%3A%5B%22labl%22%2C%22nowhere%22%5D%7D";
    refused(
        near,
        &[
            "view_spec_json.columns[0]",
            "label",
            "view_spec_json.columns[1]",
        ],
    )
    .await;
    scene.house.close().await;
}

/// A question about runs, as a form sends it.
const RUNS: &str = "%7B%22source%22%3A%22runs%22%2C%22id_field%22%3A%22id%22%7D";

async fn a_dashboard_is_made_changed_and_archived_with_a_form(db: Db) {
    let scene = Scene::set(db).await;
    let right = RUNS;
    let typed = "title=Runs+%3Cnow%3E&policy=hourly&keep_days=30&zone=UTC&description=&at=lindgren-lab&spec=";
    let place = scene
        .browser()
        .submit("/ui/dashboards/new", &format!("{typed}{right}"))
        .await;
    let made = scene.page(&place).await;
    has(
        &made,
        &[
            "Runs &#60;now&#62;",
            "snapshot every hour",
            &format!("{place}/edit"),
        ],
    );
    let form = scene.page(&format!("{place}/edit")).await;
    has(
        &form,
        &["value=\"hourly\"", "value=\"30\"", "Archive the dashboard"],
    );
    let change = format!("title=Runs&policy=often&keep_days=30&zone=UTC&spec={right}");
    let answer = scene
        .browser()
        .post(&format!("{place}/edit"), &change)
        .await;
    assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
    has(
        &answer.text().await.unwrap(),
        &[
            "metadata.snapshot_policy",
            "Nothing was changed.",
            "value=\"often\"",
        ],
    );
    let change = format!("title=All+runs&policy=every%3A15m&keep_days=30&zone=UTC&spec={right}");
    assert_eq!(
        scene
            .browser()
            .submit(&format!("{place}/edit"), &change)
            .await,
        place
    );
    has(
        &scene.page(&place).await,
        &["All runs", "snapshot every 15 min"],
    );
    let back = scene
        .browser()
        .submit(&format!("{place}/archive"), "")
        .await;
    assert_eq!(back, place);
    let archived = scene.page(&place).await;
    has(&archived, &["stays readable"]);
    lacks(&archived, &["/edit\"", "Take snapshot"]);
    scene.house.close().await;
}

async fn who_only_reads_is_offered_no_form(db: Db) {
    let scene = Scene::set(db).await;
    let reader = scene.house.human(&scene.founder, "Reader").await;
    scene
        .house
        .put_member(&scene.founder, &scene.engagement, reader.id, &["reader"])
        .await;
    let browser = Browser::of(&scene.house, &reader).await;
    lacks(&browser.page("/ui/dashboards").await, &["New dashboard"]);
    for path in [
        "/ui/dashboards/new".to_owned(),
        format!("/ui/dashboards/{}/edit", scene.board),
    ] {
        assert_eq!(
            browser.open(&path).await.status(),
            StatusCode::FORBIDDEN,
            "{path}"
        );
    }
    scene.house.close().await;
}
