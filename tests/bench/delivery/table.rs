//! What came out, as Markdown for people.

use std::fmt::Write;

use bench::{Spread, spread};

use crate::{
    answers::Answered,
    burst::BurstRun,
    hot::{HotRun, Rate},
    jobs::{
        BURST_P99, BYTES_SLACK, FIRST_BYTE, HOT_SHARE, Job, MEMORY_SHARE, QUALITY_SLACK, Tool,
        UNCHANGED_SHARE,
    },
    load::Load,
    measure::{CROWD, Cold, Effort, Loads, Outcome},
    single::FirstByte,
    telemetry::{Telling, ToldRun},
};

/// What the numbers hold for.
pub(crate) struct Circumstances {
    pub(crate) date: String,
    pub(crate) machine: String,
    pub(crate) versions: String,
    pub(crate) effort: Effort,
}

// Writing to a string cannot fail: what `write!` says is thrown away throughout.
pub(crate) fn markdown(outcome: &Outcome, circumstances: &Circumstances) -> String {
    let mut text = String::new();
    let Effort {
        runs,
        pictures,
        seconds,
        ..
    } = circumstances.effort;
    let sets = match pictures {
        usize::MAX => "whole sets".to_owned(),
        some => format!("{some} pictures of each set"),
    };
    let _ = write!(
        text,
        "# Delivery beside ipx, thumbor and nginx\n\n\
         Written by [`tests/bench/delivery/run`](run) on {}; [README.md](README.md) says how it is measured.\n\n\
         - Machine: {}\n- Versions: {}\n- Runs: {runs}, over {sets}, {seconds} s or more each; medians\n",
        circumstances.date, circumstances.machine, circumstances.versions
    );
    if !outcome.cold.is_empty() {
        cold_summary(&mut text, outcome);
    }
    let has_others = outcome.hot.is_some()
        || outcome.burst.is_some()
        || !outcome.first_byte.is_empty()
        || !outcome.memory.is_empty();
    if has_others {
        others(&mut text, outcome);
    }
    if let Some((bytes, runs)) = &outcome.telemetry {
        telemetry(&mut text, *bytes, runs);
    }
    if !outcome.answers.is_empty() {
        quality(&mut text, outcome);
    }
    if !outcome.cold.is_empty() {
        details(&mut text, outcome);
    }
    text
}

fn cold_summary(text: &mut String, outcome: &Outcome) {
    text.push_str(
        "\n## Cold\n\nHow often the others' figures go into Tintype's: more is better.\n\n\
         | Job | At once | Images/s: Tintype ÷ ipx | ÷ thumbor | CPU an image: ipx ÷ Tintype | thumbor ÷ Tintype \
         | aimed at | Short of the aim |\n|---|--:|--:|--:|--:|--:|--:|---|\n",
    );
    for Cold {
        job,
        concurrency,
        tools,
    } in &outcome.cold
    {
        let Some(ours) = tools.iter().find(|loads| loads.tool == Tool::Tintype) else {
            continue;
        };
        let theirs = |tool| tools.iter().find(move |loads: &&Loads| loads.tool == tool);
        let rate = |tool| {
            theirs(tool).map_or(f64::NAN, |theirs| {
                median(ours, Load::images_a_second) / median(theirs, Load::images_a_second)
            })
        };
        let cpu = |tool| {
            theirs(tool).map_or(f64::NAN, |theirs| {
                median(theirs, Load::cpu_an_image) / median(ours, Load::cpu_an_image)
            })
        };
        let mut short = Vec::new();
        for tool in job.against {
            if rate(*tool) < job.target {
                short.push(format!("images/s, {}", tool.name()));
            }
            if cpu(*tool) < job.target {
                short.push(format!("CPU, {}", tool.name()));
            }
        }
        let _ = writeln!(
            text,
            "| {} | {concurrency} | {:.2} | {:.2} | {:.2} | {:.2} | ≥ {} | {} |",
            job.title,
            rate(Tool::Ipx),
            rate(Tool::Thumbor),
            cpu(Tool::Ipx),
            cpu(Tool::Thumbor),
            job.target,
            short.join("; ")
        );
    }
}

fn median(loads: &Loads, of: impl Fn(&Load) -> f64) -> f64 {
    loads.spread(of).median
}

