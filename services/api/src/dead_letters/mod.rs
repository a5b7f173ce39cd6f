//! `/api/v1/dead-letters`: one file an endpoint.

pub(crate) mod dismiss;
pub(crate) mod list;
pub(crate) mod redrive;
pub(crate) mod revive;

use domain::JobId;
use http_kit::HttpProblem;

/// How many one request is about: as many as are done well within its time.
const MAX_AT_ONCE: usize = 1_000;

/// Which dead letters a request is about.
enum Which {
    These(Vec<JobId>),
    All,
}

impl Which {
    /// None where it says neither or both.
    fn read(ids: Option<&[String]>, all: bool) -> Result<Option<Self>, HttpProblem> {
        match (ids, all) {
            (Some(ids), false) => read_ids(ids).map(Self::These).map(Some),
            (None, true) => Ok(Some(Self::All)),
            _ => Ok(None),
        }
    }
}

fn read_ids(ids: &[String]) -> Result<Vec<JobId>, HttpProblem> {
    if ids.len() > MAX_AT_ONCE {
        let detail = format!("must be at most {MAX_AT_ONCE} ids, and has {}", ids.len());
        return Err(HttpProblem::field("/ids", detail));
    }
    ids.iter()
        .enumerate()
        .map(|(index, id)| {
            id.parse()
                .map_err(|_| HttpProblem::field(format!("/ids/{index}"), "must be the id of a job"))
        })
        .collect()
}
