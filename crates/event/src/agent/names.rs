//! The names that are known, in lower case.

/// How much a word says: the higher one wins. A browser calls itself by the names of all that it
/// descends from.
pub(super) type Rank = u8;

/// The rank of Apple's kernel, which is under all of its systems: a command line is on a Mac, an
/// app may be anywhere.
pub(super) const KERNEL: Rank = 1;

/// An app or tool by one of its names.
pub(super) fn family(name: &str) -> Option<(Rank, &'static str)> {
    Some(match name {
        // Tools that call themselves last, after the library that they are built with.
        "terraform" | "terraform-provider-aws" | "hashicorp-terraform" => (9, "Terraform"),
        "opentofu" => (9, "OpenTofu"),
        "gcloud" => (9, "gcloud"),
        "azurecli" => (9, "Azure CLI"),
        "pulumi" => (9, "Pulumi"),
        // Apps that are a browser inside.
        "slack" | "slack_ssb" | "com.tinyspeck.chatlyio" | "com.slack" => (8, "Slack"),
        "teams" | "teamsmobile-ios" | "teamsmobile-android" => (8, "Microsoft Teams"),
        "outlook-ios" | "outlook-android" => (8, "Outlook"),
        "zoom" | "zoom.us" => (8, "Zoom"),
        "postman" | "postmanruntime" => (8, "Postman"),
        "headlesschrome" => (8, "HeadlessChrome"),
        "phantomjs" => (8, "PhantomJS"),
        "googlebot" => (8, "Googlebot"),
        "bingbot" => (8, "bingbot"),
        "edg" | "edge" | "edga" | "edgios" => (7, "Edge"),
        "opr" | "opera" | "opx" | "opios" => (7, "Opera"),
        "samsungbrowser" => (7, "Samsung Internet"),
        "vivaldi" => (7, "Vivaldi"),
        "yabrowser" => (7, "Yandex Browser"),
        "ddg" | "duckduckgo" => (7, "DuckDuckGo"),
        "gsa" => (7, "Google App"),
        "electron" => (6, "Electron"),
        "firefox" | "fxios" => (5, "Firefox"),
        "chrome" | "chromium" | "crios" => (4, "Chrome"),
        "msie" | "trident" => (3, "Internet Explorer"),
        "safari" => (2, "Safari"),
        _ => return None,
    })
}

/// An operating system by one of its names. Phones say that they are like the desktop.
pub(super) fn os(name: &str) -> Option<(Rank, &'static str)> {
    Some(match name {
        "iphone" | "ipad" | "ipod" | "ios" | "ipados" => (7, "iOS"),
        "android" => (6, "Android"),
        "cros" | "chromeos" => (5, "ChromeOS"),
        "windows" | "win32" | "win64" | "winnt" => (4, "Windows"),
        "macintosh" | "macos" | "mac" | "osx" => (3, "macOS"),
        "linux" | "linux-gnu" | "ubuntu" | "fedora" | "debian" => (2, "Linux"),
        "freebsd" | "openbsd" | "netbsd" => (2, "BSD"),
        // Git as Apple ships it says only so.
        "darwin" | "apple" => (KERNEL, "macOS"),
        _ => return None,
    })
}

/// Whether a name tells nothing about what it is.
pub(super) fn says_nothing(name: &str) -> bool {
    matches!(
        name,
        "" | "mozilla"
            | "applewebkit"
            | "gecko"
            | "khtml"
            | "mobile"
            | "build"
            | "version"
            | "net"
            | "like"
            | "other"
            | "unknown"
            | "null"
    )
}
