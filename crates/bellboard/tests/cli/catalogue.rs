//! Domains, repos and the state of the planned work from a terminal.

use std::fs;

use serde_json::json;

use crate::house::House;
use crate::place::Said;

fn open() -> House {
    House::open("2026-11-20T17:40:00Z".parse().unwrap())
}

#[test]
fn p2_3_a_domain_is_added_and_renamed_with_one_command_each() {
    let house = open();
    let said = house.says(&["domains", "add", "railiance", "Railiance"]);
    assert!(said.contains("Made the domain Railiance."), "{said}");
    assert!(
        said.contains("bellboard repos add PATH --domain railiance"),
        "{said}"
    );
    let described = ["--description", "Markets", "--in", "aster"];
    let made = house.json(
        &[
            &["domains", "add", "markitect", "Markitect"][..],
            &described,
        ]
        .concat(),
    );
    assert_eq!(
        (&made["description"], &made["engagement_slug"]),
        (&json!("Markets"), &json!("aster-bank"))
    );
    let said = house.says(&[
        "domains",
        "rename",
        "railiance",
        "rail",
        "--name",
        "The rails",
    ]);
    assert!(
        said.contains("The rails is called rail now. railiance still leads there."),
        "{said}"
    );
    let shown = house.get("/api/domains/rail");
    assert_eq!(shown["name"], "The rails");
    // The former slug will do for a command too.
    let said = house.says(&["domains", "archive", "railiance"]);
    assert!(said.contains("Archived the domain The rails."), "{said}");
    let listed = house.prints(&["domains", "list"]);
    assert!(listed.starts_with("markitect "), "{listed}");
    assert!(!listed.contains("rail"), "{listed}");
    let listed = house.prints(&["domains", "list", "--status", "all", "--in", "aster-bank"]);
    assert!(listed.contains("aster-bank · archived"), "{listed}");
    let lines = house.plain(&["domains", "list", "--status", "archived"]);
    assert_eq!(lines.len(), 1);
    assert_eq!(
        lines[0][..4],
        ["rail", "The rails", "archived", "aster-bank"]
    );
    let all = house.json(&["domains", "list", "--status", "all"]);
    assert_eq!(
        (&all["total_count"], &all["items"][0]["slug"]),
        (&json!(2), &json!("markitect"))
    );
}

#[test]
fn p1_1_domains_are_seeded_as_often_as_one_likes() {
    let house = open();
    let seed = [
        "domains",
        "seed",
        "custodian=Custodian",
        "railiance=Railiance",
    ];
    let first = house.run(&seed);
    assert_eq!(first.code, 0, "{}", first.err);
    assert!(
        first.err.contains("2 made, 0 there before"),
        "{}",
        first.err
    );
    let rename = ["domains", "rename", "railiance", "rail"];
    house.says(&rename);
    let more = [&seed[..], &["markitect=The market = ours"]].concat();
    assert_eq!(
        house.plain(&more),
        [
            ["custodian", "there"],
            ["rail", "there"],
            ["markitect", "made"]
        ]
    );
    assert_eq!(
        house.get("/api/domains/markitect")["name"],
        "The market = ours"
    );
    assert_eq!(house.json(&more)["made"], json!([]));
    for (bad, code, words) in [
        ("markitect", 2, "Write SLUG=NAME"),
        ("Bad=Bad", 1, "`bad` would do"),
        ("bad=", 1, "name"),
    ] {
        let said = house.refused(code, &["domains", "seed", "good=Good", bad]);
        assert!(said.contains(words), "{said}");
    }
    assert_eq!(house.get("/api/domains")["total_count"], 3);
}

