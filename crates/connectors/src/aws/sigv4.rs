//! AWS Signature Version 4. Pure.

use data_encoding::HEXLOWER;
use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::tz::TimeZone;
use model::Timestamp;
use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};

const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// What a signature is valid for, and by whom.
pub(super) struct Signer<'a> {
    pub access_key_id: &'a str,
    pub secret: &'a SecretString,
    pub region: &'a str,
    pub service: &'a str,
}

/// What is signed of a request.
pub(super) struct Signed<'a> {
    pub method: &'a str,
    /// With its leading slash, encoded.
    pub path: &'a str,
    /// Encoded and sorted.
    pub query: &'a str,
    /// Lower-case names in their order, with values; `host` and `x-amz-date` among them.
    pub headers: &'a [(&'a str, &'a str)],
    pub body: &'a [u8],
}

/// The time of a request, as its header says it: `20150830T123600Z`.
pub(super) fn date(now: Timestamp) -> String {
    now.to_zoned(TimeZone::UTC).strftime("%Y%m%dT%H%M%SZ").to_string()
}

impl Signer<'_> {
    /// The `Authorization` header of a request that is sent at `date`.
    pub(super) fn authorization(&self, request: &Signed<'_>, date: &str) -> String {
        let day = date.get(..8).unwrap_or_default();
        let scope = format!("{day}/{}/{}/aws4_request", self.region, self.service);
        let text = format!("{ALGORITHM}\n{date}\n{scope}\n{}", hash(&request.canonical()));
        let signature = HEXLOWER.encode(&mac(&self.key(day), &text));
        let (id, names) = (self.access_key_id, request.names());
        format!("{ALGORITHM} Credential={id}/{scope}, SignedHeaders={names}, Signature={signature}")
    }

    fn key(&self, day: &str) -> Vec<u8> {
        let first = format!("AWS4{}", self.secret.expose_secret());
        let parts = [day, self.region, self.service, "aws4_request"];
        parts.iter().fold(first.into_bytes(), |key, part| mac(&key, part))
    }
}

impl Signed<'_> {
    fn names(&self) -> String {
        self.headers.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(";")
    }

    fn canonical(&self) -> String {
        let headers: String =
            self.headers.iter().map(|(name, value)| format!("{name}:{}\n", value.trim())).collect();
        let (method, path, query) = (self.method, self.path, self.query);
        let body = HEXLOWER.encode(&Sha256::digest(self.body));
        format!("{method}\n{path}\n{query}\n{headers}\n{}\n{body}", self.names())
    }
}

fn hash(text: &str) -> String {
    HEXLOWER.encode(&Sha256::digest(text.as_bytes()))
}

fn mac(key: &[u8], text: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    const DATE: &str = "20150830T123600Z";

    fn check(service: &str, request: &Signed<'_>, names: &str, signature: &str) {
        let secret = SecretString::from("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY");
        let signer =
            Signer { access_key_id: "AKIDEXAMPLE", secret: &secret, region: "us-east-1", service };
        assert_eq!(
            signer.authorization(request, DATE),
            format!(
                "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/{service}/aws4_request, \
                 SignedHeaders={names}, Signature={signature}"
            )
        );
    }

    /// The example of the AWS General Reference, with the figures it gives on the way.
    #[test]
    fn the_published_example_for_iam_is_signed_as_published() {
        let request = Signed {
            method: "GET",
            path: "/",
            query: "Action=ListUsers&Version=2010-05-08",
            headers: &[
                ("content-type", "application/x-www-form-urlencoded; charset=utf-8"),
                ("host", "iam.amazonaws.com"),
                ("x-amz-date", DATE),
            ],
            body: b"",
        };
        assert_eq!(
            hash(&request.canonical()),
            "f536975d06c0309214f805bb90ccff089219ecd68b2577efef23edd43b7e1a59"
        );
        let secret = SecretString::from("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY");
        let signer = Signer {
            access_key_id: "AKIDEXAMPLE",
            secret: &secret,
            region: "us-east-1",
            service: "iam",
        };
        assert_eq!(
            HEXLOWER.encode(&signer.key("20150830")),
            "c4afb1cc5771d871763a393e44b703571b55cc28424d1a5e86da6ed3c154a4b9"
        );
        check(
            "iam",
            &request,
            "content-type;host;x-amz-date",
            "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7",
        );
    }

    /// Cases of the published test suite.
    #[test]
    fn the_published_test_suite_is_signed_as_published() {
        let (host, date) = (("host", "example.amazonaws.com"), ("x-amz-date", DATE));
        let form = ("content-type", "application/x-www-form-urlencoded");
        let (plain, with_form) = ([host, date], [form, host, date]);
        let check = |method: &str, body: &[u8], headers: &[(&str, &str)], signature: &str| {
            let request = Signed { method, path: "/", query: "", headers, body };
            check("service", &request, &request.names(), signature);
        };
        check(
            "GET",
            b"",
            &plain,
            "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
        );
        check(
            "POST",
            b"",
            &plain,
            "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b",
        );
        check(
            "POST",
            b"Param1=value1",
            &with_form,
            "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
        );
    }

    #[test]
    fn a_date_is_written_as_the_header_wants_it() {
        let now = "2015-08-30T12:36:00.9Z".parse().expect("an instant");
        assert_eq!(date(now), DATE);
    }
}
