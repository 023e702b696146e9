//! Down from an artifact: always an attachment, in a sandbox should a browser show it after all, and never guessed at.

use std::fmt::Write as _;
use std::ops::Range;

use axum::body::Body;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bellboard_hub::content::{self, Download, FileOf, OfDownload};
use bellboard_hub::fault::Fault;
use serde::Deserialize;

use super::range::{self, Asked};
use super::{DOWNLOAD_AS, Named, bundle, call_as, digest};
use crate::app::App;
use crate::guard::Told;
use crate::problem::Problem;
use crate::session::Visitor;

/// Whatever was uploaded runs nothing here.
const SANDBOX: HeaderValue = HeaderValue::from_static("sandbox; default-src 'none'");
/// What a file is whose maker said nothing that can stand in a header.
const UNKNOWN: HeaderValue = HeaderValue::from_static("application/octet-stream");
const REPR_DIGEST: HeaderName = HeaderName::from_static("repr-digest");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wish {
    version: Option<i64>,
    file: Option<String>,
}

/// A file of an artifact, or all files of a version as a ZIP.
pub(super) async fn download(
    State(app): State<App>,
    visitor: Visitor,
    path: Named,
    wish: Result<Query<Wish>, QueryRejection>,
    headers: HeaderMap,
) -> Response {
    let person = visitor.0.as_ref().map(|caller| caller.person_id);
    let answer = answer(&app, visitor, path, wish, &headers).await;
    let mut response = answer.unwrap_or_else(IntoResponse::into_response);
    let verb = "download_artifact";
    response.extensions_mut().insert(Told { verb, person });
    response
}

async fn answer(
    app: &App,
    visitor: Visitor,
    path: Named,
    wish: Result<Query<Wish>, QueryRejection>,
    headers: &HeaderMap,
) -> Result<Response, Problem> {
    // An address that is no text names nothing.
    let Path(artifact) = path.map_err(|_| Fault::not_found())?;
    let artifact_id = artifact
        .parse()
        .map_err(|fault| Fault::invalid("artifact_id", format!("{fault}")))?;
    let call = call_as(app, visitor.0, DOWNLOAD_AS);
    call.signed_in()?;
    let Query(wish) = wish.map_err(|refused| {
        Problem::invalid(
            "version",
            format!("Say ?version=NUMBER and ?file=NAME, or neither: {refused}."),
        )
    })?;
    let input = OfDownload {
        artifact_id,
        version: wish.version,
        file: wish.file,
    };
    match content::find_download(call, input).await? {
        Download::File(file) => send_file(app, &file, headers).await,
        Download::Bundle {
            name,
            version,
            files,
        } => {
            // A version never changes, and equal files make an equal bundle for every reader of a ZIP.
            let etag = format!("W/\"{artifact_id}.{version}\"");
            if range::is_known(headers, &etag) {
                return Ok(not_modified(&etag));
            }
            let body = bundle::pack(app.hub().clone(), files)?;
            let headers = [
                (
                    header::CONTENT_TYPE,
                    HeaderValue::from_static("application/zip"),
                ),
                (
                    header::CONTENT_DISPOSITION,
                    attachment(&format!("{name}.zip")),
                ),
                (header::ETAG, value(etag)),
                (header::ACCEPT_RANGES, HeaderValue::from_static("none")),
                (header::CONTENT_SECURITY_POLICY, SANDBOX),
            ];
            Ok((headers, body).into_response())
        }
    }
}

async fn send_file(app: &App, file: &FileOf, headers: &HeaderMap) -> Result<Response, Problem> {
    let size = file.address.size;
    let etag = format!("\"{}\"", file.address.digest.hex());
    if range::is_known(headers, &etag) {
        return Ok(not_modified(&etag));
    }
    let (status, range) = match range::asked(headers, &etag, size) {
        Asked::Whole => (StatusCode::OK, 0..size),
        Asked::Part(range) => (StatusCode::PARTIAL_CONTENT, range),
        Asked::Nowhere => return Ok(nowhere(size)),
    };
    let chunks = app.hub().contents()?;
    let chunks = chunks.read(&file.address, range.clone()).await?;
    let media_type = HeaderValue::try_from(&file.media_type).unwrap_or(UNKNOWN);
    let mut response = (status, Body::from_stream(chunks)).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, media_type);
    headers.insert(header::CONTENT_LENGTH, (range.end - range.start).into());
    headers.insert(header::CONTENT_DISPOSITION, attachment(&file.name));
    headers.insert(header::ETAG, value(etag));
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    headers.insert(REPR_DIGEST, value(digest::field(&file.address.digest)));
    headers.insert(header::CONTENT_SECURITY_POLICY, SANDBOX);
    if status == StatusCode::PARTIAL_CONTENT {
        headers.insert(header::CONTENT_RANGE, content_range(&range, size));
    }
    Ok(response)
}

fn content_range(range: &Range<u64>, size: u64) -> HeaderValue {
    let last = range.end.saturating_sub(1);
    value(format!("bytes {}-{last}/{size}", range.start))
}

fn not_modified(etag: &str) -> Response {
    let headers = [(header::ETAG, value(etag.to_owned()))];
    (StatusCode::NOT_MODIFIED, headers).into_response()
}

fn nowhere(size: u64) -> Response {
    let problem = Problem::new(
        StatusCode::RANGE_NOT_SATISFIABLE,
        "range_not_satisfiable",
        format!("The file has {size} bytes; the range begins after its end."),
    );
    let mut response = problem.into_response();
    let size = value(format!("bytes */{size}"));
    response.headers_mut().insert(header::CONTENT_RANGE, size);
    response
}

fn value(text: String) -> HeaderValue {
    HeaderValue::try_from(text).expect("digests, ids and numbers are plain ASCII")
}

/// RFC 6266: the name in ASCII for old readers, and as it is (RFC 8187) for all others.
pub(super) fn attachment(name: &str) -> HeaderValue {
    let plain: String = name
        .chars()
        .map(|one| match one {
            '"' | '\\' | '%' => '_',
            ' '..='~' => one,
            _ => '_',
        })
        .collect();
    let mut text = format!("attachment; filename=\"{plain}\"; filename*=UTF-8''");
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"!#$&+-.^_`|~".contains(&byte) {
            text.push(char::from(byte));
        } else {
            write!(text, "%{byte:02X}").expect("a string takes everything");
        }
    }
    value(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_leave_its_header() {
        for (name, expected) in [
            (
                "plan.svg",
                "attachment; filename=\"plan.svg\"; filename*=UTF-8''plan.svg",
            ),
            (
                "Größe 2.csv",
                "attachment; filename=\"Gr__e 2.csv\"; filename*=UTF-8''Gr%C3%B6%C3%9Fe%202.csv",
            ),
            (
                "a\";x=\"b\\c%41.txt",
                "attachment; filename=\"a_;x=_b_c_41.txt\"; filename*=UTF-8''a%22%3Bx%3D%22b%5Cc%2541.txt",
            ),
            (
                "a\r\nset-cookie: x",
                "attachment; filename=\"a__set-cookie: x\"; filename*=UTF-8''a%0D%0Aset-cookie%3A%20x",
            ),
        ] {
            assert_eq!(attachment(name), expected, "{name:?}");
        }
    }
}