fn others(text: &mut String, outcome: &Outcome) {
    text.push_str(
        "\n## Hot, first byte, memory\n\n| Figure | Tintype | beside | | aimed at | Short of the aim |\n\
         |---|--:|---|--:|--:|---|\n",
    );
    if let Some((bytes, runs)) = &outcome.hot {
        let title = format!("from memory, {:.0} kB", *bytes as f64 / 1e3);
        hot_rows(text, &title, runs, HOT_SHARE, |run| (run.tintype, run.nginx));
        hot_rows(text, "304", runs, UNCHANGED_SHARE, |run| {
            (run.tintype_unchanged, run.nginx_unchanged)
        });
    }
    for (name, aim, of) in [
        (
            "p50",
            FIRST_BYTE.0,
            (|run: &FirstByte| run.p50) as fn(&FirstByte) -> f64,
        ),
        ("p99", FIRST_BYTE.1, |run| run.p99),
    ] {
        first_byte_row(text, outcome, name, aim, of);
    }
    memory_row(text, &outcome.memory);
    if let Some((bytes, runs)) = &outcome.burst {
        burst_row(text, *bytes, runs);
    }
}

fn hot_rows(text: &mut String, title: &str, runs: &[HotRun], aim: f64, of: impl Fn(&HotRun) -> (Rate, Rate)) {
    let all = |of_rate: fn(Rate) -> f64| {
        (
            spread(runs.iter().map(|run| of_rate(of(run).0))).median,
            spread(runs.iter().map(|run| of_rate(of(run).1))).median,
        )
    };
    let (ours, theirs) = all(|rate| rate.a_second);
    let share = ours / theirs;
    let _ = writeln!(
        text,
        "| hot, {title}, requests/s | {ours:.0} | nginx {theirs:.0} | {:.0} % | ≥ {:.0} % | {} |",
        share * 100.0,
        aim * 100.0,
        if share < aim { "requests/s" } else { "" }
    );
    let (ours, theirs) = all(|rate| rate.cpu_a_request * 1e6);
    let _ = writeln!(
        text,
        "| hot, {title}, CPU a request, µs | {ours:.0} | nginx {theirs:.0} | {:.0} % | | |",
        ours / theirs * 100.0
    );
}

fn telemetry(text: &mut String, bytes: usize, runs: &[[ToldRun; 4]]) {
    text.push_str(
        "\n## Telemetry\n\nWhat delivery answers from memory while it tells a collector of each request, beside one that tells \
         nobody.\n\n| Answer | It tells | requests/s | of those without | CPU a request, µs |\n|---|---|--:|--:|--:|\n",
    );
    let title = format!("{:.0} kB", bytes as f64 / 1e3);
    telemetry_rows(text, &title, runs, |run| run.bytes);
    telemetry_rows(text, "304", runs, |run| run.unchanged);
}

fn telemetry_rows(text: &mut String, title: &str, runs: &[[ToldRun; 4]], of: impl Fn(&ToldRun) -> Rate) {
    let mut without = f64::NAN;
    for (place, telling) in Telling::ALL.into_iter().enumerate() {
        let rates: Vec<Rate> = runs.iter().map(|run| of(&run[place])).collect();
        let a_second = spread(rates.iter().map(|rate| rate.a_second)).median;
        let cpu = spread(rates.iter().map(|rate| rate.cpu_a_request)).median;
        if telling == Telling::Nobody {
            without = a_second;
        }
        let _ = writeln!(
            text,
            "| {title} | {} | {a_second:.0} | {:.0} % | {:.0} |",
            telling.name(),
            a_second / without * 100.0,
            cpu * 1e6
        );
    }
}

fn first_byte_row(text: &mut String, outcome: &Outcome, name: &str, aim: f64, of: fn(&FirstByte) -> f64) {
    let medians: Vec<(Tool, f64)> = outcome
        .first_byte
        .iter()
        .map(|(tool, runs)| (*tool, spread(runs.iter().map(of)).median))
        .collect();
    let Some((_, ours)) = medians.iter().find(|(tool, _)| *tool == Tool::Tintype) else {
        return;
    };
    let requests = outcome
        .first_byte
        .iter()
        .flat_map(|(_, runs)| runs)
        .map(|run| run.requests)
        .min();
    let others: Vec<String> = medians
        .iter()
        .filter(|(tool, _)| *tool != Tool::Tintype)
        .map(|(tool, seconds)| format!("{} {:.1}", tool.name(), seconds * 1e3))
        .collect();
    let _ = writeln!(
        text,
        "| first byte of a cold JPEG 800 (large), {name} of {}, ms | {:.1} | {} | | ≤ {:.0} | {} |",
        requests.unwrap_or(0),
        ours * 1e3,
        others.join(", "),
        aim * 1e3,
        if *ours > aim { name } else { "" }
    );
}

