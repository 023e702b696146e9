//! Content in a bucket: the same promises as in a folder, against a foreign S3 server. `cargo xtask test` starts it and
//! names it in the `AWS_` variables.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use bellboard_core::id::EngagementId;
use bellboard_hub::call::Caller;
use bellboard_hub::content::{self, Address, ContentView, Contents, Declared};
use bellboard_hub::fault::Fault;
use bellboard_hub::verbs::find;
use bellboard_hub::{Hub, Keeps};
use bytes::Bytes;
use futures_util::{TryStreamExt as _, stream};
use uuid::Uuid;

use crate::content::stands_half_way;
use crate::fixture::HubFixture;
use crate::support::{FromTestDb, TestDb};

on_each_engine!(
    content_goes_up_and_comes_down_in_parts_and_in_ranges,
    the_same_content_is_kept_once_and_collected_after_a_day,
    an_upload_that_is_dropped_leaves_nothing,
    objects_without_a_record_are_swept,
);

const MEBIBYTE: usize = 1024 * 1024;

struct Scene {
    fixture: HubFixture,
    prefix: String,
}

impl FromTestDb for Scene {
    fn from_test_db(test: &TestDb) -> Self {
        let fixture = HubFixture::over(test.db.clone());
        let prefix = format!("tests/{}", fixture.hub.world().new_id());
        let bucket = std::env::var("BELLBOARD_TEST_BUCKET")
            .expect("BELLBOARD_TEST_BUCKET names no bucket: run `cargo xtask test bucket`");
        drop(rustls::crypto::ring::default_provider().install_default());
        let keeps = Keeps {
            contents: Some(Contents::in_bucket(&bucket, &prefix).unwrap()),
            ..Keeps::default()
        };
        let world = fixture.world.clone();
        Self {
            fixture: HubFixture {
                hub: Hub::with(test.db.clone(), world.clone(), keeps),
                world,
            },
            prefix,
        }
    }
}

impl Scene {
    /// The founder and an engagement.
    async fn people(&self) -> (Caller, Uuid) {
        let owner = self.fixture.founder().await;
        let engagement = self.fixture.engagement(&owner, "E").await;
        (owner, engagement)
    }

    async fn upload(&self, owner: &Caller, engagement: Uuid, bytes: &[u8]) -> ContentView {
        let call = self
            .fixture
            .hub
            .call(Some(owner.clone()), find("create_artifact").unwrap());
        let chunks = bytes
            .chunks(64 * 1024)
            .map(|chunk| Ok::<_, Fault>(Bytes::copy_from_slice(chunk)));
        let engagement = EngagementId::from_uuid(engagement);
        content::upload(call, engagement, Declared::default(), stream::iter(chunks))
            .await
            .unwrap()
    }

    async fn address(&self, engagement: Uuid, view: &ContentView) -> Address {
        let select = "select stored_as from contents where digest = $1";
        let rows = self
            .fixture
            .rows(select, vec![(*view.digest.as_bytes()).into()])
            .await;
        Address {
            engagement_id: EngagementId::from_uuid(engagement),
            digest: view.digest,
            stored_as: rows[0].id(0).unwrap(),
            size: view.size,
        }
    }

    /// How often this element stands in what the store lists, asked past the hub.
    fn listed(&self, what: &str, element: &str) -> usize {
        let endpoint = std::env::var("AWS_ENDPOINT").unwrap();
        let bucket = std::env::var("BELLBOARD_TEST_BUCKET").unwrap();
        let host = endpoint.strip_prefix("http://").unwrap();
        let mut stream = TcpStream::connect(host).unwrap();
        let request = format!(
            "GET /{bucket}?{what}&prefix={} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n",
            self.prefix
        );
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        answer.matches(element).count()
    }

    fn objects(&self) -> usize {
        self.listed("list-type=2", "<Contents>")
    }

    fn unfinished(&self) -> usize {
        self.listed("uploads", "<UploadId>")
    }
}

async fn content_goes_up_and_comes_down_in_parts_and_in_ranges(scene: Scene) {
    let (owner, engagement) = scene.people().await;
    let contents = scene.fixture.hub.contents().unwrap();
    // Nothing, less than a part, exactly two parts, and two parts and a bit.
    for size in [0, 5, 16 * MEBIBYTE, 17 * MEBIBYTE + 3] {
        let bytes: Vec<u8> = (0..size)
            .map(|at| u8::try_from(at % 251).unwrap())
            .collect();
        let view = scene.upload(&owner, engagement, &bytes).await;
        assert_eq!(view.size, size as u64);
        let address = scene.address(engagement, &view).await;
        let whole = address.size;
        for range in [
            0..whole,
            whole / 3..whole / 2,
            whole.saturating_sub(1)..whole,
        ] {
            let came: Vec<Bytes> = contents
                .read(&address, range.clone())
                .await
                .unwrap()
                .try_collect()
                .await
                .unwrap();
            let (from, to) = (
                usize::try_from(range.start).unwrap(),
                usize::try_from(range.end).unwrap(),
            );
            assert!(came.concat() == bytes[from..to], "{size}: {range:?}");
        }
    }
    assert_eq!((scene.objects(), scene.unfinished()), (4, 0));
}

async fn the_same_content_is_kept_once_and_collected_after_a_day(scene: Scene) {
    let (owner, engagement) = scene.people().await;
    for _ in 0..2 {
        scene.upload(&owner, engagement, b"the same").await;
    }
    assert_eq!(scene.objects(), 1);
    assert_eq!(content::collect(&scene.fixture.hub).await, Ok(0));
    scene.fixture.world.advance(Duration::from_hours(25));
    assert_eq!(content::collect(&scene.fixture.hub).await, Ok(1));
    assert_eq!(scene.objects(), 0);
}

async fn an_upload_that_is_dropped_leaves_nothing(scene: Scene) {
    let (owner, engagement) = scene.people().await;
    let call = scene
        .fixture
        .hub
        .call(Some(owner), find("create_artifact").unwrap());
    let half = vec![Bytes::from(vec![1; MEBIBYTE]); 20];
    let upload = stands_half_way(call, engagement, half).await;
    assert_eq!((scene.objects(), scene.unfinished()), (0, 1));
    drop(upload);
    let given_up = async {
        while scene.unfinished() > 0 {
            tokio::task::yield_now().await;
        }
    };
    let given_up = tokio::time::timeout(Duration::from_secs(20), given_up).await;
    assert!(given_up.is_ok(), "the parts are given up");
    assert_eq!(scene.objects(), 0);
}

async fn objects_without_a_record_are_swept(scene: Scene) {
    let (owner, engagement) = scene.people().await;
    let kept = scene.upload(&owner, engagement, b"kept").await;
    scene
        .upload(&owner, engagement, b"a crash took its record")
        .await;
    let forget = "delete from contents where digest <> $1";
    scene
        .fixture
        .execute(forget, vec![(*kept.digest.as_bytes()).into()])
        .await;
    // The store's clock is the real one, and the hub's stands where the tests begin.
    assert_eq!(content::sweep(&scene.fixture.hub).await, Ok(0));
    scene
        .fixture
        .world
        .advance(Duration::from_hours(24 * 365 * 200));
    assert_eq!(content::sweep(&scene.fixture.hub).await, Ok(1));
    assert_eq!(scene.objects(), 1);
    let address = scene.address(engagement, &kept).await;
    assert!(
        scene
            .fixture
            .hub
            .contents()
            .unwrap()
            .read(&address, 0..4)
            .await
            .is_ok()
    );
}
