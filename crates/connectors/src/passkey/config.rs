//! The section `[verify.NAME]` with `kind = "passkey"`.

use schemars::JsonSchema;
use serde::Deserialize;

/// Passkeys on our page. Nothing to set: the relying party and the origin are those of
/// `server.public_url`, whose host must be a name and not an IP address.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PasskeyConfig {}
