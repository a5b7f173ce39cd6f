//! One request after the other to a server that has nothing else to do: how long until the first byte.

use anyhow::{Result, ensure};

use crate::{http::Client, load::Questions, server::Server};

/// Seconds until the first byte.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FirstByte {
    pub(crate) p50: f64,
    pub(crate) p99: f64,
    pub(crate) requests: usize,
}

/// Of at least so many cold answers, in whole passes over the set.
pub(crate) fn first_byte(server: &Server, questions: &Questions<'_>, at_least: usize) -> Result<FirstByte> {
    questions.warm_up(server)?;
    let requests = at_least.next_multiple_of(questions.originals.len());
    let mut client = Client::new(server.address);
    let mut seconds = Vec::new();
    for number in 0..requests {
        let Some(path) = questions.path(number)? else {
            break;
        };
        let answer = client.get(&path)?;
        ensure!(questions.check(&answer)?, "an idle server answered 429");
        seconds.push(answer.first_byte.as_secs_f64());
    }
    seconds.sort_by(f64::total_cmp);
    Ok(FirstByte {
        p50: percentile(&seconds, 50),
        p99: percentile(&seconds, 99),
        requests: seconds.len(),
    })
}

/// The smallest that no less than so many hundredths reach; not a number where there are none.
pub(crate) fn percentile(sorted: &[f64], hundredths: usize) -> f64 {
    let place = (sorted.len() * hundredths).div_ceil(100).max(1) - 1;
    sorted.get(place).copied().unwrap_or(f64::NAN)
}
