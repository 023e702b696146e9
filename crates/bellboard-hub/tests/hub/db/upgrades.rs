//! Every migration runs on a base that is not empty: after each one its tables get a row, and the rows outlive all later ones.
//!
//! Whoever adds a table adds its sample row here; the test names the table that has none.

use bellboard_hub::db::{DatabaseUrl, Db, DbFault, DbOptions, Engine, MIGRATIONS, Value};
use uuid::Uuid;

use crate::support::TestDb;

on_each_engine!(migrations_keep_the_rows_of_older_versions);

/// A row that a hub of this schema version could have written.
struct Sample {
    version: i64,
    insert: &'static str,
    values: Vec<Value>,
}

fn sample<const COUNT: usize>(
    version: i64,
    insert: &'static str,
    values: [Value; COUNT],
) -> Sample {
    Sample {
        version,
        insert,
        values: values.into(),
    }
}

/// Who may come in. `id` is any id, `hash` any secret.
fn access_samples(id: Uuid, hash: [u8; 32]) -> Vec<Sample> {
    vec![
        sample(
            1,
            "insert into people (id, kind, name, hub_owner, created_at) values ($1, 'human', 'Ada', 1, 7)",
            [id.into()],
        ),
        sample(
            1,
            "insert into login_links (secret_hash, person_id, created_at, expires_at) values ($1, $2, 7, 9)",
            [hash.into(), id.into()],
        ),
        sample(
            1,
            "insert into sessions (secret_hash, id, person_id, created_at, last_seen_at, expires_at)
             values ($1, $2, $2, 7, 8, 9)",
            [hash.into(), id.into()],
        ),
        sample(
            1,
            "insert into tokens (id, secret_hash, kind, person_id, created_by, name, hint, narrowed, created_at, expires_at)
             values ($1, $2, 'person', $1, $1, 'laptop', 'bbp_1234', 1, 7, 9)",
            [id.into(), hash.into()],
        ),
        sample(
            1,
            "insert into token_engagements (token_id, engagement_id) values ($1, $1)",
            [id.into()],
        ),
        sample(
            1,
            "insert into engagements (id, slug, name, demo, created_at) values ($1, 'north', 'North', 0, 7)",
            [id.into()],
        ),
        sample(
            1,
            "insert into memberships (engagement_id, person_id, designations, created_at) values ($1, $1, 1, 7)",
            [id.into()],
        ),
    ]
}

/// What needs somebody. `id` is any id, `hash` any digest.
fn decision_samples(id: Uuid, hash: [u8; 32]) -> Vec<Sample> {
    vec![
        sample(
            6,
            "insert into artifacts (engagement_id, id, kind, state, version, number, label, detail, content_kind, made_by,
                                    made_by_name, created_at, made_at)
             values ($1, $1, 'shape', 'pending_confirmation', 1, 1, 'Policy', '', 'inline_dict', $1, 'Ada', 7, 7)",
            [id.into()],
        ),
        sample(
            6,
            "insert into artifact_versions (engagement_id, artifact_id, version, content_kind, content, note, made_by,
                                            made_by_name, made_at)
             values ($1, $1, 1, 'inline_dict', '{}', '', $1, 'Ada', 7)",
            [id.into()],
        ),
        sample(
            6,
            "insert into artifact_files (engagement_id, artifact_id, version, position, name, media_type, digest, size)
             values ($1, $1, 1, 0, 'a.txt', 'text/plain', $2, 3)",
            [id.into(), hash.into()],
        ),
        sample(
            6,
            "insert into contents (engagement_id, digest, stored_as, size, uploaded_by, created_at) values ($1, $2, $1, 3, $1, 7)",
            [id.into(), hash.into()],
        ),
        sample(
            6,
            "insert into asks (engagement_id, id, state, version, title, detail, options, asked_by, asked_by_name, audience,
                               created_at)
             values ($1, $1, 'open', 1, 'Delete it?', '', '[]', $1, 'Ada', 15, 7)",
            [id.into()],
        ),
        sample(
            6,
            "insert into decisions (engagement_id, id, concept, object_id, version, decision, from_state, to_state, decided_by,
                                    decided_by_name, decided_at, effective_at)
             values ($1, $1, 'artifact', $1, 1, 'confirm', 'pending_confirmation', 'confirmed', $1, 'Ada', 8, 8)",
            [id.into()],
        ),
        sample(
            6,
            "insert into snoozes (person_id, engagement_id, kind, item_id, until_at, created_at)
             values ($1, $1, 'pending_shape', $1, 9, 7)",
            [id.into()],
        ),
        sample(
            6,
            "insert into person_settings (person_id, theme, single_keys, undo_seconds, changed_at) values ($1, 'dark', 1, 8, 7)",
            [id.into()],
        ),
    ]
}

