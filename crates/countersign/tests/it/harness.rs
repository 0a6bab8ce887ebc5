//! Running the program.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    sync::atomic::{AtomicU32, Ordering},
    time::{Duration, Instant},
};

use ::demo::loopback::HeldPort;
use connectors::http::{HttpClient, Reply};
use serde_json::Value;
use tempfile::TempDir;
use url::Url;

/// The program under test.
const PROGRAM: &str = env!("CARGO_BIN_EXE_countersign");
/// How long something may take. Work that was claimed by a killed server waits for a minute.
pub(crate) const PATIENCE: Duration = Duration::from_secs(100);

/// A folder with a server's files.
pub(crate) struct Scratch {
    pub(crate) folder: TempDir,
    pub(crate) port: HeldPort,
    pub(crate) metrics_port: HeldPort,
    pub(crate) http: HttpClient,
    started: AtomicU32,
}

/// A running program. Dropping it kills it.
pub(crate) struct Running {
    child: Child,
    told: [PathBuf; 2],
}

impl Scratch {
    /// An empty folder, and ports that nobody else gets.
    pub(crate) fn new() -> Self {
        // A second installation fails, and that is fine: the first is the same.
        let _ = rustls::crypto::ring::default_provider().install_default();
        Self {
            folder: tempfile::tempdir().expect("a folder"),
            port: HeldPort::take().expect("a port"),
            metrics_port: HeldPort::take().expect("a port"),
            http: HttpClient::new().expect("a client"),
            started: AtomicU32::new(0),
        }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        fs::write(path, text).expect("written");
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(PROGRAM);
        command.args(args).current_dir(self.folder.path());
        command.env_remove("COUNTERSIGN_URL").env_remove("COUNTERSIGN_KEY");
        command
    }

    /// Runs it to its end.
    pub(crate) fn run(&self, args: &[&str]) -> Output {
        self.command(args).output().expect("the program runs")
    }

    /// Starts it, with these variables of the environment.
    pub(crate) fn start(&self, args: &[&str], variables: &[(&str, &str)]) -> Running {
        let number = self.started.fetch_add(1, Ordering::Relaxed);
        let told = ["out", "err"].map(|name| self.path(&format!("{name}-{number}")));
        let file = |path: &Path| Stdio::from(File::create(path).expect("a file"));
        let mut command = self.command(args);
        command.envs(variables.iter().copied()).stdout(file(&told[0])).stderr(file(&told[1]));
        Running { child: command.spawn().expect("the program starts"), told }
    }

    /// Starts a server and waits until it takes alerts.
    pub(crate) async fn serve(&self, variables: &[(&str, &str)]) -> Running {
        let mut running = self.start(&["serve"], variables);
        eventually("the server is ready", async || {
            running.expect_alive();
            let ready = self.get("readyz", None).await;
            ready.is_some_and(|reply| reply.status.is_success()).then_some(())
        })
        .await;
        running
    }

    pub(crate) fn url(&self, path: &str) -> Url {
        format!("http://127.0.0.1:{}/{path}", self.port).parse().expect("an address")
    }

    /// What is answered, where anything is.
    pub(crate) async fn get(&self, path: &str, key: Option<&str>) -> Option<Reply> {
        let mut request = self.http.get(self.url(path));
        if let Some(key) = key {
            request = request.bearer_auth(key);
        }
        self.http.send("the server", request).await.ok()
    }

    /// What is answered, where anything is.
    pub(crate) async fn post(&self, path: &str, key: &str, body: &Value) -> Option<Reply> {
        let request = self.http.post(self.url(path)).bearer_auth(key).json(body);
        self.http.send("the server", request).await.ok()
    }

    /// All cases, as the API lists them.
    pub(crate) async fn cases(&self, key: &str) -> Vec<Value> {
        let mut cases = Vec::new();
        let mut path = "v1/cases?limit=200".to_owned();
        loop {
            let Some(reply) = self.get(&path, Some(key)).await else { return cases };
            let page: Value = serde_json::from_slice(&reply.body).expect("JSON");
            assert!(reply.status.is_success(), "{page}");
            cases.extend(page["items"].as_array().expect("items").iter().cloned());
            let Some(cursor) = page["next_cursor"].as_str() else { return cases };
            path = format!("v1/cases?limit=200&cursor={cursor}");
        }
    }
}

impl Running {
    /// What it told so far, on both outputs.
    pub(crate) fn told(&self) -> String {
        let read = |path: &PathBuf| fs::read_to_string(path).unwrap_or_default();
        self.told.iter().map(read).collect()
    }

    pub(crate) fn expect_alive(&mut self) {
        if let Some(status) = self.child.try_wait().expect("a child") {
            panic!("the program ended with {status}:\n{}", self.told());
        }
    }

    /// Ends it at once, as a lost machine does.
    pub(crate) fn kill(mut self) {
        self.child.kill().expect("killed");
        self.child.wait().expect("ended");
    }

    /// Sends a signal.
    pub(crate) fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([name, &self.child.id().to_string()]).status();
        assert!(sent.expect("kill is there").success());
    }

    /// Waits for its end, which is to be a good one; returns all it told.
    pub(crate) fn ended(mut self) -> String {
        let until = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().expect("a child") {
                assert!(status.success(), "{status}:\n{}", self.told());
                return self.told();
            }
            assert!(Instant::now() < until, "it goes on:\n{}", self.told());
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Looks again and again until there is something.
pub(crate) async fn eventually<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let until = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(Instant::now() < until, "not within {PATIENCE:?}: {what}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Everything a command told.
pub(crate) fn told(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    text(&output.stdout) + &text(&output.stderr)
}

/// The status with which a command ended.
pub(crate) fn status(output: &Output) -> i32 {
    output.status.code().expect("it ended by itself")
}
