use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use domain::{EventId, Webhook, WebhookId, WebhookSecret, WebhookState};
use jiff::Timestamp;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

use super::*;

/// A receiver of few words: takes every connection, keeps what was said, and answers the same each time.
struct Receiver {
    address: SocketAddr,
    heard: Arc<Mutex<Vec<String>>>,
    connections: Arc<AtomicUsize>,
}

impl Receiver {
    async fn answering(answer: Vec<u8>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let receiver = Self {
            address: listener.local_addr().unwrap(),
            heard: Arc::default(),
            connections: Arc::default(),
        };
        let (heard, connections) = (receiver.heard.clone(), receiver.connections.clone());
        tokio::spawn(async move {
            while let Ok((mut connection, _)) = listener.accept().await {
                connections.fetch_add(1, Ordering::SeqCst);
                let (heard, answer) = (heard.clone(), answer.clone());
                tokio::spawn(async move {
                    let mut buffer = vec![0; 16 * 1024];
                    while let Ok(length @ 1..) = connection.read(&mut buffer).await {
                        heard
                            .lock()
                            .unwrap()
                            .push(String::from_utf8_lossy(&buffer[..length]).into_owned());
                        if !answer.is_empty() && connection.write_all(&answer).await.is_err() {
                            return;
                        }
                    }
                });
            }
        });
        receiver
    }

    fn heard(&self) -> String {
        self.heard.lock().unwrap().concat()
    }
}

fn poster(private_addresses: bool) -> HttpWebhookPoster {
    HttpWebhookPoster::new(PosterSettings {
        private_addresses,
        timeout: Duration::from_secs(5),
    })
}

fn post(url: String) -> WebhookPost {
    let at = Timestamp::from_second(1_790_000_000).unwrap();
    let webhook = Webhook {
        id: WebhookId::new(at, [1; 10]),
        version: 1,
        url,
        kinds: Vec::new(),
        secret: WebhookSecret::from_bytes(vec![7; 32]),
        state: WebhookState::Enabled,
        failing_since: None,
        last_error: None,
        delivered_at: None,
        created_at: at,
        updated_at: at,
    };
    WebhookPost::test(&webhook, EventId::new(at, [2; 10]), at)
}

const OK: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

