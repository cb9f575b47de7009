//! Lists, adds and ends silences for `posemo silence`: those of an Alertmanager, or of a `posemo serve`.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;

use super::alertmanager::silence::{Matcher, NewSilence, Silences};
use super::alertmanager::silence_text;
use super::error::{DeliverError, excerpt};
use super::http::{HttpAnswer, HttpClient};
use crate::settings::Settings;
use crate::settings::error::SettingsError;
use crate::settings::receiver::{HttpSettings, Receiver, ReceiverKind, exposed, is_url};
use crate::text::interval;
use crate::text::time::second;
use crate::text::visible::visible;

/// The time limit for a request to a `posemo serve`.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Why silences cannot be listed, added or ended.
#[derive(Debug, thiserror::Error)]
pub enum SilenceError {
    /// The receiver or the target does not exist.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The receiver has another kind.
    #[error("receiver {0} is not an Alertmanager; only an Alertmanager has silences")]
    NotAlertmanager(String),
    /// No receiver is an Alertmanager.
    #[error(
        "the settings contain no receiver of kind alertmanager; for a posemo serve, use --server"
    )]
    NoAlertmanager,
    /// Several receivers are.
    #[error("several receivers are Alertmanagers; choose one with --receiver: {0}")]
    SeveralAlertmanagers(String),
    /// No option limits the silence.
    #[error(
        "a silence needs at least one of --check, --target, --group, --database, --object and --finding"
    )]
    MatchesAll,
    /// An option is only for a `posemo serve`.
    #[error("alerts have no label for a {0}: --{0} is only for a posemo serve, with --server")]
    NoLabel(&'static str),
    /// An option is empty.
    #[error("the name of the {0} is empty; omit the option")]
    EmptyName(String),
    /// The server is not a URL. It is not repeated, as it may contain a password.
    #[error(
        "--server takes a URL that begins with https:// or http:// and contains no user, or unix: and the path of a socket"
    )]
    NoUrl,
    /// A token would be sent in clear text.
    #[error(
        "the token would be sent to {0} without TLS; write https, or connect on the machine of posemo serve"
    )]
    Exposed(String),
    /// The answer of `posemo serve` cannot be read.
    #[error("{0}: the answer is not that of posemo serve: {1}")]
    Unreadable(String, serde_json::Error),
    /// The receiver or the server cannot be used.
    #[error("receiver {0}")]
    Receiver(String, #[source] DeliverError),
    /// The server cannot be used.
    #[error(transparent)]
    Server(DeliverError),
    /// The output cannot be written.
    #[error(transparent)]
    Output(#[from] io::Error),
}

/// A silence to add.
#[derive(Debug, Clone)]
pub struct SilenceRequest {
    /// The present name of the check, if the checks here have it.
    pub check: Option<String>,
    /// The target.
    pub target: Option<String>,
    /// The database.
    pub database: Option<String>,
    /// The object.
    pub object: Option<String>,
    /// The group of targets: only for a `posemo serve`.
    pub group: Option<String>,
    /// The id of the finding: only for a `posemo serve`.
    pub finding: Option<String>,
    /// How long it lasts.
    pub span: Duration,
    /// The reason.
    pub comment: String,
}

/// A `posemo serve`, and how it is reached.
#[derive(Debug, Clone)]
pub struct SilenceServer {
    /// The URL, as in `http://127.0.0.1:9847`, or `unix:` and the path of a socket.
    pub url: String,
    /// The file with a token in its first line.
    pub token_file: Option<PathBuf>,
    /// The file with the certificates that its certificate must be signed by; those of the system without it.
    pub root_file: Option<PathBuf>,
}

/// Where the silences are.
#[derive(Debug)]
pub enum SilencePlace<'s> {
    /// In an Alertmanager.
    Alertmanager(&'s Receiver, Silences<'s>, &'s Settings),
    /// In a `posemo serve`.
    Served(ServedSilences),
}

/// The silences of a `posemo serve`.
#[derive(Debug)]
pub struct ServedSilences {
    client: HttpClient,
    /// As the user wrote it.
    place: String,
    url: String,
    has_login: bool,
}

impl<'s> SilencePlace<'s> {
    /// The server, the receiver with a name, or the only Alertmanager of the settings.
    pub fn choose(
        server: Option<SilenceServer>,
        receiver: Option<&str>,
        settings: &'s Settings,
    ) -> Result<SilencePlace<'s>, SilenceError> {
        if let Some(server) = server {
            return ServedSilences::new(server).map(SilencePlace::Served);
        }
        let receiver = choose(receiver, settings)?;
        let ReceiverKind::Alertmanager(to) = &receiver.kind else {
            return Err(SilenceError::NotAlertmanager(receiver.name.clone()));
        };
        let failed = |error| SilenceError::Receiver(receiver.name.clone(), error);
        let silences = Silences::new(receiver, to).map_err(failed)?;
        Ok(SilencePlace::Alertmanager(receiver, silences, settings))
    }

    /// Prints the silences in force.
    pub fn list(&self, out: &mut dyn Write) -> Result<(), SilenceError> {
        match self {
            SilencePlace::Alertmanager(receiver, silences, _) => {
                let failed = |error| SilenceError::Receiver(receiver.name.clone(), error);
                silence_text::write(&silences.list().map_err(failed)?, out)?;
            }
            SilencePlace::Served(served) => served.list(out)?,
        }
        Ok(())
    }

    /// Adds a silence.
    pub fn add(
        &self,
        request: &SilenceRequest,
        by: Option<String>,
        out: &mut dyn Write,
    ) -> Result<(), SilenceError> {
        let parts = request.parts();
        if parts.iter().all(|(_, part)| part.is_none()) {
            return Err(SilenceError::MatchesAll);
        }
        if let Some((name, _)) = parts.iter().find(|(_, part)| *part == Some("")) {
            return Err(SilenceError::EmptyName((*name).to_owned()));
        }
        match self {
            SilencePlace::Alertmanager(receiver, silences, settings) => {
                let of_server = [("group", &request.group), ("finding", &request.finding)];
                if let Some((name, _)) = of_server.iter().find(|(_, part)| part.is_some()) {
                    return Err(SilenceError::NoLabel(name));
                }
                let silence = request.of_alertmanager(receiver, settings, by)?;
                let failed = |error| SilenceError::Receiver(receiver.name.clone(), error);
                let id = silences.add(&silence).map_err(failed)?;
                silence_text::write_added(&id, &silence, out)?;
            }
            SilencePlace::Served(served) => served.add(request, by, out)?,
        }
        Ok(())
    }

    /// Ends the silence with this id.
    pub fn end(
        &self,
        id: &str,
        by: Option<String>,
        out: &mut dyn Write,
    ) -> Result<(), SilenceError> {
        match self {
            SilencePlace::Alertmanager(receiver, silences, _) => {
                let failed = |error| SilenceError::Receiver(receiver.name.clone(), error);
                silences.end(id).map_err(failed)?;
            }
            SilencePlace::Served(served) => served.end(id, by)?,
        }
        writeln!(out, "{id}  ended")?;
        Ok(())
    }
}

