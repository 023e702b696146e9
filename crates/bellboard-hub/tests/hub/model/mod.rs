//! Stories of up to sixty commands from several people, with jumps of the clock, told to the hub and to a small pure
//! model of it. Each answer, each count and everything stored must be what the model says, on both engines.
//!
//! Two thousand stories per engine, in four tests so that they are told side by side. `BELLBOARD_MODEL_SEED` sets the
//! choices and `BELLBOARD_MODEL_STORIES` how many each test tells; what fails is shortened before it is shown.

mod board;
mod command;
mod player;

use bellboard_hub::db::Engine;
use proptest::test_runner::{Config, RngAlgorithm, TestError, TestRng, TestRunner};
use tokio::runtime::Handle;
use tokio::task::JoinSet;

use self::player::Player;
use crate::fixture::HubFixture;

on_each_engine!(
    stories_of_the_first_part,
    stories_of_the_second_part,
    stories_of_the_third_part,
    stories_of_the_fourth_part,
);

const STORIES: u32 = 500;
const SEED: u64 = 20_261_121;
/// A story that fails is shortened so often.
const SHORTENED: u32 = 1_500;

async fn stories_of_the_first_part(fixture: HubFixture) {
    tell(fixture, 0).await;
}

async fn stories_of_the_second_part(fixture: HubFixture) {
    tell(fixture, 1).await;
}

async fn stories_of_the_third_part(fixture: HubFixture) {
    tell(fixture, 2).await;
}

async fn stories_of_the_fourth_part(fixture: HubFixture) {
    tell(fixture, 3).await;
}

fn number_from(variable: &str) -> Option<u64> {
    let text = std::env::var(variable).ok()?;
    Some(text.parse().expect("a whole number"))
}

/// Tells this part of the stories. The tester does not wait for futures, so it has a thread of its own.
async fn tell(fixture: HubFixture, part: u8) {
    let seed = number_from("BELLBOARD_MODEL_SEED").unwrap_or(SEED);
    let stories = number_from("BELLBOARD_MODEL_STORIES");
    let stories = stories.map_or(STORIES, |many| {
        u32::try_from(many).expect("a number of stories")
    });
    let engine: Engine = fixture.hub.db().engine();
    let player = Player::new(fixture).await;
    let mut telling = JoinSet::new();
    let handle = Handle::current();
    telling.spawn_blocking(move || {
        let mut bytes = [part; 32];
        bytes[..8].copy_from_slice(&seed.to_be_bytes());
        let config = Config {
            cases: stories,
            failure_persistence: None,
            max_shrink_iters: SHORTENED,
            ..Config::default()
        };
        let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
        let told = TestRunner::new_with_rng(config, rng)
            .run(&command::story(), |story| handle.block_on(player.play(&story)));
        match told {
            Ok(()) => player.told(),
            Err(TestError::Fail(reason, story)) => panic!(
                "BELLBOARD_MODEL_SEED={seed}, part {part}, {engine:?}: {reason}\nthe shortest story: {story:#?}"
            ),
            Err(TestError::Abort(reason)) => panic!("given up: {reason}"),
        }
    });
    for told in telling.join_all().await {
        println!("BELLBOARD_MODEL_SEED={seed}, part {part}, {engine:?}: {told}");
    }
}
