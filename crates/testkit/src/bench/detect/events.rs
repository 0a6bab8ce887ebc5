//! Made-up records of several logs, as a company has them: mostly sign-ins, reads and pushes, now
//! and then what rules look for. The same on every run.

use event::Logsource;
use serde_json::{Value, json};

/// A record and its log.
pub(super) struct Record {
    pub(super) log: Logsource,
    pub(super) bytes: Vec<u8>,
}

/// Numbers that look like chance, from a seed.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    /// The first words are far more frequent than the last.
    fn word<'w>(&mut self, words: &[&'w str]) -> &'w str {
        let count = words.len() as u64;
        let place = self.below(count).min(self.below(count)).min(self.below(count));
        words[usize::try_from(place).unwrap_or(0)]
    }
}

const AGENT: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36";

/// So many records.
pub(super) fn mixed(count: usize) -> Vec<Record> {
    let mut chance = Chance(7);
    let record = |_| {
        let (product, service, value) = match chance.below(20) {
            0..=6 => ("okta", "okta", okta(&mut chance)),
            7..=13 => ("aws", "cloudtrail", cloudtrail(&mut chance)),
            14..=16 => ("azure", "signinlogs", sign_in(&mut chance)),
            17 => ("azure", "auditlogs", audit(&mut chance)),
            18 => ("azure", "activitylogs", activity(&mut chance)),
            _ => ("gcp", "google_workspace.admin", workspace(&mut chance)),
        };
        let log = Logsource { product, service };
        Record { log, bytes: value.to_string().into_bytes() }
    };
    (0..count).map(record).collect()
}

fn id(chance: &mut Chance) -> String {
    format!("{:016x}-{:016x}", chance.next(), chance.next())
}

fn ip(chance: &mut Chance) -> String {
    format!("198.51.100.{}", chance.below(250))
}

fn person(chance: &mut Chance) -> String {
    let place = chance.below(10_000).min(chance.below(10_000));
    format!("person{place}@example.com")
}

fn okta(chance: &mut Chance) -> Value {
    let kind = chance.word(&[
        "user.session.start",
        "user.authentication.sso",
        "user.authentication.auth_via_mfa",
        "policy.evaluate_sign_on",
        "user.session.end",
        "app.oauth2.token.grant",
        "user.authentication.verify",
        "user.account.update_profile",
        "group.user_membership.add",
        "user.mfa.factor.deactivate",
        "application.lifecycle.update",
        "user.account.lock",
        "system.api_token.create",
        "policy.lifecycle.update",
        "user.session.impersonation.grant",
    ]);
    let who = person(chance);
    json!({
        "uuid": id(chance), "published": "2026-11-20T08:12:33.114Z", "version": "0", "eventType": kind,
        "legacyEventType": "core.user_auth", "displayMessage": kind.replace('.', " "), "severity": "INFO",
        "actor": { "id": id(chance), "type": "User", "alternateId": who, "displayName": "Somebody", "detailEntry": null },
        "client": {
            "device": "Computer", "id": null, "ipAddress": ip(chance), "zone": "null",
            "userAgent": { "browser": "CHROME", "os": "Windows 11", "rawUserAgent": AGENT },
            "geographicalContext": { "city": "Bergen", "state": "Vestland", "country": "Norway", "postalCode": "5003", "geolocation": { "lat": 60.39, "lon": 5.32 } }
        },
        "authenticationContext": { "authenticationStep": 0, "externalSessionId": id(chance), "interface": null, "issuer": null },
        "outcome": { "result": chance.word(&["SUCCESS", "SUCCESS", "FAILURE", "ALLOW", "DENY"]), "reason": null },
        "target": [{ "id": id(chance), "type": "AppUser", "alternateId": who, "displayName": "Somebody", "detailEntry": null }],
        "securityContext": { "asNumber": 64500, "asOrg": "example", "isp": "example", "domain": "example.net", "isProxy": chance.below(100) == 0 },
        "debugContext": { "debugData": { "requestUri": "/idp/idx/identify", "dtHash": id(chance), "deviceFingerprint": id(chance), "behaviors": "{New Device=NEGATIVE}", "threatSuspected": "false" } },
        "request": { "ipChain": [{ "ip": ip(chance), "version": "V4", "source": null }] },
        "transaction": { "id": id(chance), "type": "WEB", "detail": {} }
    })
}

fn cloudtrail(chance: &mut Chance) -> Value {
    let (source, name) = match chance.below(12) {
        0..=4 => (
            "s3.amazonaws.com",
            chance.word(&["GetObject", "PutObject", "ListBuckets", "GetBucketAcl"]),
        ),
        5..=7 => (
            "ec2.amazonaws.com",
            chance.word(&[
                "DescribeInstances",
                "RunInstances",
                "DescribeVolumes",
                "ModifySnapshotAttribute",
            ]),
        ),
        8 => (
            "sts.amazonaws.com",
            chance.word(&["AssumeRole", "GetCallerIdentity", "GetSessionToken"]),
        ),
        9 => (
            "iam.amazonaws.com",
            chance.word(&[
                "GetUser",
                "ListRoles",
                "CreateAccessKey",
                "UpdateLoginProfile",
                "CreateUser",
            ]),
        ),
        10 => ("signin.amazonaws.com", "ConsoleLogin"),
        _ => (
            "cloudtrail.amazonaws.com",
            chance.word(&["LookupEvents", "DescribeTrails", "StopLogging", "DeleteTrail"]),
        ),
    };
    json!({
        "eventVersion": "1.11", "eventID": id(chance), "eventTime": "2026-11-20T08:12:33Z", "eventSource": source, "eventName": name,
        "eventType": "AwsApiCall", "eventCategory": "Management", "readOnly": name.starts_with("Get"), "managementEvent": true,
        "awsRegion": "eu-central-1", "recipientAccountId": "111122223333", "requestID": id(chance),
        "sourceIPAddress": ip(chance), "userAgent": "aws-cli/2.17.0 Python/3.11.8 Linux/6.1.0 exe/x86_64",
        "userIdentity": {
            "type": chance.word(&["AssumedRole", "IAMUser", "AWSService", "Root"]), "principalId": id(chance), "arn": format!("arn:aws:sts::111122223333:assumed-role/Admin/{}", person(chance)),
            "accountId": "111122223333", "accessKeyId": id(chance),
            "sessionContext": { "sessionIssuer": { "type": "Role", "arn": "arn:aws:iam::111122223333:role/Admin", "userName": "Admin" }, "attributes": { "creationDate": "2026-11-20T08:00:00Z", "mfaAuthenticated": "true" } }
        },
        "requestParameters": { "bucketName": "example", "key": id(chance), "roleArn": "arn:aws:iam::111122223333:role/x", "maxResults": 100 },
        "responseElements": null, "resources": [{ "ARN": "arn:aws:s3:::example" }], "tlsDetails": { "tlsVersion": "TLSv1.3", "cipherSuite": "x", "clientProvidedHostHeader": source }
    })
}

