//! What every server answers a job with: bytes and SSIMULACRA2, and the quality at which Tintype's take as many bytes as
//! ipx's.

use std::{fs, path::PathBuf};

use anyhow::{Result, ensure};
use bench::{Original, Scorer, mean};

use crate::{
    http::Client,
    jobs::{Ask, Job, TOOLS, Tool},
    server::Server,
    site::{Site, said},
};

/// The mean of a set.
pub(crate) struct Answered {
    pub(crate) tool: Tool,
    pub(crate) ask: Ask,
    pub(crate) bytes: f64,
    pub(crate) score: f64,
}

pub(crate) struct Answers<'a> {
    pub(crate) site: &'a Site<'a>,
    pub(crate) scorer: Scorer<'a>,
}

impl Answers<'_> {
    /// Of all servers, in their order.
    pub(crate) fn of(&self, job: &Job, originals: &[Original]) -> Result<Vec<Answered>> {
        let (ask, server) = (job.ask(Tool::Ipx), self.site.start(Tool::Ipx)?);
        let aim: usize = self
            .fetch(&server, Tool::Ipx, originals, ask)?
            .iter()
            .map(Vec::len)
            .sum();
        drop(server);
        TOOLS
            .into_iter()
            .map(|tool| {
                let server = self.site.start(tool)?;
                let mut ask = job.ask(tool);
                if tool == Tool::Tintype {
                    ask.quality = Some(self.match_bytes(&server, originals, ask, aim)?);
                }
                let bodies = self.fetch(&server, tool, originals, ask)?;
                let folder = self.site.scratch.join(job.name).join(tool.name());
                fs::create_dir_all(&folder)?;
                let mut files: Vec<PathBuf> = Vec::new();
                for (original, body) in originals.iter().zip(&bodies) {
                    let file = folder.join(format!("{}.{}", original.name, job.format.name()));
                    fs::write(&file, body)?;
                    files.push(file);
                }
                let sizes: Vec<f64> = bodies.iter().map(|body| body.len() as f64).collect();
                let scores = self.scorer.scores(job.set, originals, job.cover, &files)?;
                Ok(Answered {
                    tool,
                    ask,
                    bytes: mean(&sizes),
                    score: mean(&scores),
                })
            })
            .collect()
    }

    fn fetch(&self, server: &Server, tool: Tool, originals: &[Original], ask: Ask) -> Result<Vec<Vec<u8>>> {
        let mut client = Client::new(server.address);
        originals
            .iter()
            .map(|original| {
                let path = self.site.path(tool, original, ask)?;
                let answer = client.get(&path)?;
                ensure!(
                    answer.status == 200,
                    "{}: {path}: {}",
                    tool.name(),
                    said(&answer.body)
                );
                Ok(answer.body)
            })
            .collect()
    }

    /// Bytes grow with the quality, so the one that is nearest to the total is looked for by halving.
    fn match_bytes(&self, server: &Server, originals: &[Original], ask: Ask, aim: usize) -> Result<u8> {
        let total = |quality| {
            let ask = Ask {
                quality: Some(quality),
                ..ask
            };
            let bodies = self.fetch(server, Tool::Tintype, originals, ask)?;
            anyhow::Ok(bodies.iter().map(Vec::len).sum::<usize>())
        };
        let (mut below, mut reaches) = ((0, 0), (100, usize::MAX));
        while reaches.0 - below.0 > 1 {
            let middle = u8::midpoint(below.0, reaches.0);
            let bytes = total(middle)?;
            if bytes < aim {
                below = (middle, bytes);
            } else {
                reaches = (middle, bytes);
            }
        }
        let off = |(_, bytes): (u8, usize)| bytes.abs_diff(aim);
        Ok(if below.0 > 0 && off(below) < off(reaches) {
            below.0
        } else {
            reaches.0
        })
    }
}
