//! What an image, a start and an idle process take: the table in README.md.

use std::{
    fmt::Write,
    net::SocketAddr,
    process::{Child, Command, Stdio},
    thread::scope,
    time::{Duration, Instant},
};

use runtime::ask_health;
use testkit::ComposeProject;

use crate::table;

const SERVICES: [&str; 4] = ["web", "api", "delivery", "worker"];

/// Starts that are measured of each service; the median counts.
const STARTS: usize = 9;

/// How long a process has nothing to do but to answer its balancer's checks, until its memory is looked at.
const IDLE: Duration = Duration::from_secs(60);

/// How long a start may take until the test gives up.
const READY_WITHIN: Duration = Duration::from_secs(30);

/// A port that no service has.
const PORT: u16 = 9_080;

/// The aims: the largest image in MB, the slowest start in ms, the most memory in MB.
const AIMS: [u64; 3] = [60, 300, 40];

/// A second process of a service in the network and the files of its container.
struct Second(Child);

impl Second {
    fn start(project: &ComposeProject, container: &str, service: &str) -> Self {
        let environment = project.inspect(container, "{{range .Config.Env}}{{println .}}{{end}}");
        let environment = environment.lines().filter_map(|line| line.split_once('='));
        let process = project.process(container).to_string();
        let child = Command::new("nsenter")
            .args(["--target", &process, "--mount", "--net", "--"])
            .args(["/usr/local/bin/tintype", service])
            .env_clear()
            .envs(environment)
            .env("TINTYPE_LISTEN", format!("0.0.0.0:{PORT}"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        Self(child)
    }
}

impl Drop for Second {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// From the process's start to its first good answer at /readyz.
fn start(project: &ComposeProject, container: &str, service: &str) -> Duration {
    let address = SocketAddr::new(project.address(container).ip(), PORT);
    let began = Instant::now();
    let mut second = Second::start(project, container, service);
    while ask_health(address, "/readyz").is_err() {
        assert!(
            began.elapsed() < READY_WITHIN && second.0.try_wait().unwrap().is_none(),
            "{service} does not become ready"
        );
        std::thread::sleep(Duration::from_millis(1));
    }
    began.elapsed()
}

fn median_start(project: &ComposeProject, service: &str) -> Duration {
    let container = &project.containers(service)[0];
    let mut starts: Vec<_> = (0..STARTS).map(|_| start(project, container, service)).collect();
    starts.sort_unstable();
    starts[STARTS / 2]
}

/// What a process has resident, the pages of the program itself among it, in kB (`VmRSS`, proc(5)).
fn resident_kb(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// Starts every instance anew, leaves it alone, and looks; the larger of each service's two.
fn idle_memory(project: &ComposeProject) -> Vec<u64> {
    scope(|scope| {
        for container in SERVICES.iter().flat_map(|service| project.containers(service)) {
            scope.spawn(move || project.restart(&container));
        }
    });
    let began = Instant::now();
    while SERVICES.iter().any(|service| project.healthy(service) == 0) {
        assert!(began.elapsed() < READY_WITHIN, "not all services are well again");
        std::thread::sleep(Duration::from_millis(500));
    }
    std::thread::sleep(IDLE);
    SERVICES
        .iter()
        .map(|service| {
            let containers = project.containers(service);
            let resident = containers.iter().map(|it| resident_kb(project.process(it)));
            resident.max().unwrap() * 1024
        })
        .collect()
}

const HEAD: &str = "\
| Service | Image, MB | Ready after, ms | Idle, MB |
|---|--:|--:|--:|
";

#[test]
#[ignore = "measured by tests/compose/run, which starts the containers"]
fn images_are_small_start_fast_and_idle_in_little_memory() {
    let project = ComposeProject::told();
    let memory = idle_memory(&project);
    let mut text = HEAD.to_owned();
    let mut worst = [0; 3];
    for (service, memory) in SERVICES.into_iter().zip(memory) {
        let image = project.inspect(&project.containers(service)[0], "{{.Image}}");
        let image: u64 = project.inspect(&image, "{{.Size}}").parse().unwrap();
        let ready = median_start(&project, service);
        writeln!(
            text,
            "| {service} | {:.1} | {} | {:.1} |",
            image as f64 / 1e6,
            ready.as_millis(),
            memory as f64 / 1e6
        )
        .unwrap();
        let measured = [
            image.div_ceil(1_000_000),
            u64::try_from(ready.as_millis()).unwrap(),
            memory.div_ceil(1_000_000),
        ];
        for (worst, measured) in worst.iter_mut().zip(measured) {
            *worst = measured.max(*worst);
        }
    }
    write!(text, "\nMeasured on {}.", table::where_and_when()).unwrap();
    table::tell("README.md", "sizes", &text);
    for ((what, worst), aim) in ["MB of image", "ms to start", "MB of memory"]
        .iter()
        .zip(worst)
        .zip(AIMS)
    {
        assert!(worst <= aim, "{worst} {what}, and {aim} were aimed at");
    }
}