fn choose<'s>(name: Option<&str>, settings: &'s Settings) -> Result<&'s Receiver, SilenceError> {
    if let Some(name) = name {
        return Ok(settings.receiver(name)?);
    }
    let is_one = |receiver: &&Receiver| matches!(receiver.kind, ReceiverKind::Alertmanager(_));
    let all: Vec<&Receiver> = settings.receivers().iter().filter(is_one).collect();
    match all.as_slice() {
        [only] => Ok(only),
        [] => Err(SilenceError::NoAlertmanager),
        several => {
            let names = several.iter().map(|receiver| receiver.name.as_str());
            Err(SilenceError::SeveralAlertmanagers(names.collect::<Vec<_>>().join(", ")))
        }
    }
}

/// The given name, or that of the current user.
fn author(by: Option<String>) -> String {
    let user = || ["USER", "LOGNAME"].into_iter().find_map(|name| std::env::var(name).ok());
    by.or_else(user).unwrap_or_else(|| "posemo".to_owned())
}

impl SilenceRequest {
    /// What it matches, by the name of the option and of the parameter.
    fn parts(&self) -> [(&'static str, Option<&str>); 6] {
        [
            ("check", self.check.as_deref()),
            ("target", self.target.as_deref()),
            ("database", self.database.as_deref()),
            ("object", self.object.as_deref()),
            ("group", self.group.as_deref()),
            ("finding", self.finding.as_deref()),
        ]
    }

    /// A name that does not exist is an error, as such a silence would match no alert.
    fn of_alertmanager(
        &self,
        receiver: &Receiver,
        settings: &Settings,
        by: Option<String>,
    ) -> Result<NewSilence, SilenceError> {
        // Alerts of other programs can have labels with the same names.
        let mut matchers = vec![Matcher::exact("job", "posemo")];
        matchers.extend(self.check.as_deref().map(|name| Matcher::exact("check", name)));
        if let Some(name) = &self.target {
            // Without targets in the settings, targets are given on the command line.
            if !settings.targets().is_empty() {
                settings.target(name)?;
            }
            matchers.push(Matcher::exact("instance", receiver.host(name)));
        }
        for (label, name) in [("database", &self.database), ("object", &self.object)] {
            matchers.extend(name.as_deref().map(|name| Matcher::exact(label, name)));
        }
        let until = Timestamp::now().checked_add(self.span).unwrap_or(Timestamp::MAX);
        let comment = self.comment.clone();
        Ok(NewSilence { matchers, until, created_by: author(by), comment })
    }
}

impl ServedSilences {
    fn new(server: SilenceServer) -> Result<ServedSilences, SilenceError> {
        let place = server.url.trim_end_matches('/').to_owned();
        let socket = server.url.strip_prefix("unix:").map(Path::new);
        let url = if socket.is_some() { "http://127.0.0.1".to_owned() } else { place.clone() };
        if !is_url(&url) || url.contains('@') {
            return Err(SilenceError::NoUrl);
        }
        let has_login = server.token_file.is_some();
        let urls = vec![url.clone()];
        if has_login && exposed(&urls).is_some() {
            return Err(SilenceError::Exposed(url));
        }
        let (token_file, sslrootcert) = (server.token_file, server.root_file);
        let http = HttpSettings { urls, token_file, sslrootcert, ..HttpSettings::default() };
        let client = HttpClient::through(&http, socket, TIMEOUT).map_err(SilenceError::Server)?;
        Ok(ServedSilences { client, place, url, has_login })
    }

