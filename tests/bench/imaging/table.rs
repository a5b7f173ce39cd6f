//! What came out, as Markdown for people.

use std::fmt::Write;

use bench::Spread;

use crate::{
    compare::{Effort, Measured, Outcome, Tool},
    jobs::{BYTES_SLACK, From, MEMORY_SHARE, QUALITY_SLACK, Work},
};

/// What the numbers hold for.
pub(crate) struct Circumstances {
    pub(crate) date: String,
    pub(crate) machine: String,
    pub(crate) versions: String,
    pub(crate) effort: Effort,
}

pub(crate) fn markdown(outcomes: &[Outcome], circumstances: &Circumstances) -> String {
    let mut text = String::new();
    let effort = circumstances.effort;
    // Writing to a string cannot fail.
    let _ = write!(
        text,
        "# The imaging engine beside sharp and vipsthumbnail\n\n\
         Written by [`tests/bench/imaging/run`](run) on {}; [README.md](README.md) says how it is measured.\n\n\
         - Machine: {}\n- Versions: {}\n- {}; medians, for one picture\n\n",
        circumstances.date, circumstances.machine, circumstances.versions, effort
    );
    text.push_str(
        "| Job | Tintype | CPU: sharp ÷ Tintype | aimed at | Peak memory: Tintype ÷ sharp | Bytes: Tintype ÷ sharp \
         | SSIMULACRA2: Tintype − sharp | Short of the aim |\n|---|---|--:|--:|--:|--:|--:|---|\n",
    );
    for outcome in outcomes {
        summarise(&mut text, outcome);
    }
    text.push_str(
        "\nAn ingest is held against one whole decode by libjpeg-turbo instead of sharp, and its ratio is Tintype ÷ \
         libjpeg-turbo.\n\n\
         | Job | Tool | Quality | CPU, ms | least to most | Wall, ms | Peak memory, MiB | Bytes | SSIMULACRA2 |\n\
         |---|---|--:|--:|--:|--:|--:|--:|--:|\n",
    );
    for outcome in outcomes {
        for tool in &outcome.tools {
            detail(&mut text, outcome, tool);
        }
    }
    text
}

fn summarise(text: &mut String, outcome: &Outcome) {
    let Some(peer) = outcome.tools.first() else {
        return;
    };
    for ours in &outcome.tools {
        let (name, ratio, reached) = match (ours.tool, &outcome.job.work) {
            (Tool::Ours(from), Work::Render { targets, .. }) => {
                let ratio = peer.cpu().median / ours.cpu().median;
                let reached = targets.iter().all(|(of, target)| *of != from || ratio >= *target);
                (
                    format!("{} | {ratio:.2} | {}", place(from), aim(outcome, from)),
                    ratio,
                    reached,
                )
            }
            (Tool::Ingest, Work::Ingest { at_most }) => {
                let ratio = ours.cpu().median / peer.cpu().median;
                (
                    format!("ingest | {ratio:.2} | ≤ {at_most}"),
                    ratio,
                    ratio <= *at_most,
                )
            }
            _ => continue,
        };
        debug_assert!(!ratio.is_nan(), "every tool ran");
        let mut short = Vec::new();
        if !reached {
            short.push("CPU");
        }
        let _ = write!(text, "| {} | {name} | ", outcome.job.title);
        if let (Some(our), Some(their)) = (&ours.answer, &peer.answer) {
            let (memory, bytes) = (ours.peak() / peer.peak(), our.bytes / their.bytes);
            let score = our.score - their.score;
            if memory > MEMORY_SHARE {
                short.push("memory");
            }
            if (bytes - 1.0).abs() > BYTES_SLACK {
                short.push("bytes");
            }
            if score < -QUALITY_SLACK {
                short.push("quality");
            }
            let _ = write!(text, "{memory:.2} | {bytes:.3} | {score:+.2} | ");
        } else {
            text.push_str("| | | ");
        }
        let _ = writeln!(text, "{} |", short.join(", "));
    }
}

fn detail(text: &mut String, outcome: &Outcome, tool: &Measured) {
    let Spread { median, least, most } = tool.cpu();
    let name = match tool.tool {
        Tool::Ours(from) => format!("Tintype, {}", place(from)),
        Tool::Ingest => "Tintype, ingest".to_owned(),
        Tool::Sharp => "sharp".to_owned(),
        Tool::Vipsthumbnail => "vipsthumbnail".to_owned(),
        Tool::Turbojpeg => "libjpeg-turbo, decode".to_owned(),
    };
    let (quality, bytes, score) = tool.answer.as_ref().map_or_else(Default::default, |answer| {
        (
            answer.quality.to_string(),
            format!("{:.0}", answer.bytes),
            format!("{:.2}", answer.score),
        )
    });
    let _ = writeln!(
        text,
        "| {} | {name} | {quality} | {:.1} | {:.1} to {:.1} | {:.1} | {:.1} | {bytes} | {score} |",
        outcome.job.title,
        median * 1e3,
        least * 1e3,
        most * 1e3,
        tool.wall() * 1e3,
        tool.peak() / 1_048_576.0,
    );
}

const fn place(from: From) -> &'static str {
    match from {
        From::Original => "from the original",
        From::Ladder => "from the ladder",
    }
}

fn aim(outcome: &Outcome, from: From) -> String {
    let Work::Render { targets, .. } = &outcome.job.work else {
        return String::new();
    };
    let target = targets.iter().find(|(of, _)| *of == from);
    target.map_or_else(String::new, |(_, target)| format!("≥ {target}"))
}
