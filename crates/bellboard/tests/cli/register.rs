//! `bellboard register`: the repo in the hub, and the section in the file that agents read.

use std::fs;
use std::os::unix::fs::symlink;

use bellboard_core::time::Timestamp;
use serde_json::{Value, json};

use crate::house::House;
use crate::place::Said;
use crate::tree::Tree;

fn house() -> House {
    let house = House::open(Timestamp::from_micros(1_795_000_000_000_000));
    let domain = json!({"engagement": house.engagement, "slug": "railiance", "name": "Railiance"});
    house.post("/api/domains", &domain);
    house
}

fn register(house: &House, tree: &Tree, more: &[&str]) -> Said {
    let mut arguments = vec!["register", tree.path(), "--domain", "railiance"];
    arguments.extend(more);
    house.run(&arguments)
}

fn repos(house: &House) -> Vec<Value> {
    let list = house.get("/api/domains/railiance/repos");
    list["items"].as_array().unwrap().clone()
}

#[test]
fn p2_3_registration_adds_the_repo_and_writes_the_section() {
    let house = house();
    let tree = Tree::new(&house.place, "Cluster");
    let said = register(&house, &tree, &[]);
    assert_eq!(said.code, 0, "{said:?}");
    assert!(
        said.err
            .contains("Registered as cluster in the domain railiance."),
        "{said:?}"
    );
    let repos = repos(&house);
    assert_eq!(
        (&repos[0]["slug"], &repos[0]["local_path"]),
        (&json!("cluster"), &json!(tree.path()))
    );
    let text = tree.read("AGENTS.md");
    assert!(text.contains("This repository is `cluster` in the domain `railiance`"));
    assert!(text.contains("The domain has no other repositories."));
    // Again is no second repo and no second section.
    let said = register(&house, &tree, &[]);
    assert_eq!(said.code, 0, "{said:?}");
    assert!(said.err.contains("Already registered as cluster"));
    assert_eq!(tree.read("AGENTS.md"), text);
    assert_eq!(self::repos(&house).len(), 1);
}

#[test]
fn p2_3_a_second_repo_of_the_domain_lists_the_first_and_overwrites_nothing() {
    let house = house();
    let first = Tree::new(&house.place, "one");
    first.git(&[
        "remote",
        "add",
        "origin",
        "https://git.example.com/a/one.git",
    ]);
    assert_eq!(register(&house, &first, &[]).code, 0);
    let second = Tree::new(&house.place, "two");
    second.write("AGENTS.md", "# Ours\r\n\r\nNot to be touched.\r\n");
    assert_eq!(register(&house, &second, &[]).code, 0);
    let text = second.read("AGENTS.md");
    assert!(text.starts_with("# Ours\r\n\r\nNot to be touched.\r\n\r\n<!-- bellboard:begin"));
    assert!(
        text.contains("- `one`: https://git.example.com/a/one.git\r\n"),
        "{text}"
    );
    assert!(!text.replace("\r\n", "").contains('\n'), "{text:?}");

    // The first does not know of the second yet; its section is left alone until it is forced.
    let before = first.read("AGENTS.md");
    let said = register(&house, &first, &[]);
    assert!(said.err.contains("--force writes it anew"), "{said:?}");
    assert_eq!(first.read("AGENTS.md"), before);
    first.write("AGENTS.md", &format!("Above.\n{before}Below.\n"));
    assert_eq!(register(&house, &first, &["--force"]).code, 0);
    let text = first.read("AGENTS.md");
    assert!(text.starts_with("Above.\n<!-- bellboard:begin"));
    assert!(text.ends_with("<!-- bellboard:end -->\nBelow.\n"));
    assert!(text.contains("- `two`: "), "{text}");
    assert_eq!(repos(&house).len(), 2);
}

#[test]
fn p2_3_an_unknown_domain_is_refused_with_the_valid_ones() {
    let house = house();
    let tree = Tree::new(&house.place, "one");
    let arguments = ["register", tree.path(), "--domain", "raliance"];
    let said = house.run(&arguments);
    assert_eq!(said.code, 1, "{said:?}");
    assert!(said.err.contains("railiance"), "{said:?}");
    assert!(!tree.file("AGENTS.md").exists());
    assert_eq!(repos(&house).len(), 0);
}

#[test]
fn a_file_that_is_not_ours_to_write_is_refused_before_anything_is_registered() {
    let house = house();
    let tree = Tree::new(&house.place, "one");
    let outside = house.place.folder.join("outside.md");
    fs::write(&outside, "theirs").unwrap();
    symlink(&outside, tree.file("LINK.md")).unwrap();
    tree.write("BROKEN.md", "<!-- bellboard:begin -->\n");
    for (file, words) in [
        ("LINK.md", "symbolic link out of the repository"),
        ("../outside.md", "leads out of the repository"),
        ("BROKEN.md", "BROKEN.md:1: the marks"),
    ] {
        let said = register(&house, &tree, &["--file", file]);
        assert_eq!(said.code, 1, "{said:?}");
        assert!(said.err.contains(words), "{said:?}");
    }
    assert_eq!(fs::read_to_string(&outside).unwrap(), "theirs");
    assert_eq!(repos(&house).len(), 0);
    let said = register(&house, &tree, &["--file", "CLAUDE.md", "--json"]);
    let told: Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!(
        (&told["created"], &told["section"], &told["file"]),
        (&json!(true), &json!("new"), &json!("CLAUDE.md"))
    );
    assert!(tree.file("CLAUDE.md").exists());
}
