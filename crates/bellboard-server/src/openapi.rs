//! The OpenAPI 3.1 document, assembled from the verb table. Inputs are one object per verb; here their fields are parted
//! into path, query and body again.

mod content;
mod schemas;

use std::sync::OnceLock;

use axum::http::header;
use axum::response::{IntoResponse, Response};
use bellboard_core::membership::Capability;
use bellboard_hub::verbs::{Access, Method, VERBS, Verb};
use serde_json::{Map, Value, json};

use schemas::{Field, SCHEMAS, Schemas, present};

/// `GET /openapi.json`.
pub async fn show() -> Response {
    static TEXT: OnceLock<String> = OnceLock::new();
    let text = TEXT.get_or_init(|| document().to_string());
    ([(header::CONTENT_TYPE, "application/json")], text.as_str()).into_response()
}

/// The whole document. The same table gives the same document, to the byte.
pub fn document() -> Value {
    let mut schemas = Schemas::new();
    let mut paths = Map::new();
    for verb in VERBS {
        let operation = operation(verb, &mut schemas);
        let path = paths.entry(verb.path).or_insert_with(|| json!({}));
        path[verb.method.as_str().to_ascii_lowercase()] = operation;
    }
    content::add_to(&mut paths, &mut schemas);
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Bellboard",
            "summary": "What is running, what needs you, what just finished; over every engagement.",
            "description": "Every path is also served at the root, without `/api`. Unknown fields are refused. \
                Whatever is refused is answered with a problem (RFC 9457) that has a stable `code`.",
            "version": env!("CARGO_PKG_VERSION"),
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
        },
        "servers": [{ "url": "/api" }],
        "security": [{ "token": [] }, { "session": [] }],
        "paths": paths,
        "components": {
            "schemas": all_schemas(schemas),
            "responses": { "Problem": problem_response() },
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "A token of a person (`bbp_`) or of an agent (`bba_`).",
                },
                "session": {
                    "type": "apiKey",
                    "in": "cookie",
                    "name": "__Host-bellboard",
                    "description": "A browser's session; named `bellboard` on plain loopback. \
                        Unsafe methods need an `Origin` of the hub itself.",
                },
            },
        },
    })
}

fn operation(verb: &Verb, schemas: &mut Schemas) -> Value {
    let fields = schemas.fields_of(verb);
    let in_path: Vec<&str> = verb.path_parameters().collect();
    let in_body = matches!(verb.method, Method::Post | Method::Put | Method::Patch);
    let (addressed, told): (Vec<_>, Vec<_>) = fields
        .into_iter()
        .partition(|field| !in_body || in_path.contains(&field.name.as_str()));

    let mut operation = json!({
        "operationId": verb.name,
        "summary": verb.doc,
        "description": whose(verb.access),
        "responses": responses(verb, schemas),
    });
    if !addressed.is_empty() {
        let parameters = addressed
            .into_iter()
            .map(|field| parameter(field, &in_path));
        operation["parameters"] = parameters.collect();
    }
    if verb.takes_idempotency_key()
        && let Some(parameters) = operation["parameters"].as_array_mut()
    {
        parameters.push(idempotency_key());
    }
    if !told.is_empty() {
        operation["requestBody"] = body(told);
    }
    operation
}

fn idempotency_key() -> Value {
    json!({
        "name": bellboard_hub::idempotency::HEADER,
        "in": "header",
        "required": false,
        "description": "The caller's own name for this request. Sent again with the same body within 24 hours, it is \
            answered as the first time, with the same status, and starts nothing. With another body it is refused with \
            422 `idempotency_key_reused`.",
        "schema": { "type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$" },
    })
}

fn whose(access: Access) -> String {
    match access {
        Access::SignedIn => "For anybody who is signed in.".to_owned(),
        Access::Human => "For any human who is signed in.".to_owned(),
        Access::HubOwner => "For the owner of the hub.".to_owned(),
        Access::Engagement(capability)
        | Access::Run(capability)
        | Access::Artifact(capability)
        | Access::Ask(capability)
        | Access::Chosen(capability)
        | Access::Work(_, capability)
        | Access::Object(_, capability) => {
            let words = match capability {
                Capability::View => "see it",
                Capability::StartRuns => "start runs",
                Capability::Report => "report on runs",
                Capability::Decide => "decide",
                Capability::Plan => "change the plan",
                Capability::Manage => "manage it",
            };
            format!("For members of the engagement whose designations let them {words}.")
        }
    }
}

