//! The vocabulary every other crate speaks: ids, time, severities, alerts, people, answers,
//! devices.
//!
//! Pure data. It never reads a clock, a file, the environment or a random number, and nothing in
//! it knows a vendor, a store or a page. Start with [`alert::Alert`] and [`person::Person`]; the
//! words of the life of a case are in [`case`].

pub mod action;
pub mod alert;
pub mod case;
pub mod device;
pub mod fact;
pub mod id;
pub mod person;
pub mod personal;
pub mod proof;
pub mod severity;
pub mod span;
mod words;

pub use action::{ActionState, Confidence, Radius, TargetKind, Undo};
pub use alert::{Alert, Problem};
pub use case::{Answer, Disposition, Outcome, Reason, StateName};
pub use fact::{FactValue, Facts};
pub use id::{
    ActionId, AlertId, AskId, CaseId, ChallengeId, DeadLetterId, DeliveryId, DeviceId, EventId,
    ExceptionId, ExemptionId, FactorId, OutboxId, PersonId, RulingId, SessionId,
};
pub use jiff::Timestamp;
pub use person::Person;
pub use personal::Personal;
pub use proof::{Assurance, Method};
pub use severity::Severity;
pub use span::Span;
