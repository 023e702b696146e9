//! The grammar of questions, and the words of every refusal.

use serde_json::json;

use super::*;

fn read(value: Value) -> Result<ViewSpec, String> {
    ViewSpec::parse(&value, None).map_err(|faults| faults.to_string())
}

fn refusal(value: Value) -> String {
    read(value).unwrap_err()
}

fn runs_where(condition: Value) -> Value {
    json!({"source": "runs", "id_field": "id", "where": condition})
}

#[test]
fn a_question_is_read_and_written_back() {
    let value = json!({
        "source": "runs",
        "where": {"and": [
            {"eq": {"field": "status", "value": "running"}},
            {"not": {"is_null": {"field": "started_at"}}},
            {"or": [
                {"gt": {"field": "total", "value": 100}},
                {"in": {"field": "type", "values": ["a.b", "c.d"]}},
                {"ge": {"field": "created_at", "value": "2026-11-20T18:40:00+01:00"}},
                {"contains": {"field": "label", "value": "bank"}},
            ]},
        ]},
        "columns": ["id", "label", "total"],
        "id_field": "id",
        "order_by": [{"field": "total", "direction": "desc"}, {"field": "label"}],
        "limit": 50,
        "primary_metric": {"measure": "sum", "field": "total"},
    });
    let spec = read(value).unwrap();
    assert_eq!(spec.limit, 50);
    assert_eq!(spec.order_by[1].direction, Direction::Asc);
    let written = serde_json::to_value(&spec).unwrap();
    assert_eq!(
        written["where"]["and"][2]["or"][2]["ge"]["value"],
        "2026-11-20T17:40:00.000000Z"
    );
    assert_eq!(read(written).unwrap(), spec);
    assert_eq!(
        serde_json::from_str::<ViewSpec>(&spec.canonical())
            .unwrap()
            .hash(),
        spec.hash()
    );
}

#[test]
fn the_smallest_question_counts_every_row() {
    let spec = read(json!({"source": "tasks", "id_field": "id"})).unwrap();
    assert_eq!(spec.primary_metric, PrimaryMetric::default());
    assert_eq!(spec.limit, LIMIT_AT_MOST);
    assert_eq!(spec.columns, None);
    for source in Source::ALL {
        let id_field = source
            .known_fields()
            .first()
            .map_or("anything", |(name, _)| name);
        assert!(
            read(json!({"source": source, "id_field": id_field})).is_ok(),
            "{source}"
        );
    }
}

#[test]
fn every_fault_is_named_with_its_path_and_the_nearest_word() {
    let rows = [
        (json!(3), "must be an object, this is a number"),
        (json!({}), "source: must be given: where the rows come from"),
        (
            json!({"source": "run", "id_field": "id"}),
            "source: no `run`; did you mean `runs`?",
        ),
        (
            json!({"source": "runs"}),
            "id_field: must be given: the field by which a row is known again",
        ),
        (
            json!({"source": "runs", "id_field": "idd"}),
            "id_field: no field `idd`; did you mean `id`?",
        ),
        (
            json!({"source": "runs", "id_field": "created_at"}),
            "id_field: an id is a text or a number; this field holds time",
        ),
        (
            json!({"source": "runs", "id_field": "id", "limt": 3}),
            "limt: no key `limt`; did you mean `limit`?",
        ),
        (
            json!({"source": "runs", "id_field": "id", "columns": []}),
            "columns: must not be empty; leave it out or name at least one",
        ),
        (
            json!({"source": "runs", "id_field": "id", "columns": ["id", "labl"]}),
            "columns[1]: no field `labl`; did you mean `label`?",
        ),
        (
            json!({"source": "runs", "id_field": "id", "columns": ["id", "id"]}),
            "columns[1]: `id` stands there already",
        ),
        (
            json!({"source": "runs", "id_field": "id", "order_by": [{"field": "total", "direction": "down"}]}),
            "order_by[0].direction: no `down`; known are `asc`, `desc`",
        ),
        (
            json!({"source": "runs", "id_field": "id", "order_by": [{}]}),
            "order_by[0].field: must be given",
        ),
        (
            json!({"source": "runs", "id_field": "id", "primary_metric": {"measure": "median"}}),
            "primary_metric.measure: no `median`; known are `count`, `sum`, `min`, `max`, `mean`",
        ),
        (
            json!({"source": "runs", "id_field": "id", "primary_metric": {"measure": "count", "field": "total"}}),
            "primary_metric.field: count is of rows and takes no field",
        ),
        (
            json!({"source": "runs", "id_field": "id", "primary_metric": {"measure": "sum"}}),
            "primary_metric.field: must be given",
        ),
        (
            json!({"source": "runs", "id_field": "id", "primary_metric": {"measure": "sum", "field": "label"}}),
            "primary_metric.field: sum is of numbers; this field holds text",
        ),
    ];
    for (value, fault) in rows {
        assert_eq!(refusal(value.clone()), fault, "{value}");
    }
}

