//! As little of an HTTP client as makes the measuring cheap: blocking, one connection each, kept alive.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};

/// Longer than any server here may take for an answer at the highest concurrency.
const PATIENCE: Duration = Duration::from_secs(120);

/// What came back.
pub(crate) struct Answer {
    pub(crate) status: u16,
    headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    /// From before the request was written until the first byte of the answer was there.
    pub(crate) first_byte: Duration,
}

impl Answer {
    /// By its name in small letters.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str())
    }
}

/// A connection, made anew where the server closes it between two requests.
pub(crate) struct Client {
    server: SocketAddr,
    stream: Option<BufReader<TcpStream>>,
}

impl Client {
    pub(crate) fn new(server: SocketAddr) -> Self {
        Self { server, stream: None }
    }

    pub(crate) fn get(&mut self, path: &str) -> Result<Answer> {
        self.send("GET", path, "", &[])
    }

    /// `headers` are whole lines, each with its end.
    pub(crate) fn send(&mut self, method: &str, path: &str, headers: &str, body: &[u8]) -> Result<Answer> {
        let again = self.stream.is_some();
        let answer = self.attempt(method, path, headers, body);
        // A server may close what was idle, just while the next request is written.
        let answer = if again && answer.is_err() {
            self.stream = None;
            self.attempt(method, path, headers, body)
        } else {
            answer
        };
        answer.with_context(|| format!("{method} {path} of {}", self.server))
    }

    fn attempt(&mut self, method: &str, path: &str, headers: &str, body: &[u8]) -> Result<Answer> {
        let mut stream = match self.stream.take() {
            Some(stream) => stream,
            None => {
                let stream = TcpStream::connect_timeout(&self.server, PATIENCE)?;
                stream.set_nodelay(true)?;
                stream.set_read_timeout(Some(PATIENCE))?;
                stream.set_write_timeout(Some(PATIENCE))?;
                BufReader::with_capacity(64 * 1_024, stream)
            }
        };
        let length = if body.is_empty() {
            String::new()
        } else {
            format!("Content-Length: {}\r\n", body.len())
        };
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\n{headers}{length}\r\n",
            self.server
        );
        let sent = Instant::now();
        stream.get_mut().write_all(head.as_bytes())?;
        stream.get_mut().write_all(body)?;
        if stream.fill_buf()?.is_empty() {
            bail!("the connection was closed without an answer");
        }
        let first_byte = sent.elapsed();
        let (status, headers) = read_head(&mut stream)?;
        let mut answer = Answer {
            status,
            headers,
            body: Vec::new(),
            first_byte,
        };
        read_body(&mut stream, &mut answer)?;
        if answer.header("connection") != Some("close") {
            self.stream = Some(stream);
        }
        Ok(answer)
    }
}

fn read_head(stream: &mut impl BufRead) -> Result<(u16, Vec<(String, String)>)> {
    let mut line = String::new();
    stream.read_line(&mut line)?;
    let status = line.split(' ').nth(1).and_then(|word| word.parse().ok());
    let status = status.with_context(|| format!("no status line: {line:?}"))?;
    let mut headers = Vec::new();
    loop {
        line.clear();
        if stream.read_line(&mut line)? == 0 {
            bail!("the answer broke off in its headers");
        }
        let text = line.trim_end();
        if text.is_empty() {
            return Ok((status, headers));
        }
        let (name, value) = text
            .split_once(':')
            .with_context(|| format!("no header: {text:?}"))?;
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
}

fn read_body(stream: &mut impl BufRead, answer: &mut Answer) -> Result<()> {
    if matches!(answer.status, 204 | 304) {
        return Ok(());
    }
    if let Some(length) = answer.header("content-length") {
        answer.body = vec![0; length.parse()?];
        return Ok(stream.read_exact(&mut answer.body)?);
    }
    if answer.header("transfer-encoding") != Some("chunked") {
        bail!("an answer without a length");
    }
    let mut line = String::new();
    loop {
        line.clear();
        stream.read_line(&mut line)?;
        let size = line.trim().split(';').next().unwrap_or_default();
        let size =
            u64::from_str_radix(size, 16).with_context(|| format!("no length of a chunk: {line:?}"))?;
        stream.by_ref().take(size).read_to_end(&mut answer.body)?;
        line.clear();
        stream.read_line(&mut line)?;
        if size == 0 {
            return Ok(());
        }
    }
}
