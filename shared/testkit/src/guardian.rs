//! Ends what a test binary started, however that binary ends.

use std::{
    io::Write,
    path::Path,
    process::{ChildStdin, Command, Stdio},
    sync::Mutex,
};

/// Reads processes, one a line, and kills them when its input ends: when this process does, by whatever signal.
const SCRIPT: &str = r#"
processes=
while read -r process; do processes="$processes $process"; done
kill -KILL $processes 2>/dev/null
rm -rf "$1"
"#;

/// A shell that outlives this process for a moment.
pub(crate) struct Guardian(Mutex<ChildStdin>);

impl Guardian {
    /// A guardian that removes `folder` at the end.
    #[expect(
        clippy::zombie_processes,
        reason = "it ends after this process: nobody is left to wait for it"
    )]
    pub(crate) fn new(folder: &Path) -> Self {
        let mut shell = Command::new("sh")
            .args(["-c", SCRIPT, "guardian"])
            .arg(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        Self(Mutex::new(shell.stdin.take().unwrap()))
    }

    /// Has the process killed at the end.
    pub(crate) fn watch(&self, process: u32) {
        writeln!(self.0.lock().unwrap(), "{process}").unwrap();
    }
}
