//! A MySQL server of a test's own, to be killed.

use std::{
    net::TcpListener,
    path::PathBuf,
    process::{Command, Stdio},
};

/// A server that `dev/mysql` starts, or the program in `TINTYPE_TEST_MYSQL_SERVER` in its place. Dropped, it is stopped and its
/// data removed.
pub struct MysqlServer {
    program: PathBuf,
    port: u16,
    url: String,
}

impl MysqlServer {
    /// Starts one on a free port, which takes some seconds.
    pub fn start() -> Self {
        let program = std::env::var_os("TINTYPE_TEST_MYSQL_SERVER").map_or_else(
            || concat!(env!("CARGO_MANIFEST_DIR"), "/../../dev/mysql").into(),
            PathBuf::from,
        );
        // Below the ports of outgoing connections, which could take it while the server is away.
        let port = (21_000..32_000)
            .find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok())
            .unwrap();
        let mut server = Self {
            program,
            port,
            url: String::new(),
        };
        server.start_again();
        server
    }

    /// `mysql://root@127.0.0.1:PORT`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Ends it by SIGKILL.
    pub fn kill(&self) {
        self.run("kill");
    }

    /// Starts it on the same port, with the data that it had; returns when it answers.
    pub fn start_again(&mut self) {
        self.url = self.run("start");
    }

    fn run(&self, command: &str) -> String {
        let output = Command::new(&self.program)
            .args([command, &self.port.to_string()])
            .stdin(Stdio::null())
            .stderr(Stdio::inherit())
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{} {command}: {}",
            self.program.display(),
            output.status
        );
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }
}

impl Drop for MysqlServer {
    fn drop(&mut self) {
        // A test that fails says something else already.
        let _ = Command::new(&self.program)
            .args(["stop", &self.port.to_string()])
            .stdin(Stdio::null())
            .status();
    }
}
