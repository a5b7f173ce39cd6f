//! What it costs to tell of each request: the cheapest answers there are, from a delivery that tells nobody, and from others that
//! tell a collector.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    thread,
};

use anyhow::Result;
use bench::progress;

use crate::{
    hot::{Hot, Rate, condition},
    http::Client,
    server::free_address,
    site::Site,
};

const ENDPOINT: &str = "TINTYPE_TELEMETRY_OTLP_ENDPOINT";
const RATIO: &str = "TINTYPE_TELEMETRY_SAMPLE_RATIO";

/// Who is told of how much.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Telling {
    Nobody,
    /// Metrics, and one trace in twenty, as a busy installation sets it.
    Some,
    /// Metrics and every trace: the default.
    All,
    /// The same, where no collector listens.
    Away,
}

impl Telling {
    pub(crate) const ALL: [Self; 4] = [Self::Nobody, Self::Some, Self::All, Self::Away];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Nobody => "no telemetry",
            Self::Some => "metrics and 5 % of traces",
            Self::All => "metrics and all traces",
            Self::Away => "the same, and the collector is away",
        }
    }
}

/// From memory with its bytes, and 304.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ToldRun {
    pub(crate) bytes: Rate,
    pub(crate) unchanged: Rate,
}

/// All servers are there, those idle that it is not the turn of: what disturbs one disturbs all.
pub(crate) fn telling(site: &Site<'_>, hot: &Hot<'_>) -> Result<[ToldRun; 4]> {
    let collector = collect()?;
    let away = free_address()?;
    let mut servers = Vec::new();
    for telling in Telling::ALL {
        let collector = format!("http://{collector}");
        let away = format!("http://{away}");
        let variables: &[(&str, &str)] = match telling {
            Telling::Nobody => &[],
            Telling::Some => &[(ENDPOINT, &collector), (RATIO, "0.05")],
            Telling::All => &[(ENDPOINT, &collector)],
            Telling::Away => &[(ENDPOINT, &away)],
        };
        let server = site.start_tintype("delivery", variables)?;
        let mut client = Client::new(server.address);
        // Twice: rendered, then as it is from then on.
        client.get(&hot.path)?;
        let answer = client.get(&hot.path)?;
        let unchanged = condition(telling.name(), &server, &hot.path, &answer)?;
        servers.push((server, unchanged));
    }
    progress("telemetry: none, some, all, away");
    let mut runs = Vec::new();
    for (server, unchanged) in &servers {
        runs.push(ToldRun {
            bytes: hot.load(server, &hot.path, None)?,
            unchanged: hot.load(server, &hot.path, Some(unchanged))?,
        });
    }
    Ok(std::array::from_fn(|place| runs[place]))
}

/// A collector that takes everything and keeps nothing, until the process ends.
fn collect() -> Result<SocketAddr> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let address = listener.local_addr()?;
    thread::spawn(move || {
        for connection in listener.incoming().flatten() {
            // Whoever ends the connection has nothing more to tell.
            thread::spawn(move || drop(take_all(&connection)));
        }
    });
    Ok(address)
}

fn take_all(connection: &TcpStream) -> Result<()> {
    let mut from = BufReader::new(connection);
    let mut to = connection;
    let mut length = 0;
    loop {
        let mut line = String::new();
        if from.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let line = line.trim_end().to_ascii_lowercase();
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse()?;
        }
        if line.is_empty() {
            std::io::copy(&mut from.by_ref().take(length), &mut std::io::sink())?;
            to.write_all(
                b"HTTP/1.1 200 OK\r\ncontent-type: application/x-protobuf\r\ncontent-length: 0\r\n\r\n",
            )?;
        }
    }
}
