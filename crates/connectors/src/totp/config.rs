//! The section `[verify.NAME]` with `kind = "totp"`.

use schemars::JsonSchema;
use serde::Deserialize;

/// Codes of an authenticator app, typed on our page. Nothing to set.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TotpConfig {}
