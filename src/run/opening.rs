//! Opens a session, also before it is known what it is for.

use std::pin::Pin;
use std::time::Duration;

use futures_util::future::{LocalBoxFuture, MaybeDone, maybe_done, poll_immediate};
use tokio::task;
use tokio::time::Instant;

use super::Limits;
use super::error::RunError;
use crate::database::parameters::Parameters;
use crate::database::{Purpose, ServerAccess, Session, patience};

/// The time for the login of a session that is not needed.
const FAREWELL: Duration = Duration::from_secs(1);

/// A session in the home database that the server starts while posemo reads the check of a plugin call.
pub(super) struct Opening {
    pub(super) access: ServerAccess,
    pub(super) began: Instant,
    session: MaybeDone<LocalBoxFuture<'static, Result<Session, RunError>>>,
}

impl Opening {
    /// Connects, and returns while the server answers.
    pub(super) async fn begin(parameters: &Parameters, limits: Limits) -> Opening {
        let (access, began) = (ServerAccess::new(parameters.clone()), Instant::now());
        let (own, deadline) = (access.clone(), began + limits.sweep);
        let purpose = Purpose::Monitor { statement: limits.statement };
        let opening = async move { connect(&own, purpose, limits, deadline).await };
        let mut session = maybe_done(Box::pin(opening) as LocalBoxFuture<'static, _>);
        // It connects now, and sends the name of the role after the event loop had its turn.
        let _ = poll_immediate(&mut session).await;
        task::yield_now().await;
        let _ = poll_immediate(&mut session).await;
        prepare_reading();
        Opening { access, began, session }
    }

    /// Closes the session of a call that has a mistake. A server logs a connection that ends before the login is complete.
    pub(super) async fn close(self) {
        let _ = tokio::time::timeout(FAREWELL, self.session()).await;
    }

    /// The session, when it is open.
    pub(super) async fn session(mut self) -> Result<Session, RunError> {
        (&mut self.session).await;
        Pin::new(&mut self.session).take_output().expect("it is done, and taken only here")
    }
}

/// Queries the features of the processor, which the functions that read an answer do at their first use. In a virtual
/// machine this takes 0.1 ms, for which the server would wait.
fn prepare_reading() {
    #[cfg(target_arch = "x86_64")]
    std::hint::black_box(std::arch::is_x86_feature_detected!("avx2"));
}

/// Opens a session before a deadline, within the limit for a connection.
pub(super) async fn connect(
    access: &ServerAccess,
    purpose: Purpose,
    limits: Limits,
    deadline: Instant,
) -> Result<Session, RunError> {
    // connect_timeout limits each address. Without it, the addresses share the time for the connection.
    let deadline = match access.parameters().connect_timeout() {
        Some(_) => deadline,
        None => deadline.min(Instant::now() + limits.connect),
    };
    let began = Instant::now();
    // An open session may have waited for an answer until now.
    if deadline <= began {
        return Err(RunError::late("querying the target", limits.sweep));
    }
    // The limit of the attempt ends first, as its message names the step.
    let end = deadline + (deadline - began) / 50;
    let opened = patience::until(end, Session::open_until(access, purpose, Some(deadline)));
    let Ok(opened) = opened.await else {
        let hosts = access.parameters().hosts().iter();
        let hosts = hosts.map(|host| format!("{}:{}", host.label, host.port));
        let hosts = hosts.collect::<Vec<_>>().join(", ");
        return Err(RunError::late(&format!("connecting to {hosts}"), deadline - began));
    };
    opened.map_err(RunError::Connect)
}
