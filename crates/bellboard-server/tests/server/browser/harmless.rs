//! What was uploaded runs nothing: a picture and a page with scripts in them, followed from a page of the hub and framed
//! by it, are downloads.

use bellboard_hub::db::{Db, Engine};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::driver::{Look, Window};
use crate::house::{House, Person, body};

const SVG: &str = "<svg xmlns='http://www.w3.org/2000/svg' onload=\"localStorage.setItem('ran', 'load')\">\
    <script>localStorage.setItem('ran', 'svg')</script></svg>";
const HTML: &str = "<!doctype html><img src='/nowhere' onerror=\"localStorage.setItem('ran', 'error')\">\
    <script>localStorage.setItem('ran', 'html')</script>";

/// An artifact of this one file; where it can be downloaded.
async fn artifact(house: &House, person: &Person, file: (&str, &str, &'static str)) -> String {
    let (name, media_type, content) = file;
    let engagement = house.engagement(person, name).await;
    let path = format!("/engagements/{engagement}/content");
    let put = house.request(Method::PUT, &path);
    let put = put.bearer_auth(&person.token).body(content);
    let digest = body(put, StatusCode::CREATED).await["digest"].clone();
    let files = json!([{ "name": name, "media_type": media_type, "digest": digest }]);
    let wish = json!({ "kind": "render", "label": name, "content": { "files": files } });
    let path = format!("/engagements/{engagement}/artifacts");
    let made = body(house.post(person, &path, &wish), StatusCode::CREATED).await;
    made["download_url"].as_str().unwrap().to_owned()
}

#[test]
fn an_svg_and_an_html_file_run_no_script() {
    crate::support::run(Engine::Sqlite, run_no_script);
}

async fn run_no_script(db: Db) {
    let house = House::open(db).await;
    let window = Window::open(Look::default()).await;
    let founder = house.founder().await;
    let mut addresses = Vec::new();
    for file in [
        ("plan.svg", "image/svg+xml", SVG),
        ("page.html", "text/html", HTML),
    ] {
        addresses.push(artifact(&house, &founder, file).await);
    }
    window.sign_in(&house, &founder).await;
    window.go(&house, "/").await;
    // What a script of this origin leaves would be seen.
    let left = "localStorage.getItem('ran')";
    window.value("localStorage.setItem('ran', 'control')").await;
    assert_eq!(window.value(left).await, "control");
    window.value("localStorage.removeItem('ran')").await;
    for address in &addresses {
        window.requests().await;
        let open = format!(
            "(() => {{ const link = document.createElement('a'); link.href = '{address}'; link.textContent = 'open';
             document.body.append(link); link.click();
             const frame = document.createElement('iframe'); frame.src = '{address}'; document.body.append(frame); }})()"
        );
        window.value(&open).await;
        let asked = async {
            while !window
                .requests()
                .await
                .iter()
                .any(|url| url.ends_with(address))
            {
                tokio::task::yield_now().await;
            }
        };
        let asked = tokio::time::timeout(std::time::Duration::from_secs(20), asked).await;
        assert!(asked.is_ok(), "{address} was asked for");
        // All of it has come once, with the script in it.
        let came = format!("fetch('{address}').then(answer => answer.text())");
        let came = window.value(&came).await;
        assert!(came.as_str().unwrap().contains("localStorage"), "{came}");
        assert_eq!(window.value("location.pathname").await, "/");
        assert_eq!(window.value(left).await, Value::Null, "{address}");
    }
    window.close().await;
    house.close().await;
}
