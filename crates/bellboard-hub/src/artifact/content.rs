//! The content of a version, as it is said: a JSON object, or files that were uploaded before.

use std::collections::HashSet;

use bellboard_core::artifact::{ContentKind, FileName, MediaType};
use bellboard_core::content::{ContentDigest, MAX_CONTENT_BYTES};
use bellboard_core::id::ArtifactId;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::store;
use crate::access::Member;
use crate::call::Call;
use crate::content;
use crate::db::Sql;
use crate::fault::{Fault, Outcome};

/// An `inline_dict` is at most this long as JSON: 1 MiB.
const INLINE_BYTES: usize = 1024 * 1024;
/// A version has at most this many files.
const MOST_FILES: usize = 500;

/// What is in a version: exactly one of the two.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ContentInput {
    /// A JSON object of at most 1 MiB.
    #[serde(default)]
    pub inline: Option<Map<String, Value>>,
    /// 1 to 500 files, at most 1 GiB in all.
    #[serde(default)]
    pub files: Option<Vec<FileInput>>,
}

/// One file of a version.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FileInput {
    /// Its name, without any path; no two files of a version share one.
    pub name: FileName,
    /// What it is, such as `application/pdf`; bytes about which nothing is known when absent.
    #[serde(default)]
    pub media_type: MediaType,
    /// What the upload into this engagement answered.
    pub digest: ContentDigest,
}

/// Content that is fit to be stored.
pub(super) enum Content {
    /// The JSON of an object.
    Inline(String),
    /// Files, and whether they are one on purpose.
    Files(Vec<FileInput>, ContentKind),
}

impl Content {
    /// Checks what can be checked without the store.
    pub(super) fn parse(input: ContentInput, kind: Option<ContentKind>) -> Outcome<Self> {
        match (input.inline, input.files) {
            (Some(object), None) => inline(&object, kind),
            (None, Some(list)) => files(list, kind),
            _ => Err(Fault::invalid(
                "content",
                "Say either `inline`, a JSON object, or `files`, a list of what was uploaded.",
            )),
        }
    }

    /// How it is kept.
    pub(super) const fn kind(&self) -> ContentKind {
        match self {
            Self::Inline(_) => ContentKind::InlineDict,
            Self::Files(_, kind) => *kind,
        }
    }

    /// The JSON of an `inline_dict`.
    pub(super) fn json(&self) -> Option<&str> {
        match self {
            Self::Inline(json) => Some(json),
            Self::Files(..) => None,
        }
    }
}

fn inline(object: &Map<String, Value>, kind: Option<ContentKind>) -> Outcome<Content> {
    if kind.is_some_and(|kind| kind != ContentKind::InlineDict) {
        return Err(wrong_kind("Content that is `inline` is an `inline_dict`."));
    }
    let json = serde_json::to_string(object).map_err(Fault::internal)?;
    if json.len() > INLINE_BYTES {
        return Err(Fault::invalid(
            "content.inline",
            format!(
                "At most {INLINE_BYTES} bytes of JSON; this has {}. Upload it as a file instead.",
                json.len()
            ),
        ));
    }
    Ok(Content::Inline(json))
}

fn files(list: Vec<FileInput>, kind: Option<ContentKind>) -> Outcome<Content> {
    if list.is_empty() || list.len() > MOST_FILES {
        return Err(Fault::invalid(
            "content.files",
            format!("1 to {MOST_FILES} files; this has {}.", list.len()),
        ));
    }
    let kind = match (kind, list.len()) {
        (Some(ContentKind::InlineDict), _) => {
            return Err(wrong_kind("Files are a `binary_blob` or `multi_file`."));
        }
        (Some(ContentKind::BinaryBlob) | None, 1) => ContentKind::BinaryBlob,
        (Some(ContentKind::BinaryBlob), _) => {
            return Err(wrong_kind(
                "A `binary_blob` is one file; several are `multi_file`.",
            ));
        }
        (Some(ContentKind::MultiFile) | None, _) => ContentKind::MultiFile,
    };
    let mut names = HashSet::new();
    for (place, file) in list.iter().enumerate() {
        if !names.insert(file.name.folded()) {
            return Err(Fault::invalid(
                format!("content.files[{place}].name"),
                format!(
                    "Another file of this version is called `{}` already; names that differ in capitals only are the same.",
                    file.name
                ),
            ));
        }
    }
    Ok(Content::Files(list, kind))
}

fn wrong_kind(words: &str) -> Fault {
    Fault::invalid(
        "content_kind",
        format!("{words} Leave `content_kind` out, or say that."),
    )
}

/// Stores the files of a version. Every one of them must have been uploaded into this engagement; from here on the
/// collector leaves them alone.
pub(super) async fn keep_files(
    sql: &mut Sql<'_>,
    call: &Call,
    member: &Member,
    artifact: ArtifactId,
    version: i64,
    content: &Content,
) -> Outcome<()> {
    let Content::Files(files, _) = content else {
        return Ok(());
    };
    // Everybody holds content in the same order, so that two who name the same files never wait for each other.
    let mut places: Vec<usize> = (0..files.len()).collect();
    places.sort_by_key(|place| files[*place].digest);
    let mut total: u64 = 0;
    for place in places {
        let file = &files[place];
        let size = content::hold(sql, member, &file.digest, call.now).await?;
        let size = size.ok_or_else(|| {
            Fault::invalid(
                format!("content.files[{place}].digest"),
                "Nothing with this digest was uploaded into this engagement. Upload the file first, and name what the upload answers.",
            )
        })?;
        total += u64::try_from(size).map_err(Fault::internal)?;
        if total > MAX_CONTENT_BYTES {
            return Err(Fault::invalid(
                "content.files",
                "The files of a version are at most 1 GiB in all. Split them over several artifacts.",
            ));
        }
        let stored = store::StoredFile {
            position: i64::try_from(place).map_err(Fault::internal)?,
            file,
            size,
        };
        store::insert_file(sql, member, artifact, version, &stored).await?;
    }
    Ok(())
}
