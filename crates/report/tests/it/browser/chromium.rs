//! A real browser, driven by its DevTools protocol.

use std::env;
use std::fs;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tungstenite::{Message, WebSocket};

/// Longer than any answer takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);
const NAMES: [&str; 4] = [
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
];

/// The browser, with one page. It ends with this value.
pub(crate) struct Browser {
    process: Child,
    profile: tempfile::TempDir,
    socket: WebSocket<TcpStream>,
    session: Option<String>,
    calls: u64,
    events: Vec<Value>,
}

/// The browser's path: `CHROMIUM`, or the first of the usual names on the path.
fn find() -> Option<PathBuf> {
    if let Some(named) = env::var_os("CHROMIUM") {
        return Some(named.into());
    }
    let path = env::var_os("PATH")?;
    let folders: Vec<PathBuf> = env::split_paths(&path).collect();
    NAMES.iter().find_map(|name| {
        let candidates = folders.iter().map(|folder| folder.join(name));
        candidates.into_iter().find(|file| file.is_file())
    })
}

impl Browser {
    /// Starts it on a page that is written to a file; `None`, with a message, where there is none.
    #[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
    pub(crate) fn open(page: &str) -> Option<Self> {
        let Some(program) = find() else {
            eprintln!("skipped: no chromium on the path; set CHROMIUM to try the report in one");
            return None;
        };
        let profile = tempfile::tempdir().unwrap();
        let process = Command::new(program)
            .args([
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--hide-scrollbars",
                "--remote-debugging-port=0",
            ])
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .arg("about:blank")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let socket = connect(profile.path());
        let mut browser = Self {
            process,
            profile,
            socket,
            session: None,
            calls: 0,
            events: Vec::new(),
        };
        browser.attach();
        let file = browser.profile.path().join("report.html");
        fs::write(&file, page).unwrap();
        browser.call(
            "Page.navigate",
            &json!({"url": format!("file://{}", file.display())}),
        );
        browser.wait_for("Page.loadEventFired");
        Some(browser)
    }

    fn attach(&mut self) {
        let target = self.call("Target.createTarget", &json!({"url": "about:blank"}));
        let attached = self.call(
            "Target.attachToTarget",
            &json!({"targetId": target["targetId"], "flatten": true}),
        );
        self.session = attached["sessionId"].as_str().map(str::to_owned);
        for domain in ["Page", "Runtime", "Log", "Network"] {
            self.call(&format!("{domain}.enable"), &json!({}));
        }
    }

    /// Calls a method of the protocol and gives back its result.
    pub(crate) fn call(&mut self, method: &str, parameters: &Value) -> Value {
        self.calls += 1;
        let id = self.calls;
        let mut message = json!({"id": id, "method": method, "params": parameters});
        if let Some(session) = &self.session {
            message["sessionId"] = json!(session);
        }
        self.socket
            .send(Message::text(message.to_string()))
            .unwrap();
        loop {
            let answer = self.receive();
            if answer["id"] == id {
                assert!(answer["error"].is_null(), "{method}: {answer}");
                return answer["result"].clone();
            }
            self.events.push(answer);
        }
    }

    fn receive(&mut self) -> Value {
        loop {
            if let Message::Text(text) = self.socket.read().unwrap() {
                return serde_json::from_str(text.as_str()).unwrap();
            }
        }
    }

    fn wait_for(&mut self, event: &str) {
        while !self.events.iter().any(|one| one["method"] == event) {
            let next = self.receive();
            self.events.push(next);
        }
    }

    /// The value of an expression in the page.
    pub(crate) fn value(&mut self, expression: &str) -> Value {
        let answer = self.call(
            "Runtime.evaluate",
            &json!({"expression": expression, "returnByValue": true, "awaitPromise": true}),
        );
        assert!(
            answer["exceptionDetails"].is_null(),
            "{expression}: {answer}"
        );
        answer["result"]["value"].clone()
    }

    /// Sets the size of the window in pixels.
    pub(crate) fn resize(&mut self, width: u32, height: u32) {
        self.call(
            "Emulation.setDeviceMetricsOverride",
            &json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}),
        );
    }

    /// What the page said on its console, threw, or was refused by its own policy; and what it
    /// fetched, but for itself.
    pub(crate) fn complaints(&self) -> Vec<String> {
        let told = |event: &&Value| {
            let method = event["method"].as_str().unwrap_or_default();
            let fetched = &event["params"]["request"]["url"];
            match method {
                "Log.entryAdded" | "Runtime.exceptionThrown" | "Runtime.consoleAPICalled" => true,
                "Network.requestWillBeSent" => !fetched
                    .as_str()
                    .unwrap_or_default()
                    .ends_with("/report.html"),
                _ => false,
            }
        };
        let events = self.events.iter().filter(told);
        events.map(ToString::to_string).collect()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Connects to the port that the browser writes into its profile.
fn connect(profile: &Path) -> WebSocket<TcpStream> {
    let file = profile.join("DevToolsActivePort");
    let begun = Instant::now();
    loop {
        let written = fs::read_to_string(&file).unwrap_or_default();
        if let Some((port, path)) = written.trim().split_once('\n') {
            let stream = TcpStream::connect(format!("127.0.0.1:{port}")).unwrap();
            stream.set_read_timeout(Some(PATIENCE)).unwrap();
            let address = format!("ws://127.0.0.1:{port}{path}");
            return tungstenite::client(address, stream).unwrap().0;
        }
        assert!(begun.elapsed() < PATIENCE, "the browser does not begin");
        thread::sleep(Duration::from_millis(50));
    }
}
