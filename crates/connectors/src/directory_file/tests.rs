use jiff::tz::TimeZone;
use model::{Method, PersonId};
use ports::Directory;
use secrecy::SecretString;

use super::{Loaded, PeopleError, people};
use crate::secret::{SecretError, SecretRef};

fn read(text: &str) -> Result<Loaded, PeopleError> {
    let zone = TimeZone::get("Europe/Berlin").expect("a zone");
    people::read("staff", text, &zone, |reference| match reference {
        SecretRef::Env(name) if name == "MIA" => {
            Ok(SecretString::from("jbsw y3dp ehpk 3pxp jbsw-y3dp-ehpk-3pxp==".to_owned()))
        }
        SecretRef::Env(name) if name == "SHORT" => Ok(SecretString::from("JBSWY3DP".to_owned())),
        SecretRef::Env(name) => Err(SecretError::Unset(name.clone())),
        SecretRef::File(_) => Err(SecretError::Empty("the file".to_owned())),
    })
}

fn faults(text: &str) -> Vec<String> {
    match read(text) {
        Ok(_) => Vec::new(),
        Err(PeopleError::Invalid(faults)) => {
            faults.into_iter().map(|fault| format!("{}: {}", fault.path, fault.text)).collect()
        }
        Err(error) => vec![error.to_string()],
    }
}

const MIA: &str = r#"
[[person]]
id = "00u1"
email = "Mia@example.com"
name = "Mia Wong"
time_zone = "America/New_York"
language = "en"
manager = "BOSS@example.com"
groups = ["admins", "cloud"]
privileged = true
chat = { slack = "U01" }
aliases = ["aws:mia"]
away = [{ from = 2026-12-24, to = 2026-12-26 }, { from = 2026-07-01T09:00:00Z, to = 2026-07-01T12:00:00Z }]
totp = { secret = { env = "MIA" }, enrolled = 2026-01-31 }
[[person]]
id = "00u2"
email = "boss@example.com"
"#;

#[test]
fn a_person_is_found_by_every_name_and_has_what_is_written() {
    let loaded = read(MIA).expect("a directory");
    assert_eq!(loaded.problems, []);
    let mia = loaded.directory.find("mia@EXAMPLE.com").expect("by e-mail");
    assert_eq!(loaded.directory.find("AWS:mia").map(|person| person.id), Some(mia.id));
    assert_eq!(loaded.directory.by_chat("slack", "U01").map(|person| person.id), Some(mia.id));
    assert!(loaded.directory.find("Mia Wong").is_none(), "never by display name");
    assert!(mia.privileged && mia.active);
    assert_eq!(mia.manager, Some("00u2".into()), "the manager's id");
    assert_eq!(mia.groups, ["admins", "cloud"]);
    let away: Vec<_> =
        mia.away.iter().map(|away| [away.from, away.to].map(|t| t.to_string())).collect();
    assert_eq!(away[0], ["2026-12-24T05:00:00Z", "2026-12-27T05:00:00Z"], "whole days, own zone");
    assert_eq!(away[1], ["2026-07-01T09:00:00Z", "2026-07-01T12:00:00Z"]);
}

#[test]
fn a_totp_secret_of_the_file_is_a_factor_as_old_as_it_says() {
    let loaded = read(MIA).expect("a directory");
    let mia = loaded.directory.find("00u1").expect("by id");
    let [factor] = &loaded.directory.factors(mia.id)[..] else { panic!("one factor") };
    assert_eq!((factor.method, factor.is_external, factor.person), (Method::Totp, true, mia.id));
    let created = factor.created_at.expect("known").to_string();
    assert_eq!(created, "2026-02-01T05:00:00Z", "the end of that day: never older than it is");
    assert_eq!(factor.material, b"Hello!\xde\xad\xbe\xefHello!\xde\xad\xbe\xef");
    assert!(!format!("{loaded:?}").contains("Hello"));
}

#[test]
fn the_same_person_has_the_same_id_on_every_start_and_another_in_another_directory() {
    let id = |directory: &str, text: &str| -> PersonId {
        let loaded = people::read(directory, text, &TimeZone::UTC, |_| {
            Err(SecretError::Unset(String::new()))
        });
        loaded.expect("a directory").directory.people()[0].id
    };
    let one = "[[person]]\nid = \"a\"\nemail = \"a@example.com\"\n";
    let renamed = "[[person]]\nid = \"a\"\nemail = \"b@example.com\"\nname = \"B\"\n";
    assert_eq!(id("staff", one), id("staff", renamed), "the id is the identity");
    assert_ne!(id("staff", one), id("guests", one));
}

