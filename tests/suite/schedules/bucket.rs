//! An S3 server in memory whose clock is set, and that counts what it is asked. Signatures are not looked at.

use std::collections::BTreeMap;
use std::io::{BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;

use super::state::{Counts, Object, State, date};
use crate::support::Message;

/// The server; its thread ends with the tests.
#[derive(Clone)]
pub struct Bucket {
    state: Arc<Mutex<State>>,
    pub endpoint: String,
}

impl Bucket {
    pub fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let bucket = Self {
            state: Arc::default(),
            endpoint,
        };
        let own = bucket.clone();
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let own = own.clone();
                thread::spawn(move || own.serve(&client));
            }
        });
        bucket
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// From now on it is this second since 1970.
    pub fn set_clock(&self, now: i64) {
        self.state().now = now;
    }

    /// What was deleted since the last time.
    pub fn take_deleted(&self) -> Vec<Object> {
        std::mem::take(&mut self.state().deleted)
    }

    pub fn counts(&self) -> Counts {
        self.state().counts
    }

    /// The objects that are backups, by the part behind the `@`.
    pub fn backups(&self) -> BTreeMap<String, Object> {
        let state = self.state();
        let all = state.objects.iter();
        let backups = all.filter(|(key, _)| !key.contains("/.z3/"));
        let named = backups.filter_map(|(key, one)| Some((key.split_once('@')?.1, one)));
        named
            .map(|(name, one)| (name.to_owned(), one.clone()))
            .collect()
    }

    fn serve(&self, client: &TcpStream) {
        client.set_nodelay(true).unwrap();
        let mut from = BufReader::new(client);
        while let Ok(Some(mut request)) = Message::read_head(&mut from) {
            if request.header("Expect").is_some() {
                let mut client = client;
                client.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").unwrap();
            }
            if request.read_body(&mut from, false).is_err() {
                return;
            }
            let is_head = request.method() == "HEAD";
            let answer = self.answer(&request);
            let body: &[u8] = if is_head { b"" } else { &answer.body };
            let bytes = [&answer.head_bytes(), body].concat();
            let mut client = client;
            if client.write_all(&bytes).is_err() {
                return;
            }
        }
    }

    fn answer(&self, request: &Message) -> Message {
        let mut state = self.state();
        let (path, query) = request
            .target()
            .split_once('?')
            .unwrap_or((request.target(), ""));
        let path = percent_encoding::percent_decode_str(path)
            .decode_utf8()
            .unwrap()
            .into_owned();
        let is_list = path.trim_matches('/').split('/').count() == 1;
        match request.method() {
            "DELETE" => state.counts.deletes += 1,
            "GET" | "HEAD" if !is_list => state.counts.reads += 1,
            _ => state.counts.writes += 1,
        }
        let answer = match request.method() {
            "GET" if is_list => state.list(query),
            "GET" | "HEAD" => state.get(&path, request),
            "DELETE" => state.delete(&path),
            _ if query.contains("uploadId=") || query.starts_with("uploads") => {
                state.upload(&path, query, request)
            }
            _ => state.put(&path, request),
        };
        answer.with("Date", date(state.now))
    }
}
