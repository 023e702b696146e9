//! One open event stream, read as a browser reads it.

use std::time::Duration;

use reqwest::StatusCode;
use tokio::time::timeout;

use crate::house::{House, Person};

/// Nothing here takes this long; who waits longer has found a fault.
pub(super) const DEADLINE: Duration = Duration::from_mins(1);

/// One event as a browser would see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Event {
    pub(super) id: String,
    pub(super) kind: String,
    pub(super) data: String,
}

/// An open stream.
pub(super) struct Stream {
    response: reqwest::Response,
    unread: String,
    /// The last position that was told, with an event or without.
    pub(super) position: Option<String>,
}

impl Stream {
    pub(super) async fn open(house: &House, person: &Person, last: Option<&str>) -> Self {
        let mut request = house.get(person, "/events");
        if let Some(last) = last {
            request = request.header("last-event-id", last);
        }
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        assert!(!response.headers().contains_key("content-encoding"));
        Self {
            response,
            unread: String::new(),
            position: None,
        }
    }

    /// The next block, whether it holds an event or only a position; `None` when the stream has ended.
    pub(super) async fn block(&mut self) -> Option<String> {
        loop {
            if let Some(end) = self.unread.find("\n\n") {
                let rest = self.unread.split_off(end + 2);
                let mut block = std::mem::replace(&mut self.unread, rest);
                block.truncate(end);
                return Some(block);
            }
            match self.response.chunk().await {
                Ok(Some(bytes)) => self.unread.push_str(std::str::from_utf8(&bytes).unwrap()),
                Ok(None) | Err(_) => return None,
            }
        }
    }

    /// The next event; `None` when the stream has ended. Signs of life alone are not waited for any longer.
    pub(super) async fn next(&mut self) -> Option<Event> {
        timeout(DEADLINE, self.event())
            .await
            .expect("an event, or the end")
    }

    async fn event(&mut self) -> Option<Event> {
        loop {
            let block = self.block().await?;
            let field = |name: &str| {
                block
                    .lines()
                    .find_map(|line| line.strip_prefix(name))
                    .map(str::to_owned)
            };
            self.position = field("id: ").or(self.position.take());
            if let (Some(id), Some(kind), Some(data)) =
                (field("id: "), field("event: "), field("data: "))
            {
                return Some(Event { id, kind, data });
            }
        }
    }

    /// Reads until this event has come.
    pub(super) async fn until(&mut self, kind: &str, object: &str) -> Event {
        loop {
            let event = self.next().await.expect("the stream goes on");
            if event.kind == kind && event.data.contains(object) {
                return event;
            }
        }
    }

    /// The position at which the stream began.
    pub(super) async fn begun(&mut self) -> String {
        let block = timeout(DEADLINE, self.block()).await.unwrap().unwrap();
        block
            .lines()
            .find_map(|line| line.strip_prefix("id: "))
            .unwrap()
            .to_owned()
    }
}