fn parameter(field: Field, in_path: &[&str]) -> Value {
    let place = if in_path.contains(&field.name.as_str()) {
        "path"
    } else {
        "query"
    };
    let mut schema = present(field.schema);
    let description = schema
        .as_object_mut()
        .and_then(|schema| schema.remove("description"));
    let mut parameter = json!({
        "name": field.name,
        "in": place,
        "required": field.required || place == "path",
        "schema": schema,
    });
    if let Some(description) = description {
        parameter["description"] = description;
    }
    parameter
}

fn body(fields: Vec<Field>) -> Value {
    let required: Vec<&str> = fields
        .iter()
        .filter(|field| field.required)
        .map(|field| field.name.as_str())
        .collect();
    let any = !required.is_empty();
    let mut schema = json!({ "type": "object", "additionalProperties": false });
    if any {
        schema["required"] = json!(required);
    }
    let properties: Map<String, Value> = fields
        .into_iter()
        .map(|field| (field.name, field.schema))
        .collect();
    schema["properties"] = properties.into();
    json!({ "required": any, "content": { "application/json": { "schema": schema } } })
}

fn responses(verb: &Verb, schemas: &mut Schemas) -> Value {
    let schema = schemas.output_of(verb);
    let mut answer = json!({
        "description": "The answer.",
        "content": { "application/json": { "schema": schema } },
    });
    if schemas.is_page(verb) {
        answer["headers"] = json!({
            "Link": {
                "description": "Where the next page is, with `rel=\"next\"`; absent on the last one.",
                "schema": { "type": "string" },
            },
        });
    }
    let mut responses = Map::new();
    if verb.creates {
        let mut made = answer.clone();
        made["description"] = "Made.".into();
        answer["description"] = "It was there already.".into();
        responses.insert("201".to_owned(), made);
    }
    if verb.method == Method::Get && verb.path.contains("slug}") {
        responses.insert("308".to_owned(), moved_response());
    }
    responses.insert("200".to_owned(), answer);
    for status in ["400", "401", "403", "404", "409", "422", "default"] {
        let fits = match status {
            "400" => verb.method != Method::Get,
            "404" => verb.path.contains('{'),
            "409" => verb.method != Method::Get || matches!(verb.access, Access::Work(..)),
            _ => true,
        };
        if fits {
            responses.insert(
                status.to_owned(),
                json!({ "$ref": "#/components/responses/Problem" }),
            );
        }
    }
    responses.into()
}

fn moved_response() -> Value {
    json!({
        "description": "The slug is a former one.",
        "headers": {
            "Location": { "description": "The address under the slug of today.", "schema": { "type": "string" } },
        },
    })
}

fn all_schemas(schemas: Schemas) -> Value {
    let mut all = schemas.finish();
    all.insert("Problem".to_owned(), problem_schema());
    all.sort_keys();
    all.into()
}

fn problem_response() -> Value {
    json!({
        "description": "Why it was refused (RFC 9457).",
        "headers": {
            "X-Request-Id": { "description": "The id of the request.", "schema": { "type": "string" } },
        },
        "content": { "application/problem+json": { "schema": { "$ref": format!("{SCHEMAS}Problem") } } },
    })
}

fn problem_schema() -> Value {
    json!({
        "type": "object",
        "description": "A problem; further members say more about this occurrence.",
        "required": ["type", "title", "status", "detail", "code", "request_id"],
        "properties": {
            "type": { "type": "string", "format": "uri-reference" },
            "title": { "type": "string" },
            "status": { "type": "integer" },
            "detail": { "type": "string", "description": "A sentence that names the cause and the way out." },
            "code": { "type": "string", "description": "Stable, for programs." },
            "field": { "type": "string", "description": "The field of the request at fault, as a dotted path." },
            "request_id": { "type": "string" },
        },
    })
}
