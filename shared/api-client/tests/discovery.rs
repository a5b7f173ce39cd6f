//! Calls to several instances behind a DNS name: a DNS server of the test's own, and real sockets.

#![allow(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use api_client::{DiscoveringTransport, Transport, TransportError, transport_to};
use axum::{
    Router,
    body::Body,
    extract::State,
    http::{Method, Request, StatusCode},
    response::{IntoResponse, Response},
    routing::any,
};
use hickory_server::{
    Server,
    net::runtime::Time,
    proto::{
        op::{Metadata, ResponseCode},
        rr::{Name, RData, Record, RecordType, rdata::SRV},
    },
    server::{Request as Question, RequestHandler, ResponseHandler, ResponseInfo},
    zone_handler::MessageResponseBuilder,
};
use http_body_util::BodyExt;
use tokio::{
    net::{TcpListener, UdpSocket},
    task::JoinSet,
};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

const NAME: &str = "api.tintype.test.";

/// Longer than the DNS is asked anew, with room for a busy machine.
const SOON: Duration = Duration::from_secs(20);

/// What the DNS says: targets of the name, by address and port; each has a name of its own, too.
#[derive(Clone, Default)]
struct Zone {
    instances: Arc<Mutex<Vec<SocketAddr>>>,
    failing: Arc<AtomicBool>,
    questions: Arc<AtomicUsize>,
}

fn target_name(address: SocketAddr) -> Name {
    Name::from_utf8(format!("i{}.{NAME}", address.port())).unwrap()
}

impl Zone {
    fn set(&self, instances: &[SocketAddr]) {
        *self.instances.lock().unwrap() = instances.to_vec();
    }

    fn answers(&self, name: &Name, kind: RecordType) -> Vec<Record> {
        let instances = self.instances.lock().unwrap().clone();
        let is_ours = *name == Name::from_utf8(NAME).unwrap();
        let address = |address: &SocketAddr| match address.ip() {
            std::net::IpAddr::V4(ip) => RData::A(ip.into()),
            std::net::IpAddr::V6(_) => unreachable!("the tests use IPv4"),
        };
        let data: Vec<RData> = match kind {
            RecordType::A => instances
                .iter()
                .filter(|instance| is_ours || *name == target_name(**instance))
                .map(address)
                .collect(),
            RecordType::SRV if is_ours => instances
                .iter()
                .map(|instance| RData::SRV(SRV::new(1, 10, instance.port(), target_name(*instance))))
                .collect(),
            _ => Vec::new(),
        };
        data.into_iter()
            .map(|data| Record::from_rdata(name.clone(), 60, data))
            .collect()
    }
}

#[async_trait::async_trait]
impl RequestHandler for Zone {
    async fn handle_request<R: ResponseHandler, T: Time>(
        &self,
        question: &Question,
        mut response: R,
    ) -> ResponseInfo {
        self.questions.fetch_add(1, Ordering::SeqCst);
        let query = question.request_info().unwrap().query;
        let name = Name::from(query.name().clone());
        let mut metadata = Metadata::response_from_request(&question.metadata);
        let mut answers = Vec::new();
        if self.failing.load(Ordering::SeqCst) {
            metadata.response_code = ResponseCode::ServFail;
        } else {
            answers = self.answers(&name, query.query_type());
        }
        let message =
            MessageResponseBuilder::from_message_request(question).build(metadata, &answers, [], [], []);
        response.send_response(message).await.unwrap()
    }
}

/// A DNS server for the zone; it ends when the test does.
async fn name_server(zone: &Zone) -> (SocketAddr, Server<Zone>) {
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let address = socket.local_addr().unwrap();
    let mut server = Server::new(zone.clone());
    server.register_socket(socket);
    (address, server)
}

/// An instance of the api that counts its calls.
struct Api {
    address: SocketAddr,
    calls: Arc<AtomicUsize>,
    stop: CancellationToken,
    serving: tokio::task::JoinHandle<()>,
}

#[derive(Clone)]
struct ApiState {
    calls: Arc<AtomicUsize>,
    stop: CancellationToken,
}

