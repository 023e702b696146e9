//! What a person prefers, on every browser: colours, single-key shortcuts, and how long a decision can be undone.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, de};

use crate::call::Call;
use crate::fault::Outcome;
use crate::person::NoInput;
use crate::verbs::View;

pub mod store;

/// The colours of the pages.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Theme {
    /// As the browser prefers.
    #[default]
    System,
    /// Always light.
    Light,
    /// Always dark.
    Dark,
}

impl Theme {
    /// Every choice, in the order in which they are shown.
    pub const ALL: [Self; 3] = [Self::System, Self::Light, Self::Dark];

    /// The name on the wire and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// The inverse of [`Theme::as_str`].
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|theme| theme.as_str() == name)
    }
}

/// For how many seconds a decision made on a page can be undone; longer times are for those who need them to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct UndoSeconds(u8);

impl UndoSeconds {
    /// Every choice, in the order in which they are shown.
    pub const ALL: [Self; 3] = [Self(8), Self(20), Self(60)];

    /// The number.
    pub const fn get(self) -> u8 {
        self.0
    }

    fn of(seconds: i64) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|choice| i64::from(choice.0) == seconds)
    }
}

impl Default for UndoSeconds {
    fn default() -> Self {
        Self::ALL[0]
    }
}

impl<'de> Deserialize<'de> for UndoSeconds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let seconds = i64::deserialize(deserializer)?;
        Self::of(seconds).ok_or_else(|| de::Error::custom("must be 8, 20 or 60"))
    }
}

impl JsonSchema for UndoSeconds {
    fn schema_name() -> Cow<'static, str> {
        "UndoSeconds".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "integer", "enum": Self::ALL })
    }
}

/// The settings as they are to be, all of them.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PutSettings {
    /// The colours.
    pub theme: Theme,
    /// Whether single keys such as J and K act on pages.
    pub single_keys: bool,
    /// For how long a decision made on a page can be undone: 8, 20 or 60 seconds.
    pub undo_seconds: UndoSeconds,
}

/// What a person prefers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub struct SettingsView {
    /// The colours.
    pub theme: Theme,
    /// Whether single keys such as J and K act on pages.
    pub single_keys: bool,
    /// For how long a decision made on a page can be undone.
    pub undo_seconds: UndoSeconds,
}

impl View for SettingsView {}

impl Default for SettingsView {
    /// What holds for a person who never said anything.
    fn default() -> Self {
        Self {
            theme: Theme::default(),
            single_keys: true,
            undo_seconds: UndoSeconds::default(),
        }
    }
}

/// `get_settings`.
pub async fn get_settings(call: Call, _: NoInput) -> Outcome<SettingsView> {
    let person = call.signed_in()?.person_id;
    let row = call
        .hub
        .db()
        .read(move |sql| Box::pin(async move { store::one(sql, person).await }))
        .await?;
    let Some(row) = row else {
        return Ok(SettingsView::default());
    };
    Ok(SettingsView {
        theme: Theme::parse(&row.text(0)?).unwrap_or_default(),
        single_keys: row.bool(1)?,
        undo_seconds: UndoSeconds::of(row.int(2)?).unwrap_or_default(),
    })
}

/// `put_settings`.
pub async fn put_settings(call: Call, input: PutSettings) -> Outcome<SettingsView> {
    let person = call.signed_in()?.person_id;
    let view = SettingsView {
        theme: input.theme,
        single_keys: input.single_keys,
        undo_seconds: input.undo_seconds,
    };
    let now = call.now;
    call.hub
        .db()
        .write(move |sql| Box::pin(async move { store::put(sql, person, view, now).await }))
        .await?;
    Ok(view)
}
