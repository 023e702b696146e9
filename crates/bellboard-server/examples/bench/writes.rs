//! S3: durable writes on SQLite, beside what the same machine does with one transaction per fsync.
//!
//! The ratio says what the group commit saves, so it means something where a flush costs something. A virtual disk may
//! answer a flush from the memory of its host: then the ratio is told and not judged, and `cargo xtask bench` measures
//! again with every flush held up for two milliseconds, as long as a real disk takes.

use std::time::Duration;

use anyhow::{Context, Result};
use bellboard_hub::Hub;
use bellboard_hub::call::Caller;
use bellboard_hub::db::DbFault;
use bellboard_hub::verbs::find;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::client::Client;
use crate::figure::{Report, Samples, count, float, now, time};
use crate::fill::{engagement, fill, told};
use crate::folder::Folder;
use crate::server::{Server, open};
use crate::{Settings, store};

/// Callers at once.
const CALLERS: [usize; 3] = [1, 8, 64];
/// A disk that answers more flushes in a second than this has not written anything down.
const FLUSHES: f64 = 1_000.0;
/// Between the start of a run and its end.
const REPORTS: u64 = 8;

/// What a number of callers wrote in a time.
struct Written {
    writes: u64,
    /// Commits that carried them, where this process can count them.
    commits: u64,
    time: Duration,
    samples: Samples,
}

impl Written {
    fn per_second(&self) -> f64 {
        float(self.writes) / self.time.as_secs_f64()
    }
}

pub async fn measure(settings: &Settings, folder: &Folder, report: &mut Report) -> Result<()> {
    let (runs, span) = if settings.is_quick() {
        (10_000, Duration::from_secs(1))
    } else {
        (1_000_000, Duration::from_secs(5))
    };
    for runs in [0, runs] {
        let name = format!("writes{runs}");
        let url = folder.sqlite(&name);
        // Ten runs are one for each engagement, and as good as an empty hub.
        let token = fill(&url, runs.max(10)).await?.of_all.token;
        let hub = open(&url).await?;
        hub.db()
            .write(|sql| Box::pin(store::create_marks(sql)))
            .await?;
        let caller = bellboard_hub::session::authenticate(&hub, &token)
            .await
            .map_err(told)?
            .context("the token is unknown")?;
        let before = one_by_one(&hub, span).await?;
        let mut measured = Vec::new();
        for callers in CALLERS {
            measured.push((callers, through_verbs(&hub, &caller, callers, span).await?));
        }
        let after = one_by_one(&hub, span).await?;
        line(
            report,
            &format!("S3 verbs, {} runs", count(runs)),
            &measured,
            before.max(after),
            true,
        );

        let server = Server::start(&url).await?;
        let mut measured = Vec::new();
        for callers in CALLERS {
            measured.push((
                callers,
                through_http(server.port, &token, callers, span).await?,
            ));
        }
        server.stop().await?;
        let again = one_by_one(&hub, span).await?;
        line(
            report,
            &format!("S3 HTTP, {} runs", count(runs)),
            &measured,
            after.max(again),
            false,
        );
        hub.db().close().await;
        folder.forget_sqlite(&name);
    }
    Ok(())
}

fn line(
    report: &mut Report,
    name: &str,
    measured: &[(usize, Written)],
    single: f64,
    is_figure: bool,
) {
    let mut line = report.line(name);
    line.tell(format_args!("one transaction per fsync {single:.0}/s"));
    for (callers, written) in measured {
        line.tell(format_args!(
            "{callers} callers: {:.0}/s, p50 {} p99 {}{}",
            written.per_second(),
            time(written.samples.p50()),
            time(written.samples.p99()),
            if written.commits == 0 {
                String::new()
            } else {
                format!(
                    ", {:.1} a commit",
                    float(written.writes) / float(written.commits)
                )
            }
        ));
    }
    let Some((callers, most)) = measured.last() else {
        return line.end_unjudged("nothing was measured");
    };
    let name = format!("{callers} callers beside one by one");
    let ratio = most.per_second() / single;
    if is_figure && single <= FLUSHES {
        line.at_least(&name, ratio, 20.0, " x");
        line.end();
    } else {
        line.tell(format_args!("{name} {ratio:.1} x"));
        line.end_unjudged(if is_figure {
            "this disk answers a flush before it has written"
        } else {
            "the figure is of the store, this is with HTTP and the clients on the same cores"
        });
    }
}

