//! The real program in a process of its own, to be talked to over a socket and killed.

use std::{
    io::{BufRead, BufReader, Write},
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Output, Stdio},
    time::{Duration, Instant},
};

use api_client::{ApiClient, Credential, HttpTransport};
use runtime::ask_health;

/// How long the program may take until it can serve.
const START_TIMEOUT: Duration = Duration::from_secs(30);

/// `tintype all` on a data folder. Dropped, it is killed.
pub struct Program {
    executable: PathBuf,
    data: PathBuf,
    environment: Vec<(String, String)>,
    /// Where it listens.
    pub address: SocketAddr,
    child: Child,
    /// What it printed before it was ready to serve.
    greeting: Vec<String>,
}

impl Program {
    /// Starts `executable` on `data` and waits until it can serve.
    pub fn start(executable: &str, data: &Path, environment: &[(&str, &str)]) -> Self {
        let environment: Vec<_> = environment
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        let address = free_address();
        let (child, greeting) = launch(Path::new(executable), data, &environment, address);
        Self {
            executable: executable.into(),
            data: data.into(),
            environment,
            address,
            child,
            greeting,
        }
    }

    /// Ends it by SIGKILL and starts it anew on the same folder and address.
    pub fn kill_and_restart(&mut self) {
        self.kill();
        let (child, greeting) = launch(&self.executable, &self.data, &self.environment, self.address);
        (self.child, self.greeting) = (child, greeting);
    }

    /// Ends it by SIGKILL.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Ends it by SIGTERM, and waits; how long that took.
    pub fn terminate(&mut self) -> Duration {
        let asked = Instant::now();
        let sent = Command::new("kill")
            .args(["-TERM", &self.child.id().to_string()])
            .status()
            .unwrap();
        assert!(sent.success());
        let status = self.child.wait().unwrap();
        assert!(status.success(), "the program ended with {status}");
        asked.elapsed()
    }

    /// The id of its process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The address that people open.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The one-time link that it printed, if it did.
    pub fn set_up_link(&self) -> Option<&str> {
        self.greeting
            .iter()
            .find_map(|line| Some(&line[line.find("http://").filter(|_| line.contains("/setup?"))?..]))
    }

    /// The most memory that its process has had resident, in MiB (`VmHWM`, proc(5)).
    pub fn peak_memory_mib(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() / 1024
    }

    /// Runs another command of the same executable on the same folder.
    pub fn command(&self, arguments: &[&str], input: &str) -> Output {
        let mut child = Command::new(&self.executable)
            .args(arguments)
            .arg("--data")
            .arg(&self.data)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    }

    /// A new key for reading and writing, made as an operator makes it.
    pub fn key(&self) -> String {
        let output = self.command(&["key", "add", "--name", "test", "--scopes", "read,write"], "");
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// A client over the socket.
    pub fn client(&self, key: &str) -> ApiClient {
        let transport = HttpTransport::new(&self.url()).unwrap().boxed();
        ApiClient::new(transport).with_credential(Credential::Key(key.to_owned()))
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn free_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

fn launch(
    executable: &Path,
    data: &Path,
    environment: &[(String, String)],
    address: SocketAddr,
) -> (Child, Vec<String>) {
    let mut child = Command::new(executable)
        .args(["all", "--listen", &address.to_string(), "--data"])
        .arg(data)
        .envs(environment.iter().cloned())
        .env("TINTYPE_LOG_LEVEL", "warn")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let started = Instant::now();
    while ask_health(address, "/readyz").is_err() {
        assert!(
            started.elapsed() < START_TIMEOUT,
            "the program is not ready after {START_TIMEOUT:?}"
        );
        if let Some(status) = child.try_wait().unwrap() {
            panic!("the program ended with {status} instead of starting");
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    let greeting = read_greeting(child.stdout.take().unwrap());
    (child, greeting)
}

/// The lines it prints before it serves: one that names the address, and the set-up link where there is no administrator.
fn read_greeting(stdout: ChildStdout) -> Vec<String> {
    let (sender, receiver) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            // The test may have what it needs, and be gone.
            let _ = sender.send(line);
        }
    });
    let mut lines = Vec::new();
    while let Ok(line) = receiver.recv_timeout(Duration::from_millis(300)) {
        lines.push(line);
    }
    lines
}