#[test]
fn what_a_domain_cannot_be_is_told_with_the_way_out() {
    let house = open();
    house.says(&["domains", "add", "railiance", "Railiance"]);
    let topic = json!({"domain": "railiance", "slug": "tracks", "title": "Tracks"});
    house.post("/api/topics", &topic);
    for (arguments, words) in [
        (
            &["domains", "add", "Rail Iance", "R"][..],
            "`rail-iance` would do",
        ),
        (&["domains", "add", "railiance", "R"], "Choose another"),
        (&["domains", "add", "rail", " "], "name"),
        (&["domains", "rename", "railiance", "a b"], "`a-b` would do"),
        (&["domains", "rename", "never", "rail"], "ere is no"),
        (
            &["domains", "archive", "railiance"],
            "tracks. Archive them first",
        ),
    ] {
        let said = house.refused(1, arguments);
        assert!(said.contains(words), "{arguments:?}: {said}");
    }
    for arguments in [
        &["domains", "add", "rail"][..],
        &["domains", "list", "--status", "sleeping"],
        &["domains", "list", "--in", "nowhere"],
        &["domains", "seed"],
        &["domains"],
        &["repos", "add", "--domain", "railiance"],
        &["repos", "add", "."],
    ] {
        house.refused(2, arguments);
    }
    let domains = house.get("/api/domains?status=all");
    assert_eq!(domains["total_count"], 1);
    assert_eq!(domains["items"][0]["slug"], "railiance");
}

#[test]
fn p2_3_a_repo_is_added_from_its_folder_and_listed() {
    let house = open();
    house.says(&["domains", "add", "railiance", "Railiance"]);
    let said = house.refused(1, &["repos", "list", "--domain", "never"]);
    assert!(said.contains("Valid are: railiance."), "{said}");
    let none = house.says(&["repos", "list"]);
    assert!(none.contains("bellboard repos add . --domain"), "{none}");
    let folder = house.place.folder.join("Rail Hub");
    fs::create_dir(&folder).unwrap();
    let mut add = house.bellboard(&["repos", "add", ".", "--domain", "railiance"]);
    let said = Said::of(add.current_dir(&folder).output().unwrap());
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(
        said.err.contains("Added rail-hub to railiance."),
        "{}",
        said.err
    );
    let shown = house.get("/api/repos/rail-hub");
    let whole = folder.canonicalize().unwrap();
    assert_eq!(
        (&shown["name"], &shown["local_path"]),
        (&json!("Rail Hub"), &json!(whole.to_str().unwrap()))
    );
    let remote = [
        "--name",
        "Docs",
        "--slug",
        "rail-docs",
        "--url",
        "https://git.example.com/rail/docs",
    ];
    let made = house.json(&[&["repos", "add", "--domain", "railiance"][..], &remote].concat());
    assert_eq!(
        (&made["slug"], &made["local_path"]),
        (&json!("rail-docs"), &json!(null))
    );
    let lines = house.plain(&["repos", "list", "--domain", "railiance"]);
    let slugs: Vec<&str> = lines.iter().map(|line| line[0].as_str()).collect();
    assert_eq!(slugs, ["rail-docs", "rail-hub"]);
    let listed = house.prints(&["repos", "list"]);
    assert!(
        listed.contains("https://git.example.com/rail/docs"),
        "{listed}"
    );
    let said = house.says(&["repos", "archive", "rail-docs"]);
    assert!(
        said.contains("Archived the repo rail-docs of railiance."),
        "{said}"
    );
    let active = house.json(&["repos", "list"]);
    assert_eq!(active["total_count"], 1);
    let all = house.prints(&["repos", "list", "--status", "archived"]);
    assert!(all.contains("archived · https://"), "{all}");
}

#[test]
fn what_a_repo_cannot_be_is_told_with_the_way_out() {
    let house = open();
    house.says(&["domains", "add", "railiance", "Railiance"]);
    house.says(&["repos", "add", "--name", "Hub", "--domain", "railiance"]);
    let secret = "https://ada:pass@git.example.com/a";
    for (arguments, code, words) in [
        (
            &["--name", "Hub", "--domain", "railiance"][..],
            1,
            "already",
        ),
        (
            &["--name", "Two", "--domain", "never"],
            1,
            "Valid are: railiance.",
        ),
        (&["--name", "???", "--domain", "railiance"], 1, "slug"),
        (
            &["--name", "Two", "--domain", "railiance", "--url", secret],
            1,
            "remote_url",
        ),
        (
            &["--name", "Two", "--domain", "railiance", "--topic", "never"],
            1,
            "topic",
        ),
        (&["./nowhere", "--domain", "railiance"], 2, "is no folder"),
        (&["/", "--domain", "railiance"], 2, "--name NAME"),
    ] {
        let said = house.refused(code, &[&["repos", "add"], arguments].concat());
        assert!(
            said.contains(words) && !said.contains("pass@"),
            "{arguments:?}: {said}"
        );
    }
    house.refused(1, &["repos", "archive", "never"]);
    assert_eq!(house.get("/api/repos?status=all")["total_count"], 1);
}

