//! In a container, a service or a shell with little memory: what z3 uses fits into that, without a word of configuration.

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::ended::Ended;
use crate::support::{Z3, noise};

/// A group of processes with a limit, of the kernel's first or second kind; removed with the value.
struct Cgroup(PathBuf);

impl Cgroup {
    /// `None` where this machine gives nobody such a group; the limit of a shell is there everywhere.
    fn with_memory(bytes: u64) -> Option<Self> {
        let own = fs::read_to_string("/proc/self/cgroup").unwrap();
        let path = |name: &str| {
            let row = own.lines().find_map(|line| line.split_once(name));
            row.map_or("", |(_, path)| path).trim_start_matches('/')
        };
        let first = Path::new("/sys/fs/cgroup/memory").join(path(":memory:"));
        let second = Path::new("/sys/fs/cgroup").join(path("0::"));
        [(first, "memory.limit_in_bytes"), (second, "memory.max")]
            .into_iter()
            .filter(|(parent, _)| parent.join("cgroup.procs").exists())
            .find_map(|(parent, file)| {
                let group = Self(parent.join(format!("z3-{}-{bytes}", std::process::id())));
                fs::create_dir(&group.0).ok()?;
                fs::write(group.0.join(file), bytes.to_string()).ok()?;
                Some(group)
            })
    }
}

impl Drop for Cgroup {
    fn drop(&mut self) {
        let _ = fs::remove_dir(&self.0);
    }
}

/// Runs a script that reads ten times as much as it may use.
fn limited(z3: &Z3, script: &str, mib: u64) -> Ended {
    let group = Cgroup::with_memory(mib << 20);
    let enter = match &group {
        Some(Cgroup(path)) => format!("echo $$ >{}/cgroup.procs", path.display()),
        // Half of that counts.
        None => format!("ulimit -v {}", (2 * mib) << 10),
    };
    println!("{enter}");
    z3.shell(&format!("{enter} && {script}")).run()
}

#[test]
fn ten_times_the_memory_passes_through_a_small_container() {
    let z3 = Z3::new("container");
    let data = z3.file("data", noise(64 << 20, 7));
    let cat = format!(
        "for n in 1 2 3 4 5 6 7 8 9 10; do cat {}; done",
        data.display()
    );
    for mib in [64, 100] {
        let script = format!("({cat}) | pput --quiet --estimated 20G {}", z3.key("k"));
        limited(&z3, &script, mib).expect_ok();
        assert_eq!(z3.bucket.head(&z3.key("k")).unwrap().size_bytes, 640 << 20);
        let script = format!("z3_get {} | wc -c", z3.key("k"));
        let ended = limited(&z3, &script, mib).expect_ok();
        assert_eq!(ended.text().trim(), (640 << 20).to_string());
    }
}

#[test]
fn too_little_is_told_before_the_start() {
    let z3 = Z3::new("container-tiny");
    let ended = limited(&z3, "echo x | pput k", 24).expect_status(1);
    assert!(
        ended
            .stderr
            .contains("this process may use 24 MiB of memory, z3 needs 38"),
        "{}",
        ended.stderr
    );
    assert!(ended.stderr.contains("set MAX_MEMORY"), "{}", ended.stderr);
}

/// `ulimit -u`, as `TasksMax=` of a service: threads count as well. Root is free of it, so somebody else does the work.
#[test]
fn with_few_threads_it_is_slower_or_says_so() {
    let z3 = Z3::new("container-threads");
    let whole = noise(40 << 20, 7);
    let (data, key) = (z3.file("data", &whole), z3.key("k"));
    let somebody = |most: u64, program: &str, rest: &str| {
        let open = format!(
            "cd {} && exec 9<$(command -v {program})",
            z3.dir().display()
        );
        let user = "setpriv --reuid 63123 --regid 63123 --clear-groups";
        let run = format!("ulimit -u {most} && exec {user} /proc/self/fd/9 {program} {rest}");
        z3.shell(&format!("{open} && {run}")).run()
    };
    let put = format!("{key} <{}", data.display());
    let ended = somebody(1, "pput", &put).expect_status(1);
    println!("{}", ended.stderr);
    assert!(ended.stderr.contains("resource temporarily unavailable"));
    for most in [4, 8, 16] {
        let ended = somebody(most, "pput", &put);
        println!("{most}: {}", ended.expect_ok().stderr);
        assert!(z3.bucket.get(&key) == whole, "{most}");
        let ended = somebody(most, "z3_get", &format!("{key} >got"));
        println!("{most}: {}", ended.expect_ok().stderr);
        let got = fs::read(z3.dir().join("got")).unwrap();
        assert!(got == whole, "{most}");
    }
}
