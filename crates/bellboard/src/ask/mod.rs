//! `bellboard ask`: asks a person, and brings the answer back to whoever called, a script or an agent.

mod question;
mod wait;

use std::time::Duration;

use anyhow::Result;
use bellboard_core::ask::Question;
use bellboard_core::membership::Designation;
use clap::Args;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::client::{CallFault, Problem};
use crate::clock;
use crate::config::variable;
use crate::output::{Form, Mark, print_json, print_plain};
use crate::session::Session;
use crate::stop::Stop;
use crate::{when, wire};

use question::QuestionArgs;
use wait::Absence;

/// How long the start of the run around us may take to reach the hub.
const START_ON_ITS_WAY: Duration = Duration::from_secs(5);
/// How often it is looked for.
const LOOK_AGAIN: Duration = Duration::from_millis(200);

/// The arguments of `bellboard ask`.
#[derive(Debug, Args)]
pub struct AskArgs {
    /// The question in one line
    #[arg(value_name = "QUESTION")]
    title: String,
    #[command(flatten)]
    question: QuestionArgs,
    /// What a person should know to answer
    #[arg(long, value_name = "TEXT")]
    detail: Option<String>,
    /// For how long it can be answered: 30m, 2h, 3d
    #[arg(long, value_name = "TIME", requires = "fallback", value_parser = when::parse_span)]
    expires: Option<Duration>,
    /// What holds when nobody has answered by then: the key of an option, or the values of a form as JSON
    #[arg(long, value_name = "ANSWER", requires = "expires")]
    fallback: Option<String>,
    /// Whom it is for: owner, operator, contributor, domain_expert, or a person by name or id [default: whoever may decide]
    #[arg(long = "for", value_name = "WHOM")]
    audience: Option<String>,
    /// Where: an engagement's slug, name or id [default: that of the run]
    #[arg(long = "in", alias = "engagement", value_name = "ENGAGEMENT")]
    engagement: Option<String>,
    /// The run that waits for the answer [default: the one around this command, if there is one]
    #[arg(long, value_name = "RUN")]
    run: Option<String>,
    /// Your own name for this ask: asked again under it, it is the same ask
    #[arg(long)]
    key: Option<String>,
    /// Wait for the answer and print it; a hub that goes away meanwhile is waited for
    #[arg(long)]
    wait: bool,
}

