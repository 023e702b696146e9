//! `bellboard up`: the first start, the later ones, and everything that can be in the way.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use crate::place::{Hub, Place, Said};

#[test]
fn the_first_start_signs_its_machine_in_and_prints_one_link() {
    let place = Place::new();
    let hub = Hub::start(&place);
    let link = hub.link.clone().unwrap();
    assert!(
        link.starts_with(&format!("{}/login?link=", hub.url)),
        "{link}"
    );
    let credentials = place.folder.join(".config/bellboard/credentials.json");
    for secret in [
        &credentials,
        &place.folder.join(".local/share/bellboard/owner.json"),
    ] {
        assert_eq!(
            fs::metadata(secret).unwrap().permissions().mode() & 0o777,
            0o600,
            "{}",
            secret.display()
        );
    }
    assert_eq!(
        fs::metadata(place.folder.join(".local/share/bellboard"))
            .unwrap()
            .permissions()
            .mode()
            & 0o777,
        0o700
    );
    assert_eq!(place.run(["run", "--quiet", "--", "true"]).code, 0);
    assert_eq!(place.only_run()["engagement_slug"], "my-work");

    let port = hub.stop();
    let hub = Hub::start_again(&place, &port);
    assert_eq!(hub.link, None, "only the first start gives a link away");
    place.only_run();
    let token = |path| fs::read_to_string(path).unwrap();
    assert_eq!(
        token(&credentials),
        token(&place.folder.join(".local/share/bellboard/owner.json"))
    );
}

#[test]
fn a_first_start_that_was_cut_off_is_made_up_for() {
    let place = Place::new();
    Hub::start(&place).stop();
    // As if it had been killed before it wrote its key down.
    fs::remove_file(place.folder.join(".local/share/bellboard/owner.json")).unwrap();
    fs::remove_file(place.folder.join(".config/bellboard/credentials.json")).unwrap();
    let _hub = Hub::start(&place);
    assert_eq!(place.run(["run", "--quiet", "--", "true"]).code, 0);
    assert_eq!(place.only_run()["engagement_slug"], "my-work");
}

#[test]
fn a_home_that_cannot_be_written_stops_no_hub() {
    let place = Place::new();
    fs::create_dir_all(place.folder.join(".config")).unwrap();
    fs::write(
        place.folder.join(".config/bellboard"),
        "a file where a folder should be",
    )
    .unwrap();
    let hub = Hub::start(&place);
    let log = fs::read_to_string(place.folder.join("hub.log")).unwrap();
    let key = place.folder.join(".local/share/bellboard/owner.json");
    assert!(
        log.contains(&format!("export BELLBOARD_CREDENTIALS={}", key.display())),
        "{log}"
    );
    let said = Said::of(
        place
            .bellboard(["status"])
            .env("BELLBOARD_CREDENTIALS", key)
            .output()
            .unwrap(),
    );
    assert_eq!(said.code, 0, "{}", said.err);
    drop(hub);
}

#[test]
fn a_second_hub_elsewhere_does_not_take_the_command_line_away() {
    let place = Place::new();
    let first = Hub::start(&place);
    let data = place.folder.join("other-data");
    let second = Hub::start_with(&place, "0", &["--data", data.to_str().unwrap()]);
    let log = fs::read_to_string(place.folder.join("hub.log")).unwrap();
    assert!(
        log.contains(&format!("speaks to {} already", first.url)),
        "{log}"
    );
    assert_eq!(place.json(&["doctor"])["url"], first.url);
    first.stop();
    second.stop();
    // The first is away now, so the next one is the one that is meant.
    let third = Hub::start_with(&place, "0", &["--data", data.to_str().unwrap()]);
    assert_eq!(place.json(&["doctor"])["url"], third.url);
}

/// What a hub says that cannot start.
fn refusal(place: &Place, arguments: &[&str]) -> String {
    let said = place.run(["up"].iter().chain(arguments));
    assert_eq!(said.code, 1, "{}", said.err);
    assert_eq!(said.out, "");
    said.err
}