async fn answer(State(state): State<ApiState>, request: Request<Body>) -> Response {
    state.calls.fetch_add(1, Ordering::SeqCst);
    let path = request.uri().path().to_owned();
    let body = request.into_body().collect().await.unwrap().to_bytes();
    match path.as_str() {
        // Falls silent with the request in its hands, as a process that is killed does.
        "/die" => {
            state.stop.cancel();
            std::future::pending().await
        }
        _ => (StatusCode::OK, body).into_response(),
    }
}

impl Api {
    async fn at(address: SocketAddr) -> Self {
        let listener = TcpListener::bind(address).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (calls, stop) = (Arc::new(AtomicUsize::new(0)), CancellationToken::new());
        let routes = Router::new().fallback(any(answer)).with_state(ApiState {
            calls: calls.clone(),
            stop: stop.clone(),
        });
        let stopped = stop.clone();
        let serving = tokio::spawn(async move {
            let mut connections = JoinSet::new();
            loop {
                let (connection, _) = tokio::select! {
                    accepted = listener.accept() => accepted.unwrap(),
                    () = stopped.cancelled() => return,
                };
                let service = hyper_util::service::TowerToHyperService::new(routes.clone());
                connections.spawn(async move {
                    let connection = hyper_util::rt::TokioIo::new(connection);
                    let http =
                        hyper_util::server::conn::auto::Builder::new(hyper_util::rt::TokioExecutor::new());
                    // It ends with an error when the other side leaves.
                    let _ = http.serve_connection(connection, service).await;
                });
            }
        });
        Self {
            address,
            calls,
            stop,
            serving,
        }
    }

    async fn new() -> Self {
        Self::at(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await
    }

    fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }

    /// As SIGKILL: nobody listens any more, and what was open is closed.
    async fn kill(self) {
        self.stop.cancel();
        self.serving.await.unwrap();
    }
}

async fn call(transport: &Transport, method: Method, path: &str) -> Result<String, String> {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .body(Body::from("the body"))
        .unwrap();
    let response = transport
        .clone()
        .oneshot(request)
        .await
        .map_err(|error| error.to_string())?;
    let body = response
        .into_body()
        .collect()
        .await
        .map_err(|error| error.to_string())?;
    Ok(String::from_utf8(body.to_bytes().to_vec()).unwrap())
}

async fn post(transport: &Transport) {
    assert_eq!(call(transport, Method::POST, "/").await.unwrap(), "the body");
}

async fn transport(zone: &Zone) -> (Transport, Server<Zone>) {
    let (server, guard) = name_server(zone).await;
    let transport =
        DiscoveringTransport::with_name_servers("srv+http://api.tintype.test", &[server]).unwrap();
    (transport.boxed(), guard)
}

/// Calls until the instance has had one more.
async fn until_called(transport: &Transport, api: &Api) {
    let (before, began) = (api.calls(), Instant::now());
    while api.calls() == before {
        assert!(began.elapsed() < SOON, "the instance is not called");
        post(transport).await;
        tokio::task::yield_now().await;
    }
}

#[test]
fn only_the_three_forms_of_an_address_are_taken() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let _inside = runtime.enter();
    for address in [
        "http://api:8080",
        "dns+http://api.internal:8080",
        "srv+http://api.internal",
    ] {
        assert!(transport_to(address).is_ok(), "{address}");
    }
    for address in [
        "",
        "api:8080",
        "https://api:8080",
        "dns+http://api",
        "srv+http://api:8080",
        "dns+http://api:8080/v1",
        "srv+http://",
        "tcp+http://api:1",
    ] {
        assert_eq!(
            transport_to(address).err(),
            Some(TransportError::Address(address.into())),
            "{address}"
        );
    }
}

