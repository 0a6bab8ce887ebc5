//! What is said of an action on an account, a session, a key or an address.

use serde::{Deserialize, Serialize};

use crate::words::words;

words! {
    /// What an action is done to.
    TargetKind {
        /// A person's account.
        Account = "account",
        /// One session.
        Session = "session",
        /// An access key, token or credential.
        Key = "key",
        /// A network address.
        Address = "address",
        /// A device.
        Device = "device",
        /// Whatever the operator's own system understands.
        Other = "other",
    }
}

words! {
    /// Whether an action can be taken back.
    Undo {
        /// By us, to the state from before.
        Reversible = "reversible",
        /// By the person, who signs in again.
        SelfHealing = "self_healing",
        /// By nobody: always wants an approval.
        Irreversible = "irreversible",
    }
}

words! {
    /// Whom an action may touch, narrowest first; ordered.
    Radius {
        /// One session.
        Session = "session",
        /// One device.
        Device = "device",
        /// One person.
        Person = "person",
        /// All who share a role, a credential or an address.
        Shared = "shared",
        /// The whole organisation.
        Organisation = "organisation",
    }
}

words! {
    /// How sure a rule or policy is of its alerts, by its owner's account; ordered.
    Confidence {
        /// A hint.
        Low = "low",
        /// Worth a question.
        Medium = "medium",
        /// Sure enough to act on.
        High = "high",
    }
}

words! {
    /// Where an action stands.
    ActionState {
        /// What would be done is being found out.
        Planned = "planned",
        /// It waits for somebody's approval.
        AwaitingApproval = "awaiting_approval",
        /// It is being done.
        Applying = "applying",
        /// It was done, and is being looked for.
        Applied = "applied",
        /// It was seen to have taken effect.
        Verified = "verified",
        /// It is being taken back.
        Reverting = "reverting",
        /// It was seen to be taken back.
        Reverted = "reverted",
        /// It was not done, or not taken back; why stands beside it.
        Failed = "failed",
    }
}
