//! What goes in comes out, and what does not fit is refused with its place and never with its content.

use bellboard_core::id::RunId;
use bellboard_core::time::Timestamp;
use bellboard_hub::db::{Db, DbFault, Engine, Row, Value};
use uuid::Uuid;

on_each_engine!(
    every_value_comes_back_as_it_went_in,
    null_comes_back_as_none,
    a_parameter_may_stand_twice_and_in_any_order,
    reading_as_the_wrong_type_names_the_column,
    counts_and_truth_values_are_numbers,
    a_fraction_is_refused,
    two_rows_are_not_one,
    a_read_cannot_write_on_sqlite,
);

const CREATE: &str =
    "create table things (number bigint, words text, bytes bytea, id uuid, small smallint)";
const INSERT: &str =
    "insert into things (number, words, bytes, id, small) values ($1, $2, $3, $4, $5)";
const SELECT: &str = "select number, words, bytes, id, small from things";

async fn round_trip(db: &Db, values: Vec<Value>) -> Row {
    db.write(|sql| Box::pin(async move { sql.execute(CREATE, &[]).await }))
        .await
        .unwrap();
    let written = db.write(move |sql| Box::pin(async move { sql.execute(INSERT, &values).await }));
    assert_eq!(written.await, Ok(1));
    db.read::<_, DbFault, _>(|sql| Box::pin(async move { sql.one(SELECT, &[]).await }))
        .await
        .unwrap()
        .unwrap()
}

async fn every_value_comes_back_as_it_went_in(db: Db) {
    let id = Uuid::from_u128(0x0193_9f2e_6f3a_7c41_9b1d_2f8a_54c0_e9d7);
    let words = "it's \"fine\"\n\u{1f514} $1 ?1";
    let row = round_trip(
        &db,
        vec![
            i64::MIN.into(),
            words.into(),
            [0_u8, 255, 7].into(),
            id.into(),
            7.into(),
        ],
    )
    .await;
    assert_eq!(row.int(0), Ok(i64::MIN));
    assert_eq!(row.text(1).unwrap(), words);
    assert_eq!(row.blob(2).unwrap(), [0, 255, 7]);
    assert_eq!(row.id(3), Ok(id));
    assert_eq!(row.id(3), Ok(RunId::from_uuid(id)));
    assert_eq!(row.int(4), Ok(7));
    assert_eq!(Value::from(Timestamp::from_micros(5)), Value::Int(5));
}

async fn null_comes_back_as_none(db: Db) {
    let nothing: Option<i64> = None;
    let row = round_trip(
        &db,
        vec![
            nothing.into(),
            Value::Null,
            Value::Null,
            Value::Null,
            Value::Null,
        ],
    )
    .await;
    assert_eq!(row.opt_int(0), Ok(None));
    assert_eq!(row.opt_time(0), Ok(None));
    assert_eq!(row.opt_text(1), Ok(None));
    assert_eq!(row.opt_blob(2), Ok(None));
    assert_eq!(row.opt_id::<Uuid>(3), Ok(None));
    assert!(row.int(0).is_err() && row.text(1).is_err() && row.id::<Uuid>(3).is_err());
}

async fn one(db: &Db, sql: &'static str, values: Vec<Value>) -> Result<Option<Row>, DbFault> {
    db.read(move |handle| Box::pin(async move { handle.one(sql, &values).await }))
        .await
}

async fn a_parameter_may_stand_twice_and_in_any_order(db: Db) {
    let text = "select cast($2 as bigint) - cast($1 as bigint), cast($2 as bigint) where $1 < cast($2 as bigint)";
    let row = one(&db, text, vec![3.into(), 10.into()])
        .await
        .unwrap()
        .unwrap();
    assert_eq!((row.int(0), row.int(1)), (Ok(7), Ok(10)));
}

async fn reading_as_the_wrong_type_names_the_column(db: Db) {
    let row = one(
        &db,
        "select cast($1 as text) as label",
        vec!["secret".into()],
    )
    .await
    .unwrap()
    .unwrap();
    let fault = row.int(0).unwrap_err().to_string();
    assert_eq!(fault, "column 0 (label) should be a number, it is text");
    assert!(row.int(1).is_err());
}

async fn counts_and_truth_values_are_numbers(db: Db) {
    let text =
        "select count(*), cast(1 as bigint), cast(2 as bigint) from (select 1 as one) as ones";
    let row = one(&db, text, vec![]).await.unwrap().unwrap();
    assert_eq!(row.int(0), Ok(1));
    assert_eq!(row.bool(1), Ok(true));
    assert!(row.bool(2).is_err());
    assert_eq!(Value::from(true), Value::Int(1));
}

async fn a_fraction_is_refused(db: Db) {
    let fault = one(&db, "select 1.5 as share", vec![])
        .await
        .unwrap_err()
        .to_string();
    assert!(fault.contains("cast it"), "{fault}");
}

async fn two_rows_are_not_one(db: Db) {
    let fault = one(&db, "select 1 union all select 2", vec![])
        .await
        .unwrap_err()
        .to_string();
    assert!(fault.contains("at most one row"), "{fault}");
}

/// On PostgreSQL a plain read runs without a transaction, to save round trips; the same suite on SQLite finds the mistake.
async fn a_read_cannot_write_on_sqlite(db: Db) {
    if db.engine() == Engine::Sqlite {
        db.write(|sql| Box::pin(async move { sql.execute(CREATE, &[]).await }))
            .await
            .unwrap();
        let written =
            db.read(|sql| Box::pin(async move { sql.execute("delete from things", &[]).await }));
        assert!(matches!(written.await, Err(DbFault::Unavailable(_))));
    }
    let written = db.read_consistent(|sql| Box::pin(async move { sql.execute(CREATE, &[]).await }));
    assert!(written.await.is_err());
}
