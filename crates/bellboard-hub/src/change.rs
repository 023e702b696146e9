//! A field of a change: absent leaves what is, null clears it, a value sets it.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Deserializer};

/// What is to become of one field; `#[serde(default)]` makes an absent one [`Change::Keep`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Change<T> {
    /// It stays.
    #[default]
    Keep,
    /// It becomes empty.
    Clear,
    /// It becomes this.
    Set(T),
}

impl<T> Change<T> {
    /// Changes the field: it stays, becomes empty, or becomes what `set` makes of the value.
    pub fn lay_over<U: Default>(self, field: &mut U, set: impl FnOnce(T) -> U) {
        *field = self.over(std::mem::take(field), U::default(), set);
    }

    /// The field after the change: `before`, `cleared`, or what `set` makes of the value.
    pub fn over<U>(self, before: U, cleared: U, set: impl FnOnce(T) -> U) -> U {
        match self {
            Self::Keep => before,
            Self::Clear => cleared,
            Self::Set(value) => set(value),
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Change<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Option::deserialize(deserializer)?.map_or(Self::Clear, Self::Set))
    }
}

impl<T: JsonSchema> JsonSchema for Change<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("ChangeOf{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        Option::<T>::json_schema(generator)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize)]
    struct Changes {
        #[serde(default)]
        note: Change<String>,
    }

    #[test]
    fn absent_null_and_a_value_are_three_things() {
        for (text, after) in [
            ("{}", "before"),
            (r#"{"note": null}"#, ""),
            (r#"{"note": "a"}"#, "a"),
        ] {
            let change = serde_json::from_str::<Changes>(text).unwrap().note;
            let mut note = "before".to_owned();
            change.lay_over(&mut note, |value| value);
            assert_eq!(note, after, "{text}");
        }
    }
}
