use super::*;
use crate::size::MIB;

/// A container of docker on a host with version 2, seen from inside.
const V2_NAMESPACE: (&str, &str) = (
    "0::/\n",
    "1064 1063 0:29 / /sys/fs/cgroup ro,nosuid,nodev,noexec,relatime - cgroup2 cgroup rw,nsdelegate\n",
);
/// A service of systemd.
const V2_SERVICE: (&str, &str) = (
    "0::/system.slice/z3 backup.service\n",
    "35 24 0:30 / /sys/fs/cgroup rw,nosuid,nodev,noexec,relatime shared:9 - cgroup2 cgroup2 rw,nsdelegate,memory_recursiveprot\n",
);
/// Docker with version 1 and no namespace for groups.
const V1_DOCKER: (&str, &str) = (
    "11:cpu,cpuacct:/docker/4f1b\n8:memory:/docker/4f1b\n1:name=systemd:/docker/4f1b\n",
    "700 690 0:31 /docker/4f1b /sys/fs/cgroup/cpu,cpuacct ro - cgroup cgroup rw,cpu,cpuacct\n\
     705 690 0:35 /docker/4f1b /sys/fs/cgroup/memory ro,nosuid - cgroup cgroup rw,memory\n",
);
/// Both versions: the controller is in the first.
const HYBRID: (&str, &str) = (
    "4:memory:/jobs/7\n0::/\n",
    "35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory\n\
     41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw\n",
);

/// A machine with 8 GiB and these files.
fn machine((cgroup, mountinfo): (&str, &str), files: &[(&str, &str)]) -> u64 {
    let root = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = root.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write("proc/self/cgroup", cgroup);
    write("proc/self/mountinfo", mountinfo);
    write(
        "proc/meminfo",
        "MemTotal:        8388608 kB\nMemFree: 1 kB\n",
    );
    for (name, text) in files {
        write(name, text);
    }
    available_below(root.path()) / MIB
}

#[test]
fn the_least_limit_of_all_levels_counts() {
    let max = "sys/fs/cgroup/memory.max";
    assert_eq!(machine(V2_NAMESPACE, &[(max, "104857600\n")]), 100);
    assert_eq!(machine(V2_NAMESPACE, &[(max, "max\n")]), 8192);
    assert_eq!(machine(V2_NAMESPACE, &[]), 8192);
    let own = "sys/fs/cgroup/system.slice/z3 backup.service/memory.max";
    let high = "sys/fs/cgroup/system.slice/z3 backup.service/memory.high";
    let slice = "sys/fs/cgroup/system.slice/memory.max";
    let [small, large] = ["67108864\n", "314572800\n"];
    for (files, least) in [
        (&[(own, large)][..], 300),
        (&[(own, large), (slice, small)], 64),
        (&[(own, small), (slice, large)], 64),
        (&[(own, "max\n"), (high, large)], 300),
    ] {
        assert_eq!(machine(V2_SERVICE, files), least, "{files:?}");
    }
}

#[test]
fn version_1_is_read_as_well() {
    let own = "sys/fs/cgroup/memory/memory.limit_in_bytes";
    assert_eq!(machine(V1_DOCKER, &[(own, "314572800\n")]), 300);
    // No limit.
    assert_eq!(machine(V1_DOCKER, &[(own, "9223372036854771712\n")]), 8192);
    let below = "sys/fs/cgroup/memory/jobs/7/memory.limit_in_bytes";
    let files = [(own, "9223372036854771712"), (below, "67108864")];
    assert_eq!(machine(HYBRID, &files), 64);
    // A namespace that does not show where we are.
    let hidden = ("4:memory:/../../7\n", HYBRID.1);
    assert_eq!(machine(hidden, &[(own, "67108864")]), 64);
}

#[test]
fn a_shells_limit_counts_half() {
    let limits = "Limit                     Soft Limit           Hard Limit           Units\n\
                  Max open files            1024                 4096                 files\n\
                  Max address space         419430400            unlimited            bytes\n";
    assert_eq!(machine(V2_NAMESPACE, &[("proc/self/limits", limits)]), 200);
    let none = limits.replace("419430400", "unlimited");
    assert_eq!(machine(V2_NAMESPACE, &[("proc/self/limits", &none)]), 8192);
}

#[test]
fn what_cannot_be_read_is_unknown() {
    assert_eq!(available_below(Path::new("/nosuch")), 0);
    for text in [
        "",
        "\n",
        "::",
        "0:",
        "a b c d e - f",
        "MemTotal: x",
        "MemTotal: 99999999999999999999 kB",
    ] {
        assert!(cgroups(text, text).is_empty(), "{text}");
        assert_eq!((total_in(text), address_space_in(text)), (None, None));
    }
    assert!(available_bytes() > 16 * MIB, "this machine");
}
