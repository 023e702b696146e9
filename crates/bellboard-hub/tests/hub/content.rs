//! Content and its collector: what is named is never removed, whatever meets whatever; what nobody names goes.

use std::fs::{self, File, FileTimes, OpenOptions};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, SystemTime};

use bellboard_core::content::ContentDigest;
use bellboard_core::id::EngagementId;
use bellboard_hub::call::{Call, Caller};
use bellboard_hub::content::{self, Contents, Declared};
use bellboard_hub::fault::Fault;
use bellboard_hub::world::{FixedWorld, World as _};
use bellboard_hub::{Hub, Keeps, verbs};
use bytes::Bytes;
use futures_util::{FutureExt as _, StreamExt as _, stream};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::fixture::HubFixture;
use crate::support::{FromTestDb, TestDb};

on_each_engine!(
    content_that_nobody_names_goes_after_a_day,
    what_is_named_stays_and_goes_with_its_last_name,
    an_upload_of_the_same_content_meets_the_collector,
    a_naming_meets_the_collector,
    a_crash_between_record_and_bytes_is_swept,
    a_dead_upload_is_swept_and_a_living_one_is_not,
    an_upload_that_is_dropped_leaves_nothing,
    several_replicas_collect_at_once,
);

const DAY: Duration = Duration::from_hours(24);
const HOUR: Duration = Duration::from_hours(1);

/// A hub with a place for content, and one engagement.
struct Scene {
    fixture: HubFixture,
    folder: Arc<Folder>,
    owner: Caller,
    engagement: Uuid,
    test: TestDb,
}

impl FromTestDb for Scene {
    fn from_test_db(test: &TestDb) -> Self {
        let folder = Arc::new(Folder::make());
        let fixture = HubFixture::over(test.db.clone());
        let world = fixture.world.clone();
        let nobody = fixture.hub.world().new_id();
        Self {
            fixture: HubFixture {
                hub: folder.hub(test, world.clone()),
                world,
            },
            folder,
            owner: caller(nobody),
            engagement: nobody,
            test: test.clone(),
        }
    }
}

/// Stands in until the founder is there.
fn caller(id: Uuid) -> Caller {
    use bellboard_core::id::{PersonId, SessionId};
    use bellboard_hub::call::{Credential, PersonKind};
    Caller {
        person_id: PersonId::from_uuid(id),
        name: String::new(),
        kind: PersonKind::Human,
        owner_id: None,
        hub_owner: false,
        credential: Credential::Session(SessionId::from_uuid(id)),
    }
}

struct Folder(PathBuf);

impl Folder {
    fn make() -> Self {
        static COUNTER: AtomicU32 = AtomicU32::new(0);
        let count = COUNTER.fetch_add(1, Ordering::Relaxed);
        let name = format!("bellboard_kept_{}_{count}", std::process::id());
        Self(std::env::temp_dir().join(name))
    }

    fn hub(&self, test: &TestDb, world: Arc<FixedWorld>) -> Hub {
        let keeps = Keeps {
            contents: Some(Contents::in_folder(&self.0).unwrap()),
            ..Keeps::default()
        };
        Hub::with(test.db.clone(), world, keeps)
    }

