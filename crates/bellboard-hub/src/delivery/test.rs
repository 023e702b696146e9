//! `test_subscription`: sends a test and shows the exact bytes and what came back.

use bellboard_core::delivery::{Answer, BellWords};
use bellboard_core::id::{DashboardId, DeliveryId, SubscriptionId};
use bellboard_core::time::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::letter::{self, Links};
use super::own::{Own, own, require_nobody_left};
use super::send::Facts;
use super::{Kind, Taken, secret, send, store};
use crate::Hub;
use crate::call::Call;
use crate::comment::{self, Bell};
use crate::db::Sql;
use crate::fault::{Fault, Outcome};
use crate::outgoing::{Outgoing, Sent};
use crate::verbs::View;

/// Which subscription.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OfBell {
    /// The dashboard.
    pub dashboard_id: DashboardId,
    /// The subscription.
    pub subscription_id: SubscriptionId,
}

/// A header of what was sent.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct HeaderView {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
}

/// What was sent, and what came back.
#[derive(Debug, Serialize, JsonSchema)]
pub struct TestView {
    /// The delivery, marked as a test.
    pub delivery_id: DeliveryId,
    /// `persona`, `webhook` or `email`.
    pub kind: String,
    /// Where it went.
    pub target: String,
    /// The headers that the hub set.
    pub headers: Vec<HeaderView>,
    /// The body, byte by byte as it went.
    pub body: String,
    /// Whether it arrived. A test that arrives switches a bell on again that failures had switched off.
    pub arrived: bool,
    /// The status that came back.
    pub status_code: Option<u16>,
    /// The beginning of what came back.
    pub answer_excerpt: Option<String>,
    /// Why nothing came back.
    pub reason: Option<String>,
    /// When it was sent.
    pub at: Timestamp,
}

impl View for TestView {}

/// A test on its way.
struct Test {
    own: Own,
    taken: Taken,
    body: String,
    now: Timestamp,
}

/// `test_subscription`. It is tried once, and never again by itself.
pub async fn test_subscription(call: Call, input: OfBell) -> Outcome<TestView> {
    let hub = call.hub.clone();
    let acting = call.clone();
    let own = hub
        .db()
        .read(move |sql| Box::pin(async move { sendable(sql, &acting, input).await }))
        .await?;
    let body = json!({
        "type": letter::TEST,
        "timestamp": call.now,
        "dashboard_id": own.dashboard,
        "sentence": "This is a test: nothing has changed.",
        "link": format!("{}/ui/dashboards/{}", hub.public_url(), own.dashboard),
    });
    let taken = Taken {
        engagement: own.engagement,
        id: DeliveryId::from_uuid(call.new_id()),
        fence: 1,
        kind: own.kind,
        target: own.target.clone(),
        attempts: 0,
        subscription: Some(own.id),
        dashboard: Some(own.dashboard),
    };
    let test = Test {
        own,
        taken,
        body: body.to_string(),
        now: call.now,
    };
    let (sent, headers, bytes) = test.send(&hub).await?;
    test.store(&hub, &sent).await?;
    Ok(TestView {
        delivery_id: test.taken.id,
        kind: test.own.kind.as_str().to_owned(),
        target: test.own.target,
        headers,
        body: bytes,
        arrived: arrived(&sent),
        status_code: match sent.answer {
            Answer::Status(code, _) => Some(code),
            Answer::Failed | Answer::Forbidden => None,
        },
        answer_excerpt: sent.excerpt,
        reason: sent.reason.map(str::to_owned),
        at: test.now,
    })
}

/// The caller's own bell, if anything is sent for it.
async fn sendable(sql: &mut Sql<'_>, call: &Call, input: OfBell) -> Outcome<Own> {
    let own = own(sql, call, input.dashboard_id, input.subscription_id).await?;
    require_nobody_left(sql, own.engagement, own.kind, (own.maker, own.person)).await?;
    Ok(own)
}

fn arrived(sent: &Sent) -> bool {
    matches!(sent.answer, Answer::Status(200..=299, _))
}

impl Test {
    async fn send(&self, hub: &Hub) -> Outcome<(Sent, Vec<HeaderView>, String)> {
        match self.own.kind {
            Kind::Persona => {
                let told = Sent {
                    answer: Answer::Status(200, None),
                    excerpt: None,
                    reason: None,
                };
                Ok((told, Vec::new(), self.words()?.markdown()))
            }
            Kind::Webhook => self.post(hub).await,
            Kind::Email => self.mail(hub).await,
        }
    }

    fn words(&self) -> Outcome<BellWords> {
        let words = letter::words(&self.own.dashboard_title, &self.body);
        words.ok_or_else(|| Fault::internal("the message of a test cannot be read"))
    }

