//! AWS CloudTrail.

use serde_json::{Value, json};

use super::{Writer, mixed};
use crate::life::act::{Aws, Robot, Who};

const ACCOUNT: &str = "111122223333";

/// What people and machines usually call.
const CALLS: &[(&str, &str)] = &[
    ("ec2", "DescribeInstances"),
    ("s3", "GetBucketLocation"),
    ("logs", "DescribeLogStreams"),
    ("cloudwatch", "GetMetricData"),
    ("ec2", "DescribeSecurityGroups"),
    ("logs", "FilterLogEvents"),
    ("lambda", "ListFunctions20150331"),
    ("rds", "DescribeDBInstances"),
    ("ecs", "DescribeServices"),
    ("ecs", "UpdateService"),
    ("ec2", "StartInstances"),
    ("ec2", "RunInstances"),
    ("sts", "AssumeRole"),
    ("kms", "Decrypt"),
    ("ssm", "GetParameter"),
    ("elasticloadbalancing", "DescribeTargetHealth"),
    ("iam", "GetRole"),
    ("iam", "ListRoles"),
    ("dynamodb", "DescribeTable"),
    ("cloudtrail", "DescribeTrails"),
];

/// How many usual calls there are.
pub(in crate::life) const CALL_COUNT: u32 = CALLS.len() as u32;

/// What is called, with what, and what is answered.
struct Told {
    service: &'static str,
    name: &'static str,
    asked: Value,
    answer: Value,
    is_read: bool,
}

pub(super) fn record(writer: &Writer<'_>, what: Aws) -> String {
    let told = told(writer, what);
    let host = format!("{}.amazonaws.com", told.service);
    json!({
        "eventVersion": "1.11", "userIdentity": identity(writer), "eventTime": writer.second(), "eventSource": host, "eventName": told.name,
        "awsRegion": "eu-central-1", "sourceIPAddress": writer.act.seat.address.to_string(), "userAgent": writer.act.seat.device.agent(),
        "requestParameters": told.asked, "responseElements": told.answer, "requestID": writer.uuid(2), "eventID": writer.uuid(1),
        "readOnly": told.is_read, "resources": [{ "accountId": ACCOUNT, "type": "AWS::Any::Thing", "ARN": format!("arn:aws:{}:eu-central-1:{ACCOUNT}:thing", told.service) }],
        "eventType": if told.name == "ConsoleLogin" { "AwsConsoleSignIn" } else { "AwsApiCall" }, "managementEvent": told.name != "GetObject",
        "recipientAccountId": ACCOUNT, "eventCategory": if told.name == "GetObject" { "Data" } else { "Management" },
        "additionalEventData": if told.name == "ConsoleLogin" { json!({ "LoginTo": "https://console.aws.amazon.com/console/home", "MobileVersion": "No", "MFAUsed": "Yes" }) } else { json!({ "SignatureVersion": "SigV4", "CipherSuite": "TLS_AES_128_GCM_SHA256" }) },
        "tlsDetails": { "tlsVersion": "TLSv1.3", "cipherSuite": "TLS_AES_128_GCM_SHA256", "clientProvidedHostHeader": host }
    })
    .to_string()
}

fn told(writer: &Writer<'_>, what: Aws) -> Told {
    let of = |service, name, asked: Value| Told {
        service,
        name,
        asked,
        answer: Value::Null,
        is_read: false,
    };
    let trail =
        json!({ "name": format!("arn:aws:cloudtrail:eu-central-1:{ACCOUNT}:trail/organisation") });
    match what {
        Aws::Call { call } => {
            let (service, name) = CALLS[call as usize % CALLS.len()];
            let is_read =
                ["Describe", "Get", "List", "Filter"].iter().any(|it| name.starts_with(it));
            let asked = if is_read {
                json!({ "maxResults": 100, "filterSet": {} })
            } else {
                json!({ "name": format!("thing-{}", writer.act.salt % 40) })
            };
            Told { is_read, ..of(service, name, asked) }
        }
        Aws::Get { object } => Told {
            is_read: true,
            ..of(
                "s3",
                "GetObject",
                json!({ "bucketName": format!("larkfield-data-{}", object % 7), "key": format!("exports/{object}.parquet"), "Host": "larkfield-data.s3.eu-central-1.amazonaws.com" }),
            )
        },
        Aws::ConsoleLogin => Told {
            answer: json!({ "ConsoleLogin": "Success" }),
            ..of("signin", "ConsoleLogin", Value::Null)
        },
        Aws::KeyMade { key } => Told {
            answer: json!({ "accessKey": { "userName": user(key), "accessKeyId": key_id(key), "status": "Active", "createDate": writer.second() } }),
            ..of("iam", "CreateAccessKey", json!({ "userName": user(key) }))
        },
        Aws::WhoAmI => Told { is_read: true, ..of("sts", "GetCallerIdentity", Value::Null) },
        Aws::ListAll => {
            let (service, name) = [
                ("s3", "ListBuckets"),
                ("iam", "ListUsers"),
                ("secretsmanager", "ListSecrets"),
                ("iam", "ListAttachedUserPolicies"),
            ][writer.act.salt as usize % 4];
            Told { is_read: true, ..of(service, name, json!({})) }
        }
        Aws::TrailStopped => of("cloudtrail", "StopLogging", trail),
        Aws::TrailDeleted => of("cloudtrail", "DeleteTrail", trail),
    }
}

fn identity(writer: &Writer<'_>) -> Value {
    let role = |role: &str, name: &str, id: u64, is_proven: bool| {
        json!({
            "type": "AssumedRole", "principalId": format!("AROA{:012X}:{name}", mixed(role.len() as u64) & 0xffff_ffff_ffff),
            "arn": format!("arn:aws:sts::{ACCOUNT}:assumed-role/{role}/{name}"), "accountId": ACCOUNT, "accessKeyId": format!("ASIA{:016X}", id),
            "sessionContext": {
                "sessionIssuer": { "type": "Role", "principalId": format!("AROA{:012X}", mixed(role.len() as u64) & 0xffff_ffff_ffff), "arn": format!("arn:aws:iam::{ACCOUNT}:role/{}{role}", if is_proven { "aws-reserved/sso.amazonaws.com/" } else { "" }), "accountId": ACCOUNT, "userName": role },
                "attributes": { "creationDate": writer.second(), "mfaAuthenticated": if is_proven { "true" } else { "false" } }
            }
        })
    };
    match writer.act.who {
        Who::Person(number) => {
            let person = writer.person(number);
            role("AWSReservedSSO_Developer_0a1b2c3d", &person.email, writer.act.seat.session, true)
        }
        Who::Robot(Robot::Terraform) => {
            role("deployer", "terraform", writer.act.salt & 0xff, false)
        }
        Who::Robot(_) => json!({
            "type": "IAMUser", "principalId": "AIDABACKUP000001", "arn": format!("arn:aws:iam::{ACCOUNT}:user/backup"), "accountId": ACCOUNT, "accessKeyId": "AKIABACKUP0000000001", "userName": "backup"
        }),
        Who::Key(key) => json!({
            "type": "IAMUser", "principalId": format!("AIDA{:012X}", mixed(u64::from(key)) & 0xffff_ffff_ffff), "arn": format!("arn:aws:iam::{ACCOUNT}:user/{}", user(key)), "accountId": ACCOUNT, "accessKeyId": key_id(key), "userName": user(key)
        }),
    }
}

fn user(key: u32) -> String {
    format!("deploy-{}", key % 1_000)
}

fn key_id(key: u32) -> String {
    format!("AKIA{:016X}", mixed(u64::from(key) ^ 0xa1a1))
}