/// A workstream with a blocked task and one that is to be done, and another that waits for it; straight in the tables.
fn planned(house: &House) {
    let engagement: uuid::Uuid = house.engagement.parse().unwrap();
    let domain = house.get("/api/domains/railiance")["id"].clone();
    let domain: uuid::Uuid = domain.as_str().unwrap().parse().unwrap();
    let (first, second) = (uuid::Uuid::from_u128(1), uuid::Uuid::from_u128(2));
    for (id, slug, status) in [
        (first, "lay-tracks", "completed"),
        (second, "run-trains", "active"),
    ] {
        house.execute(
            "insert into workstreams (engagement_id, id, domain_id, slug, title, owner, description, status, created_at,
                                      changed_at)
             values ($1, $2, $3, $4, 'What is planned', '', '', $5, 7, 7)",
            vec![engagement.into(), id.into(), domain.into(), slug.into(), status.into()],
        );
    }
    house.execute(
        "insert into dependencies (engagement_id, workstream_id, depends_on_id, created_at) values ($1, $2, $3, 7)",
        vec![engagement.into(), second.into(), first.into()],
    );
    for (id, title, status) in [(3, "Fetch coal", "todo"), (4, "Whistle", "blocked")] {
        house.execute(
            "insert into tasks (engagement_id, id, workstream_id, position, title, description, priority, assignee,
                                status, rank, blocking_reason, needs_human, claim_fence, created_at, changed_at)
             values ($1, $2, $3, 0, $4, '', 'medium', '', $5, 1, 'No steam', 0, 0, 7, 7)",
            vec![
                engagement.into(),
                uuid::Uuid::from_u128(id).into(),
                second.into(),
                title.into(),
                status.into(),
            ],
        );
    }
}

#[test]
fn the_planned_work_at_a_glance() {
    let house = open();
    let empty = house.prints(&["summary"]);
    assert!(
        empty.starts_with("0 domains · 0 repos · 0 open workstreams"),
        "{empty}"
    );
    house.says(&["domains", "add", "railiance", "Railiance"]);
    house.says(&["domains", "add", "markitect", "Markitect"]);
    house.says(&["repos", "add", "--name", "Hub", "--domain", "railiance"]);
    let nothing = house.says(&["next-steps"]);
    assert!(nothing.contains("Nothing follows"), "{nothing}");
    planned(&house);
    let shown = house.prints(&["summary"]);
    for words in [
        "2 domains · 1 repo · 1 open workstream · 1 of 2 open tasks blocked",
        "1 repo · 1 active workstream · 0 extension points · 0 technical debts",
        "Whistle: No steam",
        "active · 0 of 2 tasks done · waits for lay-tracks",
        "Fetch coal",
        "Repo hub was registered in railiance",
    ] {
        assert!(shown.contains(words), "{words}: {shown}");
    }
    let scoped = house.json(&["summary", "--domain", "markitect"]);
    assert_eq!(
        (
            &scoped["domains"].as_array().unwrap().len(),
            &scoped["totals"]["repos"]
        ),
        (&1, &json!(0))
    );
    let kinds = house.plain(&["summary", "--in", "aster-bank"]);
    for kind in ["domain", "blocked", "workstream", "next", "event"] {
        assert!(
            kinds.iter().any(|line| line[0] == kind),
            "{kind}: {kinds:?}"
        );
    }
    let step = house.prints(&["next-steps", "--domain", "railiance"]);
    assert!(
        step.contains("Fetch coal")
            && step.contains("run-trains: Everything that it waited for is closed"),
        "{step}"
    );
    let steps = house.plain(&["next-steps"]);
    assert_eq!(
        steps[0][1..],
        [
            "run-trains",
            "Everything that it waited for is closed",
            "Fetch coal"
        ]
    );
    assert_eq!(
        house.json(&["next-steps"])["items"][0]["because"],
        "dependency_cleared"
    );
    for command in ["summary", "next-steps"] {
        let said = house.refused(1, &[command, "--domain", "never"]);
        assert!(said.contains("Valid are: markitect, railiance."), "{said}");
    }
}