    /// Every file below it.
    fn files(&self) -> Vec<PathBuf> {
        let folders = fs::read_dir(&self.0).unwrap();
        folders
            .flat_map(|folder| fs::read_dir(folder.unwrap().path()).unwrap())
            .map(|file| file.unwrap().path())
            .collect()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

impl Scene {
    async fn set(mut self) -> Self {
        self.owner = self.fixture.founder().await;
        self.engagement = self.fixture.engagement(&self.owner, "E").await;
        self
    }

    fn hub(&self) -> &Hub {
        &self.fixture.hub
    }

    async fn upload(&self, bytes: &'static [u8]) -> ContentDigest {
        self.upload_to(self.hub(), bytes).await.unwrap()
    }

    async fn upload_to(&self, hub: &Hub, bytes: &'static [u8]) -> Result<ContentDigest, Fault> {
        let call = hub.call(Some(self.owner.clone()), verbs::find("start_run").unwrap());
        let engagement = EngagementId::from_uuid(self.engagement);
        let chunks = bytes
            .chunks(3)
            .map(|chunk| Ok::<_, Fault>(Bytes::from_static(chunk)));
        let chunks = stream::iter(chunks);
        let kept = content::upload(call, engagement, Declared::default(), chunks).await?;
        Ok(kept.digest)
    }

    /// Gives every file the hub's own time, as a real clock would have.
    fn touch(&self) {
        let now = self.fixture.world.now().micros();
        let now = SystemTime::UNIX_EPOCH + Duration::from_micros(now.try_into().unwrap());
        for file in self.folder.files() {
            let file = OpenOptions::new().write(true).open(file).unwrap();
            let times = FileTimes::new().set_modified(now);
            file.set_times(times).unwrap();
        }
    }

    /// Names the content as an artifact does: held and named in one transaction. Whether it was there.
    async fn name(&self, hub: &Hub, digest: ContentDigest) -> Result<bool, Fault> {
        let call = hub.call(Some(self.owner.clone()), verbs::find("start_run").unwrap());
        let (engagement, artifact) = (self.engagement, hub.world().new_id());
        hub.db()
            .write(move |sql| {
                Box::pin(async move {
                    let id = EngagementId::from_uuid(engagement);
                    let member = bellboard_hub::access::in_engagement(sql, &call, id).await?;
                    let Some(size) = content::hold(sql, &member, &digest, call.now).await? else {
                        return Ok(false);
                    };
                    sql.execute(
                        "insert into artifact_files (engagement_id, artifact_id, version, position, name, media_type, digest, size)
                         values ($1, $2, 1, 0, 'a', 'text/plain', $3, $4)",
                        &[
                            engagement.into(),
                            artifact.into(),
                            (*digest.as_bytes()).into(),
                            size.into(),
                        ],
                    )
                    .await?;
                    Ok(true)
                })
            })
            .await
    }

    async fn rows(&self) -> i64 {
        self.fixture
            .count("select count(*) from contents", vec![])
            .await
    }

    /// Rows whose bytes are not where they should be, and the other way round.
    async fn assert_sound(&self, round: usize) {
        let rows = self
            .fixture
            .rows("select digest, stored_as from contents", vec![])
            .await;
        let mut expected: Vec<PathBuf> = rows
            .iter()
            .map(|row| {
                let digest = ContentDigest::try_from(row.blob(0).unwrap().as_slice()).unwrap();
                let stored_as: Uuid = row.id(1).unwrap();
                let folder = self.folder.0.join(self.engagement.to_string());
                folder.join(format!("{}.{stored_as}", digest.hex()))
            })
            .collect();
        let mut files = self.folder.files();
        expected.sort();
        files.sort();
        assert_eq!(files, expected, "round {round}");
        for file in files {
            let name = file.file_name().unwrap().to_str().unwrap().to_owned();
            let bytes = fs::read(file).unwrap();
            let digest = ContentDigest::from_bytes(Sha256::digest(bytes).into());
            assert!(name.starts_with(&digest.hex()), "round {round}: {name}");
        }
    }
}

async fn content_that_nobody_names_goes_after_a_day(scene: Scene) {
    let scene = scene.set().await;
    scene.upload(b"nobody's").await;
    scene.fixture.world.advance(HOUR * 23);
    assert_eq!(content::collect(scene.hub()).await, Ok(0));
    // Uploaded again, it is young again.
    scene.upload(b"nobody's").await;
    scene.fixture.world.advance(HOUR * 2);
    assert_eq!(content::collect(scene.hub()).await, Ok(0));
    scene.assert_sound(0).await;
    scene.fixture.world.advance(DAY);
    assert_eq!(content::collect(scene.hub()).await, Ok(1));
    assert_eq!((scene.rows().await, scene.folder.files().len()), (0, 0));
}

async fn what_is_named_stays_and_goes_with_its_last_name(scene: Scene) {
    let scene = scene.set().await;
    let digest = scene.upload(b"named").await;
    for _ in 0..2 {
        assert_eq!(scene.name(scene.hub(), digest).await, Ok(true));
    }
    scene.fixture.world.advance(DAY * 400);
    assert_eq!(content::collect(scene.hub()).await, Ok(0));
    scene.assert_sound(0).await;
    scene
        .fixture
        .execute("delete from artifact_files where name = 'a'", vec![])
        .await;
    assert_eq!(content::collect(scene.hub()).await, Ok(1));
    assert!(scene.folder.files().is_empty());
    assert_eq!(scene.name(scene.hub(), digest).await, Ok(false));
}

async fn an_upload_of_the_same_content_meets_the_collector(scene: Scene) {
    let scene = scene.set().await;
    let other = scene.folder.hub(&scene.test, scene.fixture.world.clone());
    for round in 0..60 {
        scene.upload(b"the same again").await;
        scene.fixture.world.advance(DAY + HOUR);
        let (uploaded, collected) = tokio::join!(
            scene.upload_to(&other, b"the same again"),
            content::collect(scene.hub())
        );
        uploaded.unwrap();
        assert!(collected.unwrap() <= 1);
        assert_eq!(scene.rows().await, 1, "round {round}");
        scene.assert_sound(round).await;
    }
}

async fn a_naming_meets_the_collector(scene: Scene) {
    let scene = scene.set().await;
    let other = scene.folder.hub(&scene.test, scene.fixture.world.clone());
    let (mut won, mut lost) = (0, 0);
    for round in 0..60 {
        let digest = scene.upload(b"named or not").await;
        scene.fixture.world.advance(DAY + HOUR);
        let (named, collected) =
            tokio::join!(scene.name(&other, digest), content::collect(scene.hub()));
        let kept = i64::from(named.unwrap());
        assert_eq!(collected, Ok(u64::from(kept == 0)), "round {round}");
        assert_eq!(scene.rows().await, kept, "round {round}");
        scene.assert_sound(round).await;
        won += kept;
        lost += 1 - kept;
        scene
            .fixture
            .execute("delete from artifact_files where version = 1", vec![])
            .await;
    }
    assert_eq!(won + lost, 60);
}

async fn several_replicas_collect_at_once(scene: Scene) {
    let scene = scene.set().await;
    let other = scene.folder.hub(&scene.test, scene.fixture.world.clone());
    let named = scene.upload(b"named").await;
    scene.name(scene.hub(), named).await.unwrap();
    for content in [b"a1".as_slice(), b"b2", b"c3", b"d4", b"e5"] {
        scene.upload(content).await;
    }
    scene.fixture.world.advance(DAY * 2);
    let (one, two) = tokio::join!(content::collect(scene.hub()), content::collect(&other));
    assert_eq!(one.unwrap() + two.unwrap(), 5);
    assert_eq!(scene.rows().await, 1);
    scene.assert_sound(0).await;
}

async fn a_crash_between_record_and_bytes_is_swept(scene: Scene) {
    let scene = scene.set().await;
    let named = scene.upload(b"named").await;
    scene.name(scene.hub(), named).await.unwrap();
    // Whether the record was never written or was just removed: what remains is bytes that no record speaks of.
    scene.upload(b"never recorded").await;
    scene
        .fixture
        .execute(
            "delete from contents where digest <> $1",
            vec![(*named.as_bytes()).into()],
        )
        .await;
    // What is no content is not ours to remove.
    let folder = scene.folder.0.join(scene.engagement.to_string());
    File::create(folder.join("readme")).unwrap();
    scene.touch();
    scene.fixture.world.advance(HOUR * 23);
    assert_eq!(content::sweep(scene.hub()).await, Ok(0));
    assert_eq!(scene.folder.files().len(), 3);
    scene.fixture.world.advance(HOUR * 2);
    assert_eq!(content::sweep(scene.hub()).await, Ok(1));
    fs::remove_file(folder.join("readme")).unwrap();
    scene.assert_sound(0).await;
    assert_eq!(content::sweep(scene.hub()).await, Ok(0));
}

async fn a_dead_upload_is_swept_and_a_living_one_is_not(scene: Scene) {
    let scene = scene.set().await;
    let uploading = scene.folder.0.join(".uploading");
    let living = File::create(uploading.join("living")).unwrap();
    living.try_lock().unwrap();
    fs::write(uploading.join("dead"), "half of it").unwrap();
    // Another replica starts.
    let again = scene.folder.hub(&scene.test, scene.fixture.world.clone());
    assert_eq!(scene.folder.files(), [uploading.join("living")]);
    fs::write(uploading.join("dead"), "half of it").unwrap();
    assert_eq!(content::sweep(&again).await, Ok(0));
    assert_eq!(scene.folder.files(), [uploading.join("living")]);
    // The process dies, and its lock with it.
    drop(living);
    content::sweep(&again).await.unwrap();
    assert!(scene.folder.files().is_empty());
}

/// An upload whose sender says these pieces and then nothing more, to be dropped once it stands there.
pub async fn stands_half_way(call: Call, engagement: Uuid, pieces: Vec<Bytes>) -> impl Sized {
    let (told, reached) = tokio::sync::oneshot::channel();
    let never = async move {
        let _ = told.send(());
        std::future::pending::<Result<Bytes, Fault>>().await
    };
    let chunks = stream::iter(pieces.into_iter().map(Ok)).chain(never.into_stream());
    let engagement = EngagementId::from_uuid(engagement);
    let mut upload = Box::pin(content::upload(
        call,
        engagement,
        Declared::default(),
        chunks,
    ));
    tokio::select! {
        _ = &mut upload => panic!("it never ends"),
        reached = reached => reached.unwrap(),
    }
    upload
}

async fn an_upload_that_is_dropped_leaves_nothing(scene: Scene) {
    let scene = scene.set().await;
    let call = scene
        .hub()
        .call(Some(scene.owner.clone()), verbs::find("start_run").unwrap());
    let half = vec![Bytes::from(vec![1; 600_000])];
    let upload = stands_half_way(call, scene.engagement, half).await;
    assert_eq!(scene.folder.files().len(), 1);
    drop(upload);
    assert!(scene.folder.files().is_empty());
    assert_eq!(scene.rows().await, 0);
}
