//! The one HTTP client of the command line. A call names a verb of the hub's table; the method and the path come from
//! there, so that no address is written twice.

use std::fmt::Write as _;
use std::time::Duration;

use bellboard_hub::verbs::{self, Method};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::config::Config;

/// How long an absent hub may keep us waiting for a connection.
const CONNECT_SECONDS: u64 = 3;
/// How long one exchange may take.
const EXCHANGE_SECONDS: u64 = 30;
/// The largest answer that is read: a sync answers with the files of a repository.
const MAX_ANSWER_BYTES: usize = 40 * 1024 * 1024;

/// Content goes up and down in streams, which may take long.
const STREAM: Duration = Duration::from_hours(6);
/// How content goes up.
pub const UPLOAD: reqwest::Method = reqwest::Method::PUT;
/// How content comes down.
pub const DOWNLOAD: reqwest::Method = reqwest::Method::GET;

/// Why a call brought no answer.
#[derive(Debug, Clone)]
pub enum CallFault {
    /// Nobody answered, or nobody who can at this moment.
    Unreachable {
        /// The address that was tried.
        url: String,
        /// In the other side's words.
        cause: String,
    },
    /// 401: no token, or one that is not valid any more.
    SignedOut {
        /// The hub that refused it.
        url: String,
    },
    /// The hub refused the request.
    Refused(Problem),
}

/// A refusal, as RFC 9457 carries it.
#[derive(Debug, Clone, Default, serde::Deserialize)]
#[serde(default)]
pub struct Problem {
    /// The HTTP status.
    pub status: u16,
    /// Stable, for programs.
    pub code: String,
    /// What and why, for people.
    pub detail: String,
    /// Few words, the same for every refusal of this kind.
    pub title: String,
    /// The field at fault.
    pub field: Option<String>,
    /// All of it, as it came.
    #[serde(skip)]
    pub raw: Value,
}

impl std::fmt::Display for CallFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unreachable { url, cause } => write!(
                f,
                "Bellboard at {url} cannot be reached: {cause}. Start it with `bellboard up`, or set BELLBOARD_URL."
            ),
            Self::SignedOut { url } => write!(
                f,
                "You are not signed in to {url}. `bellboard up` signs you in on its own machine; \
                 elsewhere set BELLBOARD_URL and BELLBOARD_TOKEN (Settings, or `bellboard token create`)."
            ),
            Self::Refused(problem) => write!(f, "{problem}"),
        }
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let text = if self.detail.is_empty() {
            &self.title
        } else {
            &self.detail
        };
        match &self.field {
            Some(field) if !text.contains(field.as_str()) => write!(f, "{field}: {text}"),
            _ => f.write_str(text),
        }
    }
}

impl std::error::Error for CallFault {}

/// Speaks to one hub as one person. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Client {
    http: reqwest::Client,
    url: String,
    token: Option<String>,
    patience: Duration,
}