    fn list(&self, out: &mut dyn Write) -> Result<(), SilenceError> {
        let answer = self.ask("GET", "/api/1/silences", &[])?;
        let all: Vec<serde_json::Value> = self.parse(&answer)?;
        let mut active = all.iter().filter(|silence| silence["state"] == "active").peekable();
        if active.peek().is_none() {
            writeln!(out, "no silences")?;
        }
        for silence in active {
            let notes = match (silence["matching"].as_u64(), silence["ends_soon"].as_bool()) {
                (Some(0), _) => "  (matches nothing now)",
                (_, Some(true)) => "  (ends within an hour)",
                _ => "",
            };
            let text = |key: &str| visible(silence[key].as_str().unwrap_or_default());
            writeln!(out, "{}  {}: {}{notes}", line(silence), text("by"), text("why"))?;
        }
        Ok(())
    }

    fn add(
        &self,
        request: &SilenceRequest,
        by: Option<String>,
        out: &mut dyn Write,
    ) -> Result<(), SilenceError> {
        let span = interval::write(request.span);
        let by = self.author(by);
        let mut parameters = request.parts().to_vec();
        parameters.push(("for", Some(&span)));
        parameters.push(("why", Some(&request.comment)));
        parameters.push(("by", by.as_deref()));
        let answer = self.ask("POST", "/api/1/silence", &parameters)?;
        writeln!(out, "{}", line(&self.parse(&answer)?))?;
        Ok(())
    }

    fn end(&self, id: &str, by: Option<String>) -> Result<(), SilenceError> {
        // The server takes any text as an id, and a URL does not.
        let id = form_urlencoded::byte_serialize(id.as_bytes()).collect::<String>();
        let path = format!("/api/1/silence/{}/end", id.replace('+', "%20"));
        let by = self.author(by);
        self.ask("POST", &path, &[("by", by.as_deref())]).map(drop)
    }

    /// A server with a login knows who sends a request.
    fn author(&self, by: Option<String>) -> Option<String> {
        if self.has_login { by } else { Some(author(by)) }
    }

    /// The answer, if it is a success.
    fn ask(
        &self,
        method: &str,
        path: &str,
        parameters: &[(&str, Option<&str>)],
    ) -> Result<HttpAnswer, SilenceError> {
        let mut query = form_urlencoded::Serializer::new(String::new());
        let set = parameters.iter().filter_map(|(name, text)| Some((*name, (*text)?)));
        let query = query.extend_pairs(set).finish();
        let url = format!("{}{path}", self.url);
        let with_query = if query.is_empty() { url.clone() } else { format!("{url}?{query}") };
        // A URL of a socket is only for HTTP.
        let place = if self.url == self.place { url } else { self.place.clone() };
        let answer = match self.client.request(method, &with_query) {
            Err(DeliverError::Unreachable { reason, .. }) => {
                return Err(SilenceError::Server(DeliverError::Unreachable { place, reason }));
            }
            other => other.map_err(SilenceError::Server)?,
        };
        if (200..=299).contains(&answer.status) {
            return Ok(answer);
        }
        let advice = match answer.status {
            401 => "; give a token with --token-file",
            403 => "; the user must be an operator",
            _ => "",
        };
        let reason = format!("{}{advice}", excerpt(answer.body.trim()));
        Err(SilenceError::Server(DeliverError::Refused { place, reason }))
    }

    fn parse<T: serde::de::DeserializeOwned>(
        &self,
        answer: &HttpAnswer,
    ) -> Result<T, SilenceError> {
        serde_json::from_str(&answer.body)
            .map_err(|error| SilenceError::Unreadable(self.place.clone(), error))
    }
}

/// Id, end and parts of a silence.
fn line(silence: &serde_json::Value) -> String {
    let text = |key: &str| visible(silence[key].as_str().unwrap_or_default());
    let until = silence["until"].as_str().and_then(|until| until.parse::<Timestamp>().ok());
    let until = second(until.unwrap_or_default());
    let parts = ["target", "group", "check", "database", "object", "finding"];
    let parts = parts.iter().filter(|part| silence[**part].is_string());
    let parts: Vec<String> = parts.map(|part| format!("{part}=\"{}\"", text(part))).collect();
    format!("{}  until {until}  {}", text("id"), parts.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_not_sent_to_a_host_that_looks_like_another() {
        for url in ["HTTP://am.example", "http://127.0.0.1:x@am.example", "am.example:9847"] {
            let token_file = Some(PathBuf::from("/nonexistent"));
            let server = SilenceServer { url: url.to_owned(), token_file, root_file: None };
            let refused = ServedSilences::new(server).expect_err(url);
            assert!(matches!(refused, SilenceError::NoUrl), "{url}: {refused}");
        }
    }
}
