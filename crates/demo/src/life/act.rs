//! What somebody does, before it is written down as a vendor's record.

use std::net::Ipv4Addr;

use super::{networks::Net, records::agents::Device};

/// One thing that is done.
#[derive(Debug, Clone, Copy)]
pub(super) struct Act {
    /// When, in milliseconds since 1970.
    pub(super) at_ms: i64,
    pub(super) who: Who,
    pub(super) seat: Seat,
    pub(super) what: What,
    /// Makes ids of records.
    pub(super) salt: u64,
    /// The incident it belongs to.
    pub(super) incident: Option<u32>,
}

/// Who does it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Who {
    /// One of the company's people.
    Person(u32),
    /// One of its machines.
    Robot(Robot),
    /// A key of the company's cloud, by its number.
    Key(u32),
}

/// The company's machines that act by themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Robot {
    /// Builds what is pushed.
    Builder,
    /// Sets up the cloud.
    Terraform,
    /// Copies what is stored, each night.
    Backup,
    /// The identity provider itself.
    Directory,
}

/// From where and with what.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seat {
    pub(super) address: Ipv4Addr,
    pub(super) device: Device,
    /// The session at the identity provider.
    pub(super) session: u64,
    /// The session at the chat.
    pub(super) chat_session: u64,
}

impl Seat {
    /// The same sessions and device, elsewhere.
    pub(super) fn at(self, net: Net, number: u64) -> Self {
        Self { address: net.address(number), ..self }
    }
}

/// What is done. Numbers name what it is done to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum What {
    Okta(Okta),
    Slack(Slack),
    GitHub(GitHub),
    Google(Google),
    Aws(Aws),
    Entra(Entra),
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Okta {
    SignIn { is_good: bool, is_new_device: bool },
    Push { is_accepted: bool },
    App { app: u32 },
    PolicyAsked,
    SessionEnd,
    FactorAdded,
    FactorsReset { of: u32 },
    AdminGranted { to: u32 },
    GroupJoined { who: u32, group: u32 },
    PasswordChanged,
    Provisioned { who: u32 },
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Slack {
    Login,
    Logout,
    Download { file: u32 },
    Upload { file: u32 },
    Joined { channel: u32 },
    LinkShared { file: u32 },
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum GitHub {
    Clone { repo: u32 },
    Fetch { repo: u32 },
    Push { repo: u32 },
    Merge { repo: u32 },
    TokenMade,
    ProtectionOff { repo: u32 },
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Google {
    Login { is_good: bool },
    View { document: u32 },
    Edit { document: u32 },
    Download { document: u32, by: Option<u32> },
    Authorize { app: u32, is_wide: bool },
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Aws {
    /// Of the usual calls, by number.
    Call {
        call: u32,
    },
    /// An object is read.
    Get {
        object: u32,
    },
    ConsoleLogin,
    KeyMade {
        key: u32,
    },
    WhoAmI,
    ListAll,
    TrailStopped,
    TrailDeleted,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Entra {
    SignIn { is_good: bool, is_risky: bool },
    MethodAdded,
    RoleGiven { to: u32 },
    GroupJoined { who: u32, group: u32 },
}
