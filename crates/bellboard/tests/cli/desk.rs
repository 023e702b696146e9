//! A hub of its own process with its owner, and a program that speaks to it beside the command line.

use serde_json::Value;
use tokio::runtime::{Builder, Runtime};

use crate::client::Client;
use crate::place::{Hub, Place, Said};

/// The hub, and everybody who works there.
pub struct Desk {
    pub place: Place,
    pub hub: Hub,
    pub client: Client,
    pub runtime: Runtime,
}

impl Desk {
    pub fn open() -> Self {
        let place = Place::new();
        let hub = Hub::start(&place);
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        let client = runtime.block_on(Client::of(&place, &hub));
        Self {
            place,
            hub,
            client,
            runtime,
        }
    }

    pub fn say(&self, path: &str, words: &Value) -> Value {
        self.runtime.block_on(self.client.say(path, words)).unwrap()
    }

    pub fn get(&self, path: &str) -> Value {
        self.runtime.block_on(self.client.get(path))
    }

    pub fn run(&self, arguments: &[&str]) -> Said {
        self.place.run(arguments)
    }

    /// Runs to a good end.
    pub fn good(&self, arguments: &[&str]) -> Said {
        self.run(arguments).good()
    }

    /// Runs to a good end; what it said to the person.
    pub fn says(&self, arguments: &[&str]) -> String {
        self.good(arguments).err
    }

    /// Runs to an end with this code, without data; what it said.
    pub fn refused(&self, code: i32, arguments: &[&str]) -> String {
        self.run(arguments).refused(code)
    }
}
