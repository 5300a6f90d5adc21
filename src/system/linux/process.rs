//! Processes as `/proc` shows them.

use std::fs;
use std::path::Path;

use crate::system::SeenProcess;

/// This process. `None` if `/proc` is not that of our own namespace: then others cannot be looked for in it.
pub fn own_process() -> Option<SeenProcess> {
    let (pid, started) = stat(Path::new("/proc"), "self")?;
    let namespace = fs::read_link("/proc/self/ns/pid").ok()?;
    (pid == std::process::id()).then(|| SeenProcess {
        namespace: namespace.to_string_lossy().into_owned(),
        pid,
        started,
    })
}

/// When a process of our namespace started, if it has not ended.
pub fn started(pid: u32) -> Option<u64> {
    stat(Path::new("/proc"), &pid.to_string()).map(|(_, started)| started)
}

/// The number of a process that has not ended, and when it started, out of `/proc/PID/stat` (proc(5)). The second field is
/// its name, which may have anything in it. A zombie has ended.
fn stat(proc: &Path, process: &str) -> Option<(u32, u64)> {
    let text = fs::read(proc.join(process).join("stat")).ok()?;
    let text = String::from_utf8_lossy(&text);
    let (pid, rest) = text.split_once(' ')?;
    let (_, rest) = rest.rsplit_once(')')?;
    let mut fields = rest.split_whitespace();
    let over = matches!(fields.next()?, "Z" | "X" | "x");
    let started = fields.nth(18)?.parse().ok()?;
    (!over).then_some((pid.parse().ok()?, started))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_may_look_like_fields() {
        let proc = tempfile::tempdir().unwrap();
        let written = |state: &str| {
            let rest = (4..22).map(|field| field.to_string()).collect::<Vec<_>>();
            fs::create_dir_all(proc.path().join("7")).unwrap();
            let text = format!("7 (a) Z 1 (b) {state} {} 4711 0 0\n", rest.join(" "));
            fs::write(proc.path().join("7/stat"), text).unwrap();
            stat(proc.path(), "7")
        };
        assert_eq!(written("S"), Some((7, 4711)));
        assert_eq!(written("Z"), None);
        for text in ["", "7", "7 (a", "7 (a) S 1 2"] {
            fs::write(proc.path().join("7/stat"), text).unwrap();
            assert_eq!(stat(proc.path(), "7"), None, "{text}");
        }
    }
}
