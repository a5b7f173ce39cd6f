//! What an operator does to services, and what happens to them, under a steady load: the table in docs/operate.md.

use std::{
    collections::HashSet,
    fmt::Write,
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

use api_client::{ApiClient, Upload};
use api_types::{ImageSummary, LibraryView};
use domain::{ImageId, ImageState};
use testkit::{
    ComposeProject, Deployment, System,
    load::{Counts, Load, Sent},
    pictures, whole_library,
};

use crate::table;

/// How long the load goes on before a drill, and after it.
const STEADY: Duration = Duration::from_secs(3);

/// How long instances may take to be well.
const WELL_WITHIN: Duration = Duration::from_secs(120);

/// How long all that was accepted may take to be ready after the load has ended.
const READY_WITHIN: Duration = Duration::from_secs(240);

/// The services that hold requests or jobs.
const SERVICES: [&str; 4] = ["web", "api", "delivery", "worker"];

/// How many instances of each docker-compose.yml starts, and how many it is scaled to.
const USUAL: usize = 2;
const MORE: usize = 4;

/// What is done to a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Drill {
    Restart,
    Replace,
    Kill,
    Scale,
}

impl Drill {
    const ALL: [Self; 4] = [Self::Restart, Self::Replace, Self::Kill, Self::Scale];

    fn title(self, service: &str) -> String {
        match self {
            Self::Restart => format!("`docker/rolling-restart {service}`"),
            Self::Replace => format!("`docker/rolling-replace {service}`"),
            Self::Kill => format!("kill -9 of one {service} of two"),
            Self::Scale => format!("{service} scaled from 2 to 4 and back"),
        }
    }

    fn hold(self, project: &ComposeProject, service: &str) {
        match self {
            Self::Restart => run("docker/rolling-restart", &[service]),
            Self::Replace => run("docker/rolling-replace", &[service]),
            Self::Kill => {
                let container = &project.containers(service)[0];
                let process = project.process(container);
                project.crash(container);
                // The engine starts it again, and takes until its next look to call it healthy.
                until("it is started again", || {
                    !matches!(project.process(container), 0) && project.process(container) != process
                });
                until("it is well again", || project.healthy(service) == USUAL);
            }
            Self::Scale => {
                for count in [MORE, USUAL] {
                    let scale = format!("{service}={count}");
                    run(
                        "docker",
                        &[
                            "compose",
                            "up",
                            "--detach",
                            "--no-deps",
                            "--no-recreate",
                            "--scale",
                            &scale,
                            service,
                        ],
                    );
                    until("there are as many as were asked for", || {
                        project.containers(service).len() == count && project.healthy(service) == count
                    });
                    std::thread::sleep(STEADY);
                }
            }
        }
    }
}

/// Runs a command at the top of the repository; where compose's files and the project are, its environment says.
fn run(command: &str, arguments: &[&str]) {
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let output = Command::new(command)
        .args(arguments)
        .current_dir(top)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{command} {}: {}",
        arguments.join(" "),
        String::from_utf8_lossy(&output.stderr)
    );
}

fn until(what: &str, holds: impl Fn() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(
            began.elapsed() < WELL_WITHIN,
            "{what}: it is not so after {WELL_WITHIN:?}"
        );
        std::thread::sleep(Duration::from_millis(200));
    }
}

/// What a drill cost.
struct Row {
    title: String,
    requests: u64,
    /// Without a good answer, and nobody sent them again.
    failed: u64,
    /// Uploads, or steps of them, that their client sent again.
    repeated: u64,
    slowest: Duration,
    accepted: usize,
    ready: usize,
    /// Images that nobody sent, or that are there twice.
    doubled: usize,
    dead_letters: u64,
    took: Duration,
    why: Vec<String>,
}

impl Row {
    fn tell(&self) -> String {
        format!(
            "| {} | {} | {} | {} | {} | {} | {} | {} | {} | {} |",
            self.title,
            self.requests,
            self.failed,
            self.repeated,
            self.slowest.as_millis(),
            self.accepted,
            self.ready,
            self.doubled,
            self.dead_letters,
            self.took.as_secs()
        )
    }
}

/// Requests, those that failed for good, those that were sent again, and the longest.
fn add_up(counts: &Counts) -> (u64, u64, u64, Duration) {
    let uploads = counts.uploads();
    let kinds = [uploads, counts.deliveries(), counts.pages(), counts.listings()];
    for (kind, name) in kinds.iter().zip(["uploads", "pictures", "pages", "listings"]) {
        assert!(kind.sent > 0, "no {name} were asked for");
    }
    let sum = |of: fn(&testkit::load::Requests) -> u64| kinds.iter().map(of).sum::<u64>();
    (
        sum(|kind| kind.sent),
        // Each upload goes on until there is a good answer.
        sum(|kind| kind.failed) - uploads.failed,
        uploads.failed,
        kinds.iter().map(|kind| kind.slowest).max().unwrap(),
    )
}

