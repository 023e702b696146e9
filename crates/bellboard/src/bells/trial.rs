//! `bellboard bells test`: a rule on the past of a dashboard, or a bell sent once to see whether it arrives.

use anyhow::Result;
use serde_json::{Value, json};

use super::{TestArgs, bell_of, rule, word};
use crate::dashboards;
use crate::output::{Form, Mark, Output, counted, print_json, print_plain};
use crate::session::Session;
use crate::when;

pub(super) async fn test(args: TestArgs, session: &Session) -> Result<u8> {
    if let Some(bell) = &args.send {
        return send_test(&args.dashboard, bell, session).await;
    }
    let rule = rule(args.rule.as_deref().unwrap_or_default())?;
    let dashboard = dashboards::find(&args.dashboard, session).await?;
    let input = json!({
        "dashboard_id": dashboard.id, "threshold_json": rule, "baseline": args.baseline.as_str(), "days": args.days,
    });
    let tried = session
        .client
        .call_raw("preview_subscription", input)
        .await?;
    let output = &session.output;
    if output.form == Form::Json {
        print_json(&tried)?;
        return Ok(0);
    }
    let rings = tried["rings"].as_array().map_or(&[][..], Vec::as_slice);
    for ring in rings {
        let words = word(ring, "words");
        if output.form == Form::Plain {
            print_plain(&[&word(ring, "captured_at"), &words])?;
        } else {
            let at = when::words(&ring["captured_at"]);
            output.data(&output.fit(&format!("{at}  {words}")))?;
        }
    }
    let rang = times(rings.len() as u64);
    let words = format!(
        "Would have rung {rang} in {}",
        snapshots(tried["checked"].as_u64().unwrap_or_default())
    );
    output.say(Mark::Done, &words);
    say_what_is_not_known(&tried, output);
    let ladder = tried["ladder"].as_array().map_or(&[][..], Vec::as_slice);
    for rung in ladder {
        let own = if rung["own"] == true {
            " (this rule)"
        } else {
            ""
        };
        let rang = times(rung["rings"].as_u64().unwrap_or_default());
        let threshold = rung["threshold"].as_f64().unwrap_or_default();
        let words = format!("at {threshold}: {rang}{own}");
        output.say(Mark::Note, &words);
    }
    let without = tried["rings_without"].as_u64().unwrap_or_default();
    if without > 0 && !ladder.is_empty() {
        let words = format!("without this condition: {}", times(without));
        output.say(Mark::Note, &words);
    }
    Ok(0)
}

/// What the past lacks, where it lacks something.
fn say_what_is_not_known(tried: &Value, output: &Output) {
    let count = |name: &str| tried[name].as_u64().unwrap_or_default();
    let missing = count("expected").saturating_sub(count("checked"));
    if missing > 0 {
        let words = format!(
            "{} missing: none was taken when it was due",
            snapshots(missing)
        );
        output.say(Mark::Note, &words);
    }
    let left_out = count("left_out");
    if left_out > 0 {
        let words = format!("{} older left out: too much to try", snapshots(left_out));
        output.say(Mark::Note, &words);
    }
}

fn snapshots(count: u64) -> String {
    counted(count, "snapshot", "snapshots")
}

fn times(count: u64) -> String {
    match count {
        1 => "once".to_owned(),
        several => format!("{several} times"),
    }
}

async fn send_test(named: &str, part: &str, session: &Session) -> Result<u8> {
    let dashboard = dashboards::find(named, session).await?;
    let bell = bell_of(&dashboard.id, part, session).await?;
    let input = json!({ "dashboard_id": dashboard.id, "subscription_id": bell });
    let sent = session.client.call_raw("test_subscription", input).await?;
    let output = &session.output;
    let arrived = sent["arrived"] == true;
    if output.form == Form::Json {
        print_json(&sent)?;
        return Ok(u8::from(!arrived));
    }
    let headers = sent["headers"].as_array().map_or(&[][..], Vec::as_slice);
    for header in headers {
        output.data(&format!(
            "{}: {}",
            word(header, "name"),
            word(header, "value")
        ))?;
    }
    output.data(&format!("\n{}", word(&sent, "body")))?;
    let came = match (sent["status_code"].as_u64(), sent["reason"].as_str()) {
        _ if sent["kind"] == "persona" => "It was put into the inbox and the thread".to_owned(),
        (Some(code), _) => format!("{} answered {code}", word(&sent, "target")),
        (None, Some(reason)) => format!("{}: {reason}", word(&sent, "target")),
        (None, None) => format!("{} gave no answer", word(&sent, "target")),
    };
    let mark = if arrived { Mark::Done } else { Mark::Failed };
    output.say(mark, &came);
    Ok(u8::from(!arrived))
}
