//! Accepts connections, and limits their number, their time and the size of their headers.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::access::Peer;
use super::routes::router;
use super::socket::ListeningSocket;
use super::{EncryptedStream, WebState};

/// The number of connections at a time. More wait in the queue of the system.
const CONNECTIONS: usize = 256;

/// The time for the header of a request.
const HEADER: Duration = Duration::from_secs(10);

/// The time for a connection, so that a client that does not read cannot hold it.
const CONNECTION: Duration = Duration::from_secs(600);

/// The size of a request's header.
const HEADER_BYTES: usize = 32 * 1024;

/// Answers requests until the process ends. It has its own thread and runtime.
pub fn serve(socket: ListeningSocket, state: &Arc<WebState>) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let acceptor = Acceptor::new(socket)?;
        let places = Arc::new(Semaphore::new(CONNECTIONS));
        let router = router(Arc::clone(state));
        loop {
            let place = Arc::clone(&places).acquire_owned().await.map_err(io::Error::other)?;
            let accepted = match &acceptor {
                Acceptor::Tcp(listener) => listener.accept().await.map(|(stream, from)| {
                    let peer = Peer(Some(from.ip().to_canonical()));
                    match state.rules().handshake.clone() {
                        Some(handshake) => {
                            encrypted(handshake(stream), peer, router.clone(), place);
                        }
                        None => connection(stream, peer, &router, place),
                    }
                }),
                Acceptor::Unix(listener) => listener.accept().await.map(|(stream, _)| {
                    connection(stream, Peer(None), &router, place);
                }),
            };
            if let Err(error) = accepted {
                // A client that gave up, or no free file descriptor.
                tracing::warn!("cannot accept a connection: {error}");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    })
}

/// Where connections come from.
enum Acceptor {
    Tcp(tokio::net::TcpListener),
    Unix(tokio::net::UnixListener),
}

impl Acceptor {
    fn new(socket: ListeningSocket) -> io::Result<Acceptor> {
        match socket {
            ListeningSocket::Tcp(listener) => {
                tokio::net::TcpListener::from_std(listener).map(Acceptor::Tcp)
            }
            ListeningSocket::Unix(listener) => {
                tokio::net::UnixListener::from_std(listener).map(Acceptor::Unix)
            }
        }
    }
}

/// Answers the requests of a connection after its handshake, in a task.
fn encrypted(handshake: EncryptedStream, peer: Peer, router: Router, place: OwnedSemaphorePermit) {
    tokio::spawn(async move {
        match tokio::time::timeout(HEADER, handshake).await {
            Ok(Ok(stream)) => connection(stream, peer, &router, place),
            Ok(Err(error)) => tracing::debug!("no TLS with {peer:?}: {error}"),
            Err(_) => tracing::debug!("no TLS with {peer:?}: it took too long"),
        }
    });
}

/// Answers the requests of a connection, in a task.
fn connection<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(
    stream: S,
    peer: Peer,
    router: &Router,
    place: OwnedSemaphorePermit,
) {
    let service = TowerToHyperService::new(router.clone());
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(peer);
        service.call(request)
    });
    tokio::spawn(async move {
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEADER)
            .max_buf_size(HEADER_BYTES)
            .serve_connection(TokioIo::new(stream), service);
        let _ = tokio::time::timeout(CONNECTION, connection).await;
        drop(place);
    });
}