#[test]
fn every_fault_of_a_condition_is_named_with_its_path() {
    let rows = [
        (json!([]), "where: must be an object, this is a list"),
        (
            json!({"and": []}),
            "where.and: must not be empty; leave it out or name at least one",
        ),
        (
            json!({"xor": []}),
            "where.xor: no key `xor`; did you mean `or`?",
        ),
        (
            json!({"and": [{"eq": {"field": "scor", "value": 1}}]}),
            "where.and[0].eq.field: no field `scor`; known are `id`, `type`, `label`, `status`, `outcome`, `grade`, `liveness`, `initiator_name`, `claimed_by`, `claimable`, `total`, `processed` and 9 more",
        ),
        (
            json!({"or": [{"eq": {"field": "statis", "value": "running"}}]}),
            "where.or[0].eq.field: no field `statis`; did you mean `status`?",
        ),
        (
            json!({"not": {"eq": {"field": "status"}}}),
            "where.not.eq.value: must be given",
        ),
        (
            json!({"eq": {"field": "status", "value": 3}}),
            "where.eq.value: the field holds text, this is number",
        ),
        (
            json!({"eq": {"field": "status", "value": null}}),
            "where.eq.value: nothing equals null; use is_null",
        ),
        (
            json!({"eq": {"field": "status", "value": []}}),
            "where.eq.value: must be one value, this is a list",
        ),
        (
            json!({"lt": {"field": "claimable", "value": true}}),
            "where.lt.value: true and false have no order; use eq",
        ),
        (
            json!({"contains": {"field": "total", "value": 3}}),
            "where.contains.value: must be text",
        ),
        (
            json!({"gt": {"field": "created_at", "value": "yesterday"}}),
            "where.gt.value: must be a time with its zone, such as 2026-11-20T17:40:00Z",
        ),
        (
            json!({"in": {"field": "status", "values": ["a", 1]}}),
            "where.in.values[1]: the field holds text, this is number",
        ),
        (
            json!({"in": {"field": "status", "value": "a"}}),
            "where.in.value: no key `value`; did you mean `values`?; where.in.values: must be given",
        ),
        (
            json!({"gt": {"field": "total", "value": 1e300}}),
            "where.gt.value: numbers lie between -2^63 and 2^63; send a longer one as text",
        ),
    ];
    for (condition, fault) in rows {
        assert_eq!(refusal(runs_where(condition.clone())), fault, "{condition}");
    }
    let two_keys = refusal(runs_where(json!({"eq": {}, "ne": {}})));
    assert!(
        two_keys.starts_with("where: must have exactly one of the keys `and`, `or`"),
        "{two_keys}"
    );
}

#[test]
fn a_path_spells_words_as_they_were_sent() {
    let capitals = json!({"OR": [{"NOT": {"eq": {"field": "status"}}}]});
    assert_eq!(
        refusal(runs_where(capitals)),
        "where.OR[0].NOT.eq.value: must be given"
    );
}

#[test]
fn a_limit_is_a_whole_number_within_bounds() {
    for limit in [json!(0), json!(10_001), json!(-1), json!(1.5), json!("9")] {
        let refused = refusal(json!({"source": "runs", "id_field": "id", "limit": limit}));
        assert_eq!(refused, "limit: must be a whole number from 1 to 10000");
    }
    let refused = refusal(runs_where(json!({"and": {}})));
    assert_eq!(refused, "where.and: must be a list, this is an object");
}

#[test]
fn all_faults_come_at_once() {
    let value = json!({"source": "runs", "id_field": "x1", "limit": -1, "columns": ["x2"], "order_by": [{"field": "x3"}]});
    let faults = ViewSpec::parse(&value, None).unwrap_err();
    let paths: Vec<&str> = faults.0.iter().map(|fault| fault.path.as_str()).collect();
    assert_eq!(
        paths,
        ["columns[0]", "id_field", "order_by[0].field", "limit"]
    );
}

#[test]
fn conditions_are_bounded_in_depth_and_number() {
    let leaf = json!({"eq": {"field": "status", "value": "running"}});
    let nested = |depth: usize| (1..depth).fold(leaf.clone(), |inner, _| json!({"not": inner}));
    assert!(read(runs_where(nested(DEPTH_AT_MOST))).is_ok());
    assert!(
        refusal(runs_where(nested(DEPTH_AT_MOST + 1))).ends_with("conditions nest at most 16 deep")
    );
    let wide = |leaves: usize| json!({"or": [{"and": vec![leaf.clone(); leaves - 128]}, {"and": vec![leaf.clone(); 128]}]});
    assert!(read(runs_where(wide(CONDITIONS_AT_MOST))).is_ok());
    assert!(refusal(runs_where(wide(CONDITIONS_AT_MOST + 1))).ends_with("at most 256 comparisons"));
}

