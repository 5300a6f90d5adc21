//! A server that reads requests and answers from a script, in the order in which requests come.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::thread;

/// One answer of the script.
#[derive(Clone)]
pub struct Reply {
    bytes: Vec<u8>,
    close: bool,
    before_body: bool,
    silent: bool,
}

impl Reply {
    /// These bytes, and the connection stays open.
    pub fn raw(text: &str) -> Self {
        Self {
            bytes: text.as_bytes().to_vec(),
            close: false,
            before_body: false,
            silent: false,
        }
    }

    /// A whole answer with its Content-Length.
    pub fn new(status: &str, headers: &str, body: &str) -> Self {
        let length = body.len();
        Self::raw(&format!(
            "HTTP/1.1 {status}\r\n{headers}Content-Length: {length}\r\n\r\n{body}"
        ))
    }

    /// No answer at all until the client gives up.
    pub fn silence() -> Self {
        Self::raw("").then_silence()
    }

    /// Nothing more comes after it.
    pub fn then_silence(self) -> Self {
        Self {
            silent: true,
            ..self
        }
    }

    /// The connection is closed after it.
    pub fn then_close(self) -> Self {
        Self {
            close: true,
            ..self
        }
    }

    /// It comes without the body having been asked for.
    pub fn before_body(self) -> Self {
        Self {
            before_body: true,
            ..self
        }
    }
}

/// A whole XML answer.
pub fn xml(status: &str, headers: &str, body: &str) -> Reply {
    Reply::new(
        status,
        &format!("{headers}Content-Type: application/xml\r\n"),
        body,
    )
}

/// What the server's threads share.
struct Stage {
    script: Mutex<VecDeque<Reply>>,
    requests: Mutex<Vec<String>>,
    connections: AtomicUsize,
}

/// The server; its threads end with the test's process.
pub struct Server {
    pub url: String,
    stage: Arc<Stage>,
}

impl Server {
    /// Starts a server with this script.
    pub fn start(script: impl IntoIterator<Item = Reply>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let stage = Arc::new(Stage {
            script: Mutex::new(script.into_iter().collect()),
            requests: Mutex::new(Vec::new()),
            connections: AtomicUsize::new(0),
        });
        let shared = stage.clone();
        thread::spawn(move || {
            for connection in listener.incoming() {
                let stage = shared.clone();
                stage.connections.fetch_add(1, SeqCst);
                thread::spawn(move || stage.serve(connection.unwrap()));
            }
        });
        Self { url, stage }
    }

    /// The requests so far, head and body.
    pub fn requests(&self) -> Vec<String> {
        self.stage.requests.lock().unwrap().clone()
    }

    /// How many connections were made.
    pub fn connections(&self) -> usize {
        self.stage.connections.load(SeqCst)
    }
}

impl Stage {
    fn serve(&self, mut connection: TcpStream) {
        let mut input = BufReader::new(connection.try_clone().unwrap());
        while let Some(mut request) = read_head(&mut input) {
            // An answer beyond the script breaks the connection, which the test will notice.
            let Some(reply) = self.script.lock().unwrap().pop_front() else {
                self.requests.lock().unwrap().push(request);
                return;
            };
            if !reply.before_body {
                if request.contains("expect: 100-continue") {
                    let _ = connection.write_all(b"HTTP/1.1 100 Continue\r\n\r\n");
                }
                read_body(&mut input, &mut request);
            }
            self.requests.lock().unwrap().push(request);
            let _ = connection.write_all(&reply.bytes);
            if reply.silent {
                let _ = input.read(&mut [0]);
                return;
            }
            if reply.close || reply.before_body {
                return;
            }
        }
    }
}

fn read_head(input: &mut BufReader<TcpStream>) -> Option<String> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if input.read_line(&mut head).ok()? == 0 {
            return None;
        }
    }
    Some(head)
}

fn read_body(input: &mut BufReader<TcpStream>, request: &mut String) {
    let length = request
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "));
    let length = length.map_or(0, |text| text.parse().unwrap());
    let mut body = vec![0; length];
    input.read_exact(&mut body).unwrap();
    request.push_str(&String::from_utf8_lossy(&body));
}
