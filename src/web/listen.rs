//! Accepts connections, and limits their number, their time and the size of their headers.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::sync::Semaphore;

use super::WebState;
use super::routes::router;

/// The number of connections at a time. More wait in the queue of the system.
const CONNECTIONS: usize = 256;

/// The time for the header of a request.
const HEADER: Duration = Duration::from_secs(10);

/// The time for a connection, so that a client that does not read cannot hold it.
const CONNECTION: Duration = Duration::from_secs(600);

/// The size of a request's header.
const HEADER_BYTES: usize = 32 * 1024;

/// Listens on an address.
pub fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let listener = TcpListener::bind(address)?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

/// Answers requests until the process ends. It has its own thread and runtime.
pub fn serve(listener: TcpListener, state: Arc<WebState>) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::from_std(listener)?;
        let places = Arc::new(Semaphore::new(CONNECTIONS));
        let router = router(state);
        loop {
            let place = Arc::clone(&places).acquire_owned().await.map_err(io::Error::other)?;
            let stream = match listener.accept().await {
                Ok((stream, _)) => stream,
                Err(error) => {
                    // A client that gave up, or no free file descriptor.
                    tracing::warn!("cannot accept a connection: {error}");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                    continue;
                }
            };
            let service = TowerToHyperService::new(router.clone());
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
    })
}