/// The images under these names, once each of them is ready, or those that are there when the time is over.
async fn until_ready(client: &ApiClient, prefix: &str) -> Vec<ImageSummary> {
    let began = Instant::now();
    loop {
        let mut images = whole_library(client, LibraryView::Library, 200).await;
        images.retain(|image| image.file_name.starts_with(prefix));
        if images.iter().all(|image| image.state == ImageState::Ready) || began.elapsed() > READY_WITHIN {
            return images;
        }
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
}

/// Pictures that are shown all the time, whatever happens.
async fn shown_all_the_time(client: &ApiClient) -> Vec<ImageId> {
    let mut shown = Vec::new();
    for seed in 0..4 {
        let upload = Upload {
            file_name: format!("shown-{seed}.jpg"),
            body: pictures::photograph(1_000_000 + seed, 1200, 900, 1).into(),
            idempotency_key: None,
        };
        shown.push(client.upload(upload).await.unwrap().summary.id);
    }
    until_ready(client, "shown-").await;
    shown
}

/// Holds one drill in the middle of the load, and looks at what is left when all is done.
async fn drill(
    project: &'static ComposeProject,
    (client, session): &(ApiClient, String),
    shown: &[ImageId],
    drill: Drill,
    service: &'static str,
) -> Row {
    // No other run has used it: a project may be drilled more than once.
    let prefix: &'static str = format!("{drill:?}-{service}-{}-", std::process::id()).leak();
    let dead_before = client.dead_letters(1).await.unwrap().count;
    let load = Load::start(&project.url(), client, prefix, shown).with_readers(session);
    tokio::time::sleep(STEADY).await;
    let began = Instant::now();
    tokio::task::spawn_blocking(move || drill.hold(project, service))
        .await
        .unwrap();
    let took = began.elapsed();
    tokio::time::sleep(STEADY).await;
    let Sent { counts, accepted } = load.end().await;
    let images = until_ready(client, prefix).await;
    let ready: HashSet<ImageId> = images
        .iter()
        .filter(|image| image.state == ImageState::Ready)
        .map(|image| image.id)
        .collect();
    let names: HashSet<&str> = images.iter().map(|image| image.file_name.as_str()).collect();
    let (requests, failed, repeated, slowest) = add_up(&counts);
    Row {
        title: drill.title(service),
        requests,
        failed,
        repeated,
        slowest,
        accepted: accepted.len(),
        ready: accepted.intersection(&ready).count(),
        doubled: images.len() - names.len() + ready.difference(&accepted).count(),
        dead_letters: client.dead_letters(1).await.unwrap().count - dead_before,
        took,
        why: counts.failures(),
    }
}

const HEAD: &str = "\
| Drill | Requests | failed | repeated by the client | slowest, ms | Accepted | Ready | Doubled | Dead letters | Drill took, s |
|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|
";

/// The drills to hold: those of `TINTYPE_TEST_DRILLS`, such as `kill-api replace-web`, else all.
fn wanted() -> Vec<(Drill, &'static str)> {
    let all = Drill::ALL
        .into_iter()
        .flat_map(|drill| SERVICES.map(|service| (drill, service)));
    let Ok(named) = std::env::var("TINTYPE_TEST_DRILLS") else {
        return all.collect();
    };
    let name = |(drill, service): &(Drill, &str)| format!("{drill:?}-{service}").to_lowercase();
    let wanted: Vec<_> = all
        .filter(|drill| named.split_whitespace().any(|wanted| wanted == name(drill)))
        .collect();
    assert_eq!(
        wanted.len(),
        named.split_whitespace().count(),
        "TINTYPE_TEST_DRILLS names a drill that is none: {named}"
    );
    wanted
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "held by tests/compose/run, which starts the containers"]
async fn no_drill_fails_a_request_loses_anything_or_doubles_it() {
    let project: &'static ComposeProject = Box::leak(Box::new(ComposeProject::told()));
    let system = System::deployed(project);
    let admin = system.admin().await;
    let shown = shown_all_the_time(&admin.0).await;
    let mut rows = Vec::new();
    for (kind, service) in wanted() {
        let row = drill(project, &admin, &shown, kind, service).await;
        eprintln!("{}", row.tell());
        for reason in &row.why {
            eprintln!("    {reason}");
        }
        rows.push((kind, service, row));
    }
    let mut text = HEAD.to_owned();
    for (_, _, row) in &rows {
        writeln!(text, "{}", row.tell()).unwrap();
    }
    write!(text, "\nMeasured on {}.", table::where_and_when()).unwrap();
    table::tell("docs/operate.md", "drills", &text);
    for (kind, service, row) in &rows {
        let title = &row.title;
        assert_eq!(row.failed, 0, "{title}: {:#?}", row.why);
        // Bytes that a killed api had are gone; whoever sent them has no answer, and sends them again.
        if (*kind, *service) != (Drill::Kill, "api") {
            assert_eq!(row.repeated, 0, "{title}: {:#?}", row.why);
        }
        assert!(row.accepted > 0, "{title}: no upload was accepted");
        assert_eq!(row.ready, row.accepted, "{title}: lost");
        assert_eq!((row.doubled, row.dead_letters), (0, 0), "{title}: doubled, dead");
    }
}