/// What goes on. `id` is any id, `hash` any identity.
fn run_samples(id: Uuid, hash: [u8; 32]) -> Vec<Sample> {
    vec![
        sample(
            1,
            "insert into runs (engagement_id, id, initiator_name, type, item_kind, label, status, outcome, lost, identity,
                               identity_mode, summary_counts, failures, context, sequence, version, created_at,
                               active_at, completed_at, last_seen_at)
             values ($1, $1, 'Ada', 'build', 'run', 'Build', 'completed', 'failed', 0, $2, 'nonce', '{}', '[]', '{}',
                     0, 2, 7, 7, 8, 8)",
            [id.into(), hash.into()],
        ),
        sample(
            1,
            "insert into run_events (engagement_id, run_id, id, at, kind, actor_name, summary)
             values ($1, $1, $1, 7, 'started', 'Ada', 'Started')",
            [id.into()],
        ),
        sample(
            1,
            "insert into needs (engagement_id, kind, item_id, label, detail, created_at)
             values ($1, 'run_follow_up', $1, 'Build', 'failed', 8)",
            [id.into()],
        ),
        sample(
            1,
            "insert into zone_counts (engagement_id, zone, kind, slot, held) values ($1, 'recent', 'run', 0, 1)",
            [id.into()],
        ),
        sample(
            1,
            "insert into notifications (engagement_id, run_id, person_id, id, kind, title, detail, created_at)
             values ($1, $1, $1, $1, 'run_ended', 'Build failed', '', 8)",
            [id.into()],
        ),
        sample(
            1,
            "insert into events (engagement_id, concept, kind, object_id, at) values ($1, 'run', 'run.ended', $1, 8)",
            [id.into()],
        ),
        sample(
            2,
            "insert into run_types (engagement_id, type, label, capability, phases, manual_review, retention_days, changed_at)
             values ($1, 'build', 'Build', 'start_runs', '[]', 1, 90, 7)",
            [id.into()],
        ),
        sample(
            2,
            "insert into run_watchers (engagement_id, run_id, person_id, created_at) values ($1, $1, $1, 7)",
            [id.into()],
        ),
        sample(
            4,
            "insert into run_inputs (engagement_id, run_id, sealed) values ($1, $1, $2)",
            [id.into(), hash.into()],
        ),
        sample(
            5,
            "insert into run_raw_words (engagement_id, run_id, field, words, at) values ($1, $1, 'message', 'x::y()', 7)",
            [id.into()],
        ),
        sample(
            5,
            "insert into idempotency_keys (engagement_id, person_id, key, request_hash, run_id, created, created_at)
             values ($1, $1, 'k', $2, $1, 1, 7)",
            [id.into(), hash.into()],
        ),
    ]
}