#[tokio::test]
async fn a_post_carries_the_headers_of_the_specification() {
    let receiver = Receiver::answering(OK.into()).await;
    let traceparent = "00-6870f0d1c0ffee000000000000000001-00000000000000a1-01";
    let post = WebhookPost {
        traceparent: Some(traceparent.into()),
        ..post(format!("http://{}/hook?a=b", receiver.address))
    };
    let answer = poster(true).post(&post).await;
    assert_eq!(
        answer,
        Ok(PostAnswer {
            status: 200,
            retry_after: None
        })
    );
    let heard = receiver.heard();
    assert!(heard.starts_with("POST /hook?a=b HTTP/1.1\r\n"), "{heard}");
    for line in [
        format!("webhook-id: {}", post.id),
        format!("webhook-timestamp: {}", post.timestamp_s),
        format!("webhook-signature: {}", post.signature),
        format!("traceparent: {traceparent}"),
        "content-type: application/json".into(),
    ] {
        assert!(heard.contains(&format!("{line}\r\n")), "{line} is not in {heard}");
    }
    assert!(
        heard.ends_with(std::str::from_utf8(&post.body).unwrap()),
        "{heard}"
    );
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_not_a_way() {
    let elsewhere = Receiver::answering(OK.into()).await;
    let redirect = format!(
        "HTTP/1.1 307 Temporary Redirect\r\nlocation: http://{}/\r\ncontent-length: 0\r\n\r\n",
        elsewhere.address
    );
    let receiver = Receiver::answering(redirect.into()).await;
    let answer = poster(true)
        .post(&post(format!("http://{}/", receiver.address)))
        .await;
    assert_eq!(answer.map(|answer| answer.status), Ok(307));
    assert_eq!(elsewhere.connections.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_receiver_may_say_when_it_wants_to_be_asked_again() {
    let answer = b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 120\r\ncontent-length: 0\r\n\r\n";
    let receiver = Receiver::answering(answer.to_vec()).await;
    let answer = poster(true)
        .post(&post(format!("http://{}/", receiver.address)))
        .await;
    assert_eq!(
        answer,
        Ok(PostAnswer {
            status: 503,
            retry_after: Some(Duration::from_secs(120))
        })
    );
}

#[tokio::test]
async fn an_answer_without_end_is_left_after_a_few_kibibytes() {
    let mut answer = b"HTTP/1.1 200 OK\r\ncontent-length: 100000000\r\n\r\n".to_vec();
    answer.resize(answer.len() + 64 * 1024, b'x');
    let receiver = Receiver::answering(answer).await;
    let answer = poster(true)
        .post(&post(format!("http://{}/", receiver.address)))
        .await;
    // Had it been read to its end it would have waited for the time limit, and still be a success: so look at the time, too.
    assert_eq!(answer.map(|answer| answer.status), Ok(200));
}

#[tokio::test]
async fn a_receiver_that_is_silent_has_its_time_and_no_more() {
    let receiver = Receiver::answering(Vec::new()).await;
    let poster = HttpWebhookPoster::new(PosterSettings {
        private_addresses: true,
        timeout: Duration::from_millis(200),
    });
    let answer = poster.post(&post(format!("http://{}/", receiver.address))).await;
    assert_eq!(answer, Err(PostFailed("It did not answer within 0.2 s.".into())));
}

#[tokio::test]
async fn a_private_address_is_not_connected_to_unless_the_operator_says_so() {
    let receiver = Receiver::answering(OK.into()).await;
    let port = receiver.address.port();
    // A name is looked up and its addresses are checked; an address in the URL is checked as it stands there.
    for host in [
        "localhost",
        "127.0.0.1",
        "2130706433",
        "0x7f.1",
        "[::ffff:127.0.0.1]",
    ] {
        let refused = poster(false).post(&post(format!("http://{host}:{port}/"))).await;
        let PostFailed(words) = refused.unwrap_err();
        assert!(
            words.contains("webhooks.private_addresses = true"),
            "{host}: {words}"
        );
    }
    assert_eq!(receiver.connections.load(Ordering::SeqCst), 0);
    let answer = poster(true)
        .post(&post(format!("http://localhost:{port}/")))
        .await;
    assert_eq!(answer.map(|answer| answer.status), Ok(200));
}

#[tokio::test]
async fn who_is_not_there_is_said_to_be_so_without_the_address() {
    let gone = TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap();
    let answer = poster(true).post(&post(format!("http://{gone}/token"))).await;
    let PostFailed(words) = answer.unwrap_err();
    assert!(words.starts_with("It could not be reached: "), "{words}");
    assert!(!words.contains("token"), "{words}");
}

#[test]
fn what_can_never_work_is_refused_when_it_is_added() {
    let poster = poster(true);
    for (url, why) in [
        ("example.org/hook", "is no URL"),
        ("ftp://example.org/", "must begin with https://"),
        ("file:///etc/passwd", "must begin with https://"),
        (
            "https://ada:secret@example.org/",
            "must not hold a name or a password",
        ),
        ("https://example.org/#x", "after #"),
        ("http://169.254.169.254/latest/meta-data", "a link-local address"),
        ("http://[fd00:ec2::254]/", "a cloud's metadata address"),
        ("http://0/", "no address of a host"),
        (
            &format!("https://example.org/{}", "x".repeat(2_000)),
            "2000 bytes",
        ),
    ] {
        let AddressRefused(words) = poster.check(url).unwrap_err();
        assert!(words.contains(why), "{url}: {words}");
    }
    for url in [
        "https://example.org/hook?token=a",
        "http://10.0.0.1:9000/",
        "http://[::1]:1/",
    ] {
        assert_eq!(poster.check(url), Ok(()), "{url}");
    }
}
