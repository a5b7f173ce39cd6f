//! The containers of `docker compose`, as its own labels tell them. It starts and ends none: `tests/compose/run` does.

use std::{
    net::{IpAddr, SocketAddr},
    process::{Command, Output, Stdio},
};

use crate::{
    Deployment,
    deployment::text,
    program::{feed, signal},
};

/// Names the project that runs.
const VARIABLE: &str = "TINTYPE_TEST_COMPOSE_PROJECT";

/// Where the images have the program.
const EXECUTABLE: &str = "/usr/local/bin/tintype";

/// The port that a service listens on, in its container.
const PORT: u16 = 8080;

/// A project of `docker compose` that runs already.
pub struct ComposeProject {
    name: String,
    url: String,
}

/// Runs a command of docker to its end.
fn docker(arguments: &[&str], input: &str) -> Output {
    let child = Command::new("docker")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    feed(child, input)
}

impl ComposeProject {
    /// The one that the tests were told of.
    pub fn told() -> Self {
        let name = std::env::var(VARIABLE).unwrap_or_else(|_| {
            panic!("{VARIABLE} is not set: tests/compose/run starts the containers that these tests need, and sets it")
        });
        let mut project = Self {
            name,
            url: String::new(),
        };
        let published = docker(&["port", &project.one_of("lb"), &PORT.to_string()], "");
        project.url = format!("http://{}", text(&published).lines().next().unwrap());
        project
    }

    /// The ids of the containers of a service that run, in the order of their names.
    pub fn containers(&self, service: &str) -> Vec<String> {
        let project = format!("label=com.docker.compose.project={}", self.name);
        let service = format!("label=com.docker.compose.service={service}");
        let listed = docker(
            &[
                "ps",
                "--filter",
                &project,
                "--filter",
                &service,
                "--format",
                "{{.Names}} {{.ID}}",
            ],
            "",
        );
        let listed = text(&listed);
        let mut lines: Vec<&str> = listed.lines().collect();
        lines.sort_unstable();
        lines
            .iter()
            .map(|line| line.split_once(' ').unwrap().1.to_owned())
            .collect()
    }

    /// What docker knows of a container, by a template of Go's.
    pub fn inspect(&self, container: &str, template: &str) -> String {
        let output = docker(&["inspect", "--format", template, container], "");
        text(&output).trim().to_owned()
    }

    /// How many instances of a service are well, by the health check of their image.
    pub fn healthy(&self, service: &str) -> usize {
        self.containers(service)
            .iter()
            .filter(|container| self.inspect(container, "{{.State.Health.Status}}") == "healthy")
            .count()
    }

    /// The process of a container, as this machine counts.
    pub fn process(&self, container: &str) -> u32 {
        self.inspect(container, "{{.State.Pid}}").parse().unwrap()
    }

    /// Ends the process of a container by SIGKILL from outside: the engine takes that for a crash, and starts it again. (What
    /// `docker kill` ends stays ended.)
    pub fn crash(&self, container: &str) {
        signal(self.process(container), "KILL");
    }

    /// Stops a container and starts it again.
    pub fn restart(&self, container: &str) {
        text(&docker(&["restart", "--time", "45", container], ""));
    }

    /// Where a container listens, within the project's network.
    pub fn address(&self, container: &str) -> SocketAddr {
        let template = "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}";
        SocketAddr::new(self.inspect(container, template).parse().unwrap(), PORT)
    }

    fn one_of(&self, service: &str) -> String {
        let containers = self.containers(service);
        let first = containers.first();
        first
            .unwrap_or_else(|| panic!("no {service} runs in {}", self.name))
            .clone()
    }
}

impl Deployment for ComposeProject {
    fn url(&self) -> String {
        self.url.clone()
    }

    fn command(&self, arguments: &[&str], input: &str) -> Output {
        let container = self.one_of("api");
        docker(
            &[&["exec", "--interactive", &container, EXECUTABLE], arguments].concat(),
            input,
        )
    }

    fn signing_keys(&self) -> String {
        let template = "{{range .Config.Env}}{{println .}}{{end}}";
        let environment = self.inspect(&self.one_of("api"), template);
        let keys = environment
            .lines()
            .find_map(|line| line.strip_prefix("TINTYPE_DELIVERY_SIGNING_KEYS="));
        keys.unwrap().to_owned()
    }

    fn address_of_this_machine(&self) -> IpAddr {
        let template = "{{range .NetworkSettings.Networks}}{{.Gateway}}{{end}}";
        self.inspect(&self.one_of("worker"), template).parse().unwrap()
    }
}
