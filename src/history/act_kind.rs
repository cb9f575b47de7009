//! The kinds of acts: those of users, and those of posemo itself.

/// The kinds of acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ActKind {
    /// A user ran checks.
    Run,
    /// The settings were read again.
    Reload,
    /// A user added a silence.
    Silence,
    /// A user ended a silence.
    End,
    /// posemo started.
    Start,
    /// posemo stopped.
    Stop,
    /// Checks were switched off.
    Off,
    /// Checks were switched on.
    On,
    /// Targets were removed from the settings.
    Removed,
    /// Targets were added to the settings.
    Added,
    /// A maintenance window opened.
    Window,
    /// Too many wrong passwords were tried.
    Logins,
    /// Older rows without a hash precede the act.
    Chain,
    /// The act confirms the changes up to one.
    Seal,
    /// posemo removed old rows of a chain.
    Remove,
}

impl ActKind {
    const ALL: [ActKind; 15] = [
        ActKind::Run,
        ActKind::Reload,
        ActKind::Silence,
        ActKind::End,
        ActKind::Start,
        ActKind::Stop,
        ActKind::Off,
        ActKind::On,
        ActKind::Removed,
        ActKind::Added,
        ActKind::Window,
        ActKind::Logins,
        ActKind::Chain,
        ActKind::Seal,
        ActKind::Remove,
    ];

    /// The name in the history.
    pub fn name(self) -> &'static str {
        match self {
            ActKind::Run => "run",
            ActKind::Reload => "reload",
            ActKind::Silence => "silence",
            ActKind::End => "end",
            ActKind::Start => "start",
            ActKind::Stop => "stop",
            ActKind::Off => "off",
            ActKind::On => "on",
            ActKind::Removed => "removed",
            ActKind::Added => "added",
            ActKind::Window => "window",
            ActKind::Logins => "logins",
            ActKind::Chain => "chain",
            ActKind::Seal => "seal",
            ActKind::Remove => "remove",
        }
    }
    /// The kind with a name; absent for one of a later posemo.
    pub fn of(name: &str) -> Option<ActKind> {
        ActKind::ALL.into_iter().find(|kind| kind.name() == name)
    }
}