impl Client {
    /// A client for the configured hub; nothing is sent yet.
    pub fn new(config: &Config) -> anyhow::Result<Self> {
        let mut http = reqwest::Client::builder()
            .user_agent(concat!("bellboard/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(Duration::from_secs(CONNECT_SECONDS))
            .redirect(reqwest::redirect::Policy::none());
        if config.url.starts_with("http://") {
            // Plain HTTP needs no certificates, and reading the machine's costs more than the whole call.
            http = http.tls_certs_only([]);
        }
        if is_loopback(&config.url) {
            http = http.no_proxy();
        }
        Ok(Self {
            http: http.build()?,
            url: config.url.clone(),
            token: config.token.clone(),
            patience: Duration::from_secs(EXCHANGE_SECONDS),
        })
    }

    /// The hub's address, without a trailing slash.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The same hub, spoken to as somebody else.
    pub fn with_token(&self, token: &str) -> Self {
        Self {
            token: Some(token.to_owned()),
            ..self.clone()
        }
    }

    /// The same, giving up on an exchange after so long.
    pub fn within(&self, patience: Duration) -> Self {
        Self {
            patience,
            ..self.clone()
        }
    }

    /// Whether the token leaves this machine unencrypted.
    pub fn is_in_the_clear(&self) -> bool {
        self.url.starts_with("http://") && !is_loopback(&self.url)
    }

    /// Calls a verb and reads its view.
    pub async fn call<T: DeserializeOwned>(
        &self,
        verb: &str,
        input: Value,
    ) -> Result<T, CallFault> {
        let view = self.call_raw(verb, input).await?;
        serde_json::from_value(view).map_err(|error| self.garbled(&error.to_string()))
    }

    /// Calls a verb; the view as it came. What is null in the input is not said.
    pub async fn call_raw(&self, verb: &str, mut input: Value) -> Result<Value, CallFault> {
        if let Some(fields) = input.as_object_mut() {
            fields.retain(|_, value| !value.is_null());
        }
        self.call_exactly(verb, input).await
    }

    /// The same with every null of a body, which clears a field that is there.
    pub async fn call_exactly(&self, verb: &str, input: Value) -> Result<Value, CallFault> {
        let verb = verbs::find(verb).expect("the command line calls verbs that are in the table");
        let path = verb
            .path_for(&input)
            .map_err(|name| wrong_parameter(name, "It is missing."))?;
        for name in verb.path_parameters() {
            let text = input[name].as_str().unwrap_or_default();
            if !is_plain_segment(text) {
                return Err(wrong_parameter(
                    name,
                    "It is not of the form that this takes.",
                ));
            }
        }
        let mut rest = match input {
            Value::Object(fields) => fields,
            _ => Map::new(),
        };
        for name in verb.path_parameters() {
            rest.remove(name);
        }
        let address = format!("{}/api{path}", self.url);
        let request = match verb.method {
            Method::Get => self.http.get(with_query(&address, &rest)),
            Method::Post => self.http.post(address).json(&rest),
            Method::Put => self.http.put(address).json(&rest),
            Method::Patch => self.http.patch(address).json(&rest),
            Method::Delete => self.http.delete(with_query(&address, &rest)),
        };
        self.exchange(request).await
    }

    async fn exchange(&self, mut request: reqwest::RequestBuilder) -> Result<Value, CallFault> {
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        let answer = request
            .timeout(self.patience)
            .send()
            .await
            .map_err(|error| self.unreachable(&error))?;
        let answer = self.follow(answer).await?;
        let status = answer.status();
        let body = self.read_body(answer).await?;
        if status.is_success() {
            if body.is_empty() {
                return Ok(Value::Null);
            }
            return serde_json::from_slice(&body).map_err(|error| self.garbled(&error.to_string()));
        }
        Err(self.fault(status.as_u16(), &body))
    }

    /// What was asked for under a former slug stands under another address of the same hub. One step is enough, because
    /// the hub names the address of today.
    async fn follow(&self, answer: reqwest::Response) -> Result<reqwest::Response, CallFault> {
        let moved = answer.status() == reqwest::StatusCode::PERMANENT_REDIRECT;
        let address = answer.headers().get(reqwest::header::LOCATION);
        let path = address.and_then(|address| address.to_str().ok());
        let Some(path) = path.filter(|path| moved && path.starts_with("/api/")) else {
            return Ok(answer);
        };
        let mut request = self.http.get(format!("{}{path}", self.url));
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        let again = request.timeout(self.patience).send().await;
        again.map_err(|error| self.unreachable(&error))
    }

    /// Exchanges content, which is no JSON, at this address. A refusal is read; what was sent instead is the caller's.
    pub async fn stream(
        &self,
        method: reqwest::Method,
        path: &str,
        prepare: impl FnOnce(reqwest::RequestBuilder) -> reqwest::RequestBuilder,
    ) -> Result<reqwest::Response, CallFault> {
        let mut request = prepare(self.http.request(method, format!("{}{path}", self.url)));
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        let answer = request.timeout(STREAM).send().await;
        let answer = answer.map_err(|error| self.unreachable(&error))?;
        let status = answer.status();
        if status.is_success() {
            return Ok(answer);
        }
        let body = self.read_body(answer).await?;
        Err(self.fault(status.as_u16(), &body))
    }

    /// The view in an answer.
    pub async fn json(&self, answer: reqwest::Response) -> Result<Value, CallFault> {
        let body = self.read_body(answer).await?;
        serde_json::from_slice(&body).map_err(|error| self.garbled(&error.to_string()))
    }

    async fn read_body(&self, mut answer: reqwest::Response) -> Result<Vec<u8>, CallFault> {
        let mut body = Vec::new();
        while let Some(chunk) = answer
            .chunk()
            .await
            .map_err(|error| self.unreachable(&error))?
        {
            if body.len() + chunk.len() > MAX_ANSWER_BYTES {
                return Err(self.garbled("the answer is too long"));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }

    fn fault(&self, status: u16, body: &[u8]) -> CallFault {
        let raw: Value = serde_json::from_slice(body).unwrap_or_default();
        let mut problem: Problem = serde_json::from_value(raw.clone()).unwrap_or_default();
        problem.status = status;
        problem.raw = raw;
        match status {
            401 => CallFault::SignedOut {
                url: self.url.clone(),
            },
            // Every refusal of a hub has a code. Whatever else answers here, a proxy or another server, is none.
            _ if problem.code.is_empty() => CallFault::Unreachable {
                url: self.url.clone(),
                cause: format!(
                    "something that is no Bellboard answers there, with status {status}"
                ),
            },
            // These pass by themselves: too many requests, a restart, a full disk.
            429 | 502 | 503 | 504 | 507 => CallFault::Unreachable {
                url: self.url.clone(),
                cause: problem.to_string().trim_end_matches('.').to_owned(),
            },
            _ => CallFault::Refused(problem),
        }
    }

    fn unreachable(&self, error: &reqwest::Error) -> CallFault {
        CallFault::Unreachable {
            url: self.url.clone(),
            cause: deepest_cause(error),
        }
    }

    fn garbled(&self, cause: &str) -> CallFault {
        CallFault::Refused(Problem {
            detail: format!(
                "{} gave an answer that this version does not understand ({cause})",
                self.url
            ),
            code: "garbled".to_owned(),
            ..Problem::default()
        })
    }
}

/// Whether a text may stand in a path as it is: ids and dotted types may, and nothing that leads elsewhere.
fn is_plain_segment(text: &str) -> bool {
    let plain = |one: char| one.is_ascii_alphanumeric() || matches!(one, '-' | '_' | '.');
    let first = |one: char| one.is_ascii_alphanumeric() || one == '_';
    text.starts_with(first) && text.chars().all(plain)
}

fn wrong_parameter(name: &str, detail: &str) -> CallFault {
    CallFault::Refused(Problem {
        status: 422,
        code: "invalid_input".to_owned(),
        detail: format!("{name}: {detail}"),
        field: Some(name.to_owned()),
        ..Problem::default()
    })
}

/// reqwest wraps its causes; the innermost is the one a person can act on.
fn deepest_cause(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return "no answer in time".to_owned();
    }
    let mut cause: &dyn std::error::Error = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    let text = cause.to_string();
    let text = text.split(" (os error").next().unwrap_or(&text);
    text.to_lowercase()
}

/// The address with these fields in its query; null is not said.
pub fn with_query(address: &str, fields: &Map<String, Value>) -> String {
    let mut url = address.to_owned();
    let mut mark = '?';
    for (name, value) in fields {
        let text = match value {
            Value::Null => continue,
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        url.push(mark);
        url.push_str(name);
        url.push('=');
        for byte in text.bytes() {
            if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
                url.push(char::from(byte));
            } else {
                write!(url, "%{byte:02X}").expect("a string takes everything");
            }
        }
        mark = '&';
    }
    url
}

/// Whether the address is this machine's own, where a proxy has no business.
fn is_loopback(url: &str) -> bool {
    let rest = url.split("://").nth(1).unwrap_or(url);
    let authority = rest.split('/').next().unwrap_or(rest);
    if authority.starts_with("[::1]") {
        return true;
    }
    let host = authority.split(':').next().unwrap_or(authority);
    host == "localhost"
        || host
            .parse::<std::net::Ipv4Addr>()
            .is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_query_carries_any_text() {
        let fields = json!({"cursor": "a+b/c=", "limit": 3, "q": "Zoë & Co"});
        let url = with_query("http://hub/runs", fields.as_object().unwrap());
        assert_eq!(
            url,
            "http://hub/runs?cursor=a%2Bb%2Fc%3D&limit=3&q=Zo%C3%AB%20%26%20Co"
        );
        assert_eq!(
            with_query("http://hub/runs", &Map::new()),
            "http://hub/runs"
        );
    }

    #[test]
    fn an_id_leads_nowhere_else() {
        for plain in [
            "019aa3f2-7b1c-7000-8000-000000000000",
            "baseline.capture",
            "a_b",
        ] {
            assert!(is_plain_segment(plain), "{plain}");
        }
        for other in ["", ".", "..", "../me", "a/b", "a?b", "a%2fb", "a b", "-"] {
            assert!(!is_plain_segment(other), "{other}");
        }
    }

    #[test]
    fn this_machine_is_told_from_others() {
        for (url, here) in [
            ("http://127.0.0.1:7717", true),
            ("http://localhost:7717", true),
            ("http://[::1]:7717", true),
            ("http://127.0.0.1.example.com", false),
            ("http://localhost.example.com", false),
            ("https://board.example.com", false),
        ] {
            assert_eq!(is_loopback(url), here, "{url}");
        }
    }

    #[test]
    fn a_problem_names_its_field_once() {
        let problem = |detail: &str| Problem {
            detail: detail.to_owned(),
            field: Some("limit".to_owned()),
            ..Problem::default()
        };
        assert_eq!(
            problem("must be a whole number").to_string(),
            "limit: must be a whole number"
        );
        assert_eq!(
            problem("limit must be whole").to_string(),
            "limit must be whole"
        );
    }
}