fn memory_row(text: &mut String, memory: &[Loads]) {
    let peak = |tool| {
        let loads = memory.iter().find(|loads| loads.tool == tool)?;
        Some(loads.spread(|load| load.peak_bytes as f64).median)
    };
    let (Some(ours), Some(ipx), Some(thumbor)) = (peak(Tool::Tintype), peak(Tool::Ipx), peak(Tool::Thumbor))
    else {
        return;
    };
    let mib = |bytes: f64| bytes / 1_048_576.0;
    let refused: Vec<String> = memory
        .iter()
        .filter(|loads| loads.refused() > 0)
        .map(|loads| format!("{} answered 429 {} times", loads.tool.name(), loads.refused()))
        .collect();
    let mut short = refused;
    if ours / ipx > MEMORY_SHARE {
        short.insert(0, "memory".to_owned());
    }
    let _ = writeln!(
        text,
        "| peak memory, cold JPEG 800 (large), {CROWD} at once, MiB | {:.0} | ipx {:.0}, thumbor {:.0} | {:.0} % of ipx \
         | ≤ {:.0} % of ipx | {} |",
        mib(ours),
        mib(ipx),
        mib(thumbor),
        ours / ipx * 100.0,
        MEMORY_SHARE * 100.0,
        short.join("; ")
    );
}

fn burst_row(text: &mut String, bytes: usize, runs: &[BurstRun]) {
    let of = |of: fn(&BurstRun) -> f64| spread(runs.iter().map(of)).median;
    let p99 = of(|run| run.p99);
    let _ = writeln!(
        text,
        "| from memory, {:.0} kB, while 2,000 others are rendered for 256 clients, p99 of {:.0}, ms | {:.1} | p50 {:.1}, \
         most {:.1}; rendered in {:.1} s, {:.0} refused for a second | | ≤ {:.0} | {} |",
        bytes as f64 / 1e3,
        of(|run| run.looks as f64),
        p99 * 1e3,
        of(|run| run.p50) * 1e3,
        of(|run| run.most) * 1e3,
        of(|run| run.wall_seconds),
        of(|run| run.refused as f64),
        BURST_P99 * 1e3,
        if p99 > BURST_P99 { "p99" } else { "" }
    );
}

fn quality(text: &mut String, outcome: &Outcome) {
    text.push_str(
        "\n## Quality\n\n| Job | Server | Quality | Bytes | ÷ ipx | SSIMULACRA2 | − ipx | Short of the aim |\n\
         |---|---|--:|--:|--:|--:|--:|---|\n",
    );
    for (job, answered) in &outcome.answers {
        let Some(ipx) = answered.iter().find(|answered| answered.tool == Tool::Ipx) else {
            continue;
        };
        for one in answered {
            quality_row(text, job, one, ipx);
        }
    }
}

fn quality_row(text: &mut String, job: &Job, one: &Answered, ipx: &Answered) {
    let (bytes, score) = (one.bytes / ipx.bytes, one.score - ipx.score);
    let mut short = Vec::new();
    if one.tool == Tool::Tintype {
        if (bytes - 1.0).abs() > BYTES_SLACK {
            short.push("bytes");
        }
        if score < -QUALITY_SLACK {
            short.push("quality");
        }
    }
    let quality = one
        .ask
        .quality
        .map_or("its default".to_owned(), |quality| quality.to_string());
    let _ = writeln!(
        text,
        "| {} | {} | {quality} | {:.0} | {bytes:.3} | {:.2} | {score:+.2} | {} |",
        job.title,
        one.tool.name(),
        one.bytes,
        one.score,
        short.join(", ")
    );
}

fn details(text: &mut String, outcome: &Outcome) {
    text.push_str(
        "\n## Cold, all figures\n\n\
         | Job | At once | Server | Images/s | least to most | CPU an image, ms | least to most | CPU, s | Wall, s \
         | Images | Peak memory, MiB | 429 |\n|---|--:|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n",
    );
    for cold in &outcome.cold {
        for loads in &cold.tools {
            let rate = loads.spread(Load::images_a_second);
            let Spread { median, least, most } = loads.spread(|load| load.cpu_an_image() * 1e3);
            let of = |of: fn(&Load) -> f64| loads.spread(of).median;
            let _ = writeln!(
                text,
                "| {} | {} | {} | {:.1} | {:.1} to {:.1} | {median:.1} | {least:.1} to {most:.1} | {:.1} | {:.1} | {:.0} \
                 | {:.0} | {} |",
                cold.job.title,
                cold.concurrency,
                loads.tool.name(),
                rate.median,
                rate.least,
                rate.most,
                of(|load| load.cpu_seconds),
                of(|load| load.wall_seconds),
                of(|load| load.images as f64),
                of(|load| load.peak_bytes as f64) / 1_048_576.0,
                loads.refused()
            );
        }
    }
}