/// What is planned. `id` is any id, `hash` any digest.
fn work_samples(id: Uuid, hash: [u8; 32]) -> Vec<Sample> {
    let only_ids = [
        "insert into domains (engagement_id, id, slug, name, description, status, created_at, changed_at)
         values ($1, $1, 'north', 'North', '', 'active', 7, 7)",
        "insert into slug_aliases (engagement_id, concept, slug, object_id, created_at) values ($1, 'domain', 'nord', $1, 7)",
        "insert into repos (engagement_id, id, domain_id, topic_id, slug, name, local_path, description, status, watched,
                            last_synced_at, last_commit, last_sync, created_at, changed_at)
         values ($1, $1, $1, $1, 'hub', 'Hub', '/srv/hub', '', 'active', 1, 8, 'abc', '{}', 7, 7)",
        "insert into topics (engagement_id, id, domain_id, slug, title, description, status, created_at, changed_at)
         values ($1, $1, $1, 'plans', 'Plans', '', 'active', 7, 7)",
        "insert into tasks (engagement_id, id, workstream_id, external_id, position, title, description, priority, assignee,
                            status, rank, needs_human, intervention_note, claimed_by, claimed_by_name, claim_until,
                            claim_fence, repo_id, file_path, file_line, created_at, changed_at)
         values ($1, $1, $1, 'WP-0001-T01', 0, 'Plan', '', 'high', 'Ada', 'blocked', 1, 1, 'Look', $1, 'Ada', 9, 1, $1,
                 'workplans/a.md', 12, 7, 7)",
        "insert into dependencies (engagement_id, workstream_id, depends_on_id, created_at) values ($1, $1, $1, 7)",
        "insert into plan_decisions (engagement_id, ask_id, workstream_id, context, deadline, append_to_file, created_at)
         values ($1, $1, $1, '', 9, 1, 7)",
        "insert into progress_events (engagement_id, id, type, summary, author_id, author_name, happened_at)
         values ($1, $1, 'note', 'It goes on', $1, 'Ada', 8)",
        "insert into extension_points (engagement_id, id, ep_id, domain_id, title, type, status, priority, location,
                                       description, created_at, changed_at)
         values ($1, $1, 'EP-1', $1, 'More', 'api', 'open', 'high', '', '', 7, 7)",
        "insert into technical_debts (engagement_id, id, td_id, domain_id, title, type, status, severity, location,
                                      description, created_at, changed_at)
         values ($1, $1, 'TD-1', $1, 'Less', 'test', 'open', 'low', '', '', 7, 7)",
        "insert into cleanups (engagement_id, id, made_by_name, made_at) values ($1, $1, 'Ada', 8)",
        "insert into cleanup_tasks (engagement_id, cleanup_id, task_id, status) values ($1, $1, $1, 'todo')",
        "insert into closure_reviews (engagement_id, id, workstream_id, review, reviewed_by, reviewed_by_name, reviewed_at)
         values ($1, $1, $1, '[]', $1, 'Ada', 8)",
    ];
    let mut samples: Vec<Sample> = only_ids
        .into_iter()
        .map(|insert| sample(9, insert, [id.into()]))
        .collect();
    for insert in [
        "insert into workstreams (engagement_id, id, domain_id, topic_id, repo_id, slug, title, owner, description, due_date,
                                  status, format, file_path, file_id, file_hash, created_at, changed_at)
         values ($1, $1, $1, $1, $1, 'one', 'One', 'Ada', '', '2026-12-01', 'active', 'state_hub', 'workplans/a.md',
                 'WP-0001', $2, 7, 7)",
        "insert into workplan_files (engagement_id, repo_id, path, hash, workstream_id, read_at)
         values ($1, $1, 'workplans/a.md', $2, $1, 8)",
    ] {
        samples.push(sample(9, insert, [id.into(), hash.into()]));
    }
    samples
}

/// Dashboards and what is told of them. `id` is any id, `hash` any digest.
fn dashboard_samples(id: Uuid, hash: [u8; 32]) -> Vec<Sample> {
    let inserts = [
        "insert into dashboards (engagement_id, id, title, description, view_spec, snapshot_policy, zone, keep_days,
                                 next_due_at, created_by, created_by_name, created_at, changed_at)
         values ($1, $1, 'Open runs', '', '{}', 'hourly', 'UTC', 400, 9, $1, 'Ada', 7, 7)",
        "insert into snapshots (engagement_id, id, dashboard_id, number, content_hash, captured_at, taken_by, taken_by_name,
                                reason, due_at, previous_id, unchanged, summary)
         values ($1, $1, $1, 1, $2, 8, $1, 'Ada', 'timer', 8, $1, 0, '{}')",
        "insert into missed_snapshots (engagement_id, dashboard_id, due_at, noticed_at, reason)
         values ($1, $1, 7, 8, 'The hub was off.')",
        "insert into subscriptions (engagement_id, id, dashboard_id, subscriber_kind, subscriber_id, person_id, threshold,
                                    threshold_key, baseline, baseline_snapshot_id, quiet_hours, secret, created_by,
                                    created_by_name, created_at, changed_at, last_rang_at)
         values ($1, $1, $1, 'persona', 'a', $1, '{}', $2, 'previous', $1, '{}', $2, $1, 'Ada', 7, 7, 8)",
        "insert into bell_evaluations (engagement_id, subscription_id, snapshot_id, dashboard_id, compared_with, outcome, why, at)
         values ($1, $1, $1, $1, $1, 'rang', '{}', 8)",
        "insert into deliveries (engagement_id, id, subscription_id, snapshot_id, compared_with, dashboard_id, kind, target,
                                 body_hash, status, is_test, is_digest, attempts, next_attempt_at, fence, created_at)
         values ($1, $1, $1, $1, $1, $1, 'persona', 'a', $2, 'waiting', 0, 0, 0, 9, 0, 8)",
        "insert into delivery_attempts (engagement_id, delivery_id, number, started_at, ended_at, outcome, status_code)
         values ($1, $1, 1, 8, 9, 'failed', 503)",
        "insert into comments (engagement_id, id, subject_kind, subject_id, comment_type, body, author_id, author_name, created_at)
         values ($1, $1, 'dashboard', $1, 'discussion', 'Why?', $1, 'Ada', 8)",
        "insert into comment_mentions (engagement_id, comment_id, person_id) values ($1, $1, $1)",
        "insert into dashboard_rows (engagement_id, dashboard_id, format, bytes, content_hash, row_count, fields, pushed_by,
                                     pushed_by_name, pushed_at)
         values ($1, $1, 'json', $2, $2, 0, '[]', $1, 'Ada', 8)",
        "insert into dashboard_pictures (engagement_id, dashboard_id, content_hash, materialized_data, row_count, matched,
                                         primary_metric)
         values ($1, $1, $2, '{}', 0, 0, '0')",
        "insert into delivery_bodies (engagement_id, hash, body, created_at) values ($1, $2, '{}', 8)",
    ];
    let with = |insert: &'static str| {
        if insert.contains("$2") {
            sample(12, insert, [id.into(), hash.into()])
        } else {
            sample(12, insert, [id.into()])
        }
    };
    let rung = "insert into notifications (engagement_id, subject_id, person_id, id, kind, title, detail, created_at, concept,
                                           object_id)
         values ($1, $2, $1, $2, 'mentioned', 'Ada mentioned you', '', 8, 'dashboard', $1)";
    let other = Uuid::from_u128(id.as_u128() + 1);
    let rung = sample(13, rung, [id.into(), other.into()]);
    inserts.into_iter().map(with).chain([rung]).collect()
}

