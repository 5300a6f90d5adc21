//! One client's connection: read a request, do what the script says, answer, and again.

use std::io::{self, BufReader, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use super::http::{Message, Paced};
use super::{Act, Seen, Shared, Stage};

/// Serves a client until either side closes; what goes wrong here is what the client has to live with.
pub fn connection(shared: &Shared, client: &TcpStream) {
    client.set_nodelay(true).unwrap();
    let mut requests = BufReader::new(client);
    while let Ok(Some(request)) = Message::read_head(&mut requests) {
        if request.method() == "CONNECT" {
            note(shared, &request);
            return drop(tunnel(&request, client));
        }
        if !matches!(exchange(shared, request, &mut requests, client), Ok(true)) {
            return;
        }
    }
}

/// What an HTTP proxy does: bytes go both ways until either side ends.
fn tunnel(request: &Message, mut client: &TcpStream) -> io::Result<()> {
    let server = TcpStream::connect(request.target())?;
    client.write_all(b"HTTP/1.1 200 Connected\r\n\r\n")?;
    let pass = |mut from: &TcpStream, mut to: &TcpStream| {
        drop(io::copy(&mut from, &mut to));
        drop(to.shutdown(Shutdown::Both));
    };
    thread::scope(|both| {
        both.spawn(|| pass(client, &server));
        pass(&server, client);
    });
    Ok(())
}

/// One request and its answer; true if the connection may serve another.
fn exchange(
    shared: &Shared,
    mut request: Message,
    requests: &mut BufReader<&TcpStream>,
    mut client: &TcpStream,
) -> io::Result<bool> {
    let gone = shared.until_cut();
    let act = shared.act(&request);
    let at = note(shared, &request);
    // True if the request may go on.
    let halted = |stage| {
        match &act {
            Some(Act::Halt(halt, at)) if *at == stage => halt.stand(&gone),
            _ => return Ok(true),
        }
        match gone() {
            false if shared.is_silent() => silence(&gone, client),
            gone => io::Result::Ok(!gone),
        }
    };
    match act {
        Some(Act::Refuse) => return Ok(false),
        Some(Act::Deafness) => return silence(&gone, client),
        _ => (),
    }
    let bytes_per_second = match act {
        Some(Act::Throttle(rate)) => Some(rate),
        _ => None,
    };
    if request.header("Expect").is_some() {
        client.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
        request.remove("Expect");
    }
    let mut paced = BufReader::new(Paced {
        inner: requests.by_ref(),
        bytes_per_second,
    });
    let mut half = Vec::new();
    if let Some(Act::Halt(_, Stage::HalfSent)) = &act {
        let length = request.header("Content-Length").unwrap_or("0");
        half.resize(length.parse::<usize>().unwrap() / 2, 0);
        paced.read_exact(&mut half)?;
        if !halted(Stage::HalfSent)? {
            return Ok(false);
        }
    }
    request.read_body(&mut half.as_slice().chain(paced), false)?;
    if !halted(Stage::Sent)? {
        return Ok(false);
    }
    shared.seen.lock().unwrap()[at].body_bytes = request.body.len();

    if let Some(Act::Silence) = act {
        return silence(&gone, client);
    }
    let answer = answered(shared, act.as_ref(), &mut request)?;
    if !halted(Stage::Done)? {
        return Ok(false);
    }
    let Some((answer, sent_bytes)) = altered(act.as_ref(), answer) else {
        return Ok(false);
    };
    client.write_all(&answer.head_bytes())?;
    // An answer to HEAD has a length and no body.
    let whole = if request.method() == "HEAD" {
        0
    } else {
        answer.body.len()
    };
    let mut paced = Paced {
        inner: client,
        bytes_per_second,
    };
    paced.write_all(&answer.body[..whole.min(sent_bytes)])?;
    match act {
        Some(Act::StallBody(_)) => silence(&gone, client),
        Some(Act::CutBody(_)) => Ok(false),
        _ => Ok(request.header("Connection") != Some("close")),
    }
}

/// The server's answer, or one in its place.
fn answered(shared: &Shared, act: Option<&Act>, request: &mut Message) -> io::Result<Message> {
    match act {
        Some(Act::Answer(answer)) => return Ok(answer.clone()),
        Some(Act::SwallowPart) => return Ok(swallowed()),
        Some(Act::DamageBody) => {
            let middle = request.body.len() / 2;
            request.body[middle] ^= 1;
        }
        Some(Act::Delay(time)) => thread::sleep(*time),
        _ => {}
    }
    forward(shared, request)
}

/// What the client gets of an answer, and how much of its body; `None` if nothing at all.
fn altered(act: Option<&Act>, mut answer: Message) -> Option<(Message, usize)> {
    match act {
        Some(Act::LoseReply) => return None,
        Some(Act::ReplaceReply(other)) => answer = other.clone(),
        Some(Act::Edit(edit)) => edit(&mut answer),
        Some(Act::CutBody(bytes) | Act::StallBody(bytes)) => return Some((answer, *bytes)),
        _ => {}
    }
    Some((answer, usize::MAX))
}

/// Writes the request down before anything happens to it; its place in the list.
fn note(shared: &Shared, request: &Message) -> usize {
    let mut seen = shared.seen.lock().unwrap();
    seen.push(Seen {
        method: request.method().to_owned(),
        target: request.target().to_owned(),
        headers: request.headers.clone(),
        body_bytes: 0,
    });
    seen.len() - 1
}

/// Asks the server, on a connection of its own.
fn forward(shared: &Shared, request: &Message) -> io::Result<Message> {
    let mut server = TcpStream::connect(&shared.server)?;
    server.set_nodelay(true)?;
    let asked = request.clone().with("Connection", "close");
    server.write_all(&asked.head_bytes())?;
    // A server may answer, and close, before it has read a body that it does not want.
    let sent = server.write_all(&request.body);
    let mut answers = BufReader::new(server);
    let Some(mut answer) = Message::read_head(&mut answers)? else {
        sent?;
        return Err(io::ErrorKind::UnexpectedEof.into());
    };
    let bodiless = request.method() == "HEAD" || matches!(answer.target(), "204" | "304");
    if !bodiless {
        answer.read_body(&mut answers, true)?;
    }
    answer.remove("Connection");
    Ok(answer)
}

/// An ETag that nothing has, new each time.
fn swallowed() -> Message {
    static COUNT: AtomicUsize = AtomicUsize::new(1);
    let count = COUNT.fetch_add(1, Ordering::SeqCst);
    Message::answer(200, Vec::new()).with("ETag", format!("\"{count:032x}\""))
}

/// Holds the connection open and says nothing until the client gives up or the connection is cut.
fn silence(gone: &impl Fn() -> bool, client: &TcpStream) -> io::Result<bool> {
    // What is under way stays unread and fills the client's buffers, as with a dead server; its end is then seen by none.
    while !gone() && client.peek(&mut [0])? > 0 {
        thread::sleep(Duration::from_millis(50));
    }
    Ok(false)
}