    async fn post(&self, hub: &Hub) -> Outcome<(Sent, Vec<HeaderView>, String)> {
        let own = &self.own;
        let secrets = secret::live(hub, own.engagement, own.id, &own.kept, self.now);
        if secrets.is_empty() {
            return Err(Fault::unavailable(
                "secret_unavailable",
                "This hub has another key than the bell's secret was sealed with. Start it with that key.",
            ));
        }
        let posting = send::signed(self.taken.id, &own.target, &self.body, &secrets, self.now);
        let headers = posting
            .headers
            .iter()
            .map(|(name, value)| HeaderView {
                name: (*name).to_owned(),
                value: value.clone(),
            })
            .collect();
        let sent = way_out(hub)?.post(posting).await;
        Ok((sent, headers, self.body.clone()))
    }

    async fn mail(&self, hub: &Hub) -> Outcome<(Sent, Vec<HeaderView>, String)> {
        if !self.own.confirmed {
            return Err(unconfirmed(hub));
        }
        let facts = Facts::of_test(&self.body, &self.own.dashboard_title, self.own.kept.clone());
        let letter = Links::of(hub, &self.taken, &facts)
            .and_then(|links| letter::letter(&self.taken, &facts, &links));
        let letter = letter.ok_or_else(|| {
            Fault::unavailable(
                "secret_unavailable",
                "This hub has another key than the bell was sealed with. Start it with that key.",
            )
        })?;
        let mailed = way_out(hub)?.mail(letter).await.ok_or_else(|| {
            Fault::unavailable(
                "mail_unavailable",
                "This hub was started without a server of mail. Start it with --smtp.",
            )
        })?;
        let (headers, body) = parts(&mailed.message);
        Ok((mailed.sent, headers, body))
    }

    /// Keeps what was tried, and switches the bell on again when it arrived.
    async fn store(&self, hub: &Hub, sent: &Sent) -> Outcome<()> {
        let (taken, body, now) = (self.taken.clone(), self.body.clone(), self.now);
        let words = (self.own.kind == Kind::Persona)
            .then(|| self.words())
            .transpose()?;
        let (hub, sent) = (hub.clone(), sent.clone());
        let ended_at = hub.now();
        hub.clone()
            .db()
            .write(move |sql| {
                Box::pin(async move {
                    let arrived = arrived(&sent);
                    let status = if arrived { "delivered" } else { "dead" };
                    store::keep_test(sql, &taken, &body, (status, &sent), (now, ended_at)).await?;
                    if let (Some(words), Some(person), Some(dashboard)) =
                        (words, taken.person(), taken.dashboard)
                    {
                        let bell = Bell {
                            engagement: taken.engagement,
                            dashboard,
                            person,
                            title: &words.title,
                            detail: &words.sentence,
                            body: &words.markdown(),
                            now,
                        };
                        comment::ring(sql, hub.world(), &bell).await?;
                    }
                    if let (true, Some(subscription)) = (arrived, taken.subscription) {
                        store::enable(sql, taken.engagement, subscription).await?;
                    }
                    Ok(())
                })
            })
            .await
    }
}

/// The headers of a mail, and what stands below them. A header that goes on in the next line is shown as it goes on.
fn parts(message: &str) -> (Vec<HeaderView>, String) {
    let (head, body) = message.split_once("\r\n\r\n").unwrap_or((message, ""));
    let mut headers: Vec<HeaderView> = Vec::new();
    for line in head.split("\r\n") {
        match (line.split_once(": "), headers.last_mut()) {
            (_, Some(before)) if line.starts_with([' ', '\t']) => {
                before.value.push_str("\r\n");
                before.value.push_str(line);
            }
            (Some((name, value)), _) => headers.push(HeaderView {
                name: name.to_owned(),
                value: value.to_owned(),
            }),
            (None, _) => {}
        }
    }
    (headers, body.to_owned())
}

/// An address that never said yes and one that wants no more are the same here.
fn unconfirmed(hub: &Hub) -> Fault {
    let way = if hub.outgoing().is_some_and(Outgoing::has_mail) {
        "Only the link in the mail that asks it switches them on."
    } else {
        "A mail that asks it waits: this hub was started without a server of mail (--smtp)."
    };
    Fault::conflict(
        "not_confirmed",
        format!("This address has not said yes to bells, or wants no more of them. {way}"),
    )
}

fn way_out(hub: &Hub) -> Outcome<&Outgoing> {
    hub.outgoing().ok_or_else(|| {
        Fault::unavailable(
            "outgoing_unavailable",
            "This hub was started without a way out to other machines.",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_is_shown_as_headers_and_what_stands_below() {
        let message = "To: ada@example.org\r\nSubject: =?utf-8?b?R3LDtsOfZQ==?=\r\n changed: all\r\n\r\nHello: you\r\n\r\nAgain\r\n";
        let (headers, body) = parts(message);
        let headers: Vec<(&str, &str)> = headers
            .iter()
            .map(|header| (header.name.as_str(), header.value.as_str()))
            .collect();
        assert_eq!(
            headers,
            [
                ("To", "ada@example.org"),
                ("Subject", "=?utf-8?b?R3LDtsOfZQ==?=\r\n changed: all"),
            ]
        );
        assert_eq!(body, "Hello: you\r\n\r\nAgain\r\n");
        assert!(parts("").0.is_empty());
    }
}
