//! Fields of front matter and task blocks, each taken as what it should be, or named with its line and a way out.

use uuid::Uuid;

use super::plan::{FieldPlaces, MAX_NAME, Problems, ValuePlace, is_id};
use super::status::UnknownWord;
use super::yaml::{Field, Mapping, Value};
use crate::text::sanitise;

/// A mapping that is being taken apart, and where to say what is wrong with it.
pub(super) struct Fields<'a, 'b> {
    mapping: &'a Mapping,
    problems: &'a mut Problems<'b>,
}

impl<'a, 'b> Fields<'a, 'b> {
    pub fn new(mapping: &'a Mapping, problems: &'a mut Problems<'b>) -> Self {
        Self { mapping, problems }
    }

    /// One line of text; a list of words is joined. `None` when there is nothing, and when it is neither.
    pub fn text(&mut self, key: &str, max_characters: usize) -> Option<String> {
        let field = self.mapping.get(key)?;
        let text = match &field.value {
            Value::Empty => String::new(),
            Value::Text(text) => sanitise(text, max_characters),
            Value::List(words) => sanitise(&words.join(", "), max_characters),
            Value::Mapping => {
                self.problems.error(
                    field.key_bytes.start,
                    format!("`{key}` holds fields of its own, which are not read"),
                    format!("write `{key}: value`"),
                );
                String::new()
            }
        };
        (!text.is_empty()).then_some(text)
    }

    /// The id; `or` stands for a missing one. `what` has none, and `example` is one.
    pub fn id(
        &mut self,
        or: Option<&str>,
        or_at: usize,
        what: &str,
        example: &str,
    ) -> Option<String> {
        let id = self.text("id", MAX_NAME).or_else(|| or.map(str::to_owned));
        let (what, way_out) = match id {
            Some(id) if is_id(&id) => return Some(id),
            Some(id) => (
                format!("`{}` is no id", sanitise(&id, 60)),
                "use one word without spaces, at most 120 characters".to_owned(),
            ),
            None => (
                format!("{what} has no id"),
                format!("add a line such as `id: {example}`"),
            ),
        };
        self.error_at("id", or_at, what, way_out);
        None
    }

    /// One word of a set. A word that is none is a problem.
    pub fn word<T>(
        &mut self,
        key: &str,
        read: impl Fn(&str, &str) -> Result<T, UnknownWord>,
        or_at: usize,
    ) -> Option<T> {
        let text = self.text(key, usize::MAX)?;
        match read(key, &text) {
            Ok(word) => Some(word),
            Err(fault) => {
                let way_out = format!("write one of {}", fault.valid.join(", "));
                let what = format!("`{}` is no {}", fault.word, fault.set);
                self.error_at(key, or_at, what, way_out);
                None
            }
        }
    }

    /// An id that the hub gave. Anything else there is named and left alone.
    pub fn hub_id(&mut self, key: &str) -> Option<Uuid> {
        let text = self.text(key, 60)?;
        let id = Uuid::try_parse(&text).ok();
        if id.is_none() {
            self.warning_at(
                key,
                0,
                format!("`{text}` in `{key}` is no id of the hub"),
                "take the line away; the hub writes it",
            );
        }
        id
    }

    /// Whether something is written there.
    pub fn says(&self, key: &str) -> bool {
        let field = self.mapping.get(key);
        field.is_some_and(|field| field.value != Value::Empty)
    }

    /// Where the status and the hub's id stand, and after what they would be added.
    pub fn places(&self, hub_id: &str) -> FieldPlaces {
        let anchors = ["id", "title", "type", "status"];
        FieldPlaces {
            status: self.place("status"),
            hub_id: self.place(hub_id),
            after: anchors.iter().find_map(|key| self.place(key)),
            is_flow: self.mapping.is_flow,
        }
    }

    /// Where the field stands.
    fn place(&self, key: &str) -> Option<ValuePlace> {
        self.mapping.get(key).map(|field: &Field| ValuePlace {
            key: field.key_bytes.clone(),
            value: field.value_bytes.clone(),
        })
    }

    /// An error at the field, or elsewhere when there is no such field.
    pub fn error_at(
        &mut self,
        key: &str,
        or_at: usize,
        what: impl Into<String>,
        way_out: impl Into<String>,
    ) {
        let at = self.at(key, or_at);
        self.problems.error(at, what, way_out);
    }

    /// A warning at the field, or elsewhere when there is no such field.
    pub fn warning_at(
        &mut self,
        key: &str,
        or_at: usize,
        what: impl Into<String>,
        way_out: impl Into<String>,
    ) {
        let at = self.at(key, or_at);
        self.problems.warning(at, what, way_out);
    }

    fn at(&self, key: &str, or_at: usize) -> usize {
        let field = self.mapping.get(key);
        field.map_or(or_at, |field| field.key_bytes.start)
    }
}

/// A file's name without its folder and its last ending.
pub(super) fn path_stem(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.rsplit_once('.').map_or(name, |(stem, _)| stem)
}