fn sign_in(chance: &mut Chance) -> Value {
    json!({
        "id": id(chance), "createdDateTime": "2026-11-20T08:12:33Z", "userDisplayName": "Somebody", "userPrincipalName": person(chance), "userId": id(chance), "appId": id(chance), "appDisplayName": chance.word(&["Office 365", "Teams", "Azure Portal"]),
        "ipAddress": ip(chance), "clientAppUsed": chance.word(&["Browser", "Mobile Apps and Desktop clients", "IMAP4"]), "correlationId": id(chance), "conditionalAccessStatus": "success", "isInteractive": true,
        "riskDetail": "none", "riskLevelAggregated": "none", "riskState": "none", "resourceId": id(chance), "resourceDisplayName": "Microsoft Graph", "authenticationRequirement": chance.word(&["multiFactorAuthentication", "singleFactorAuthentication"]),
        "ResultType": chance.word(&["0", "0", "50126", "50074", "53003"]), "userAgent": AGENT, "sessionId": id(chance), "status": { "errorCode": 0, "failureReason": "Other.", "additionalDetails": null },
        "deviceDetail": { "deviceId": id(chance), "displayName": "PC", "operatingSystem": "Windows 11", "browser": "Chrome 140", "isCompliant": true, "isManaged": true, "trustType": "Azure AD joined" },
        "location": { "city": "Bergen", "state": "Vestland", "countryOrRegion": "NO", "geoCoordinates": { "latitude": 60.39, "longitude": 5.32 } }
    })
}

fn audit(chance: &mut Chance) -> Value {
    let what = chance.word(&[
        "Update user",
        "Add member to group",
        "Update application",
        "Add member to role",
        "Delete user",
        "Disable Strong Authentication",
    ]);
    json!({
        "id": id(chance), "activityDateTime": "2026-11-20T08:15:00Z", "activityDisplayName": what, "OperationName": what, "properties": { "message": what }, "category": "UserManagement", "operationType": "Update", "loggedByService": "Core Directory",
        "correlationId": id(chance), "result": "success", "resultReason": "", "initiatedBy": { "user": { "id": id(chance), "userPrincipalName": person(chance), "ipAddress": ip(chance) }, "app": null },
        "targetResources": [{ "id": id(chance), "type": "User", "displayName": null, "userPrincipalName": person(chance), "modifiedProperties": [{ "displayName": "AccountEnabled", "oldValue": "[true]", "newValue": "[false]" }, { "displayName": "Included Updated Properties", "oldValue": null, "newValue": "\"AccountEnabled\"" }] }],
        "additionalDetails": [{ "key": "User-Agent", "value": AGENT }]
    })
}

fn activity(chance: &mut Chance) -> Value {
    let what = chance.word(&[
        "MICROSOFT.COMPUTE/VIRTUALMACHINES/READ",
        "MICROSOFT.STORAGE/STORAGEACCOUNTS/LISTKEYS/ACTION",
        "MICROSOFT.NETWORK/NETWORKSECURITYGROUPS/WRITE",
        "MICROSOFT.KEYVAULT/VAULTS/DELETE",
    ]);
    json!({
        "time": "2026-11-20T08:12:33.1234567Z", "resourceId": format!("/SUBSCRIPTIONS/{}", id(chance)), "operationName": what, "category": "Administrative", "resultType": "Success", "resultSignature": "Succeeded.", "callerIpAddress": ip(chance), "correlationId": id(chance), "level": "Information",
        "identity": { "claims": { "appid": id(chance), "name": "Somebody", "upn": person(chance), "aud": "https://management.core.windows.net/" } }, "properties": { "message": what, "hierarchy": id(chance), "statusCode": "OK", "serviceRequestId": id(chance) }
    })
}

fn workspace(chance: &mut Chance) -> Value {
    json!({
        "kind": "admin#reports#activity", "id": { "time": "2026-11-20T08:12:33.114Z", "uniqueQualifier": id(chance), "applicationName": "admin", "customerId": "C0" }, "actor": { "callerType": "USER", "email": person(chance), "profileId": id(chance) }, "ipAddress": ip(chance),
        "eventService": "admin.googleapis.com", "eventName": chance.word(&["CHANGE_USER_SETTING", "ADD_GROUP_MEMBER", "GRANT_ADMIN_PRIVILEGE", "CREATE_ROLE", "DELETE_USER"]), "eventType": "USER_SETTINGS", "parameters": { "USER_EMAIL": person(chance), "SETTING_NAME": "x", "NEW_VALUE": "true" }
    })
}
