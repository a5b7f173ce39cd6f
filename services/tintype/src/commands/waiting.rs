//! Starting while the catalog's server is away: as long as it takes, alive and not ready; or, for a command, so long and no longer.
//!
//! Owns: when a start is tried again, and what is answered until then. Refuses: what counts as away, which the catalog says. What
//! somebody has to mend, such as a wrong password, ends the process at once, with one line.

use std::time::{Duration, Instant};

use anyhow::Context;
use axum::Router;
use runtime::{Config, Shutdown};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::{
    compose::{Role, Running, is_absence, starting_routes},
    output::complain,
};

/// A start that takes longer is seen from outside, though the database was not found away. Before that requests wait: a balancer
/// that sends some before it has checked would have an upload refused by a process that is ready in a moment.
const UNSEEN: Duration = Duration::from_secs(5);

/// How long to wait before the second try; each pause is twice as long as the one before, up to [`LONGEST_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_millis(500);

/// How late it is noticed at most that the server is there.
const LONGEST_PAUSE: Duration = Duration::from_secs(8);

/// A listener on which it is said, until a role has started, that it has not.
pub(super) struct Waiting {
    listener: TcpListener,
    routes: Router,
}

impl Waiting {
    /// The listener, for later, and its double, for the time until then.
    pub(super) fn on(listener: TcpListener, role: Role) -> std::io::Result<(TcpListener, Self)> {
        let listener = listener.into_std()?;
        let waiting = Self {
            listener: TcpListener::from_std(listener.try_clone()?)?,
            routes: starting_routes(role),
        };
        Ok((TcpListener::from_std(listener)?, waiting))
    }

    /// Starts the role as soon as its catalog is there; none where it was told to stop before.
    pub(super) async fn until_started(
        self,
        config: &Config,
        role: Role,
        shutdown: &Shutdown,
    ) -> anyhow::Result<Option<Running>> {
        let over = CancellationToken::new();
        let _over = over.clone().drop_guard();
        let away = CancellationToken::new();
        let drain = Duration::from_millis(config.shutdown.drain_ms);
        tokio::spawn(self.answer(away.clone(), over, drain));
        let starting = async {
            let mut pause = FIRST_PAUSE;
            loop {
                match Running::start(config, role, shutdown).await {
                    Err(error) if is_absence(&error) => {
                        away.cancel();
                        warn!(
                            error.message = format!("{error:#}"),
                            "the start waits for the database"
                        );
                        tokio::time::sleep(pause).await;
                        pause = (pause * 2).min(LONGEST_PAUSE);
                    }
                    started => return started.map(Some),
                }
            }
        };
        tokio::select! {
            biased;
            () = shutdown.closing.cancelled() => Ok(None),
            started = starting => started,
        }
    }

    async fn answer(self, away: CancellationToken, over: CancellationToken, drain: Duration) {
        tokio::select! {
            () = over.cancelled() => return,
            () = away.cancelled() => {}
            () = tokio::time::sleep(UNSEEN) => {}
        }
        info!("it is said on the listener that this role has not started");
        if let Err(error) = runtime::serve(self.listener, self.routes, over, drain).await {
            warn!(error.message = %error, "nobody can be told that this role has not started");
        }
    }
}

/// Does what needs the catalog's server, and tries again for `at_most` while that is away.
pub(super) async fn within(
    at_most: Duration,
    key: &'static str,
    mut attempt: impl AsyncFnMut() -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let began = Instant::now();
    let mut pause = FIRST_PAUSE;
    loop {
        let error = match attempt().await {
            Err(error) if is_absence(&error) && !at_most.is_zero() => error,
            done => return done,
        };
        let left = at_most.saturating_sub(began.elapsed());
        if left.is_zero() {
            return Err(error)
                .with_context(|| format!("waited {} s for the database ({key})", at_most.as_secs()));
        }
        if pause == FIRST_PAUSE {
            complain(&error.context(format!("waits for the database, at most {} s", at_most.as_secs())));
        }
        tokio::time::sleep(pause.min(left)).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}
