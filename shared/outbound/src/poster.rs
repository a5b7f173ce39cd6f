//! Posts to webhooks over HTTP/1.1.

use std::{
    error::Error,
    net::{IpAddr, SocketAddr},
    sync::OnceLock,
    time::Duration,
};

use async_trait::async_trait;
use domain::WebhookPost;
use ports::{AddressRefused, PostAnswer, PostFailed, WebhookPoster};
use reqwest::{
    Client, Response, Url,
    dns::{Addrs, Name, Resolve, Resolving},
    header::{CONTENT_TYPE, RETRY_AFTER},
    redirect,
};

use crate::addresses::{Reach, reach};

/// The longest URL.
const MAX_URL_BYTES: usize = 2_000;

/// How much of an answer's body is read, so that the connection can be used again. Nobody looks at it.
const MAX_BODY_BYTES: usize = 4 * 1024;

/// How long a connection may take, its name's look-up included.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// What an operator may set, and what tests shorten.
#[derive(Debug, Clone, Copy)]
pub struct PosterSettings {
    /// Whether this machine and networks of one's own are posted to.
    pub private_addresses: bool,
    /// How long a receiver may take to answer; the specification of Standard Webhooks recommends 15 to 30 s.
    pub timeout: Duration,
}

/// Posts to webhooks.
#[derive(Debug)]
pub struct HttpWebhookPoster {
    settings: PosterSettings,
    /// Made when it is needed: a machine without certificates to trust can do everything else.
    client: OnceLock<Result<Client, PostFailed>>,
}

impl HttpWebhookPoster {
    /// A poster with connections of its own.
    pub const fn new(settings: PosterSettings) -> Self {
        Self {
            settings,
            client: OnceLock::new(),
        }
    }

    fn client(&self) -> Result<&Client, PostFailed> {
        let made = self.client.get_or_init(|| {
            let resolver = CheckedResolver {
                private_addresses: self.settings.private_addresses,
            };
            Client::builder()
                .user_agent(concat!("Tintype-Webhooks/", env!("CARGO_PKG_VERSION")))
                .dns_resolver(resolver)
                // A redirect, and a proxy of the environment, would lead to addresses that nobody looked at.
                .redirect(redirect::Policy::none())
                .no_proxy()
                .connect_timeout(CONNECT_TIMEOUT.min(self.settings.timeout))
                .timeout(self.settings.timeout)
                .build()
                .map_err(|error| {
                    PostFailed(format!(
                        "TLS cannot be set up: {}. Install the package ca-certificates, and restart.",
                        innermost(&error)
                    ))
                })
        });
        made.as_ref().map_err(Clone::clone)
    }

    fn parse(&self, url: &str) -> Result<Url, AddressRefused> {
        let refused = |why: &str| Err(AddressRefused(why.to_owned()));
        if url.len() > MAX_URL_BYTES {
            return refused("is longer than 2000 bytes");
        }
        let Ok(parsed) = Url::parse(url) else {
            return refused("is no URL: expected one such as https://example.org/hooks/tintype");
        };
        if !matches!(parsed.scheme(), "http" | "https") {
            return refused("must begin with https:// or http://");
        }
        if !parsed.username().is_empty() || parsed.password().is_some() {
            return refused("must not hold a name or a password: messages are signed instead");
        }
        if parsed.fragment().is_some() {
            return refused("must not have a part after #, which is never sent");
        }
        // Names are looked at when they are looked up; reqwest connects to an address without that.
        if let Some(address) = literal(&parsed) {
            check(address, self.settings.private_addresses)?;
        }
        Ok(parsed)
    }
}

/// The address that stands in the URL in place of a name. The parser has written every spelling of it, such as
/// `http://2130706433` or `http://0x7f.1`, as four numbers.
fn literal(url: &Url) -> Option<IpAddr> {
    url.host_str()?
        .trim_start_matches('[')
        .trim_end_matches(']')
        .parse()
        .ok()
}

fn check(address: IpAddr, private_addresses: bool) -> Result<(), AddressRefused> {
    match reach(address) {
        Reach::Public => Ok(()),
        Reach::Private if private_addresses => Ok(()),
        Reach::Private => Err(AddressRefused(format!(
            "leads to {address}, which is of a private network: webhooks are sent there only with \
             webhooks.private_addresses = true in the configuration"
        ))),
        Reach::Never(what) => Err(AddressRefused(format!(
            "leads to {address}, which is {what}: webhooks are never sent there"
        ))),
    }
}

/// Looks names up, and yields addresses only where every one of them is allowed: what is connected to is what was
/// checked, and a name that answers differently the next time gains nothing.
#[derive(Debug, Clone, Copy)]
struct CheckedResolver {
    private_addresses: bool,
}

impl Resolve for CheckedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let private_addresses = self.private_addresses;
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            for address in &found {
                check(address.ip(), private_addresses)?;
            }
            let addresses: Addrs = Box::new(found.into_iter());
            Ok(addresses)
        })
    }
}

#[async_trait]
impl WebhookPoster for HttpWebhookPoster {
    fn check(&self, url: &str) -> Result<(), AddressRefused> {
        self.parse(url).map(drop)
    }

    async fn post(&self, post: &WebhookPost) -> Result<PostAnswer, PostFailed> {
        let url = self
            .parse(&post.url)
            .map_err(|refused| PostFailed(sentence(&refused)))?;
        let mut request = self
            .client()?
            .post(url)
            .header(CONTENT_TYPE, "application/json")
            .header("webhook-id", &post.id)
            .header("webhook-timestamp", post.timestamp_s)
            .header("webhook-signature", &post.signature);
        if let Some(traceparent) = &post.traceparent {
            request = request.header("traceparent", traceparent);
        }
        let sent = request.body(post.body.clone()).send().await;
        let mut response = sent.map_err(|error| PostFailed(self.words(&error)))?;
        let answer = PostAnswer {
            status: response.status().as_u16(),
            retry_after: retry_after(&response),
        };
        read_away(&mut response).await;
        Ok(answer)
    }
}

impl HttpWebhookPoster {
    /// What went wrong, as a sentence without the address.
    fn words(&self, error: &reqwest::Error) -> String {
        let cause = innermost(error);
        if let Some(refused) = cause.downcast_ref::<AddressRefused>() {
            return sentence(refused);
        }
        if error.is_timeout() {
            let seconds = self.settings.timeout.as_secs_f32();
            return format!("It did not answer within {seconds} s.");
        }
        if error.is_connect() {
            return format!("It could not be reached: {cause}.");
        }
        format!("It broke off: {cause}.")
    }
}

fn innermost<'a>(error: &'a (dyn Error + 'static)) -> &'a (dyn Error + 'static) {
    error.source().map_or(error, innermost)
}

fn sentence(refused: &AddressRefused) -> String {
    format!("The address {refused}.")
}

/// In seconds; the form with a date is rare, and the pauses are long anyway.
fn retry_after(response: &Response) -> Option<Duration> {
    let seconds = response.headers().get(RETRY_AFTER)?.to_str().ok()?.trim();
    seconds.parse().ok().map(Duration::from_secs)
}

/// Reads the rest where it is short. What fails here changes nothing: the status was said.
async fn read_away(response: &mut Response) {
    let mut read = 0;
    while read <= MAX_BODY_BYTES {
        match response.chunk().await {
            Ok(Some(chunk)) => read += chunk.len(),
            Ok(None) | Err(_) => return,
        }
    }
}

#[cfg(test)]
mod tests;
