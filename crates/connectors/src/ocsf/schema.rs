//! What of the framework's events we write, field by field as it names them.
#![expect(missing_docs, reason = "the fields are documented by the framework")]

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Class 2004.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DetectionFinding {
    pub class_uid: u32,
    pub category_uid: u32,
    pub activity_id: u32,
    pub type_uid: u32,
    pub time: i64,
    pub severity_id: u32,
    pub status_id: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confidence_id: Option<u32>,
    pub is_alert: bool,
    pub metadata: Metadata,
    pub finding_info: FindingInfo,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub resources: Vec<Resource>,
}

/// Class 2005.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IncidentFinding {
    pub class_uid: u32,
    pub category_uid: u32,
    pub activity_id: u32,
    pub type_uid: u32,
    pub time: i64,
    pub severity_id: u32,
    pub status_id: u32,
    pub verdict_id: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confidence_id: Option<u32>,
    pub start_time: i64,
    pub desc: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub src_url: Option<String>,
    pub metadata: Metadata,
    pub finding_info_list: Vec<Finding>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Note>,
    pub unmapped: Value,
}

/// Class 7001.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Remediation {
    pub class_uid: u32,
    pub category_uid: u32,
    pub activity_id: u32,
    pub type_uid: u32,
    pub time: i64,
    pub severity_id: u32,
    pub status_id: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status_detail: Option<String>,
    pub command_uid: String,
    pub metadata: Metadata,
    pub unmapped: Value,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Metadata {
    pub version: String,
    pub product: Product,
    pub uid: String,
    pub correlation_uid: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub profiles: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Product {
    pub name: String,
    pub vendor_name: String,
    pub version: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FindingInfo {
    pub uid: String,
    pub title: String,
    pub created_time: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub src_url: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Finding {
    pub uid: String,
    pub title: String,
    pub created_time: i64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Note {
    pub content: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Resource {
    pub uid: String,
    #[serde(rename = "type")]
    pub kind: String,
    pub owner: User,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct User {
    pub uid: String,
    pub email_addr: String,
}