/// One caller, one row, one transaction, one fsync: how many in a second.
async fn one_by_one(hub: &Hub, span: Duration) -> Result<f64> {
    let begun = now();
    let mut writes = 0.0;
    while begun.elapsed() < span {
        hub.db()
            .write::<_, DbFault, _>(|sql| Box::pin(store::insert_mark(sql)))
            .await?;
        writes += 1.0;
    }
    Ok(writes / begun.elapsed().as_secs_f64())
}

/// Every caller goes through whole runs until the time is over.
async fn through_verbs(
    hub: &Hub,
    caller: &Caller,
    callers: usize,
    span: Duration,
) -> Result<Written> {
    let commits = hub.db().changes();
    let before = *commits.borrow();
    let mut tasks = JoinSet::new();
    let begun = now();
    for number in 0..callers {
        let (hub, caller) = (hub.clone(), caller.clone());
        tasks.spawn(async move {
            let mut samples = Samples::default();
            while begun.elapsed() < span {
                let mut run = None;
                for (verb, input) in life_of_a_run(number) {
                    let verb = find(verb).context("no such verb")?;
                    let input = with_run(input, run.as_ref());
                    let sent = now();
                    let call = hub.call(Some(caller.clone()), verb);
                    let answer = (verb.run)(call, input).await.map_err(told)?;
                    samples.add(sent.elapsed());
                    if run.is_none() {
                        run = Some(id_in(&serde_json::from_slice(&answer.json)?));
                    }
                }
            }
            Ok(samples)
        });
    }
    let mut written = written(tasks, begun).await?;
    written.commits = *commits.borrow() - before;
    Ok(written)
}

/// The same over one kept connection for each caller.
async fn through_http(port: u16, token: &str, callers: usize, span: Duration) -> Result<Written> {
    let mut clients = Vec::new();
    for _ in 0..callers {
        clients.push(Client::connect(port, token).await?);
    }
    let mut tasks = JoinSet::new();
    let begun = now();
    for (number, mut client) in clients.into_iter().enumerate() {
        tasks.spawn(async move {
            let mut samples = Samples::default();
            while begun.elapsed() < span {
                let mut run = None;
                for (verb, input) in life_of_a_run(number) {
                    let verb = find(verb).context("no such verb")?;
                    let mut input = with_run(input, run.as_ref());
                    let path = verb
                        .path_for(&input)
                        .map_err(|name| anyhow::anyhow!("no {name}"))?;
                    if let Some(body) = input.as_object_mut() {
                        for name in verb.path_parameters() {
                            body.remove(name);
                        }
                    }
                    let sent = now();
                    let answer = client.post(&path, &input).await?;
                    samples.add(sent.elapsed());
                    let answer = answer.json()?;
                    if run.is_none() {
                        run = Some(id_in(&answer));
                    }
                }
            }
            Ok(samples)
        });
    }
    written(tasks, begun).await
}

async fn written(
    mut tasks: JoinSet<Result<Samples>>,
    begun: std::time::Instant,
) -> Result<Written> {
    let mut samples = Samples::default();
    while let Some(ended) = tasks.join_next().await {
        samples.append(ended??);
    }
    Ok(Written {
        writes: samples.len(),
        commits: 0,
        time: begun.elapsed(),
        samples,
    })
}

/// Start, eight reports, finish.
fn life_of_a_run(caller: usize) -> impl Iterator<Item = (&'static str, Value)> {
    let start = json!({
        "engagement_id": engagement(caller as u64 % crate::fill::LARGE),
        "type": "baseline.capture",
        "label": "A measured run",
        "status": "running",
        "identity_mode": "nonce",
        "heartbeat_seconds": 30,
    });
    let reports = (1..=REPORTS).map(|number| {
        let report = json!({
            "sequence": number,
            "processed": number * 10,
            "total": REPORTS * 10,
            "unit": "files",
        });
        ("report_run", report)
    });
    let finish = json!({ "outcome": "succeeded", "grade": "observed", "exit_code": 0 });
    std::iter::once(("start_run", start))
        .chain(reports)
        .chain(std::iter::once(("finish_run", finish)))
}

fn with_run(mut input: Value, run: Option<&Value>) -> Value {
    if let (Some(run), Some(fields)) = (run, input.as_object_mut()) {
        fields.insert("run_id".to_owned(), run.clone());
    }
    input
}

fn id_in(started: &Value) -> Value {
    started["run"]["id"].clone()
}
