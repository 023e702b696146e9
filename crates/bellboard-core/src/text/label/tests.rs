//! What becomes of real words, and what holds for all.

use proptest::prelude::*;

use super::*;

/// What was said, and what everybody may read; `None` when nothing worth reading is left.
const ROWS: [(&str, Option<&str>); 85] = [
    // Plain words stay as they are.
    (
        "The source did not answer",
        Some("The source did not answer"),
    ),
    (
        "3 of 512 policies could not be read",
        Some("3 of 512 policies could not be read"),
    ),
    ("Exited with code 3", Some("Exited with code 3")),
    ("Ended by SIGKILL", Some("Ended by SIGKILL")),
    ("Größe prüfen: zu groß", Some("Größe prüfen: zu groß")),
    ("第一阶段失败", Some("第一阶段失败")),
    ("version 1.2.3 is too old", Some("version 1.2.3 is too old")),
    ("and/or", Some("and/or")),
    ("at 17:40 the link broke", Some("at 17:40 the link broke")),
    ("report.pdf is empty", Some("report.pdf is empty")),
    (
        "used 1200 tokens: 800 in, 400 out",
        Some("used 1200 tokens: 800 in, 400 out"),
    ),
    ("tokens=1200", Some("tokens=1200")),
    ("Basic checks failed", Some("Basic checks failed")),
    ("password: required", Some("password: required")),
    // White space, controls, colours, direction.
    ("  two   words ", Some("two words")),
    ("line one\nline two", Some("line one line two")),
    ("\u{1b}[31mred\u{1b}[0m alert", Some("red alert")),
    ("\u{1b}]0;title\u{7}done", Some("done")),
    ("turned \u{202E}around", Some("turned around")),
    ("bell\u{7} rang", Some("bell rang")),
    ("zero\u{200B}width", Some("zerowidth")),
    // Keys of well-known issuers.
    (
        "token bbp_0123456789abcdef was refused",
        Some("token [hidden] was refused"),
    ),
    (
        "agent key bba_0123456789abcdef0",
        Some("agent key [hidden]"),
    ),
    (
        "push with ghp_abcdefghij0123456789 failed",
        Some("push with [hidden] failed"),
    ),
    (
        "github_pat_11ABCDEFG0abcdefghij denied",
        Some("[hidden] denied"),
    ),
    (
        "model key sk-proj-abc123def456ghi789 has no quota",
        Some("model key [hidden] has no quota"),
    ),
    ("key=sk-abc123def456ghi789jkl", Some("key=[hidden]")),
    (
        "AKIAIOSFODNN7EXAMPLE is not authorised",
        Some("[hidden] is not authorised"),
    ),
    ("(AKIAIOSFODNN7EXAMPLE)", None),
    (
        "jwt eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl expired",
        Some("jwt [hidden] expired"),
    ),
    (
        "glpat-0123456789abcdefghij revoked",
        Some("[hidden] revoked"),
    ),
    (
        "chat refused xoxb-123456789012-abcdef",
        Some("chat refused [hidden]"),
    ),
    ("sk_live_0123456789abcdef", None),
    // Named values.
    (
        "password=hunter2 was refused",
        Some("password=[hidden] was refused"),
    ),
    (
        "login failed: password: hunter2",
        Some("login failed: password: [hidden]"),
    ),
    (
        "DB_PASSWORD = hunter2 rejected",
        Some("DB PASSWORD = [hidden] rejected"),
    ),
    (
        "password=\"two words\" rejected",
        Some("password=\"[hidden]\" rejected"),
    ),
    (
        r#"{"apiKey":"abc123"} was not accepted"#,
        Some(r#"{"apiKey":"[hidden]"} was not accepted"#),
    ),
    (
        "--token abc123 --verbose failed",
        Some("--token [hidden] --verbose failed"),
    ),
    (
        "Authorization: Bearer abc.def.ghi rejected",
        Some("Authorization: Bearer [hidden] rejected"),
    ),
    (
        "sent Bearer abcdef to it",
        Some("sent Bearer [hidden] to it"),
    ),
    (
        "Basic dXNlcjpwYXNzd29yZA== denied",
        Some("Basic [hidden] denied"),
    ),
    (
        "Server=db;User Id=sa;Password=Pa55;",
        Some("Server=db;User Id=sa;Password=[hidden]"),
    ),
    ("client_secret: s3cr3t,", Some("client secret: [hidden]")),
    // Addresses and connection strings.
    (
        "GET https://api.example.com/v1/x?y=1 failed",
        Some("GET [link] failed"),
    ),
    (
        "cannot reach postgres://app:hunter2@db/main",
        Some("cannot reach [link]"),
    ),
    (
        "amqp://guest:guest@mq.internal:5672 closed",
        Some("[link] closed"),
    ),
    (
        "url=https://example.com/a refused",
        Some("url=[link] refused"),
    ),
    ("see (www.example.com)", Some("see ([link])")),
    ("mailto:jonas@example.com bounced", Some("[link] bounced")),
    ("https://example.com/only", None),
    (
        "redis://:secretpw@cache:6379/0: timed out",
        Some("[link]: timed out"),
    ),
    // Paths.
    (
        "open '/etc/app/settings.toml': permission denied",
        Some("open 'settings.toml': permission denied"),
    ),
    (
        r"C:\jobs\nightly\out.csv is locked",
        Some("out.csv is locked"),
    ),
    ("cannot write ~/work", Some("cannot write [file]")),
    ("../up is missing", Some("[file] is missing")),
    ("/var/log/syslog", None),
    (
        "src/run/mod.rs:12:5 does not compile",
        Some("mod.rs does not compile"),
    ),
    (
        r"\\server\share\data.xlsx not found",
        Some("data.xlsx not found"),
    ),
    (
        "path=/srv/app/data not found",
        Some("path=[file] not found"),
    ),
    (
        "import /srv/in/may_report.csv: row 7 is short",
        Some("import may report.csv: row 7 is short"),
    ),
    // Exceptions.
    (
        "java.lang.NullPointerException: no account given",
        Some("no account given"),
    ),
    ("ValueError: bad date", Some("bad date")),
    (
        "System.IO.FileNotFoundException: Could not find it.",
        Some("Could not find it."),
    ),
    (
        "Uncaught TypeError: x is not a function",
        Some("x is not a function"),
    ),
    (
        "Exception in thread \"main\" java.lang.IllegalStateException: closed",
        Some("closed"),
    ),
    (
        "requests.exceptions.ConnectionError: refused",
        Some("refused"),
    ),
    ("java.lang.NullPointerException", None),
    ("KeyboardInterrupt", None),
    ("An error of the source", Some("An error of the source")),
    ("Error: disk full", Some("Error: disk full")),
    // Traces, in many lines and in one.
    (
        "java.io.IOException: disk full\n\tat com.acme.Copy.run(Copy.java:12)\n\tat java.base/java.lang.Thread.run(Thread.java:833)\n\t... 3 more",
        Some("disk full"),
    ),
    (
        "Traceback (most recent call last):\n  File \"/app/job.py\", line 3, in main\n    raise ValueError('bad')\nValueError: bad date",
        Some("bad date"),
    ),
    (
        "Traceback (most recent call last): File \"/app/job.py\", line 3, in main ValueError: bad date",
        Some("bad date"),
    ),
    (
        "thread 'main' panicked at src/main.rs:4:5:\nindex out of range",
        Some("index out of range"),
    ),
    (
        "thread 'main' panicked at 'no rows', src/main.rs:4:5",
        Some("no rows"),
    ),
    (
        "TypeError: x is undefined at Object.<anonymous> (/app/x.js:1:2)",
        Some("x is undefined"),
    ),
    (
        "cannot copy at Copy.run(Copy.java:12) at Main.main(Main.java:3)",
        Some("cannot copy"),
    ),
    (
        "panic: runtime error: index out of range\n\ngoroutine 1 [running]:\nmain.main()",
        Some("index out of range"),
    ),
    (
        "failed to open\n\nCaused by:\n    0: no such file",
        Some("failed to open"),
    ),
    // Names of programs.
    (
        "collect_evidence_step broke",
        Some("collect evidence step broke"),
    ),
    (
        "bellboard_core::run::progress is stuck",
        Some("progress is stuck"),
    ),
    (
        "calling sort_rows() failed",
        Some("calling sort rows failed"),
    ),
    ("com.acme.batch.Step did not end", Some("Step did not end")),
    (
        "pointer 0x7ffe12ab is wrong",
        Some("pointer [name] is wrong"),
    ),
];

#[test]
fn every_row_reads_as_it_should() {
    let wrong: Vec<String> = ROWS
        .iter()
        .filter_map(|(said, expected)| {
            let label = safe_label(said, 140);
            (label.as_deref() != *expected)
                .then(|| format!("{said:?}: {label:?} instead of {expected:?}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_run_may_be_called_by_a_name_with_underscores() {
    for (said, expected) in [
        ("backup_db nightly", Some("backup_db nightly")),
        ("nightly.full.eu", Some("nightly.full.eu")),
        ("sh -c exit 3", Some("sh -c exit 3")),
        (
            "python3 /srv/jobs/nightly.py --all",
            Some("python3 nightly.py --all"),
        ),
        ("curl https://example.com/x", Some("curl [link]")),
        ("deploy --token=abc123", Some("deploy --token=[hidden]")),
        (
            "mysql_dump -u root:geheim",
            Some("mysql_dump -u root:[hidden]"),
        ),
        ("thread 'main' panicked at x.rs:1", None),
    ] {
        assert_eq!(safe_run_label(said, 200).as_deref(), expected, "{said}");
    }
}

#[test]
fn a_long_label_is_cut_and_the_raw_words_are_kept() {
    let long = "word ".repeat(100);
    let label = safe_label(&long, 140).unwrap();
    assert!(
        label.ends_with('…') && label.chars().count() <= 140,
        "{label}"
    );
    let kept = SafeLabel::of("open /etc/passwd with token=abc", 140, || {
        "Failed".to_owned()
    });
    assert_eq!(kept.label, "open [file] with token=[hidden]");
    assert_eq!(
        kept.raw.as_deref(),
        Some("open /etc/passwd with token=[hidden]")
    );
    let plain = SafeLabel::of("Plain words", 140, || "Failed".to_owned());
    assert_eq!((plain.label.as_str(), plain.raw), ("Plain words", None));
    let nothing = SafeLabel::of("/etc/passwd", 140, || "Could not be read".to_owned());
    assert_eq!(nothing.label, "Could not be read");
}

/// A secret of a known kind, and the part of it that must not be seen.
fn secret() -> impl Strategy<Value = (String, String)> {
    let body = "[A-Za-z0-9]{8}[0-9][A-Za-z0-9]{12,20}";
    let upper = "[A-Z0-9]{16}";
    prop_oneof![
        (
            prop::sample::select(vec![
                "bbp_",
                "bba_",
                "ghp_",
                "gho_",
                "github_pat_",
                "sk-",
                "sk_live_",
                "glpat-",
                "xoxb-"
            ]),
            body
        )
            .prop_map(|(start, body)| (format!("{start}{body}"), body)),
        upper.prop_map(|body| (format!("AKIA{body}"), body)),
        (body, body).prop_map(|(a, b)| (format!("eyJ{a}.{b}"), b)),
        body.prop_map(|body| (format!("Bearer {body}"), body)),
        body.prop_map(|body| (format!("password={body}"), body)),
        body.prop_map(|body| (format!("\"api_key\": \"{body}\""), body)),
        body.prop_map(|body| (format!("postgres://app:{body}@db.internal/main"), body)),
        body.prop_map(|body| (format!("Server=x;Pwd={body};"), body)),
        body.prop_map(|body| (
            format!("-----BEGIN RSA PRIVATE KEY-----\n{body}\n-----END RSA PRIVATE KEY-----"),
            body
        )),
    ]
}

/// Words as workers say them, with all that has no place in a label.
fn talk() -> impl Strategy<Value = String> {
    let token = prop_oneof![
        4 => "[a-zA-Z0-9äö]{1,8}[,.:;!?]?",
        1 => prop::sample::select(vec![
            "at", "https://a.b/c", "/etc/passwd", r"C:\x\y.z", "ValueError:", "a::b()", "x_y_z", "0x7ffe12", "caused by:",
            "panicked at", "\u{202E}", "\u{1b}[1m", "(a/b/c.d)", "Foo.bar(Foo.java:3)", "com.a.b.C", "[hidden]", "=", ":",
            "\"", "token", "Bearer", "--secret", "File \"/a.py\",", "…", "%", "\n", "-----BEGIN", "key=", "'", "()", "eyJ",
        ]).prop_map(str::to_owned),
        1 => "\\PC{0,6}",
    ];
    prop::collection::vec(token, 0..14).prop_map(|tokens| tokens.join(" "))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn whatever_comes_out_is_safe_short_and_stays_as_it_is(said in talk(), max in 1_usize..160) {
        for made in [safe_label, safe_run_label] {
            let Some(label) = made(&said, max) else { continue };
            prop_assert!((1..=max).contains(&label.chars().count()), "{said:?} -> {label:?}");
            prop_assert!(!label.chars().any(crate::text::deceives), "{said:?} -> {label:?}");
            prop_assert_eq!(made(&label, max), Some(label.clone()), "{:?}", said);
            prop_assert!(!label.contains("://"), "{said:?} -> {label:?}");
        }
        if let Some(label) = safe_label(&said, max) {
            let judged = operator_safe(&label);
            prop_assert_eq!(judged.as_deref(), Some(label.as_str()), "{:?}", said);
        }
    }

    #[test]
    fn nothing_makes_it_stumble(said in any::<String>()) {
        let once = redact(&said);
        prop_assert_eq!(redact(&once), once);
        if let Some(label) = safe_label(&said, 140) {
            prop_assert_eq!(safe_label(&label, 140), Some(label));
        }
    }

    #[test]
    fn no_secret_of_a_known_kind_survives(before in talk(), (whole, hidden) in secret(), after in talk()) {
        let said = format!("{before} {whole} {after}");
        let raw = redact(&said);
        prop_assert!(!raw.contains(&hidden), "{said:?} -> {raw:?}");
        prop_assert_eq!(redact(&raw), raw.clone(), "{:?}", said);
        for label in [safe_label(&said, 500), safe_run_label(&said, 500)].into_iter().flatten() {
            prop_assert!(!label.contains(&hidden), "{said:?} -> {label:?}");
        }
    }
}
