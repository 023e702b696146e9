//! Content over HTTP: up in a stream, down as an attachment, and nothing half-stored whatever goes wrong.

mod down;
mod up;

use bellboard_hub::db::Db;

use crate::house::{House, Person};

/// One engagement of the founder.
struct Scene {
    house: House,
    founder: Person,
    engagement: String,
}

impl Scene {
    async fn set(db: Db) -> Self {
        let house = House::open(db).await;
        let founder = house.founder().await;
        let engagement = house.engagement(&founder, "E").await;
        Self {
            house,
            founder,
            engagement,
        }
    }
}
