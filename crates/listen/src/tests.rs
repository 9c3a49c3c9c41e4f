use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use axum::routing::get;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::*;

/// A client that asks for much and reads nothing, and one that reads: the first is given up, the second has everything.
#[tokio::test]
#[cfg(target_os = "linux")]
async fn a_connection_that_nobody_reads_ends() {
    const BYTES: usize = 32 << 20;
    let connections = Connections {
        open: 10,
        waiting: 10,
        stalled: Duration::from_millis(500),
    };
    let address = SocketAddr::from(([127, 0, 0, 1], 0));
    let listener = Listener::bind(address, connections).unwrap();
    let address = listener.address().unwrap();
    let routes = Router::new().route("/", get(|| async { vec![b'x'; BYTES] }));
    let open = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&open);
    let told = move |happened| {
        match happened {
            Happened::Opened => counted.fetch_add(1, Ordering::SeqCst),
            Happened::Closed => counted.fetch_sub(1, Ordering::SeqCst),
        };
    };
    let stop = Arc::new(tokio::sync::Notify::new());
    let stopped = Arc::clone(&stop);
    let running = tokio::spawn(listener.run(routes, told, async move { stopped.notified().await }));
    let ask = || async move {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let request = b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
        stream.write_all(request).await.unwrap();
        stream
    };
    let unread = ask().await;
    let mut whole = Vec::new();
    ask().await.read_to_end(&mut whole).await.unwrap();
    assert!(whole.len() > BYTES);
    let began = Instant::now();
    while open.load(Ordering::SeqCst) > 0 {
        assert!(
            began.elapsed() < Duration::from_secs(20),
            "it is still held"
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    drop(unread);
    stop.notify_one();
    running.await.unwrap();
}

#[test]
fn some_files_are_left_for_the_rest_of_the_process() {
    for (files, most) in [
        (None, usize::MAX),
        (Some(65_536), 65_408),
        (Some(1_024), 896),
        (Some(200), 72),
        (Some(128), 32),
        (Some(1), 1),
    ] {
        assert_eq!(room(files), most, "{files:?}");
    }
}
