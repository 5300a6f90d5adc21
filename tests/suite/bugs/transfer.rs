//! Bugs of `pput`, `z3_get` and of the pipelines around them.

use std::fs;
use std::io::Write;
use std::thread;
use std::time::Duration;

use super::{expect_nothing, pput, three_parts};
use crate::support::{Act, Proxy, Server, When, Z3, noise};

/// A corner behind a proxy that does this to some requests.
fn behind(test: &str, method: &'static str, needle: &str, when: When, act: Act) -> (Z3, Proxy) {
    let proxy = Proxy::to(Server::Rgw.endpoint());
    proxy.rule(method, needle, when, act);
    (Z3::new(test).through(&proxy), proxy)
}

fn denied() -> Act {
    Act::error(403, "AccessDenied")
}

/// Sends two parts and then a byte now and then, for ever.
fn trickle(pipe: &mut dyn Write) -> std::io::Result<()> {
    pipe.write_all(&noise(10 << 20, 3))?;
    loop {
        pipe.write_all(b"x")?;
        thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn b01_a_truncated_backup_is_no_success() {
    let z3 = Z3::new("b01");
    z3.dataset.history(&["a"]);
    for compressor in ["none", "pigz1"] {
        let backup = z3.z3(["backup", "--compressor", compressor]);
        let ended = backup
            .env("SHIM_zfs", "send cut=40000")
            .run()
            .expect_status(1);
        assert_eq!(ended.text(), "");
        assert!(ended.stderr.contains("zfs send"), "{}", ended.stderr);
        expect_nothing(&z3);
    }
}

#[test]
fn b02_an_empty_stream_is_no_backup() {
    let z3 = Z3::new("b02");
    z3.dataset.history(&["a"]);
    for (compressor, end) in [("none", 1), ("pigz1", 1), ("pigz1", 0)] {
        let backup = z3.z3(["backup", "--compressor", compressor]);
        let shim = format!("send cut=0 end={end}");
        let ended = backup.env("SHIM_zfs", shim).run().expect_status(1);
        assert_eq!(ended.text(), "");
        expect_nothing(&z3);
    }
}

#[test]
fn b03_a_part_that_was_acknowledged_and_lost_is_noticed() {
    let (z3, proxy) = behind(
        "b03",
        "PUT",
        "partNumber=2",
        When::First(1),
        Act::SwallowPart,
    );
    let ended = pput(&z3, &[]).stdin(three_parts()).run().expect_status(1);
    assert_eq!(ended.text(), "");
    assert_eq!(z3.keys(), [""; 0]);
    assert_eq!(proxy.count("PUT", "partNumber=2"), 1);
}

#[test]
fn b04_a_missing_object_is_an_error_and_not_data() {
    let z3 = Z3::new("b04");
    let get = z3.program("z3_get", [z3.key("nosuch")]);
    let ended = get.run().expect_status(1);
    assert_eq!(ended.text(), "");
    let wanted = format!("z3_get: get {}: no such object in bucket", z3.key("nosuch"));
    assert!(ended.stderr.starts_with(&wanted), "{}", ended.stderr);
    let get = z3.program("z3_get", ["x"]).env("BUCKET", "nosuchbucket");
    assert_eq!(get.run().expect_status(1).text(), "");
}

#[test]
fn b05_nothing_hangs_when_no_part_can_be_stored() {
    let (z3, _proxy) = behind("b05", "PUT", "partNumber=", When::Always, denied());
    for concurrency in ["1", "2"] {
        let pput = pput(&z3, &["--concurrency", concurrency]).stdin(three_parts());
        let ended = pput
            .patience(Duration::from_secs(20))
            .run()
            .expect_status(1);
        assert!(ended.stderr.contains("AccessDenied"), "{}", ended.stderr);
    }
    // It does not wait for an input that never ends, either.
    let pput_slowly = pput(&z3, &[]).stdin_from(trickle);
    pput_slowly
        .patience(Duration::from_secs(20))
        .run()
        .expect_status(1);
    pput(&z3, &["--concurrency", "0"]).run().expect_status(2);
    expect_nothing(&z3);
}

#[test]
fn b06_no_unfinished_upload_is_left() {
    let (z3, proxy) = behind("b06", "PUT", "partNumber=3", When::Always, denied());
    pput(&z3, &[]).stdin(three_parts()).run().expect_status(1);
    expect_nothing(&z3);
    proxy.heal();
    let mut running = pput(&z3, &[]).stdin_from(trickle).start();
    let begun = || !z3.bucket.uploads(&z3.prefix).is_empty();
    running.until("an upload", begun).signal("TERM");
    running.wait().expect_status(143);
    expect_nothing(&z3);
    // What others leave has its own program, which takes credentials and address from wherever the rest finds them.
    z3.bucket.create_upload(&z3.key("left"), &[]);
    let file = z3.file(
        "z3.conf",
        format!("[main]\nHOST={}\n", Server::Rgw.endpoint()),
    );
    let run = z3.program(
        "s3_mp_cleanup",
        ["--dry", "--config", file.to_str().unwrap()],
    );
    let variables = ["S3_KEY_ID", "S3_SECRET", "S3_ENDPOINT"];
    let run = variables.iter().fold(run, |run, name| run.env_remove(name));
    let env = &crate::support::ENV;
    let run = run
        .env("AWS_ACCESS_KEY_ID", &env.key_id)
        .env("AWS_SECRET_ACCESS_KEY", &env.secret);
    let ended = run.run().expect_ok();
    let shown = format!("  | {:30} | ", z3.key("left"));
    assert!(ended.text().contains(&shown), "{}", ended.text());
}

#[test]
fn b15_sizes_are_read_alike_everywhere_and_refused_before_the_work() {
    let (z3, proxy) = behind("b15", "", "nothing", When::Always, denied());
    z3.bucket.put(&z3.key("object"), b"data", &[]);
    let get = |size: &str| {
        z3.program("z3_get", [z3.key("object")])
            .env("CHUNK_SIZE", size)
            .run()
    };
    for size in ["1G", "16m", "6000000", "8192K"] {
        assert_eq!(get(size).expect_ok().text(), "data");
    }
    for size in ["5.5M", "6MB", "0"] {
        let said = get(size).expect_status(1).stderr;
        assert!(
            said.starts_with("z3_get: CHUNK_SIZE in the environment: expected a size"),
            "{said}"
        );
        let said = pput(&z3, &["--chunk-size", size])
            .stdin("data")
            .run()
            .expect_status(2)
            .stderr;
        assert!(
            said.starts_with("pput: --chunk-size: expected a size"),
            "{said}"
        );
    }
    for size in ["1M", ""] {
        let flag = format!("--chunk-size={size}");
        pput(&z3, &[&flag])
            .stdin(three_parts())
            .run()
            .expect_status(2);
    }
    assert_eq!(proxy.count("POST", "") + proxy.count("PUT", ""), 0);
}

#[test]
fn b16_only_what_may_pass_is_tried_again() {
    let (z3, proxy) = behind("b16", "PUT", "partNumber=1", When::Always, denied());
    let patient = || {
        pput(&z3, &[])
            .env("MAX_RETRIES", "3")
            .env("RETRY_FOR", "60s")
    };
    patient().stdin("data").run().expect_status(1);
    assert_eq!(proxy.count("PUT", "partNumber="), 1, "a refusal is final");
    proxy.heal();
    proxy.rule(
        "PUT",
        "partNumber=1",
        When::First(2),
        Act::error(500, "InternalError"),
    );
    patient().stdin("data").run().expect_ok();
    assert_eq!(proxy.count("PUT", "partNumber="), 1 + 3);
}

#[test]
fn b17_waiting_costs_no_processor_time() {
    let slowly = Act::Delay(Duration::from_secs(2));
    let (z3, proxy) = behind("b17", "PUT", "partNumber=1", When::Always, slowly);
    let mut running = pput(&z3, &[]).stdin("data").start();
    running.until("the last part", || proxy.count("PUT", "partNumber=1") == 1);
    let ticks = |pid: u32| {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
        let fields: Vec<&str> = stat.rsplit_once(") ").unwrap().1.split(' ').collect();
        fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap()
    };
    let before = ticks(running.pid());
    thread::sleep(Duration::from_secs(1));
    // A hundred ticks are a second.
    assert!(ticks(running.pid()) - before < 30);
    running.wait().expect_ok();
}

#[test]
fn b20_memory_is_parts_times_workers() {
    let z3 = Z3::new("b20");
    let input = z3.file("input", noise(40 << 20, 2));
    let run = |arguments: &[&str]| {
        pput(&z3, arguments)
            .stdin_file(&input)
            .run()
            .expect_ok()
            .peak_kib
    };
    let bound = |workers: u64| workers * (5 * 1024 + 512) + 32 * 1024;
    assert!(run(&[]) <= bound(2));
    let bare = z3.program("pput", [z3.key("object")]).stdin_file(&input);
    let peak = bare.env("MAX_MEMORY", "20M").run().expect_ok().peak_kib;
    assert!(peak <= bound(4), "{peak}");
}