/// An ask, as far as the command line reads it.
#[derive(Debug, Clone, Deserialize)]
struct Ask {
    id: String,
    title: String,
    state: String,
    answer: Option<Answer>,
    answered_by_name: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
struct Answer {
    option: Option<String>,
    values: Option<Map<String, Value>>,
    label: String,
    note: Option<String>,
}

/// Asks, and with `--wait` ends when there is an answer.
pub async fn run(args: AskArgs, session: &Session) -> Result<u8> {
    // All that can be wrong here is found before the first byte is sent.
    let question = args.question.read()?;
    let fallback = match &args.fallback {
        Some(text) => Some(question::read_fallback(&question, text)?),
        None => None,
    };
    session.deliver_spooled().await;
    let (engagement, run) = place(&args, session).await?;
    let audience = match &args.audience {
        Some(whom) => Some(audience(whom, &engagement, session).await?),
        None => None,
    };
    let (options, form) = match &question {
        Question::Options(options) => (json!(options), Value::Null),
        Question::Form(form) => (Value::Null, json!(form)),
    };
    let input = json!({
        "engagement_id": engagement,
        "title": args.title,
        "detail": args.detail,
        "options": options,
        "form": form,
        "run_id": run,
        "for": audience,
        "expires_in_seconds": args.expires.map(|span| span.as_secs()),
        "fallback": fallback,
        // Under a key it can be said again when its acknowledgement was lost.
        "key": args.key.unwrap_or_else(|| clock::new_id().to_string()),
    });
    if !args.wait {
        let view = session.client.call_raw("create_ask", input).await?;
        return tell_asked(view, session);
    }
    let mut absence = Absence::new(session);
    let asked: Ask = serde_json::from_value(absence.outlasting("create_ask", &input).await?)?;
    session
        .output
        .say(Mark::Note, &asked_words(&asked, session));
    let view = wait::for_answer(&asked.id, &mut absence).await?;
    tell_answer(view, session)
}

/// The engagement and the run that waits. The run around this command is left out where it cannot wait: an agent that
/// outlives its run still has its question.
async fn place(args: &AskArgs, session: &Session) -> Result<(String, Option<String>)> {
    let around = variable("BELLBOARD_RUN");
    let run = match (&args.run, around) {
        (Some(named), _) => {
            let id = session.run_id(Some(named)).await?;
            let input = json!({"run_id": id});
            Some(session.client.call_raw("get_run", input).await?)
        }
        (None, Some(id)) => run_around(&id, session).await?,
        (None, None) => None,
    };
    let text = |field: &str| run.as_ref().and_then(|run| run[field].as_str());
    let of_run = text("engagement_id").map(str::to_owned);
    let engagement = match (&args.engagement, of_run.clone()) {
        (None, Some(engagement)) => engagement,
        (named, _) => session.engagement(named.as_deref()).await?.engagement_id,
    };
    let waits = args.run.is_some() || of_run.is_none_or(|of_run| of_run == engagement);
    let run = text("id").filter(|_| waits).map(str::to_owned);
    Ok((engagement, run))
}

/// The run around this command, if its hub knows it and it goes on. A command that was wrapped begins at once, so its start
/// may still be on its way.
async fn run_around(id: &str, session: &Session) -> Result<Option<Value>> {
    let begun = clock::steady();
    loop {
        let read = session.client.call_raw("get_run", json!({"run_id": id}));
        match read.await {
            Ok(run) if run["status"] != "completed" => return Ok(Some(run)),
            Err(CallFault::Refused(Problem { status: 404, .. }))
                if clock::steady().duration_since(begun) < START_ON_ITS_WAY =>
            {
                tokio::time::sleep(LOOK_AGAIN).await;
            }
            Ok(_) | Err(CallFault::Refused(Problem { status: 404, .. })) => {
                session.output.warn(&format!(
                    "The run {id} around this command has ended, or this hub does not know it; it does not show that it waits."
                ));
                return Ok(None);
            }
            Err(fault) => return Err(fault.into()),
        }
    }
}

/// A designation, else a member by name or id.
async fn audience(whom: &str, engagement: &str, session: &Session) -> Result<Value> {
    #[derive(Deserialize)]
    struct Member {
        person_id: String,
        name: String,
    }
    if let Some(designation) = Designation::parse(&whom.to_lowercase().replace([' ', '-'], "_")) {
        return Ok(json!({"designation": designation}));
    }
    let input = json!({"engagement_id": engagement});
    let members: Vec<Member> = wire::all(&session.client, "list_members", input).await?;
    let wanted = whom.to_lowercase();
    let named = |one: &&Member| one.person_id == wanted || one.name.to_lowercase() == wanted;
    let mut found = members.iter().filter(named);
    match (found.next(), found.next()) {
        (Some(one), None) => Ok(json!({"person_id": one.person_id})),
        (Some(one), Some(other)) => Err(Stop::usage(format!(
            "--for {whom}: two people here have this name. Give an id: {} or {}.",
            one.person_id, other.person_id
        ))
        .into()),
        (None, _) => Err(Stop::usage(format!(
            "--for {whom}: nobody here has this name. Name a member of the engagement, or owner, operator, contributor or domain_expert."
        ))
        .into()),
    }
}

fn page(ask: &Ask, session: &Session) -> String {
    session.page(&format!("/ui/asks/{}", ask.id))
}

fn asked_words(ask: &Ask, session: &Session) -> String {
    format!("Asked: {} · {}", ask.title, page(ask, session))
}

/// Without a wait: where the answer will be.
fn tell_asked(view: Value, session: &Session) -> Result<u8> {
    let output = &session.output;
    if output.form == Form::Json {
        print_json(&view)?;
        return Ok(0);
    }
    let ask: Ask = serde_json::from_value(view)?;
    if output.form == Form::Plain {
        print_plain(&[&ask.id, &ask.state])?;
        return Ok(0);
    }
    output.say(Mark::Done, &format!("Asked: {}", ask.title));
    output.data(&page(&ask, session))?;
    Ok(0)
}

/// The key of the option or the values of the form on stdout, who and why on stderr.
fn tell_answer(view: Value, session: &Session) -> Result<u8> {
    let output = &session.output;
    if output.form == Form::Json {
        print_json(&view)?;
    }
    let ask: Ask = serde_json::from_value(view)?;
    let Some(answer) = &ask.answer else {
        return Err(Stop {
            code: 1,
            message: format!("“{}” was {}; there is no answer.", ask.title, ask.state),
        }
        .into());
    };
    let (label, note) = (&answer.label, answer.note.as_deref().unwrap_or_default());
    output.say(
        Mark::Done,
        &match &ask.answered_by_name {
            Some(who) if note.is_empty() => format!("{who} answered: {label}"),
            Some(who) => format!("{who} answered: {label}. {note}"),
            None => format!("Nobody answered in time; the fallback holds: {label}"),
        },
    );
    let chosen = match (&answer.option, &answer.values) {
        (Some(key), _) => key.clone(),
        (None, values) => json!(values).to_string(),
    };
    match output.form {
        Form::Json => {}
        Form::Plain => print_plain(&[&chosen, &ask.state, label, note])?,
        // A form's values are a program's: no character of theirs is changed.
        Form::Human if answer.option.is_none() => print_json(&json!(answer.values))?,
        Form::Human => output.data(&chosen)?,
    }
    Ok(0)
}
