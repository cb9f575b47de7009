//! The environment that libpq reads: variables, home directory, user name, socket directories.
//!
//! It does not interpret any of them; a test passes its own without changing the process.

use std::fmt;
use std::path::PathBuf;

/// Returns the value of an environment variable.
pub(crate) type Variables = Box<dyn Fn(&str) -> Option<String>>;

/// The environment that libpq reads, as values and functions.
pub struct Environment {
    /// The value of an environment variable.
    pub variable: Variables,
    /// The home directory, for `~/.pgpass`, `~/.pg_service.conf` and `~/.postgresql`.
    pub home: Option<PathBuf>,
    /// The name of the operating system's user; called only where no other user is named.
    pub user: Box<dyn Fn() -> Option<String>>,
    /// The directories of a server's socket where no host is named; the first one that has a socket is used.
    pub socket_directories: Vec<PathBuf>,
    /// The directory of the machine's `pg_service.conf`, unless `PGSYSCONFDIR` is set.
    pub system_configuration: PathBuf,
}

impl Environment {
    /// The environment of this process.
    pub fn of_process() -> Environment {
        let home = std::env::var_os("HOME").filter(|home| !home.is_empty()).map(PathBuf::from);
        Environment {
            variable: Box::new(|name| std::env::var(name).ok()),
            home: home.or_else(|| account(own_id()).map(|account| account.home)),
            user: Box::new(own_name),
            // The first is the default of Debian, Red Hat and their derivatives, the second is PostgreSQL's.
            socket_directories: vec!["/var/run/postgresql".into(), "/tmp".into()],
            system_configuration: "/etc/postgresql-common".into(),
        }
    }

    /// An empty environment: only given keywords have an effect.
    pub fn silent() -> Environment {
        Environment {
            variable: Box::new(|_| None),
            home: None,
            user: Box::new(|| None),
            socket_directories: Vec::new(),
            system_configuration: PathBuf::new(),
        }
    }

    /// The value of a variable that is set and not empty.
    pub(crate) fn get(&self, name: &str) -> Option<String> {
        (self.variable)(name).filter(|value| !value.is_empty())
    }
}

impl fmt::Debug for Environment {
    /// Leaves out the variables: one of them may be `PGPASSWORD`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Environment").field("home", &self.home).finish_non_exhaustive()
    }
}

/// The name of an account of this machine, for `requirepeer`.
pub(crate) fn account_name(id: u32) -> Option<String> {
    account(id).map(|account| account.name)
}

struct Account {
    name: String,
    home: PathBuf,
}

fn own_id() -> u32 {
    rustix::process::geteuid().as_raw()
}

/// The account's name; for an account of a directory service, which `/etc/passwd` does not list, the variable that the
/// login program sets.
fn own_name() -> Option<String> {
    let variable = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
    account_name(own_id()).or_else(|| variable("LOGNAME")).or_else(|| variable("USER"))
}

fn account(id: u32) -> Option<Account> {
    let passwd = std::fs::read_to_string("/etc/passwd").ok()?;
    passwd.lines().find_map(|line| {
        let fields: Vec<&str> = line.split(':').collect();
        let [name, _, uid, _, _, home, ..] = fields.as_slice() else { return None };
        (uid.parse() == Ok(id)).then(|| Account { name: (*name).to_owned(), home: (*home).into() })
    })
}
