//! Okta's System Log.

use serde_json::{Value, json};

use super::{Writer, mixed};
use crate::life::act::{Okta, Robot, Who};

/// An event's type, Okta's words for it, its result and reason, and what it is done to.
struct Told {
    kind: &'static str,
    words: &'static str,
    result: &'static str,
    reason: Option<&'static str>,
    target: Value,
}

pub(super) fn record(writer: &Writer<'_>, what: Okta) -> String {
    let told = told(writer, what);
    let network = writer.network();
    let device = writer.act.seat.device;
    let (browser, os) = device.words();
    let is_new_device = matches!(what, Okta::SignIn { is_new_device: true, .. });
    let behaviours = if is_new_device {
        "{New Geo-Location=POSITIVE, New Device=POSITIVE, New IP=POSITIVE, New State=POSITIVE, New Country=POSITIVE, Velocity=NEGATIVE, New City=POSITIVE}"
    } else {
        "{New Geo-Location=NEGATIVE, New Device=NEGATIVE, New IP=NEGATIVE, New State=NEGATIVE, New Country=NEGATIVE, Velocity=NEGATIVE, New City=NEGATIVE}"
    };
    let address = writer.act.seat.address.to_string();
    json!({
        "uuid": writer.uuid(1), "published": writer.time().to_string(), "version": "0", "eventType": told.kind,
        "displayMessage": told.words, "severity": if told.result == "FAILURE" { "WARN" } else { "INFO" },
        "actor": actor(writer),
        "client": {
            "device": "Computer", "id": null, "ipAddress": address, "zone": "null",
            "userAgent": { "browser": browser, "os": os, "rawUserAgent": device.agent() },
            "geographicalContext": {
                "city": network.city.name, "state": null, "country": network.city.country_name, "postalCode": null,
                "geolocation": { "lat": network.city.latitude, "lon": network.city.longitude }
            }
        },
        "authenticationContext": {
            "authenticationProvider": null, "authenticationStep": 0, "credentialProvider": null, "credentialType": null,
            "externalSessionId": format!("102{:020x}", u128::from(writer.act.seat.session)), "interface": null, "issuer": null
        },
        "outcome": { "result": told.result, "reason": told.reason },
        "target": told.target,
        "securityContext": {
            "asNumber": network.asn, "asOrg": network.name, "isp": network.name, "domain": "net.example",
            "isProxy": matches!(network.cover, crate::life::networks::Cover::Tor | crate::life::networks::Cover::Vpn)
        },
        "debugContext": { "debugData": {
            "requestId": writer.uuid(2), "requestUri": "/idp/idx/challenge/answer", "url": "/idp/idx/challenge/answer?",
            "dtHash": format!("{:016x}{:016x}", device.mark, mixed(device.mark)), "deviceFingerprint": format!("{:016x}", mixed(device.mark ^ 1)),
            "behaviors": behaviours, "risk": if is_new_device { "{reasons=Anomalous Device, Anomalous Location, level=HIGH}" } else { "{level=LOW}" },
            "threatSuspected": "false"
        } },
        "request": { "ipChain": [{ "ip": address, "version": "V4", "source": null, "geographicalContext": { "country": network.city.country_name } }] },
        "transaction": { "id": writer.uuid(3), "type": "WEB", "detail": {} },
        "legacyEventType": null
    })
    .to_string()
}

fn told(writer: &Writer<'_>, what: Okta) -> Told {
    let of = |kind, words, target| Told { kind, words, result: "SUCCESS", reason: None, target };
    let user = |number| json!([user_target(writer, number)]);
    let own = match writer.act.who {
        Who::Person(number) => user(number),
        Who::Robot(_) | Who::Key(_) => Value::Null,
    };
    match what {
        Okta::SignIn { is_good: true, .. } => of("user.session.start", "User login to Okta", own),
        Okta::SignIn { is_good: false, .. } => Told {
            result: "FAILURE",
            reason: Some("INVALID_CREDENTIALS"),
            ..of("user.session.start", "User login to Okta", own)
        },
        Okta::Push { is_accepted: true } => {
            of("user.authentication.auth_via_mfa", "Authentication of user via MFA", own)
        }
        Okta::Push { is_accepted: false } => Told {
            result: "FAILURE",
            reason: Some("User rejected Okta push verify"),
            ..of("user.mfa.okta_verify.deny_push", "User rejected Okta push verify", own)
        },
        Okta::App { app } => {
            let target = json!([
                { "id": format!("0oa{app:013x}"), "type": "AppInstance", "alternateId": format!("App {app}"), "displayName": format!("App {app}"), "detailEntry": { "signOnModeType": "SAML_2_0" } },
                { "id": format!("0ua{app:013x}"), "type": "AppUser", "alternateId": "unknown", "displayName": "unknown", "detailEntry": null }
            ]);
            of("user.authentication.sso", "User single sign on to app", target)
        }
        Okta::PolicyAsked => Told {
            result: "ALLOW",
            reason: Some("Sign-on policy evaluation resulted in ALLOW"),
            ..of("policy.evaluate_sign_on", "Evaluation of sign-on policy", own)
        },
        Okta::SessionEnd => of("user.session.end", "User logout from Okta", own),
        Okta::FactorAdded => Told {
            reason: Some("User set up OKTA_VERIFY_PUSH factor"),
            ..of(
                "user.mfa.factor.activate",
                "Activate factor or authenticator enrollment for user",
                own,
            )
        },
        Okta::FactorsReset { of: number } => {
            of("user.mfa.factor.reset_all", "Reset all factors for user", user(number))
        }
        Okta::AdminGranted { to } => {
            let mut target = user_target(writer, to);
            target["detailEntry"] = json!({ "privilegeGranted": "Super administrator" });
            Told {
                reason: None,
                ..of("user.account.privilege.grant", "Grant user privilege", json!([target]))
            }
        }
        Okta::GroupJoined { who, group } => {
            let target = json!([
                user_target(writer, who),
                { "id": format!("00g{group:013x}"), "type": "UserGroup", "alternateId": "unknown", "displayName": format!("Group {group}"), "detailEntry": null }
            ]);
            of("group.user_membership.add", "Add user to group membership", target)
        }
        Okta::PasswordChanged => {
            of("user.account.update_password", "User update password for Okta", own)
        }
        Okta::Provisioned { who } => {
            of("application.provision.user.sync", "Sync user in external application", user(who))
        }
    }
}

fn actor(writer: &Writer<'_>) -> Value {
    match writer.act.who {
        Who::Person(number) => {
            let person = writer.person(number);
            json!({ "id": id(number), "type": "User", "alternateId": person.email, "displayName": person.name, "detailEntry": null })
        }
        Who::Robot(Robot::Directory) => {
            json!({ "id": "okta.system", "type": "SystemPrincipal", "alternateId": "system@okta.com", "displayName": "Okta System", "detailEntry": null })
        }
        Who::Robot(_) | Who::Key(_) => {
            json!({ "id": "0oarobot000000001", "type": "PublicClientApp", "alternateId": "unknown", "displayName": "Automation", "detailEntry": null })
        }
    }
}

fn id(number: u32) -> String {
    format!("00u{number:017x}")
}

fn user_target(writer: &Writer<'_>, number: u32) -> Value {
    let person = writer.person(number);
    json!({ "id": id(number), "type": "User", "alternateId": person.email, "displayName": person.name, "detailEntry": null })
}
