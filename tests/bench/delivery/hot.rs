//! The same bytes from Tintype, which has them already, and from nginx, which has them as a file; and 304 from both. The
//! load is wrk's.

use std::{fs, process::Command};

use anyhow::{Context, Result, ensure};
use bench::{Format, Original, progress, said_by};

use crate::{
    http::{Answer, Client},
    jobs::{Ask, Tool},
    server::{Server, free_address},
    site::Site,
};

/// How large the picture is to be: an ordinary one, 800 pixels across.
const AIM_BYTES: usize = 60_000;
/// wrk's connections, from one thread: it has to leave the servers some of the machine.
const CONNECTIONS: &str = "16";

/// Of a server in a run.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rate {
    pub(crate) a_second: f64,
    pub(crate) cpu_a_request: f64,
}

/// What a run gave.
#[derive(Debug, Clone, Copy)]
pub(crate) struct HotRun {
    pub(crate) tintype: Rate,
    pub(crate) nginx: Rate,
    pub(crate) tintype_unchanged: Rate,
    pub(crate) nginx_unchanged: Rate,
}

/// What is asked for again and again.
pub(crate) struct Hot<'a> {
    site: &'a Site<'a>,
    pub(crate) path: String,
    pub(crate) bytes: usize,
    seconds: u32,
}

impl<'a> Hot<'a> {
    /// Looks for the width at which the picture has the bytes.
    pub(crate) fn new(site: &'a Site<'a>, original: &Original, seconds: u32) -> Result<Self> {
        let server = site.start(Tool::Tintype)?;
        let mut client = Client::new(server.address);
        let mut at = |width| -> Result<(String, usize)> {
            let ask = Ask {
                format: Format::Jpeg,
                width,
                height: None,
                quality: Some(80),
            };
            let path = site.path(Tool::Tintype, original, ask)?;
            let bytes = client.get(&path)?.body.len();
            Ok((path, bytes))
        };
        let (mut below, mut reaches) = (200, 1_600);
        while reaches - below > 1 {
            let middle = u32::midpoint(below, reaches);
            if at(middle)?.1 < AIM_BYTES {
                below = middle;
            } else {
                reaches = middle;
            }
        }
        let (path, bytes) = at(reaches)?;
        Ok(Self {
            site,
            path,
            bytes,
            seconds,
        })
    }

    /// Both servers are there, one of them idle, and take turns: what disturbs one disturbs both.
    pub(crate) fn run(&self) -> Result<HotRun> {
        let ours = self.site.start(Tool::Tintype)?;
        // Twice: rendered, then as it is from then on.
        let mut client = Client::new(ours.address);
        client.get(&self.path)?;
        let answer = client.get(&self.path)?;
        let theirs = self.start_nginx(&answer.body)?;
        let file = "/picture.jpg";
        let from_file = Client::new(theirs.address).get(file)?;
        ensure!(
            from_file.status == 200 && from_file.body == answer.body,
            "nginx does not serve the same bytes"
        );
        let ours_unchanged = condition("Tintype", &ours, &self.path, &answer)?;
        let theirs_unchanged = condition("nginx", &theirs, file, &from_file)?;
        progress("hot: Tintype, nginx, and 304 of both");
        Ok(HotRun {
            tintype: self.load(&ours, &self.path, None)?,
            nginx: self.load(&theirs, file, None)?,
            tintype_unchanged: self.load(&ours, &self.path, Some(&ours_unchanged))?,
            nginx_unchanged: self.load(&theirs, file, Some(&theirs_unchanged))?,
        })
    }

    pub(crate) fn load(&self, server: &Server, path: &str, header: Option<&str>) -> Result<Rate> {
        let cpu_before = server.cpu_seconds()?;
        let mut command = Command::new("wrk");
        command.args(["-t1", "-c", CONNECTIONS, "-d", &format!("{}s", self.seconds)]);
        if let Some(header) = header {
            command.args(["-H", header]);
        }
        let output = command
            .arg(format!("http://{}{path}", server.address))
            .output()
            .context("wrk; tests/bench/delivery/run installs it")?;
        let cpu = server.cpu_seconds()? - cpu_before;
        let said = String::from_utf8_lossy(&output.stdout);
        ensure!(
            output.status.success() && !said.contains("Socket errors") && !said.contains("Non-2xx"),
            "{command:?}: {said}{}",
            String::from_utf8_lossy(&output.stderr)
        );
        let a_second = said.lines().find_map(|line| line.strip_prefix("Requests/sec:"));
        let requests = said.lines().find_map(|line| line.split_once(" requests in "));
        let (Some(a_second), Some((requests, _))) = (a_second, requests) else {
            anyhow::bail!("wrk said something else: {said}");
        };
        Ok(Rate {
            a_second: a_second.trim().parse()?,
            cpu_a_request: cpu / requests.trim().parse::<f64>()?,
        })
    }

    /// As Debian sets it up (a process for each core, sendfile), but with a folder of its own and without a log of requests.
    fn start_nginx(&self, bytes: &[u8]) -> Result<Server> {
        let folder = self.site.scratch.join("nginx");
        fs::create_dir_all(folder.join("root"))?;
        fs::write(folder.join("root/picture.jpg"), bytes)?;
        let address = free_address()?;
        // Who starts as root would else give the requests to somebody who may not read the folder.
        let user = if said_by("id", &["-u"])? == "0" {
            "user root;"
        } else {
            ""
        };
        let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .iter()
            .map(|name| format!("{name}_temp_path {}/{name};\n", folder.display()))
            .collect();
        let text = format!(
            "{user}\ndaemon off;\nworker_processes auto;\npid {folder}/pid;\nerror_log stderr;\n\
             events {{ worker_connections 768; }}\n\
             http {{\n{temporary}access_log off;\nsendfile on;\ntcp_nopush on;\nkeepalive_requests 1000000;\n\
             types {{ image/jpeg jpg; }}\nserver {{ listen {address}; root {folder}/root; }}\n}}\n",
            folder = folder.display()
        );
        let configuration = folder.join("nginx.conf");
        fs::write(&configuration, text)?;
        let mut command = Command::new("nginx");
        command.args(["-e", "stderr", "-p"]).arg(&folder);
        command.arg("-c").arg(&configuration);
        Server::start(&mut command, address, "/", &self.site.scratch.join("nginx.log"))
    }
}

/// The header with the server's own tag, to which it answers 304.
pub(crate) fn condition(name: &str, server: &Server, path: &str, answer: &Answer) -> Result<String> {
    let tag = answer.header("etag").context("an answer without an ETag")?;
    let condition = format!("If-None-Match: {tag}");
    let unchanged = Client::new(server.address).send("GET", path, &format!("{condition}\r\n"), &[])?;
    ensure!(
        unchanged.status == 304,
        "{name} answered {} to its own tag",
        unchanged.status
    );
    Ok(condition)
}
