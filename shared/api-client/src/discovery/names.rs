//! Asking the DNS, again and again.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use axum::http::{HeaderValue, Uri};
use hickory_resolver::{
    Resolver, ResolverBuilder, TokioResolver,
    config::{ConnectionConfig, LookupIpStrategy, NameServerConfig, ResolverConfig},
    net::{NetError, runtime::TokioRuntimeProvider},
    proto::rr::{RData, RecordType},
};

use crate::TransportError;

/// How often it is asked: as long as a new instance waits for its first call, and a stopped one is still thought of.
const PERIOD: Duration = Duration::from_secs(1);

/// How long one question may take.
const QUESTION_TIMEOUT: Duration = Duration::from_secs(1);

/// How long all questions of one round may take.
const ROUND_TIMEOUT: Duration = Duration::from_secs(4);

/// What is asked for.
enum Question {
    /// The addresses of a name, which share a port.
    Addresses {
        /// Which port.
        port: u16,
    },
    /// The targets of a name, each with a port of its own (RFC 2782). Of several priorities the first is used; weights are
    /// not: load decides.
    Targets,
}

/// A name, and whom to ask for it.
pub(super) struct Names {
    name: String,
    question: Question,
    resolver: Arc<TokioResolver>,
}

impl Names {
    pub(super) fn by_system(address: &str) -> Result<Self, TransportError> {
        let builder =
            Resolver::builder_tokio().map_err(|error| TransportError::NameServers(error.to_string()))?;
        Self::new(address, builder)
    }

    pub(super) fn by_servers(address: &str, servers: &[SocketAddr]) -> Result<Self, TransportError> {
        let servers = servers.iter().map(|server| {
            let mut connections = [ConnectionConfig::udp(), ConnectionConfig::tcp()];
            for connection in &mut connections {
                connection.port = server.port();
            }
            NameServerConfig::new(server.ip(), true, connections.into())
        });
        let config = ResolverConfig::from_name_servers(servers.collect());
        let provider = TokioRuntimeProvider::default();
        Self::new(address, Resolver::builder_with_config(config, provider))
    }

    fn new(
        address: &str,
        mut builder: ResolverBuilder<TokioRuntimeProvider>,
    ) -> Result<Self, TransportError> {
        let (name, question) = parse(address).ok_or_else(|| TransportError::Address(address.to_owned()))?;
        let options = builder.options_mut();
        // Asked each second, so that an answer is as old as that, and not as its time to live.
        options.cache_size = 0;
        options.timeout = QUESTION_TIMEOUT;
        options.ip_strategy = LookupIpStrategy::Ipv4Only;
        let resolver = builder
            .build()
            .map_err(|error| TransportError::NameServers(error.to_string()))?;
        Ok(Self {
            name,
            question,
            resolver: Arc::new(resolver),
        })
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// What a request says it is for.
    pub(super) fn host(&self) -> HeaderValue {
        let host = match self.question {
            Question::Addresses { port } => format!("{}:{port}", self.name),
            Question::Targets => self.name.clone(),
        };
        HeaderValue::from_str(&host).expect("the host of a URI is a header value")
    }

    /// Tells `hear` every answer. A failure is no answer, and neither is an empty one: the instances of before may live, and
    /// if not, whoever asks them finds out.
    pub(super) async fn follow(self, hear: impl Fn(Vec<SocketAddr>)) {
        let mut period = tokio::time::interval(PERIOD);
        period.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut failing = false;
        loop {
            period.tick().await;
            let failure = match tokio::time::timeout(ROUND_TIMEOUT, self.ask()).await {
                Ok(Ok(addresses)) if !addresses.is_empty() => {
                    hear(addresses);
                    None
                }
                Ok(Ok(_)) => Some("it knows no instance".to_owned()),
                Ok(Err(error)) => Some(error.to_string()),
                Err(_) => Some("no answer in time".to_owned()),
            };
            match &failure {
                Some(reason) if !failing => {
                    tracing::warn!(
                        dns.name = self.name,
                        error.message = reason,
                        "the DNS fails; what it said before counts"
                    );
                }
                None if failing => tracing::info!(dns.name = self.name, "the DNS answers again"),
                _ => {}
            }
            failing = failure.is_some();
        }
    }

    async fn ask(&self) -> Result<Vec<SocketAddr>, NetError> {
        match self.question {
            Question::Addresses { port } => self.addresses(&self.name, port).await,
            Question::Targets => self.targets().await,
        }
    }

    async fn addresses(&self, name: &str, port: u16) -> Result<Vec<SocketAddr>, NetError> {
        match self.resolver.lookup_ip(name).await {
            Ok(found) => Ok(found.iter().map(|ip| SocketAddr::new(ip, port)).collect()),
            // A target that was taken away between the two questions.
            Err(error) if error.is_no_records_found() => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }

    async fn targets(&self) -> Result<Vec<SocketAddr>, NetError> {
        let found = match self.resolver.lookup(self.name.as_str(), RecordType::SRV).await {
            Ok(found) => found,
            Err(error) if error.is_no_records_found() => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let targets: Vec<_> = found
            .answers()
            .iter()
            .filter_map(|record| match &record.data {
                RData::SRV(target) => Some(target),
                _ => None,
            })
            .collect();
        let first = targets.iter().map(|target| target.priority).min();
        let mut addresses = Vec::new();
        for target in targets.iter().filter(|target| Some(target.priority) == first) {
            addresses.extend(self.addresses(&target.target.to_utf8(), target.port).await?);
        }
        Ok(addresses)
    }
}

/// The name and what to ask of it.
fn parse(address: &str) -> Option<(String, Question)> {
    let (scheme, rest) = address.split_once("://")?;
    let authority: Uri = format!("http://{rest}").parse().ok()?;
    let name = authority.host().filter(|name| !name.is_empty())?.to_owned();
    if !matches!(authority.path(), "" | "/") || authority.query().is_some() || rest.contains('@') {
        return None;
    }
    match (scheme, authority.port_u16()) {
        ("dns+http", Some(port)) => Some((name, Question::Addresses { port })),
        ("srv+http", None) => Some((name, Question::Targets)),
        _ => None,
    }
}