#[tokio::test]
async fn instances_share_the_calls_and_those_that_come_get_their_share() {
    let (first, second) = (Api::new().await, Api::new().await);
    let zone = Zone::default();
    zone.set(&[first.address, second.address]);
    let (transport, _server) = transport(&zone).await;
    // Whose answers have been slower, if by chance, gets fewer for a while: how many depends on the machine.
    for _ in 0..2_000 {
        post(&transport).await;
        if first.calls() > 40 && second.calls() > 40 {
            break;
        }
    }
    assert!(
        first.calls() > 40 && second.calls() > 40,
        "{} and {}",
        first.calls(),
        second.calls()
    );
    let third = Api::new().await;
    zone.set(&[first.address, second.address, third.address]);
    until_called(&transport, &third).await;
}

#[tokio::test]
async fn addresses_of_one_name_share_the_port() {
    let api = Api::new().await;
    let zone = Zone::default();
    zone.set(&[api.address]);
    let (server, _guard) = name_server(&zone).await;
    let address = format!("dns+http://api.tintype.test:{}", api.address.port());
    let transport = DiscoveringTransport::with_name_servers(&address, &[server])
        .unwrap()
        .boxed();
    post(&transport).await;
    assert_eq!(api.calls(), 1);
}

#[tokio::test]
async fn an_instance_that_dies_costs_no_call_and_is_used_again_when_it_is_back() {
    let (living, dying) = (Api::new().await, Api::new().await);
    let zone = Zone::default();
    zone.set(&[living.address, dying.address]);
    let (transport, _server) = transport(&zone).await;
    until_called(&transport, &dying).await;
    let address = dying.address;
    dying.kill().await;
    // The DNS still tells of it.
    for _ in 0..100 {
        post(&transport).await;
    }
    let back = Api::at(address).await;
    until_called(&transport, &back).await;
}

#[tokio::test]
async fn one_that_was_taken_out_of_the_dns_is_called_no_more() {
    let (staying, going) = (Api::new().await, Api::new().await);
    let zone = Zone::default();
    zone.set(&[staying.address, going.address]);
    let (transport, _server) = transport(&zone).await;
    until_called(&transport, &going).await;
    zone.set(&[staying.address]);
    let began = Instant::now();
    loop {
        let before = going.calls();
        for _ in 0..50 {
            post(&transport).await;
        }
        if going.calls() == before {
            break;
        }
        assert!(began.elapsed() < SOON, "it is called still");
    }
}

#[tokio::test]
async fn while_the_dns_fails_or_knows_nobody_the_instances_of_before_are_called() {
    let api = Api::new().await;
    let zone = Zone::default();
    zone.set(&[api.address]);
    let (transport, _server) = transport(&zone).await;
    post(&transport).await;
    for trouble in ["fails", "knows nobody"] {
        match trouble {
            "fails" => zone.failing.store(true, Ordering::SeqCst),
            _ => {
                zone.set(&[]);
                zone.failing.store(false, Ordering::SeqCst);
            }
        }
        let (asked, began) = (zone.questions.load(Ordering::SeqCst), Instant::now());
        // Two more questions: the answer to the first of them was heard.
        while zone.questions.load(Ordering::SeqCst) < asked + 4 {
            assert!(began.elapsed() < SOON, "the DNS is not asked");
            post(&transport).await;
            tokio::task::yield_now().await;
        }
    }
}

#[tokio::test]
async fn a_name_that_nobody_knows_is_an_error_that_names_it() {
    let (transport, _server) = transport(&Zone::default()).await;
    let error = call(&transport, Method::GET, "/").await.unwrap_err();
    assert_eq!(error, "the DNS knows no instance of api.tintype.test");
}

#[tokio::test]
async fn what_may_have_been_worked_on_is_sent_again_only_if_it_reads() {
    for (method, repeated) in [(Method::POST, false), (Method::GET, true)] {
        let apis = [Api::new().await, Api::new().await];
        let zone = Zone::default();
        zone.set(&[apis[0].address, apis[1].address]);
        let (transport, _server) = transport(&zone).await;
        let request = Request::builder()
            .method(method)
            .uri("/die")
            .body(Body::empty())
            .unwrap();
        assert!(
            transport.clone().oneshot(request).await.is_err(),
            "both die over it"
        );
        let calls = apis[0].calls() + apis[1].calls();
        assert_eq!(calls, if repeated { 2 } else { 1 });
    }
}
