use super::*;
use crate::size::MIB;

fn view(done_bytes: u64, bytes_per_second: u64, idle_seconds: u64) -> Moment {
    Moment {
        done_bytes,
        bytes_per_second,
        idle: Duration::from_secs(idle_seconds),
    }
}

#[test]
fn a_line_says_how_much_how_fast_and_how_long() {
    let gib = 1024 * MIB;
    for (view, estimate_bytes, text) in [
        (view(0, 0, 0), None, "0 M, 0 M/s"),
        (view(0, 0, 1), Some(0), "0 M, 0 M/s"),
        (view(5 * MIB, MIB, 0), None, "5 M, 1 M/s"),
        (view(0, 0, 3), Some(gib), "0 M of ~1024 M (0%), 0 M/s"),
        (
            view(100 * MIB, 2 * MIB, 0),
            Some(gib),
            "100 M of ~1024 M (9%), 2 M/s, 7:42 left",
        ),
        (
            view(gib, MIB, 9),
            Some(100 * gib),
            "1024 M of ~100 G (1%), 1 M/s, 28:09:36 left",
        ),
        (
            view(gib, MIB, 0),
            Some(100 * MIB),
            "1024 M of ~100 M, 1 M/s",
        ),
        (
            view(MIB, 0, 3725),
            Some(2 * MIB),
            "1 M of ~2 M (50%), nothing for 1:02:05",
        ),
        (
            view(u64::MAX, u64::MAX, 0),
            Some(u64::MAX),
            "16777216 T of ~16777216 T (100%), 16777216 T/s, 0:00 left",
        ),
    ] {
        assert_eq!(line(&view, estimate_bytes), text);
    }
}

#[test]
fn the_rate_is_that_of_the_last_seconds() {
    let start = Instant::now();
    let at = |seconds| start + Duration::from_secs(seconds);
    let mut history = RateHistory::new(start);
    assert_eq!(history.note(start, 0), view(0, 0, 0));
    assert_eq!(history.note(at(1), 1000), view(1000, 1000, 0));
    for second in 2..=20 {
        history.note(at(second), 1000 + 10 * second);
    }
    assert_eq!(history.note(at(21), 1210), view(1210, 10, 0));
    assert!(history.samples.len() <= 12, "old samples are dropped");
    assert_eq!(history.note(at(25), 1210), view(1210, 6, 4));
    assert_eq!(history.note(at(40), 1210), view(1210, 0, 19));
    assert_eq!(history.note(at(100), 7210), view(7210, 100, 0));
}

#[test]
fn long_labels_keep_their_end() {
    assert_eq!(shortened("tank/a@b", 34), "tank/a@b");
    let name = "tank/a@zfs-auto-snap:daily-2026-11";
    assert_eq!(shortened(name, 34), name, "34 columns fit");
    assert_eq!(
        shortened("pool/tank/\u{e4}@zfs-auto-snap:daily-2026-11-04", 34),
        "...@zfs-auto-snap:daily-2026-11-04"
    );
    assert_eq!(
        shortened("\u{65e5}\u{672c}\u{8a9e}", 6),
        "\u{65e5}\u{672c}\u{8a9e}"
    );
    assert_eq!(shortened("\u{65e5}\u{672c}\u{8a9e}", 5), "...\u{8a9e}");
}

#[test]
fn a_row_never_reaches_the_edge_of_its_terminal() {
    let name = "tank/data@zfs-auto-snap:daily-2026-11-04";
    let numbers = "100.25 G of ~512.5 G (19%), 110.33 M/s, 1:02:03 left";
    for (columns, text) in [
        (
            200,
            format!("...@zfs-auto-snap:daily-2026-11-04: {numbers}"),
        ),
        (80, format!("...-snap:daily-2026-11-04: {numbers}")),
        (60, numbers.to_owned()),
        (50, "100.25 G of ~512.5 G (19%), 110.33 M/s".to_owned()),
        (30, "100.25 G of ~512.5 G (19%)".to_owned()),
        (26, "100.25 G of ~512.5 G".to_owned()),
        (20, "100.25 G".to_owned()),
        (8, String::new()),
        (1, String::new()),
        (0, String::new()),
    ] {
        assert_eq!(row(name, numbers, columns), text, "{columns}");
        assert!(text.len() < columns.max(1));
    }
    let wide = row(&"\u{8a9e}".repeat(90), numbers, 80);
    let columns: usize = wide.chars().map(|letter| letter.len_utf8().min(2)).sum();
    assert!(columns < 80, "{wide}");
}

#[test]
fn bytes_of_all_threads_are_counted() {
    let progress = Progress::new("x", None, Mode::Off);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| (0..1000).for_each(|_| progress.add(3)));
        }
    });
    assert_eq!(progress.done_bytes.load(Ordering::Relaxed), 12_000);
}

/// Hands everything that is written to a channel, one flush at a time.
struct Screen(Sender<String>, Vec<u8>);

impl Write for Screen {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.1.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let text = String::from_utf8(std::mem::take(&mut self.1)).unwrap();
        self.0.send(text).map_err(io::Error::other)
    }
}

fn drawn(all_read: bool, columns: fn() -> Option<usize>) -> (String, String) {
    let drawer = Drawer {
        label: "k".to_owned(),
        estimate_bytes: None,
        done_bytes: Arc::default(),
        all_read: Arc::new(AtomicBool::new(all_read)),
        columns,
    };
    let (stop, stopped) = channel();
    let (sender, screen) = channel();
    let thread = thread::spawn(move || {
        let mut out = Screen(sender, Vec::new());
        drawer.run(&stopped, Duration::from_millis(1), &mut out);
        out.flush().unwrap();
    });
    let first = screen.recv().unwrap();
    drop(stop);
    thread.join().unwrap();
    (first, screen.iter().last().unwrap())
}

#[test]
fn a_terminal_has_one_line_that_vanishes_and_a_log_has_lines() {
    let (first, last) = drawn(false, || Some(80));
    assert_eq!(
        (first.as_str(), last.as_str()),
        ("\r\x1b[Kk: 0 M, 0 M/s", "\r\x1b[K")
    );
    let (first, last) = drawn(false, || None);
    assert_eq!((first.as_str(), last.as_str()), ("k: 0 M, 0 M/s\n", ""));
    // On a slow line this is not the end, and no standstill.
    let (first, _) = drawn(true, || None);
    assert_eq!(first, "k: 0 M read, the rest is on its way\n");
}