#[test]
fn a_port_in_use_is_said_with_the_way_out() {
    let place = Place::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let said = refusal(&place, &["--listen", &address]);
    assert!(
        said.contains("is in use")
            && said.contains("choose another port: bellboard up --listen 127.0.0.1:"),
        "{said}"
    );
    assert!(
        !place
            .folder
            .join(".local/share/bellboard/bellboard.db")
            .exists(),
        "nothing was made"
    );
    let said = refusal(&place, &["--listen", "nonsense"]);
    assert!(said.contains("The form is ADDRESS:PORT"), "{said}");
}

#[test]
fn a_folder_that_cannot_be_used_is_said_with_the_way_out() {
    let place = Place::new();
    let file = place.folder.join("file");
    fs::write(&file, "").unwrap();
    let said = refusal(
        &place,
        &["--listen", "127.0.0.1:0", "--data", file.to_str().unwrap()],
    );
    assert!(
        said.contains("it is not a folder. Choose another: bellboard up --data FOLDER"),
        "{said}"
    );
    let below = file.join("data");
    let said = refusal(
        &place,
        &["--listen", "127.0.0.1:0", "--data", below.to_str().unwrap()],
    );
    assert!(said.contains("it is not a folder"), "{said}");
    // Not even root may write here.
    let said = refusal(
        &place,
        &["--listen", "127.0.0.1:0", "--data", "/proc/bellboard"],
    );
    assert!(
        said.contains("The data folder /proc/bellboard cannot be used: "),
        "{said}"
    );
}

#[test]
fn a_database_that_cannot_be_used_is_said_with_the_way_out() {
    let place = Place::new();
    let listen = ["--listen", "127.0.0.1:0", "--database"];
    let refused = |url: &str| refusal(&place, &[&listen[..], &[url]].concat());
    // Nobody listens at the port of the place.
    let port = place.port();
    let said = refused(&format!(
        "postgres://mara:hunter2@127.0.0.1:{port}/bellboard"
    ));
    assert!(
        said.contains("PostgreSQL at postgres://") && said.contains("cannot be reached"),
        "{said}"
    );
    assert!(
        said.contains("without --database the hub uses its embedded SQLite"),
        "{said}"
    );
    assert!(!said.contains("hunter2"), "{said}");
    let said = refused("mysql://localhost/x");
    assert!(
        said.contains("sqlite:PATH or postgres://user@host:port/name"),
        "{said}"
    );
}

#[test]
fn a_second_hub_on_the_same_folder_is_refused() {
    let place = Place::new();
    let _hub = Hub::start(&place);
    let said = refusal(&place, &["--listen", "127.0.0.1:0"]);
    assert!(
        said.contains("another Bellboard is using this folder"),
        "{said}"
    );
}

#[test]
fn a_database_of_a_newer_version_is_left_alone() {
    let place = Place::new();
    Hub::start(&place).stop();
    let file = place.folder.join(".local/share/bellboard/bellboard.db");
    let script = "import sqlite3, sys\n\
                  base = sqlite3.connect(sys.argv[1])\n\
                  table = [name for (name,) in base.execute(\"select name from sqlite_master where type = 'table'\") if 'migration' in name or 'schema' in name][0]\n\
                  columns = [row[1] for row in base.execute(f'pragma table_info({table})')]\n\
                  row = list(base.execute(f'select * from {table} order by 1 desc limit 1').fetchone())\n\
                  row[0] = 9999\n\
                  base.execute(f\"insert into {table} values ({','.join('?' * len(row))})\", row)\n\
                  base.commit()";
    let made = Command::new("python3")
        .args(["-c", script, file.to_str().unwrap()])
        .output()
        .unwrap();
    assert!(
        made.status.success(),
        "{}",
        String::from_utf8_lossy(&made.stderr)
    );
    let before = fs::read(&file).unwrap();
    let said = refusal(&place, &["--listen", "127.0.0.1:0"]);
    assert!(
        said.contains("the database has schema 9999")
            && said.contains("start the newer version again"),
        "{said}"
    );
    assert_eq!(fs::read(&file).unwrap(), before, "nothing was changed");
}