#[test]
fn pushed_rows_are_asked_about_what_they_hold() {
    let spec = json!({"source": "pushed", "id_field": "id", "columns": ["id", "score"], "primary_metric": {"measure": "max", "field": "score"}});
    assert!(read(spec.clone()).is_ok());
    let unknown = json!({"source": "pushed", "id_field": "id", "columns": ["id", "score"], "order_by": [{"field": "scor"}]});
    assert_eq!(
        refusal(unknown),
        "order_by[0].field: no field `scor`; did you mean `score`?"
    );
    let fields = fields([("id", CellKind::Text), ("score", CellKind::Text)]);
    let faults = ViewSpec::parse(&spec, Some(&fields)).unwrap_err();
    assert_eq!(
        faults.to_string(),
        "primary_metric.field: max is of numbers; this field holds text"
    );
}

/// The fields of rows that were pushed.
fn fields<const COUNT: usize>(of: [(&str, CellKind); COUNT]) -> [SourceField; COUNT] {
    of.map(|(name, kind)| SourceField {
        name: name.to_owned(),
        kind,
    })
}

#[test]
fn an_empty_push_says_nothing_about_fields() {
    let spec = json!({
        "source": "pushed", "id_field": "id", "order_by": [{"field": "score"}],
        "primary_metric": {"measure": "sum", "field": "score"},
    });
    let made = ViewSpec::parse(&spec, None).unwrap();
    assert_eq!(ViewSpec::parse(&spec, Some(&[])).unwrap(), made);
}

#[test]
fn a_kept_question_is_read_whatever_rows_came_since() {
    let fields = fields([
        ("id", CellKind::Text),
        ("score", CellKind::Number),
        ("age", CellKind::Number),
    ]);
    for more in [
        json!({"order_by": [{"field": "age"}]}),
        json!({"where": {"gt": {"field": "age", "value": 3}}}),
        json!({"primary_metric": {"measure": "max", "field": "age"}}),
    ] {
        let mut spec = json!({"source": "pushed", "id_field": "id", "columns": ["id", "score"]});
        for (key, value) in more.as_object().unwrap() {
            spec[key] = value.clone();
        }
        let made = ViewSpec::parse(&spec, Some(&fields)).unwrap();
        assert!(read(spec).is_err(), "before the rows, the columns are all");
        let kept = serde_json::to_string(&made).unwrap();
        assert_eq!(serde_json::from_str::<ViewSpec>(&kept).unwrap(), made);
    }
    // What a source has is known at every time.
    let wrong = json!({"source": "runs", "id_field": "ids"});
    assert!(ViewSpec::from_stored(&wrong).is_err());
}

#[test]
fn one_question_has_one_form_however_it_is_written() {
    let a = json!({"eq": {"field": "status", "value": "running"}});
    let b = json!({"gt": {"field": "total", "value": 10}});
    let same = [
        json!({"and": [a, b]}),
        json!({"AND": [b, a]}),
        json!({"and": [a, {"and": [b, a]}]}),
        json!({"not": {"NOT": {"and": [{"or": [a]}, b]}}}),
        json!({"and": [a, {"gt": {"field": "total", "value": 10.0}}]}),
    ];
    let hashes: Vec<ContentDigest> = same
        .into_iter()
        .map(|condition| read(runs_where(condition)).unwrap().hash())
        .collect();
    assert!(hashes.iter().all(|hash| *hash == hashes[0]));
    let other = read(runs_where(json!({"or": [a, b]}))).unwrap();
    assert_ne!(other.hash(), hashes[0]);
    let said = json!({"source": "runs", "id_field": "id", "limit": 10_000, "order_by": [], "primary_metric": {"measure": "count"}});
    let unsaid = json!({"source": "runs", "id_field": "id"});
    assert_eq!(
        read(said).unwrap().canonical(),
        read(unsaid).unwrap().canonical()
    );
}

#[test]
fn the_schema_knows_the_same_keys_as_the_reader() {
    let schema = serde_json::to_value(schemars::schema_for!(ViewSpec)).unwrap();
    let keys = |schema: &Value| -> Vec<String> {
        schema["properties"]
            .as_object()
            .unwrap()
            .keys()
            .cloned()
            .collect()
    };
    assert_eq!(
        keys(&schema),
        [
            "columns",
            "id_field",
            "limit",
            "order_by",
            "primary_metric",
            "source",
            "where"
        ]
    );
    assert_eq!(schema["required"], json!(["source", "id_field"]));
    assert_eq!(schema["additionalProperties"], json!(false));
    let conditions: Vec<String> = schema["$defs"]["Predicate"]["oneOf"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(keys)
        .collect();
    assert_eq!(
        conditions,
        [
            "and",
            "or",
            "not",
            "eq",
            "ne",
            "lt",
            "le",
            "gt",
            "ge",
            "in",
            "contains",
            "starts_with",
            "is_null"
        ]
    );
}
