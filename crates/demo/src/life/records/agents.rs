//! With what people work: the agents that their devices send.

/// A device with a program on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::life) struct Device {
    pub(in crate::life) kind: Kind,
    pub(in crate::life) version: u16,
    /// The vendors' mark of it.
    pub(in crate::life) mark: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::life) enum Kind {
    MacChrome,
    WindowsChrome,
    WindowsEdge,
    MacSafari,
    LinuxFirefox,
    Iphone,
    Android,
    Git,
    AwsTool,
    Terraform,
    Python,
    Machine,
}

impl Kind {
    /// What people have on their desks.
    pub(in crate::life) const DESKS: [Self; 5] = [
        Self::MacChrome,
        Self::WindowsChrome,
        Self::WindowsEdge,
        Self::MacSafari,
        Self::LinuxFirefox,
    ];
}

impl Device {
    /// As the program names itself.
    pub(super) fn agent(self) -> String {
        let version = self.version;
        match self.kind {
            Kind::MacChrome => format!("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{version}.0.0.0 Safari/537.36"),
            Kind::WindowsChrome => format!("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{version}.0.0.0 Safari/537.36"),
            Kind::WindowsEdge => format!("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{version}.0.0.0 Safari/537.36 Edg/{version}.0.0.0"),
            Kind::MacSafari => format!("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/{}.0 Safari/605.1.15", version / 8),
            Kind::LinuxFirefox => format!("Mozilla/5.0 (X11; Linux x86_64; rv:{version}.0) Gecko/20100101 Firefox/{version}.0"),
            Kind::Iphone => format!("Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/{}.0 Mobile/15E148 Safari/604.1", version / 8),
            Kind::Android => format!("Mozilla/5.0 (Linux; Android 15; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{version}.0.0.0 Mobile Safari/537.36"),
            Kind::Git => "git/2.45.1".to_owned(),
            Kind::AwsTool => "aws-cli/2.17.0 md/awscrt#0.20.11 ua/2.0 os/linux#6.1.0 md/arch#x86_64 lang/python#3.11.8 md/pyimpl#CPython cfg/retry-mode#standard".to_owned(),
            Kind::Terraform => "APN/1.0 HashiCorp/1.0 Terraform/1.9.5 (+https://www.terraform.io) terraform-provider-aws/5.60.0 aws-sdk-go-v2/1.30.3 os/linux lang/go#1.22".to_owned(),
            Kind::Python => "python-requests/2.32.3".to_owned(),
            Kind::Machine => "Boto3/1.34.140 md/Botocore#1.34.140 ua/2.0 os/linux#6.1.0 lang/python#3.11.8 exec-env/EC2".to_owned(),
        }
    }

    /// Okta's words for the browser and the system.
    pub(super) fn words(self) -> (&'static str, &'static str) {
        match self.kind {
            Kind::MacChrome => ("CHROME", "Mac OS X"),
            Kind::WindowsChrome => ("CHROME", "Windows 10"),
            Kind::WindowsEdge => ("EDGE", "Windows 10"),
            Kind::MacSafari => ("SAFARI", "Mac OS X"),
            Kind::LinuxFirefox => ("FIREFOX", "Linux"),
            Kind::Iphone => ("SAFARI", "iOS (iPhone)"),
            Kind::Android => ("CHROME", "Android 1.x"),
            _ => ("UNKNOWN", "Unknown"),
        }
    }
}
