//! The roads of content, which carry bytes and stand beside the table of verbs: one operation each, under the path and
//! the method of their handlers.

use serde_json::{Map, Value, json};

use super::schemas::Schemas;

const OCTETS: &str = "application/octet-stream";

/// Adds them to the paths of the document.
pub fn add_to(paths: &mut Map<String, Value>, schemas: &mut Schemas) {
    let roads = [
        (
            "/engagements/{engagement_id}/content",
            "put",
            upload(schemas),
        ),
        ("/artifacts/{artifact_id}/download", "get", download()),
        ("/dashboard/{dashboard_id}/rows", "post", push(schemas)),
        (
            "/snapshots/{snapshot_id}/download",
            "get",
            download_snapshot(),
        ),
    ];
    for (path, method, operation) in roads {
        let entry = paths.entry(path).or_insert_with(|| json!({}));
        entry[method] = operation;
    }
}

fn upload(schemas: &mut Schemas) -> Value {
    let made = json!({
        "description": "It is stored. Content that no artifact names is removed after a day.",
        "content": { "application/json": { "schema": schemas.content_view() } },
    });
    json!({
        "operationId": "upload_content",
        "summary": "Takes the bytes of one file, at most 1 GiB, into an engagement; an artifact then names them by their digest.",
        "description": "For members of the engagement whose designations let them report on runs.",
        "parameters": [id("engagement_id", "The engagement."), {
            "name": "Content-Digest",
            "in": "header",
            "required": false,
            "description": "The SHA-256 of the bytes (RFC 9530), as `sha-256=:BASE64:`. What does not match is refused with \
                422 `digest_mismatch`.",
            "schema": { "type": "string" },
        }],
        "requestBody": { "required": true, "content": { OCTETS: {} } },
        "responses": with_problems(
            [("201", made)],
            &["400", "401", "403", "404", "408", "413", "422", "507", "default"],
        ),
    })
}

fn download() -> Value {
    let whole = json!({
        "description": "The bytes, as an attachment. Several files come as a ZIP, which knows no ranges.",
        "headers": {
            "Content-Disposition": text("`attachment`, with the name of the file."),
            "ETag": text("What `If-None-Match` and `If-Range` compare."),
            "Accept-Ranges": text("`bytes` for a file, `none` for a ZIP."),
            "Repr-Digest": text("The SHA-256 of the whole file (RFC 9530); absent for a ZIP."),
        },
        "content": { OCTETS: {}, "application/zip": {}, "*/*": {} },
    });
    let part = json!({
        "description": "The part that `Range` asked for.",
        "headers": { "Content-Range": text("Which part of how many bytes.") },
        "content": { "*/*": {} },
    });
    json!({
        "operationId": "download_artifact",
        "summary": "The file of an artifact, one of its files, or all of them as a ZIP.",
        "description": "For members of the engagement whose designations let them see it.",
        "parameters": [
            id("artifact_id", "The artifact."),
            query("version", &json!({ "type": "integer", "minimum": 1 }), "Which version; the newest when absent."),
            query("file", &json!({ "type": "string" }), "Which file, by its name; all of them when absent."),
            {
                "name": "Range",
                "in": "header",
                "required": false,
                "description": "One range of bytes (RFC 9110).",
                "schema": { "type": "string" },
            },
        ],
        "responses": with_problems(
            [
                ("200", whole),
                ("206", part),
                ("304", json!({ "description": "It is what `If-None-Match` named." })),
            ],
            &["401", "403", "404", "416", "422", "default"],
        ),
    })
}

fn push(schemas: &mut Schemas) -> Value {
    let made = json!({
        "description": "They stand in place of those before.",
        "content": { "application/json": { "schema": schemas.pushed_rows() } },
    });
    json!({
        "operationId": "push_rows",
        "summary": "Takes rows of a dashboard in place of those before, at most 100,000 or 64 MiB: a JSON array of objects, \
            NDJSON, or CSV with a header.",
        "description": "For members of the engagement whose designations let them report on runs. What is wrong is refused \
            whole, with 422 `invalid_rows` that names `row` and `column`; the rows before stay.",
        "parameters": [id("dashboard_id", "The dashboard."), query(
            "snapshot",
            &json!({ "type": "boolean" }),
            "Whether they make a snapshot; `true` when absent.",
        ), query(
            "captured_at",
            &json!({ "type": "string", "format": "date-time" }),
            "The time of the snapshot, after that of the newest one. Only in a demo engagement, which begins with a past; \
             elsewhere a snapshot has the time at which it is taken (409 `not_a_demo`).",
        )],
        "requestBody": {
            "required": true,
            "content": { "application/json": {}, "application/x-ndjson": {}, "text/csv": {} },
        },
        "responses": with_problems(
            [("201", made)],
            &["400", "401", "403", "404", "408", "409", "413", "422", "503", "507", "default"],
        ),
    })
}

fn download_snapshot() -> Value {
    let whole = json!({
        "description": "The snapshot, as an attachment.",
        "headers": { "Content-Disposition": text("`attachment`, with the name of the file.") },
        "content": { "application/json": {}, "text/csv": {}, "text/html": {} },
    });
    json!({
        "operationId": "download_snapshot",
        "summary": "A snapshot as JSON, as CSV whose cells no spreadsheet runs, or as a page that stands on its own.",
        "description": "For members of the engagement whose designations let them see it.",
        "parameters": [id("snapshot_id", "The snapshot."), {
            "name": "form",
            "in": "query",
            "required": false,
            "description": "In which form; `json` when absent.",
            "schema": { "type": "string", "enum": ["json", "csv", "html"] },
        }],
        "responses": with_problems([("200", whole)], &["401", "403", "404", "422", "default"]),
    })
}

fn query(name: &str, schema: &Value, description: &str) -> Value {
    json!({
        "name": name, "in": "query", "required": false, "schema": schema, "description": description,
    })
}

fn id(name: &str, description: &str) -> Value {
    json!({
        "name": name,
        "in": "path",
        "required": true,
        "description": description,
        "schema": { "type": "string", "format": "uuid" },
    })
}

fn text(description: &str) -> Value {
    json!({ "description": description, "schema": { "type": "string" } })
}

fn with_problems<const COUNT: usize>(good: [(&str, Value); COUNT], refused: &[&str]) -> Value {
    let problem = || json!({ "$ref": "#/components/responses/Problem" });
    let refused = refused.iter().map(|status| (*status, problem()));
    let all = good.into_iter().chain(refused);
    all.map(|(status, answer)| (status.to_owned(), answer))
        .collect::<Map<_, _>>()
        .into()
}
