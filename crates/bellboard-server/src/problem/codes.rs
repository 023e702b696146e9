//! Every code that a refusal or a fault can carry: what it means and what to do. Each is served at the address that
//! stands in the `type` of its problem.

use axum::extract::Path;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use bellboard_hub::fault::Fault;
use serde_json::json;

use super::{Problem, wants_page};

/// One code.
#[derive(Debug, Clone, Copy)]
pub struct Code {
    /// As in the member `code` of a problem.
    pub code: &'static str,
    /// The status that it comes with.
    pub status: u16,
    /// A few words.
    pub title: &'static str,
    /// What it means.
    pub meaning: &'static str,
    /// What to do.
    pub way_out: &'static str,
}

macro_rules! codes {
    ($($code:ident $status:literal $title:literal, $meaning:literal, $way_out:literal;)*) => {
        /// Every code, in the order of the alphabet.
        pub const CODES: &[Code] = &[$(Code {
            code: stringify!($code),
            status: $status,
            title: $title,
            meaning: $meaning,
            way_out: $way_out,
        }),*];
    };
}

codes! {
    active_topics 409 "The domain has active topics", "A domain is archived when nothing goes on in it; `topics` names what does. Nothing was changed.", "Archive the topics first.";
    address_refused 422 "The address cannot be used", "The hub speaks to public addresses over https, and to networks that its operator listed. Every address that it may not speak to gets this answer. Nothing was changed.", "Name a public https address, or ask the operator to list the network with `--allow-network`.";
    already_answered 409 "Somebody has answered already", "An ask has one answer; `decided_by` and `decided_at` name the one that stands, and `decision` once it is in effect.", "Leave it, or ask whoever answered. Until it is in effect they can undo it.";
    already_completed 409 "The run has ended otherwise", "A run has one outcome, ever; `outcome` names the one that stands.", "Leave it. If the outcome is wrong, start a new run.";
    already_decided 409 "Somebody has decided already", "About a version there is one decision; `decided_by`, `decision` and `decided_at` name the one that stands.", "Leave it, or ask whoever decided. A new version waits anew.";
    already_subscribed 409 "There is such a subscription already", "One subscriber has one subscription with one rule to a dashboard. Nothing was changed.", "Change that one.";
    ambiguous_slug 409 "Several things have this name", "You belong to several engagements in which something has this slug; `engagements` names them.", "Say which with `engagement`.";
    answer_too_long 413 "The answer is too long", "The answer of a tool would exceed 64 KiB.", "Ask for fewer entries with `limit`.";
    ask_expired 409 "The time for an answer is over", "Nobody answered in time, so the fallback of the ask holds.", "Leave it. Whoever still needs an answer asks again.";
    ask_withdrawn 409 "The ask was withdrawn", "Whoever asked no longer needs the answer.", "Leave it.";
    bell_abandoned 409 "Somebody of the bell has left", "Whoever made the bell, or the person whom it is for, does not belong to the engagement any more, so nothing is sent for it. Nothing was changed.", "Make them a member again, or make the bell anew.";
    bell_disabled 409 "The bell is switched off", "Nothing arrived for five days, or the receiver said that it is gone, so nothing more is sent. Nothing was changed.", "Send the bell a test: when that arrives, it is on again.";
    bell_removed 409 "The bell is gone", "The delivery belongs to a bell that was removed, so nothing of it is sent any more. Nothing was changed.", "Leave it, or make the bell anew.";
    body_broken 400 "The body ended early", "The connection ended before the body was complete. Nothing was changed.", "Send it again.";
    body_too_large 413 "The body is too large", "A body has at most 1 MiB, and one with the files of a repository 32 MiB. Nothing was changed.", "Send less: labels, counts and the last lines of output are enough.";
    body_too_slow 408 "The body came too slowly", "A body of JSON must arrive within 30 seconds; an upload may never pause for as long. Nothing was changed.", "Send it again, in one go.";
    busy 503 "Two changes met", "Others changed the same run at the same time, again and again. Nothing was changed.", "Try again.";
    capability_denied 403 "Your designations do not allow this", "You are a member of the engagement, and what you are there does not let you do this.", "Ask an owner of the engagement.";
    claim_lost 409 "Somebody else holds the run", "The `fence` is missing or older than the last claim; the run was offered again meanwhile. Nothing was changed.", "Stop this work and claim again.";
    closure_review_missing 409 "Open tasks are not classified", "A workstream is completed when it was said of each open task what becomes of it; `unclassified` lists the rest. Nothing was changed.", "Send close_workstream with a review of all of them: done, cancelled with a reason, or carry_forward with a target.";
    content_too_large 413 "The file is too large", "A file has at most 1 GiB. Nothing was kept.", "Send it in parts, each a file of its own.";
    content_unavailable 503 "The place of content does not answer", "Files lie outside of the database, and their place cannot be reached. Nothing was changed.", "Try again shortly; then tell whoever runs the hub.";
    cross_site 403 "The request comes from another site", "A change with a cookie must come from a page of the hub itself.", "Use the hub's own pages, or a token in the header.";
    dashboard_archived 409 "The dashboard is out of use", "It was archived; what it kept stays readable, and nothing new comes of it. Nothing was changed.", "Make a new dashboard.";
    database_unavailable 503 "The database cannot be reached", "The hub runs and its database does not answer. Nothing was changed.", "Try again shortly; `/readyz` tells when.";
    decision_closed 409 "The decision was made, or is not needed any more", "It no longer waits for anybody; `status` says how it stands. Nothing was changed.", "Leave it.";
    dependency_cycle 409 "They would wait for each other", "The dependency would close a circle; `cycle` is the way around. Nothing was changed.", "Leave it, or remove one of those on the way first.";
    digest_mismatch 422 "The content is not what was announced", "The bytes that came have another SHA-256 than the `Content-Digest` of the request. Nothing was kept.", "Send them again; if it stays, the file was changed meanwhile.";
    host_missing 400 "The request names no host", "Without a `Host` header the hub does not know whom you mean.", "Send a `Host` header.";
    hub_owner_only 403 "Only the owner of the hub may do this", "This concerns the whole hub.", "Ask the owner of the hub.";
    human_only 403 "An agent may not do this", "Agents do not make people, agents or tokens.", "The human who answers for the agent does it.";
    id_taken 409 "Another run has this id", "The `id` that you chose belongs to a run of another engagement.", "Leave `id` out, or choose a fresh UUIDv7.";
    idempotency_key_reused 422 "The key stands for something else", "The same `Idempotency-Key` came with another body within 24 hours, or the same `key` of an ask with another question.", "Choose a fresh key for a new start or question; repeat the same body for the same one.";
    internal 500 "Something went wrong here", "A fault of the hub. The log names the cause under the `request_id`.", "Try again once; then tell whoever runs the hub the `request_id`.";
    invalid_cursor 422 "The cursor does not fit", "A cursor belongs to one person, one list and one set of filters.", "Begin again without `cursor`.";
    invalid_input 422 "The input is wrong", "`field` names where, `detail` what is wrong. Nothing of the request was applied.", "Correct the field.";
    invalid_rows 422 "The rows are refused", "`row` and `column` say where they are wrong, counted from 1 without a header. Nothing was changed, and the rows before stay.", "Mend them and send them again.";
    invalid_threshold 422 "The rule is not understood", "`faults` names each place in the rule with what is wrong there, and the nearest word that would be right. Nothing was changed.", "Mend the places that `faults` names.";
    invalid_view_spec 422 "The question is not understood", "`faults` names each place in the view spec with what is wrong there, and the nearest word that would be right. Nothing was changed.", "Mend the places that `faults` names.";
    last_owner 409 "An engagement keeps an owner", "The last person who owns it cannot leave or become something else; agents do not count.", "Make somebody else an owner first.";
    mail_unavailable 503 "The hub sends no mail", "It was started without a server of mail. Mail that bells have written waits.", "Start it with `--smtp`.";
    malformed_json 400 "The body is not JSON", "The body cannot be read as JSON; `detail` names the place.", "Send one JSON object.";
    method_not_allowed 405 "The method is not for this address", "The address exists for other methods.", "The `Allow` header names them.";
    no_follow_up 409 "There is nothing to acknowledge", "Only a run that has ended and needs a look can be acknowledged.", "Leave it.";
    no_secret 409 "There is no secret", "Only webhooks have a secret that signs what they are sent.", "Leave it.";
    not_a_demo 409 "Only a demo can be removed", "Engagements with real runs are kept.", "Leave it.";
    not_claimed 409 "The run waits to be claimed", "It is offered to workers, so nobody reports on it before one has claimed it.", "Claim it with `claim_run`.";
    not_completed 409 "The run has not ended", "There is no outcome yet that could be verified.", "Wait for the end.";
    not_confirmed 409 "The address was not confirmed", "Nothing is sent to an address before whoever reads it has said yes, and it is asked three times a day at most within an engagement.", "Ask them to follow the link in the mail that they got, or try again a day later.";
    not_decided 409 "Nothing is decided", "There is no decision that could be undone.", "Leave it.";
    not_for_you 403 "The ask is for somebody else", "It is for one person or one designation.", "Leave it to them, or let them, whoever asked, or an owner delegate it.";
    not_found 404 "There is nothing here", "It does not exist, or you may not see it; the answers are alike.", "Check the id, and who you are with `GET /api/me`.";
    not_given_up 409 "The delivery was not given up", "It has arrived, is still tried, or is a test; only what is dead or cancelled is replayed. Nothing was changed.", "Leave it; send another test.";
    not_started 409 "The run has not begun", "A queued run can end as blocked, failed or cancelled only.", "Report that it began, or finish it as one of these.";
    not_yet_in_effect 409 "A decision can still be taken back", "Whoever decided about the present version has until `effective_at` to undo it. Nothing was changed.", "Send the new version after that.";
    not_yours 403 "This is somebody else's", "A decision is undone by whoever made it, or by a person who owns the engagement; an agent undoes its own only. A subscription belongs to its subscriber, an agent's to its owner.", "Ask them, or an owner of the engagement.";
    note_missing 422 "A note is missing", "Whoever rejects or returns something says what has to be different, and whoever asks for a human says what they are to do. Nothing was changed.", "Send it again with a `note`, or the field that `field` names.";
    nothing_to_undo 409 "There is nothing to undo", "The last clean-up of the engagement was undone already, or there was none.", "Leave it.";
    outgoing_unavailable 503 "The hub reaches nobody", "It was started without a way out to other machines.", "Tell whoever runs the hub.";
    own_run 403 "You had a hand in this run", "Who started a run, worked on it or told its end does not verify it.", "Somebody else verifies it.";
    own_work 403 "An agent made this itself", "An agent does not decide about what it made, or what another agent of its owner made.", "Somebody else decides: a person, or an agent of somebody else.";
    people_only 403 "Only people answer asks", "An ask waits for a person; an agent that could answer would need none.", "The person answers on the page of the ask.";
    percentage_refused 422 "Counts come in, percentages never do", "A percentage has no unit, no total and no evidence. Whoever has one also has the two numbers that it was made of. The contract: a report carries `processed`, with `total` if it is known and `unit`; or a `phase`; or `parts`; or nothing but a sign of life.", "Give the two numbers: {\"processed\": 214, \"total\": 512, \"unit\": \"policies\"}. On the command line: bellboard progress 214/512 --unit policies.";
    range_not_satisfiable 416 "The range is not in the file", "The `Range` begins after the end of the file; `Content-Range` tells its size.", "Ask for a range within the file, or for all of it.";
    repo_archived 409 "The repo is archived", "Plans are read from repos that are in use. Nothing was changed.", "Sync another repo, or register this one anew.";
    rows_not_pushed 409 "The rows of this dashboard come from the hub", "Rows are pushed to a dashboard whose source is `pushed`. Nothing was changed.", "Make a dashboard with that source.";
    secret_unavailable 503 "The secret cannot be opened", "The hub has another key than the one with which the secret of this bell was sealed. Nothing was sent.", "Start the hub with that key, or give the bell a new secret with `rotate_secret`.";
    secrets_unavailable 503 "This hub keeps no secrets", "It was started without a key, so a webhook has nothing to sign with. Nothing was changed.", "Tell whoever runs the hub.";
    slug_taken 409 "The name is taken", "Something else of its kind has this slug, or had it and is still found under it; `taken_by` names it where you may see it.", "Choose another.";
    storage_full 507 "The disk is full", "The hub cannot write. Nothing was changed; reading goes on.", "Make room on the hub's disk; reports may wait in their spool.";
    task_blocked 409 "The task is blocked", "Something else has to happen first; the detail says what. Nothing was changed.", "Clear that, set the task to todo, and claim it.";
    task_claim_lost 409 "The claim is over", "The `claim_fence` is that of an earlier claim, or of somebody else's; the task was claimed again or given back meanwhile. Nothing was changed.", "Stop this work and claim again.";
    task_claimed 409 "Somebody else has the task", "`claimed_by_name` has it until `claim_until`. Nothing was changed.", "Take another from `list_ready_tasks`, or wait until then.";
    task_closed 409 "The task is closed", "It is done or cancelled, so nothing remains to be done. Nothing was changed.", "Leave it, or set it to todo first.";
    task_needs_human 409 "The task waits for a human", "An agent does not begin what a human has to look at first; the detail says what they are to do. Nothing was changed.", "Take another from `list_ready_tasks`.";
    token_scope 403 "The token is not for this", "The token was narrowed to other engagements or verbs when it was made.", "Use a token that names this, or sign in.";
    too_few_snapshots 409 "There is nothing to compare yet", "A diff is made of two snapshots. The dashboard has fewer, or the one before is not kept any more.", "Take another snapshot, or name two that are kept.";
    too_large 413 "The rows are too large", "Rows are pushed at most 64 MiB at once. Nothing was changed, and the rows before stay.", "Push fewer rows or columns.";
    too_many_bundles 503 "Too many bundles at once", "The replica packs as many ZIP files as it can.", "Try again shortly, or fetch the files one by one with `?file=`.";
    too_many_dashboards 409 "The engagement has too many dashboards", "At most 500 dashboards of an engagement are in use. Nothing was changed.", "Archive one that nobody needs.";
    too_many_streams 503 "Too many live streams", "The replica holds as many event streams as it can.", "Try again later, or on another replica.";
    too_many_subscriptions 409 "The dashboard has too many subscriptions", "At most 100,000. Nothing was changed.", "End one that nobody needs.";
    too_many_uploads 503 "Too many uploads at once", "The replica takes as many uploads as it can.", "Try again shortly.";
    too_slow 503 "The hub was too slow", "The verb did not finish within 30 seconds. It may have been applied.", "Read before you try again.";
    unauthenticated 401 "Nobody known is calling", "No token or session came with the request, or it has ended.", "Sign in, or send `Authorization: Bearer` with a valid token.";
    undo_over 409 "The time to undo is over", "The decision is in effect; whoever waited for it was told.", "Leave it. A new version can be decided otherwise.";
    unknown_domain 422 "There is no such domain in use", "The domain that the request names is not there, or archived; `valid_slugs` names those in use. Nothing was changed.", "Name one of `valid_slugs`, or make the domain first.";
    unknown_host 421 "The hub has another name", "The hub does not answer under the name in the `Host` header.", "Use its public address, or start it with this name.";
    unsupported_media_type 415 "The body must be JSON", "The body came with another media type.", "Send `Content-Type: application/json`.";
    version_changed 409 "There is a newer version", "The version that you speak of is not the newest one; `version` names that. Nothing was changed.", "Look at the newest version, then say its number as `expected_version`.";
    workstream_closed 409 "The workstream is closed", "Nothing more is planned in it; `status` says how it ended. Nothing was changed.", "Set it to active first if work goes on, or name another.";
}

