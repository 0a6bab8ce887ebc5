//! Who signs in where, and who may do what.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::secret::SecretRef;

/// Who may do what.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SignIn {
    /// The directory's groups that have a role.
    pub roles: Roles,
    /// The company's identity provider, where people sign in there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub oidc: Option<Oidc>,
}

/// An identity provider that speaks OpenID Connect. It must know our address
/// `PUBLIC_URL/signin/oidc/callback`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Oidc {
    /// Its name of itself, an address, exactly as its metadata has it.
    #[schemars(length(min = 1, max = 2048))]
    pub issuer: String,
    /// Our name there.
    #[schemars(length(min = 1, max = 255))]
    pub client_id: String,
    /// Our secret there.
    pub client_secret: SecretRef,
    /// The claim that is the directory's own id of a person: never one that can change hands, such
    /// as an e-mail address. Entra ID's is `oid`.
    #[serde(default = "sub")]
    #[schemars(length(min = 1, max = 120))]
    pub subject_claim: String,
    /// What is asked for beside `openid`, such as the scope that brings the groups.
    #[serde(default)]
    #[schemars(length(max = 16))]
    pub scopes: Vec<String>,
    /// How its tokens may be signed.
    #[serde(default = "signatures")]
    #[schemars(length(min = 1, max = 4))]
    pub algorithms: Vec<String>,
    /// Kinds of sign-in (`acr`) after which somebody may set up their first way to prove. None by
    /// default: that wants an administrator's link.
    #[serde(default)]
    #[schemars(length(max = 16))]
    pub acr: Vec<String>,
    /// The claim with the names of their groups or roles.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 120))]
    pub roles_claim: Option<String>,
    /// What of that claim makes somebody an analyst or an administrator, as long as they are signed
    /// in.
    #[serde(default)]
    pub roles: Roles,
}

fn sub() -> String {
    "sub".to_owned()
}

fn signatures() -> Vec<String> {
    ["RS256", "PS256", "ES256", "EdDSA"].map(str::to_owned).to_vec()
}

/// Groups that have a role.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Roles {
    /// Groups whose people are analysts.
    #[schemars(length(max = 256))]
    pub analyst: Vec<String>,
    /// Groups whose people are administrators.
    #[schemars(length(max = 256))]
    pub admin: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Config, ConfigProblem, Registry, load};

    const LEAST: &str = r#"
issuer = "https://login.example.com"
client_id = "countersign"
client_secret = { env = "OIDC_CLIENT_SECRET" }
"#;

    fn read(more: &str) -> Result<Config, Vec<ConfigProblem>> {
        let text = format!("escalate.none = true\n[signin.oidc]{LEAST}{more}\n");
        load(&text, "countersign.toml", &Registry::new())
    }

    #[test]
    fn a_provider_needs_its_name_and_ours_and_the_rest_is_strict() {
        let config = read("").expect("sound");
        let oidc = config.signin.oidc.expect("a provider");
        assert_eq!(oidc.subject_claim, "sub");
        assert_eq!(oidc.algorithms, ["RS256", "PS256", "ES256", "EdDSA"]);
        assert!(oidc.acr.is_empty(), "nobody sets up a first factor by it unless that is said");
        assert_eq!(oidc.roles, Roles::default());
        let secrets: Vec<_> = config.secrets.iter().map(|each| each.key.as_str()).collect();
        assert_eq!(secrets, ["signin.oidc.client_secret"]);
    }

    #[test]
    fn roles_of_a_provider_and_the_claim_that_holds_them_go_together() {
        let roles = "roles = { analyst = [\"security\"] }";
        for (more, is_sound) in [
            (format!("roles_claim = \"groups\"\n{roles}"), true),
            (roles.to_owned(), false),
            ("roles_claim = \"groups\"".to_owned(), false),
            ("secret = \"in the file\"".to_owned(), false),
            ("algorithms = []".to_owned(), false),
        ] {
            assert_eq!(read(&more).is_ok(), is_sound, "{more}");
        }
    }
}
