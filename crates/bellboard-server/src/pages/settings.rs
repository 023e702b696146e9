//! Settings of this browser: colours, single-key shortcuts, signing out.

use askama::Template;
use axum::Form;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::assets::Asset;
use super::shell::{Here, Shell, Theme};
use super::visit::{THEME_COOKIE, Visit};
use super::{render, strip};
use crate::app::App;
use crate::problem::Problem;

#[derive(Template)]
#[template(path = "settings.html")]
struct SettingsPage {
    shell: Shell,
    themes: [(&'static str, &'static str, bool); 3],
}

/// The colours that a person chose.
#[derive(Debug, Deserialize)]
pub struct ChooseTheme {
    theme: String,
}

/// Answers `/ui/settings`.
pub async fn show(visit: Visit) -> Result<Response, Problem> {
    let engagements = visit.engagements(None).await?;
    let strip = strip::load(&visit, None).await?;
    let shell = visit
        .shell("Settings", Here::Settings, strip.counts(), &engagements)
        .with_strip(strip);
    let theme = |chosen: Theme, label| (chosen.word(), label, chosen == visit.theme);
    render(&SettingsPage {
        shell,
        themes: [
            theme(Theme::System, "As the system has them"),
            theme(Theme::Light, "Light"),
            theme(Theme::Dark, "Dark"),
        ],
    })
}

/// Keeps the colours in this browser for a year.
pub async fn choose_theme(
    State(app): State<App>,
    _: Visit,
    Form(form): Form<ChooseTheme>,
) -> Result<Response, Problem> {
    let theme = Theme::parse(&form.theme)
        .ok_or_else(|| Problem::invalid("theme", "The colours are `system`, `light` or `dark`."))?;
    let secure = if app.behind_tls() { "; Secure" } else { "" };
    let cookie = format!(
        "{THEME_COOKIE}={}; Path=/; Max-Age=31536000; HttpOnly; SameSite=Lax{secure}",
        theme.word()
    );
    let headers = [
        (header::LOCATION, "/ui/settings".to_owned()),
        (header::SET_COOKIE, cookie),
    ];
    Ok((StatusCode::SEE_OTHER, headers).into_response())
}