#[test]
fn everything_written_wrongly_is_told_at_once_with_its_line() {
    let found = faults(
        r#"
[[person]]
id = "a"
emial = "a@example.com"
time_zone = "Europe/Berlim"
groups = "admins"
[[person]]
id = 7
email = "not an address"
privileged = "yes"
xyzzy = 1
away = [{ from = 2026-12-26, to = 2026-12-24 }, { from = 10:00:00, to = 2026-12-24, til = 1 }]
totp = { secret = "JBSWY3DPEHPK3PXP", enrolled = "2026-01-31" }
[[person]]
id = "c"
email = "c@example.com"
totp = { secret = { env = "UNSET" }, enrolled = 2026-01-31 }
[[person]]
id = "c"
email = "d@example.com"
chat = { slack = "" }
totp = { secret = { env = "SHORT" } }
[people]
"#,
    );
    for expected in [
        "person[0]: line 4: unknown key `emial`, did you mean `email`?",
        "person[0].email: line 2: must be given",
        "person[0].time_zone: line 5: not a time zone such as Europe/Berlin",
        "person[0].groups: line 6: not a list",
        ".id: line 8: not a text",
        ".email: line 9: not an e-mail address",
        ".privileged: line 10: not true or false",
        ": line 11: unknown key `xyzzy`, known are id, email",
        ".away[0].to: line 12: not after `from`",
        ".away[1].from: line 12: a time without a date",
        ".away[1]: line 12: unknown key `til`",
        ".totp.secret: line 13: not a reference: write { env = \"NAME\" }",
        ".totp.enrolled: line 13: not a date such as 2026-01-31, without quotes",
        ".totp.secret: line 17: the environment variable UNSET is not set",
        ".id: line 18: the same id as the person of line 14",
        ".chat: line 21: empty",
        ".totp.enrolled: line 22: must be a date",
        ".totp.secret: line 22: not base32 of at least 128 bits",
        ": line 23: write only `[[person]]` tables",
    ] {
        assert!(found.iter().any(|fault| fault.contains(expected)), "{expected}\n{found:#?}");
    }
    assert!(!format!("{found:?}").contains("JBSWY3DP"));
    let syntax = faults("[[person]]\nid = \"a\"\nemail = \"a@example.com\nname = 1");
    assert!(syntax.len() == 1 && syntax[0].starts_with(": line 3: not TOML"), "{syntax:?}");
}

#[test]
fn a_disputed_name_is_told_and_finds_nobody() {
    let loaded = read(
        r#"
[[person]]
id = "a"
email = "shared@example.com"
chat = { slack = "U1" }
manager = "gone@example.com"
[[person]]
id = "b"
email = "b@example.com"
aliases = ["SHARED@example.com", "a"]
chat = { slack = "U1" }
"#,
    )
    .expect("a directory");
    let directory = &loaded.directory;
    assert!(directory.find("shared@example.com").is_none());
    assert!(directory.find("a").is_none());
    assert!(directory.by_chat("slack", "U1").is_none());
    assert!(directory.find("b").is_some());
    assert_eq!(directory.people().len(), 2);
    let paths: Vec<_> = loaded.problems.iter().map(|each| each.path.as_str()).collect();
    let wanted = ["person[1].aliases", "person[1].aliases", "person[1].chat"];
    assert_eq!(paths[..3], wanted);
    assert_eq!(paths[3..], ["person[0].manager"]);
    assert!(loaded.problems[0].text.starts_with("line 7: also a name of the person of line 2"));
    assert!(!format!("{:?}", loaded.problems).contains("example.com"), "no data, only lines");
}

#[test]
fn what_nothing_reads_is_refused_with_the_reason() {
    let text = "[[person]]\nid = \"a\"\nemail = \"a@example.com\"\ndelegate = \"b\"\n";
    let told =
        "person[0]: line 4: nobody answers for another in this version: leave it out".to_owned();
    assert_eq!(faults(text), [told]);
}

#[test]
fn a_large_company_is_read_in_pieces_with_the_right_lines() {
    let person = |n: usize| {
        format!(
            "[[person]]\nid = \"u{n}\"\nemail = \"u{n}@example.com\"\nname = \"U {n}\"\n\
             chat = {{ slack = \"U{n}\" }}\n"
        )
    };
    let mut text: String = (0..30_000).map(person).collect();
    let loaded = read(&text).expect("a directory");
    assert_eq!((loaded.directory.people().len(), loaded.problems.len()), (30_000, 0));
    text.push_str("[[person]]\nid = \"last\"\nmail = \"l@example.com\"\n");
    assert!(faults(&text)[0].contains("line 150003: unknown key `mail`"), "{:?}", faults(&text));
}

#[test]
fn a_cut_within_a_long_text_does_not_matter() {
    let header = "\n[[person]]\n".repeat(600);
    let text =
        format!("[[person]]\nid = \"a\"\nemail = \"a@example.com\"\nname = \"\"\"{header}\"\"\"\n");
    let found = faults(&text);
    assert_eq!(found, ["person[0].name: line 4: longer than 320 bytes"]);
}