/// What is known of a code.
pub fn find(code: &str) -> Option<&'static Code> {
    CODES.iter().find(|known| known.code == code)
}

/// Answers `/problems/{code}`, to anybody: there is nothing in it that is not in the documents.
pub async fn show(headers: HeaderMap, Path(code): Path<String>) -> Result<Response, Problem> {
    let known = find(&code).ok_or_else(Fault::not_found)?;
    if wants_page(&headers) {
        return Ok(crate::pages::code_page(known));
    }
    let body = json!({
        "type": format!("/problems/{}", known.code),
        "code": known.code,
        "status": known.status,
        "title": known.title,
        "meaning": known.meaning,
        "way_out": known.way_out,
    });
    Ok((
        [(header::CONTENT_TYPE, "application/json")],
        body.to_string(),
    )
        .into_response())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::PathBuf;

    use super::*;

    #[test]
    fn the_codes_stand_in_order_and_once() {
        assert!(CODES.is_sorted_by(|a, b| a.code < b.code));
        for code in CODES {
            for words in [code.meaning, code.way_out] {
                assert!(words.ends_with('.'), "{}: {words}", code.code);
            }
            assert!(!code.title.ends_with('.'), "{}", code.code);
        }
    }

    /// What makes a problem, and so is followed by its code.
    const MAKERS: [&str; 13] = [
        "Fault::conflict(",
        "Fault::forbidden(",
        "Fault::too_large(",
        "Fault::unavailable(",
        ".with_code(",
        "Problem::new(",
        "FaultKind::Unauthenticated,",
        "FaultKind::NotFound,",
        "FaultKind::Invalid,",
        "FaultKind::Unavailable,",
        "FaultKind::Full,",
        "FaultKind::Internal,",
        "\"/problems/",
    ];

    /// The codes that the sources name, read off the tree: of hub, server, and the rules that refuse.
    fn codes_in_the_sources() -> BTreeSet<String> {
        let mut codes = BTreeSet::new();
        for (of_core, text) in sources() {
            for maker in MAKERS {
                for (at, _) in text.match_indices(maker) {
                    codes.extend(code_after(&text[at..], maker));
                }
            }
            if of_core {
                let arms = text.match_indices("=> \"");
                codes.extend(arms.filter_map(|(at, _)| code_after(&text[at..], "=> \"")));
            }
        }
        codes
    }

    /// The texts that can name a code, without their tests and without this file; and whether it is one of core.
    fn sources() -> Vec<(bool, String)> {
        let crates = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..");
        let mut folders = vec![
            crates.join("bellboard-hub/src"),
            crates.join("bellboard-server/src"),
        ];
        let mut files = vec![
            crates.join("bellboard-core/src/run/lifecycle.rs"),
            crates.join("bellboard-core/src/run/claim.rs"),
        ];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|end| end == "rs") {
                    files.push(path);
                }
            }
        }
        let read = |file: PathBuf| {
            let text = std::fs::read_to_string(&file).unwrap();
            let text = text.split("#[cfg(test)]").next().unwrap().to_owned();
            (
                file.components()
                    .any(|part| part.as_os_str() == "bellboard-core"),
                text,
            )
        };
        files.retain(|file| !file.ends_with("problem/codes.rs"));
        files.into_iter().map(read).collect()
    }

    /// The first quoted word after a maker, if it comes soon and looks like a code.
    fn code_after(text: &str, maker: &str) -> Option<String> {
        let rest = &text[maker.len()..];
        let near: String = rest.chars().take(120).collect();
        let word = if maker.ends_with(['"', '/']) {
            near.split('"').next()?.to_owned()
        } else {
            near.split('"').nth(1)?.to_owned()
        };
        let is_code = word.len() > 3
            && word
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte == b'_');
        is_code.then_some(word)
    }

    #[test]
    fn every_code_of_the_sources_is_in_the_table_and_none_else() {
        let named = codes_in_the_sources();
        let known: BTreeSet<String> = CODES.iter().map(|code| code.code.to_owned()).collect();
        let missing: Vec<_> = named.difference(&known).collect();
        assert!(missing.is_empty(), "not in the table: {missing:?}");
        let texts: Vec<String> = sources().into_iter().map(|(_, text)| text).collect();
        for code in CODES {
            let quoted = format!("\"{}\"", code.code);
            assert!(
                texts.iter().any(|text| text.contains(&quoted)),
                "nobody answers {}",
                code.code
            );
        }
        for sure in [
            "already_completed",
            "capability_denied",
            "claim_lost",
            "idempotency_key_reused",
            "token_scope",
            "busy",
        ] {
            assert!(
                named.contains(sure),
                "the sources are not read well: {sure}"
            );
        }
    }
}
