//! Which log a record is of, and in which spelling it is written.

use event::{Logsource, Node};

use super::LOGSOURCES;
use crate::events::reading::{at, text_at};

/// What a record is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Form {
    pub(super) service: Service,
    /// In the frame of the diagnostic export.
    pub(super) is_export: bool,
}

/// Which log a record is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Service {
    SignIns,
    Audits,
    Risks,
    Activities,
}

impl Service {
    pub(super) fn logsource(self) -> Logsource {
        LOGSOURCES[match self {
            Self::SignIns => 0,
            Self::Audits => 1,
            Self::Risks => 2,
            Self::Activities => 3,
        }]
    }

    /// By the category of the export, or the table of Log Analytics.
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "SignInLogs"
            | "SigninLogs"
            | "NonInteractiveUserSignInLogs"
            | "ServicePrincipalSignInLogs"
            | "ManagedIdentitySignInLogs"
            | "ADFSSignInLogs"
            | "AADNonInteractiveUserSignInLogs"
            | "AADServicePrincipalSignInLogs"
            | "AADManagedIdentitySignInLogs" => Self::SignIns,
            "AuditLogs" => Self::Audits,
            "UserRiskEvents"
            | "ServicePrincipalRiskEvents"
            | "AADUserRiskEvents"
            | "AADServicePrincipalRiskEvents" => Self::Risks,
            "Administrative" | "Security" | "ServiceHealth" | "Alert" | "Recommendation"
            | "Policy" | "Autoscale" | "ResourceHealth" | "AzureActivity" => Self::Activities,
            _ => return None,
        })
    }
}

impl Form {
    /// The form of a record; `None` where it is of another log.
    pub(super) fn of(root: Node<'_>) -> Option<Self> {
        let has = |key: &str| at(root, &[key]).is_some();
        let is_export = has("time") && matches!(at(root, &["properties"]), Some(Node::Object(_)));
        let by_name = ["Type", "category", "Category"]
            .iter()
            .find_map(|key| Service::named(&text_at(root, &[key])?));
        // An audit's own category may be one of those names: `Policy`.
        let by_keys = || {
            if has("riskEventType") && has("detectedDateTime") {
                Some(Service::Risks)
            } else if has("activityDisplayName") || has("ActivityDisplayName") {
                Some(Service::Audits)
            } else if has("createdDateTime") && (has("appId") || has("status")) {
                Some(Service::SignIns)
            } else if has("resourceId") && has("operationName") {
                Some(Service::Activities)
            } else {
                None
            }
        };
        let is_bare_audit =
            !is_export && (has("activityDisplayName") || has("ActivityDisplayName"));
        let service = if is_bare_audit { by_keys() } else { by_name.or_else(by_keys) }?;
        Some(Self { service, is_export })
    }
}
