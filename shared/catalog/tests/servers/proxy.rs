//! A proxy before a server, which cuts connections at a COMMIT: after the server had it, or before.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// Cuts none until it is told to.
pub struct CuttingProxy {
    port: u16,
    user: String,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    every: AtomicU64,
    commits: AtomicU64,
    made: AtomicU64,
    unmade: AtomicU64,
}

enum Cut {
    No,
    /// The server gets the COMMIT, and its answer is thrown away.
    Answer,
    /// The server never hears of it.
    Command,
}

impl State {
    fn next(&self) -> Cut {
        let every = self.every.load(Ordering::Relaxed);
        let commit = self.commits.fetch_add(1, Ordering::Relaxed);
        if every == 0 || !commit.is_multiple_of(every) {
            Cut::No
        } else if (commit / every).is_multiple_of(2) {
            self.made.fetch_add(1, Ordering::Relaxed);
            Cut::Answer
        } else {
            self.unmade.fetch_add(1, Ordering::Relaxed);
            Cut::Command
        }
    }
}

impl CuttingProxy {
    /// Before the server of this URL, on the same credentials.
    pub async fn start(server: &str) -> Self {
        let (user, place) = server
            .trim_start_matches("mysql://")
            .trim_end_matches('/')
            .rsplit_once('@')
            .unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = Arc::new(State::default());
        let (place, shared) = (place.to_owned(), state.clone());
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let server = TcpStream::connect(&place).await.unwrap();
                tokio::spawn(pass(client, server, shared.clone()));
            }
        });
        Self {
            port,
            user: user.to_owned(),
            state,
        }
    }

    pub fn url(&self) -> String {
        format!("mysql://{}@127.0.0.1:{}", self.user, self.port)
    }

    /// From now on cuts at each `n`th COMMIT.
    pub fn cut_every(&self, n: u64) {
        self.state.every.store(n, Ordering::Relaxed);
    }

    /// How many answers were lost of a COMMIT that was made, and of one that was not.
    pub fn cuts(&self) -> (u64, u64) {
        (
            self.state.made.load(Ordering::Relaxed),
            self.state.unmade.load(Ordering::Relaxed),
        )
    }
}

/// A COMMIT as a packet of its own: length, number, COM_QUERY, text.
const COMMIT: &[u8] = b"\x07\x00\x00\x00\x03COMMIT";

async fn pass(mut client: TcpStream, mut server: TcpStream, state: Arc<State>) {
    let (mut from_client, mut from_server) = (vec![0; 64 << 10], vec![0; 64 << 10]);
    loop {
        tokio::select! {
            read = client.read(&mut from_client) => {
                let Ok(read @ 1..) = read else { return };
                let bytes = &from_client[..read];
                let cut = if bytes == COMMIT { state.next() } else { Cut::No };
                if matches!(cut, Cut::Command) || server.write_all(bytes).await.is_err() {
                    return;
                }
                if matches!(cut, Cut::Answer) {
                    _ = server.read(&mut from_server).await;
                    return;
                }
            }
            read = server.read(&mut from_server) => {
                let Ok(read @ 1..) = read else { return };
                if client.write_all(&from_server[..read]).await.is_err() {
                    return;
                }
            }
        }
    }
}
