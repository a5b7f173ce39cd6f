//! The process of chromedriver: found, started on a port that is free, and ended together with its browsers.

use std::{
    env,
    io::{BufRead, BufReader, Read, Write},
    net::{Ipv4Addr, TcpStream},
    path::PathBuf,
    process::{Child, ChildStdout, Command, Stdio},
    thread,
    time::Duration,
};

use serde_json::Value;

/// How long an answer may take.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(60);

/// A running chromedriver. Dropped, it ends, and so do the browsers that it started.
pub struct Driver {
    child: Child,
    port: u16,
}

impl Driver {
    /// Starts the chromedriver named by `CHROMEDRIVER`, or the one on the PATH.
    pub fn start() -> Self {
        let executable = find("CHROMEDRIVER", &["chromedriver"]).unwrap_or_else(|| {
            panic!(
                "the browser tests need chromedriver, and it is neither on the PATH nor named by CHROMEDRIVER; \
                 Debian has it in the package chromium-driver, and ./test gets it"
            )
        });
        let mut child = Command::new(&executable)
            .arg("--port=0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("{} does not start: {error}", executable.display()));
        let port = port_it_took(child.stdout.take().unwrap());
        Self { child, port }
    }

    /// Where it listens.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Posts a command that only chromedriver knows; its value.
    pub fn post(&self, path: &str, body: &Value) -> Result<Value, String> {
        let answer = self
            .exchange("POST", path, &body.to_string())
            .map_err(|error| error.to_string())?;
        let mut answer: Value = serde_json::from_str(&answer).map_err(|error| error.to_string())?;
        let value = answer["value"].take();
        match value["error"].as_str() {
            Some(error) => Err(format!("{error}: {}", value["message"])),
            None => Ok(value),
        }
    }

    /// One request over a connection of its own; the answer's body. It blocks, so that `drop` can use it.
    fn exchange(&self, method: &str, path: &str, body: &str) -> std::io::Result<String> {
        let mut connection = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port))?;
        connection.set_read_timeout(Some(ANSWER_TIMEOUT))?;
        write!(
            connection,
            "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\n\r\n{body}",
            self.port,
            body.len()
        )?;
        // It keeps the connection open whatever it is asked: the answer ends where its length says.
        let mut answer = BufReader::new(connection);
        let (mut size_bytes, mut line) = (0, String::new());
        while answer.read_line(&mut line)? > "\r\n".len() {
            if let Some(length) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                size_bytes = length.trim().parse().map_err(std::io::Error::other)?;
            }
            line.clear();
        }
        let mut body = vec![0; size_bytes];
        answer.read_exact(&mut body)?;
        String::from_utf8(body).map_err(std::io::Error::other)
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        // It closes its browsers before it goes; a kill alone would leave them behind. It may have ended already.
        let _ = self.exchange("GET", "/shutdown", "");
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The program that the variable names, or the first of `names` on the PATH.
pub fn find(variable: &str, names: &[&str]) -> Option<PathBuf> {
    let named = env::var(variable).ok().filter(|name| !name.is_empty());
    let names: Vec<&str> = named.as_deref().map_or(names.to_vec(), |name| vec![name]);
    let path = env::var_os("PATH").unwrap_or_default();
    names
        .into_iter()
        // Joined to a folder, an absolute path stays what it is.
        .flat_map(|name| env::split_paths(&path).map(move |folder| folder.join(name)))
        .find(|file| file.is_file())
}

/// The port that it announces; what it prints later is read away.
fn port_it_took(stdout: ChildStdout) -> u16 {
    let mut lines = BufReader::new(stdout).lines().map_while(Result::ok);
    // "ChromeDriver was started successfully on port 40123."
    let port = lines
        .find_map(|line| {
            let (_, port) = line.split_once("successfully on port ")?;
            port.trim_end_matches('.').parse().ok()
        })
        .expect("chromedriver announces its port before it ends");
    thread::spawn(move || lines.for_each(drop));
    port
}
