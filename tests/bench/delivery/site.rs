//! The servers of the comparison: how each is set up, and how its URLs say the same.

use std::{
    collections::HashMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
    thread::{available_parallelism, sleep},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail, ensure};
use bench::{Original, corpus_folder, progress};
use serde_json::Value;

use crate::{
    http::Client,
    jobs::{Ask, Tool},
    server::{Server, free_address},
};

/// How long the worker may take for one photograph, on a busy machine.
const READY: Duration = Duration::from_secs(60);

/// Where everything lies.
pub(crate) struct Site<'a> {
    pub(crate) cache: &'a Path,
    /// The program.
    pub(crate) tintype: &'a Path,
    /// Gone when the run is over.
    pub(crate) scratch: &'a Path,
    /// Tintype's names for photographs, by their paths.
    ids: HashMap<PathBuf, String>,
}

impl<'a> Site<'a> {
    /// Tintype takes the photographs in: over HTTP, by all its roles, before anything is measured.
    pub(crate) fn new(
        cache: &'a Path,
        tintype: &'a Path,
        scratch: &'a Path,
        originals: &[Original],
    ) -> Result<Self> {
        let mut site = Self {
            cache,
            tintype,
            scratch,
            ids: HashMap::new(),
        };
        progress("Tintype takes the photographs in");
        let server = site.start_tintype("all", &[])?;
        let output = site
            .tintype_command()
            .args(["key", "add", "--name", "bench", "--scopes", "read,write"])
            .output()?;
        ensure!(output.status.success(), "tintype key add ended with {output:?}");
        let key = String::from_utf8(output.stdout)?;
        let key = format!("Authorization: Bearer {}\r\n", key.trim());
        let mut client = Client::new(server.address);
        for Original { name, path } in originals {
            let bytes = fs::read(path)?;
            let to = format!("/api/v1/images?filename={name}.jpg");
            let answer = client.send("POST", &to, &key, &bytes)?;
            ensure!(answer.status == 202, "{name}: {}", said(&answer.body));
            let image: Value = serde_json::from_slice(&answer.body)?;
            let id = image["id"].as_str().context("an image without an id")?.to_owned();
            site.ids.insert(path.clone(), id);
        }
        for (path, id) in &site.ids {
            let begun = Instant::now();
            loop {
                let answer = client.send("GET", &format!("/api/v1/images/{id}"), &key, &[])?;
                let image: Value = serde_json::from_slice(&answer.body)?;
                match image["state"].as_str() {
                    Some("ready") => break,
                    Some("failed") => bail!("{}: {image}", path.display()),
                    _ => ensure!(begun.elapsed() < READY, "{} never became ready", path.display()),
                }
                sleep(Duration::from_millis(100));
            }
        }
        Ok(site)
    }

    /// A fresh process, with nothing in any cache but the system's.
    pub(crate) fn start(&self, tool: Tool) -> Result<Server> {
        match tool {
            Tool::Tintype => {
                self.remove_variants()?;
                self.start_tintype("delivery", &[])
            }
            Tool::Ipx => self.start_ipx(),
            Tool::Thumbor => self.start_thumbor(),
        }
    }

    /// With what it has stored, and with variables of its own.
    pub(crate) fn start_tintype(&self, role: &str, variables: &[(&str, &str)]) -> Result<Server> {
        let address = free_address()?;
        let mut command = self.tintype_command();
        command.envs(variables.iter().copied());
        command.arg(role).arg("--listen").arg(address.to_string());
        Server::start(
            &mut command,
            address,
            "/readyz",
            &self.scratch.join("tintype.log"),
        )
    }

    fn tintype_command(&self) -> Command {
        let mut command = Command::new(self.tintype);
        // No line for each request: no other server here writes one.
        command.env("TINTYPE_LOG_LEVEL", "warn");
        command.arg("--data").arg(self.scratch.join("data"));
        command
    }

    fn remove_variants(&self) -> Result<()> {
        for id in self.ids.values() {
            let folder = self.scratch.join("data/blobs/images").join(id);
            ensure!(
                folder.join("manifest.json").exists(),
                "{}: no manifest",
                folder.display()
            );
            let variants = folder.join("variants");
            if variants.exists() {
                fs::remove_dir_all(variants)?;
            }
        }
        Ok(())
    }

    fn start_ipx(&self) -> Result<Server> {
        let address = free_address()?;
        let mut command = Command::new("node");
        command
            .env("NODE_ENV", "production")
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/delivery/ipx.mjs"))
            .arg(self.cache.join("ipx"))
            .arg(corpus_folder(self.cache))
            .arg(address.port().to_string());
        Server::start(&mut command, address, "/", &self.scratch.join("ipx.log"))
    }

    fn start_thumbor(&self) -> Result<Server> {
        let address = free_address()?;
        let configuration = self.scratch.join("thumbor.conf");
        // The originals from the same folder, and nothing kept: it would also keep results.
        let text = format!(
            "ALLOW_UNSAFE_URL = True\nLOADER = 'thumbor.loaders.file_loader'\nFILE_LOADER_ROOT_PATH = '{}'\n\
             STORAGE = 'thumbor.storages.no_storage'\nRESULT_STORAGE = None\n",
            corpus_folder(self.cache).display()
        );
        fs::write(&configuration, text)?;
        let mut command = Command::new(self.cache.join("thumbor/bin/thumbor"));
        command
            .args(["--ip", "127.0.0.1", "--port", &address.port().to_string()])
            // One process uses one core.
            .args(["--processes", &available_parallelism()?.to_string()])
            .arg("--conf")
            .arg(configuration);
        Server::start(
            &mut command,
            address,
            "/healthcheck",
            &self.scratch.join("thumbor.log"),
        )
    }

    /// The same of every server.
    pub(crate) fn path(&self, tool: Tool, original: &Original, ask: Ask) -> Result<String> {
        let Ask {
            format,
            width,
            height,
            quality,
        } = ask;
        let format = format.name();
        let number = |before: &str, after: &str| {
            quality.map_or_else(String::new, |quality| format!("{before}{quality}{after}"))
        };
        Ok(match tool {
            Tool::Tintype => {
                let id = self
                    .ids
                    .get(&original.path)
                    .context("a photograph not taken in")?;
                let height = height.map_or_else(String::new, |height| format!(",h={height},fit=cover"));
                format!("/i/{id}/w={width}{height},f={format}{}", number(",q=", ""))
            }
            Tool::Ipx => {
                let size = height.map_or(format!("w_{width}"), |height| format!("s_{width}x{height}"));
                let file = self.file(original)?;
                format!("/{size},f_{format}{}/{file}", number(",q_", ""))
            }
            Tool::Thumbor => {
                let height = height.unwrap_or(0);
                let file = self.file(original)?;
                let quality = number("quality(", "):");
                format!("/unsafe/{width}x{height}/filters:{quality}format({format})/{file}")
            }
        })
    }

    fn file(&self, original: &Original) -> Result<String> {
        let file = original.path.strip_prefix(corpus_folder(self.cache))?;
        Ok(file.to_str().context("a path that is no text")?.to_owned())
    }
}

/// The beginning of what a server says, for an error.
pub(crate) fn said(body: &[u8]) -> String {
    String::from_utf8_lossy(&body[..body.len().min(300)]).into_owned()
}
