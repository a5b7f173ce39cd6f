//! A server in a process of its own: started, measured from /proc, and ended with all that it started.

use std::{
    collections::HashMap,
    fs::{self, File},
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::Path,
    process::{Child, Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail, ensure};
use bench::said_by;

use crate::http::Client;

const START: Duration = Duration::from_secs(60);
const END: Duration = Duration::from_secs(10);

pub(crate) struct Server {
    child: Child,
    pub(crate) address: SocketAddr,
    ticks_a_second: f64,
}

/// A port of this machine's own that is free now.
pub(crate) fn free_address() -> Result<SocketAddr> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?)
}

impl Server {
    /// Starts it, and waits until it answers `path`, with whatever status. What it says goes to the file `log`.
    pub(crate) fn start(command: &mut Command, address: SocketAddr, path: &str, log: &Path) -> Result<Self> {
        let output = File::create(log).with_context(|| log.display().to_string())?;
        let child = command
            .stdin(Stdio::null())
            .stdout(output.try_clone()?)
            .stderr(output)
            .spawn()
            .with_context(|| format!("could not start {command:?}; tests/bench/delivery/run installs it"))?;
        let mut server = Self {
            child,
            address,
            ticks_a_second: said_by("getconf", &["CLK_TCK"])?.parse()?,
        };
        let begun = Instant::now();
        while Client::new(address).get(path).is_err() {
            if let Some(status) = server.child.try_wait()? {
                bail!("{command:?} ended with {status}: {}", fs::read_to_string(log)?);
            }
            if begun.elapsed() > START {
                bail!("{command:?} does not answer: {}", fs::read_to_string(log)?);
            }
            sleep(Duration::from_millis(50));
        }
        Ok(server)
    }

    /// Seconds of processor time that its processes have spent, user's and system's. To a tick, a hundredth as a rule.
    pub(crate) fn cpu_seconds(&self) -> Result<f64> {
        let mut ticks = 0;
        for process in self.processes()? {
            // Another one of its processes may have ended meanwhile: then its parent has counted it.
            let Some(fields) = stat(process) else { continue };
            // utime, stime, and those of children that were waited for: fields 14 to 17 of proc(5), of which 3 is first.
            for field in fields.iter().skip(11).take(4) {
                ticks += field.parse::<u64>()?;
            }
        }
        Ok(ticks as f64 / self.ticks_a_second)
    }

    /// The most that its processes ever held, each at its own time.
    pub(crate) fn peak_bytes(&self) -> Result<u64> {
        let mut kilobytes = 0;
        for process in self.processes()? {
            let Ok(status) = fs::read_to_string(format!("/proc/{process}/status")) else {
                continue;
            };
            let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
            let peak = peak.and_then(|rest| rest.trim().strip_suffix(" kB"));
            kilobytes += peak.context("a process without VmHWM")?.parse::<u64>()?;
        }
        Ok(kilobytes * 1_024)
    }

    /// The process and those below it.
    fn processes(&self) -> Result<Vec<u32>> {
        let mut children: HashMap<u32, Vec<u32>> = HashMap::new();
        for entry in fs::read_dir("/proc").context("servers are measured on Linux only")? {
            let Ok(process) = entry?.file_name().to_string_lossy().parse() else {
                continue;
            };
            let parent = stat(process).and_then(|fields| fields.get(1)?.parse().ok());
            if let Some(parent) = parent {
                children.entry(parent).or_default().push(process);
            }
        }
        let mut found = vec![self.child.id()];
        let mut next = 0;
        while let Some(process) = found.get(next) {
            found.extend(children.remove(process).unwrap_or_default());
            next += 1;
        }
        Ok(found)
    }

    fn end(&mut self) -> Result<()> {
        if self.child.try_wait()?.is_some() {
            return Ok(());
        }
        // thumbor's first process does not end the others, and those would disturb what is measured next.
        let processes = self.processes()?;
        for process in &processes {
            signal("TERM", *process)?;
        }
        let begun = Instant::now();
        let mut was_killed = false;
        // Its own process stays a zombie until it is waited for.
        while self.child.try_wait()?.is_none() || processes.iter().any(|process| is_running(*process)) {
            if begun.elapsed() > END && !was_killed {
                was_killed = true;
                for process in processes.iter().filter(|process| is_running(**process)) {
                    signal("KILL", *process)?;
                }
            }
            ensure!(begun.elapsed() < 2 * END, "it does not end");
            sleep(Duration::from_millis(10));
        }
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Err(error) = self.end() {
            bench::progress(&format!(
                "process {} could not be ended: {error}",
                self.child.id()
            ));
        }
    }
}

/// The fields of /proc/PID/stat after the name, which may have blanks in it: the first is the state, the third of proc(5).
fn stat(process: u32) -> Option<Vec<String>> {
    let text = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    let (_, fields) = text.rsplit_once(") ")?;
    Some(fields.split_whitespace().map(str::to_owned).collect())
}

/// Whether there is such a process that nobody has ended: a zombie only waits for its parent to look.
fn is_running(process: u32) -> bool {
    stat(process).is_some_and(|fields| fields.first().is_some_and(|state| state != "Z"))
}

/// The shell's own kill is there wherever a shell is.
fn signal(name: &str, process: u32) -> Result<()> {
    let mut command = Command::new("sh");
    command.arg("-c").arg(format!("kill -{name} {process}"));
    // That it is gone already is no failure.
    command.stderr(Stdio::null()).status()?;
    Ok(())
}