async fn migrations_keep_the_rows_of_older_versions(test: TestDb) {
    let db = open_empty(&test).await;
    let (id, hash) = (Uuid::from_u128(1), [7; 32]);
    let mut left = access_samples(id, hash);
    left.append(&mut run_samples(id, hash));
    left.append(&mut decision_samples(id, hash));
    left.append(&mut work_samples(id, hash));
    left.append(&mut dashboard_samples(id, hash));
    for migration in MIGRATIONS {
        let known = &MIGRATIONS[..usize::try_from(migration.version).unwrap()];
        db.migrate_with(known).await.unwrap();
        for sample in left.extract_if(.., |sample| sample.version == migration.version) {
            let inserted = db.write(move |sql| {
                Box::pin(async move { sql.execute(sample.insert, &sample.values).await })
            });
            assert_eq!(inserted.await, Ok(1), "{}", sample.insert);
        }
    }
    assert!(left.is_empty(), "a sample of a version that does not exist");
    for table in tables(&db).await {
        let rows = count(&db, format!("select count(*) from {table}")).await;
        assert!(
            rows > 0,
            "{table} has no sample row, or a migration lost it"
        );
    }
    db.close().await;
}

/// Next to the test's own database, because that one is migrated already.
pub(super) async fn open_empty(test: &TestDb) -> Db {
    let mut url = test.url.clone();
    match &mut url {
        DatabaseUrl::Sqlite(path) => path.set_file_name("empty.db"),
        DatabaseUrl::Postgres(config) => {
            let made = test.db.write::<_, DbFault, _>(|sql| {
                Box::pin(async move { sql.execute("create schema empty", &[]).await })
            });
            made.await.unwrap();
            config.options("-c search_path=empty");
        }
    }
    Db::open(&url, &DbOptions::default()).await.unwrap()
}

async fn tables(db: &Db) -> Vec<String> {
    let catalogue = match db.engine() {
        Engine::Sqlite => {
            "select name from sqlite_master where type = 'table' and name not like 'sqlite_%'"
        }
        Engine::Postgres => {
            "select cast(table_name as text) from information_schema.tables where table_schema = current_schema()"
        }
    };
    let rows =
        db.read::<_, DbFault, _>(move |sql| Box::pin(async move { sql.all(catalogue, &[]).await }));
    rows.await
        .unwrap()
        .iter()
        .map(|row| row.text(0).unwrap())
        .collect()
}

async fn count(db: &Db, text: String) -> i64 {
    let text: &'static str = text.leak();
    let row =
        db.read::<_, DbFault, _>(move |sql| Box::pin(async move { sql.one(text, &[]).await }));
    row.await.unwrap().unwrap().int(0).unwrap()
}
