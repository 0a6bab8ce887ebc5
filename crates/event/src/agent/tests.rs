use proptest::prelude::*;

use super::*;

/// An agent, its family, version and system.
type Row = (&'static str, Option<&'static str>, Option<u32>, Option<&'static str>);

/// Every agent is one that we made up after the shape of real ones.
const TABLE: &[Row] = &[
    // Browsers.
    (
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
        Some("Chrome"),
        Some(140),
        Some("Windows"),
    ),
    (
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.1.2",
        Some("Edge"),
        Some(140),
        Some("Windows"),
    ),
    (
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.3 Safari/605.1.15",
        Some("Safari"),
        Some(18),
        Some("macOS"),
    ),
    (
        "Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0",
        Some("Firefox"),
        Some(143),
        Some("Linux"),
    ),
    (
        "Mozilla/5.0 (X11; CrOS x86_64 15633.69.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0.0.0 Safari/537.36",
        Some("Chrome"),
        Some(139),
        Some("ChromeOS"),
    ),
    (
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36 OPR/122.0.0.0",
        Some("Opera"),
        Some(122),
        Some("macOS"),
    ),
    (
        "Mozilla/5.0 (Windows NT 6.1; WOW64; Trident/7.0; rv:11.0) like Gecko",
        Some("Internet Explorer"),
        None,
        Some("Windows"),
    ),
    (
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/140.0.0.0 Safari/537.36",
        Some("HeadlessChrome"),
        Some(140),
        Some("Linux"),
    ),
    // Phones.
    (
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_3 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.3 Mobile/15E148 Safari/604.1",
        Some("Safari"),
        Some(18),
        Some("iOS"),
    ),
    (
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_3 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/139.0.1 Mobile/15E148 Safari/604.1",
        Some("Chrome"),
        Some(139),
        Some("iOS"),
    ),
    (
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_3 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148",
        None,
        None,
        Some("iOS"),
    ),
    (
        "Mozilla/5.0 (Linux; Android 15; SM-X100) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36",
        Some("Samsung Internet"),
        Some(28),
        Some("Android"),
    ),
    // Apps.
    (
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Slack_SSB/4.42.1 Chrome/132.0.0.0 Electron/34.2.0 Safari/537.36",
        Some("Slack"),
        Some(4),
        Some("macOS"),
    ),
    (
        "com.tinyspeck.chatlyio/25.03.10 (iPhone; iOS 18.3; Scale/3.00)",
        Some("Slack"),
        Some(25),
        Some("iOS"),
    ),
    (
        "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Example-Notes/3.2 Chrome/120.0 Electron/28.1 Safari/537.36",
        Some("Electron"),
        Some(28),
        Some("Windows"),
    ),
    (
        "Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.17328; Pro)",
        Some("Microsoft Office"),
        Some(16),
        Some("Windows"),
    ),
    ("ExampleMail/4021 CFNetwork/1568.100 Darwin/24.0.0", Some("ExampleMail"), Some(4021), None),
    (
        "Dalvik/2.1.0 (Linux; U; Android 14; Pixel 8 Build/UQ1A)",
        Some("Dalvik"),
        Some(2),
        Some("Android"),
    ),
    ("okhttp/4.12.0", Some("okhttp"), Some(4), None),
    // Tools.
    ("curl/8.9.1", Some("curl"), Some(8), None),
    ("Wget/1.24.5 (linux-gnu)", Some("Wget"), Some(1), Some("Linux")),
    ("git/2.45.1", Some("git"), Some(2), None),
    ("git/2.39.5 (Apple Git-154)", Some("git"), Some(2), Some("macOS")),
    ("git/2.45.1.windows.1", Some("git"), Some(2), Some("Windows")),
    ("python-requests/2.32.3", Some("python-requests"), Some(2), None),
    ("Go-http-client/1.1", Some("Go-http-client"), Some(1), None),
    ("kubectl/v1.31.0 (darwin/arm64) kubernetes/9edcffc", Some("kubectl"), Some(1), Some("macOS")),
    ("PostmanRuntime/7.42.0", Some("Postman"), Some(7), None),
    (
        "aws-cli/2.17.0 md/awscrt#0.20.11 ua/2.0 os/macos#24.1.0 md/arch#arm64 lang/python#3.11.8",
        Some("aws-cli"),
        Some(2),
        Some("macOS"),
    ),
    (
        "[Boto3/1.34.1 Python/3.12.1 Linux/6.5.0-generic Botocore/1.34.1]",
        Some("Boto3"),
        Some(1),
        Some("Linux"),
    ),
    (
        "APN/1.0 HashiCorp/1.0 Terraform/1.9.5 (+https://www.terraform.io) terraform-provider-aws/5.66.0 aws-sdk-go-v2/1.30.4 os/linux",
        Some("Terraform"),
        Some(1),
        Some("Linux"),
    ),
    (
        "google-cloud-sdk gcloud/490.0.0 command/gcloud.projects.list (Linux 6.1.0)",
        Some("gcloud"),
        Some(490),
        Some("Linux"),
    ),
    ("python/3.11.8 (Windows-10-10.0) AZURECLI/2.64.0", Some("Azure CLI"), Some(2), None),
    (
        "Mozilla/5.0 (Windows NT; Windows NT 10.0; en-GB) WindowsPowerShell/5.1.22621.1",
        Some("WindowsPowerShell"),
        Some(5),
        Some("Windows"),
    ),
    ("S3 Browser/11.5.7 (https://s3.example)", Some("S3 Browser"), Some(11), None),
    ("S3 Browser 9.5.5 https://s3.example", Some("S3 Browser"), Some(9), None),
    ("console.amazonaws.com", Some("console.amazonaws.com"), None, None),
    ("AWS Internal", Some("AWS Internal"), None, None),
    // Robots.
    (
        "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.example.com/bot.html)",
        Some("Googlebot"),
        Some(2),
        None,
    ),
    (
        "Mozilla/5.0 (compatible; ExampleBot/7.0; +https://example.com)",
        Some("ExampleBot"),
        Some(7),
        None,
    ),
    // As vendors put it into words.
    ("Chrome 140.0.0 / Mac OS X 10.15.7", Some("Chrome"), Some(140), Some("macOS")),
    ("Mobile Safari 18.0 / iOS 18.1", Some("Safari"), Some(18), Some("iOS")),
    ("Other 0.0.0 / Other 0.0.0", None, None, None),
    ("CHROME", Some("Chrome"), None, None),
    ("UNKNOWN", None, None, None),
    // What says little.
    ("", None, None, None),
    ("-", None, None, None),
    ("Mozilla/5.0", None, None, None),
    ("/", None, None, None),
    ("12345", None, None, None),
    ("some words that say nothing at all", Some("some"), None, None),
    ("tool/99999999999999999999", Some("tool"), None, None),
    ("caf\u{e9}/1.0", None, None, None),
];

#[test]
fn browsers_apps_and_tools_are_known_by_their_agents() {
    for (text, family, version, os) in TABLE {
        let agent = read(text);
        let read = (agent.family.as_deref(), agent.version, agent.os);
        assert_eq!(read, (*family, *version, *os), "{text}");
    }
}

#[test]
fn an_operating_system_has_one_name_however_it_is_written() {
    for (text, name) in [
        ("Windows 10", Some("Windows")),
        ("WINDOWS", Some("Windows")),
        ("Mac OS X", Some("macOS")),
        ("MacOs", Some("macOS")),
        ("iOS 18.1", Some("iOS")),
        ("Ios", Some("iOS")),
        ("Android 15", Some("Android")),
        ("Chrome OS", None),
        ("Unknown", None),
        ("", None),
    ] {
        assert_eq!(os(text), name, "{text}");
    }
}

#[test]
fn what_is_read_of_a_huge_agent_is_bounded() {
    let huge = format!("{}/7 Windows", "x".repeat(1_000_000));
    assert_eq!(read(&huge), Agent::default());
    let late = format!("tool/1 {} Windows", "(".repeat(AGENT_BYTES_MAX));
    assert_eq!(read(&late).os, None);
    let split = format!("{}\u{e9}", "x ".repeat(AGENT_BYTES_MAX / 2 - 1) + "x");
    assert_eq!(read(&split).family.as_deref(), Some("x"));
}

proptest! {
    #[test]
    fn any_text_is_read_without_harm(text in "\\PC{0,80}", parts in "[a-zA-Z0-9 /;()\\[\\],.#v\u{e9}]{0,80}") {
        for text in [text, parts] {
            let agent = read(&text);
            let is_sound = agent.family.is_none_or(|name| {
                !name.is_empty() && name.len() <= FAMILY_BYTES_MAX && name.is_ascii()
            });
            prop_assert!(is_sound);
            let _os = os(&text);
        }
    }
}
