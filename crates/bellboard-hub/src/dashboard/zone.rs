//! The name of a time zone, checked once.

use std::borrow::Cow;

use jiff::tz::TimeZone;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A time zone that this machine knows, by its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ZoneName {
    name: String,
    zone: TimeZone,
}

/// Why a text is no zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be the name of a time zone, such as Europe/Berlin or UTC")]
pub struct ZoneFault;

impl ZoneName {
    /// Looks the zone up.
    pub fn parse(name: &str) -> Result<Self, ZoneFault> {
        let zone = TimeZone::get(name).map_err(|_| ZoneFault)?;
        // The database of zones knows no difference between capitals; one zone has one name.
        let name = zone.iana_name().unwrap_or(name).to_owned();
        Ok(Self { name, zone })
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.name
    }

    /// The zone.
    pub fn get(&self) -> TimeZone {
        self.zone.clone()
    }
}

impl Default for ZoneName {
    fn default() -> Self {
        Self {
            name: "UTC".to_owned(),
            zone: TimeZone::UTC,
        }
    }
}

impl Serialize for ZoneName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.name)
    }
}

impl<'de> Deserialize<'de> for ZoneName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = Cow::<'de, str>::deserialize(deserializer)?;
        Self::parse(&name).map_err(de::Error::custom)
    }
}

impl JsonSchema for ZoneName {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "ZoneName".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string"})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zone_is_known_by_one_name() {
        for (text, name) in [
            ("UTC", "UTC"),
            ("Europe/Berlin", "Europe/Berlin"),
            ("europe/berlin", "Europe/Berlin"),
        ] {
            assert_eq!(ZoneName::parse(text).unwrap().as_str(), name);
        }
        for text in ["", "Berlin", "Europe/Nowhere", "../etc/passwd"] {
            assert_eq!(ZoneName::parse(text), Err(ZoneFault), "{text}");
        }
    }
}
