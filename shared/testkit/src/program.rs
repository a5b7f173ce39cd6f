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
const START_TIMEOUT: Duration = Duration::from_secs(60);

/// `tintype all`, or one role, on a data folder. Dropped, it is killed.
pub struct Program {
    executable: PathBuf,
    role: String,
    data: PathBuf,
    environment: Vec<(String, String)>,
    /// Where it listens.
    pub address: SocketAddr,
    child: Child,
    /// What it printed before it was ready to serve.
    greeting: Vec<String>,
}

impl Program {
    /// Starts `tintype all` on `data` and waits until it can serve.
    pub fn start(executable: &str, data: &Path, environment: &[(&str, &str)]) -> Self {
        let environment: Vec<_> = environment
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        let mut program = Self::launch("all", executable, data, &environment);
        program.wait_until_ready();
        program
    }

    /// Starts a role, and does not wait for it.
    pub fn launch(role: &str, executable: &str, data: &Path, environment: &[(String, String)]) -> Self {
        let address = free_address();
        let child = spawn(Path::new(executable), role, data, environment, address);
        Self {
            executable: executable.into(),
            role: role.into(),
            data: data.into(),
            environment: environment.to_vec(),
            address,
            child,
            greeting: Vec::new(),
        }
    }

    /// Waits until it can serve.
    pub fn wait_until_ready(&mut self) {
        let started = Instant::now();
        while ask_health(self.address, "/readyz").is_err() {
            assert!(
                started.elapsed() < START_TIMEOUT,
                "tintype {} is not ready after {START_TIMEOUT:?}",
                self.role
            );
            if let Some(status) = self.child.try_wait().unwrap() {
                panic!("tintype {} ended with {status} instead of starting", self.role);
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        if let Some(stdout) = self.child.stdout.take() {
            self.greeting = read_greeting(stdout);
        }
    }

    /// Ends it by SIGKILL and starts it anew on the same folder and address.
    pub fn kill_and_restart(&mut self) {
        self.kill();
        self.start_again();
    }

    /// Starts it anew on the same folder and address, after it has ended.
    pub fn start_again(&mut self) {
        self.child = spawn(
            &self.executable,
            &self.role,
            &self.data,
            &self.environment,
            self.address,
        );
        self.wait_until_ready();
    }

    /// Ends it by SIGKILL.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Sends it a signal, such as "TERM".
    pub fn signal(&self, name: &str) {
        signal(self.child.id(), name);
    }

    /// Ends it by SIGTERM, and waits; how long that took.
    pub fn terminate(&mut self) -> Duration {
        let asked = Instant::now();
        self.signal("TERM");
        self.wait();
        asked.elapsed()
    }

    /// Waits until it has ended, which it must do well.
    pub fn wait(&mut self) {
        let status = self.child.wait().unwrap();
        assert!(status.success(), "tintype {} ended with {status}", self.role);
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
        run_command(&self.executable, &self.data, &self.environment, arguments, input)
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

fn spawn(
    executable: &Path,
    role: &str,
    data: &Path,
    environment: &[(String, String)],
    address: SocketAddr,
) -> Child {
    Command::new(executable)
        .args([role, "--listen", &address.to_string(), "--data"])
        .arg(data)
        .env("TINTYPE_LOG_LEVEL", "warn")
        .envs(environment.iter().cloned())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Sends a process a signal, such as "TERM" or "STOP".
pub fn signal(process: u32, name: &str) {
    let sent = Command::new("kill")
        .args([&format!("-{name}"), &process.to_string()])
        .status()
        .unwrap();
    assert!(sent.success(), "no signal reaches process {process}");
}

/// Runs a command of the executable to its end.
pub fn run_command(
    executable: &Path,
    data: &Path,
    environment: &[(String, String)],
    arguments: &[&str],
    input: &str,
) -> Output {
    let child = Command::new(executable)
        .args(arguments)
        .arg("--data")
        .arg(data)
        .envs(environment.iter().cloned())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    feed(child, input)
}

/// Gives a command its input, and waits for its end.
pub(crate) fn feed(mut child: Child, input: &str) -> Output {
    // A command that reads nothing may have ended already.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    child.wait_with_output().unwrap()
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
