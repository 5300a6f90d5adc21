use std::process::{Command, Stdio};

use super::*;

#[test]
fn a_host_is_told_by_more_than_its_name() {
    let host = Machine::here();
    let (_, id) = host.name().rsplit_once(' ').unwrap();
    assert_eq!((id.len(), host.name() == Machine::here().name()), (8, true));
}

#[test]
fn nobody_else_makes_the_same_seal() {
    let [here, there] = ["here", "there"].map(Machine::named);
    let seal = here.seal(b"note").unwrap();
    assert!(here.has_sealed(b"note", &seal));
    assert!(!here.has_sealed(b"other", &seal));
    assert!(!there.has_sealed(b"note", &seal));
    for forged in ["", "00", "x", &seal[2..]] {
        assert!(!here.has_sealed(b"note", forged), "{forged}");
    }
    let nobody = Machine::of("host", "uninitialized", "", Process::default());
    assert_eq!(nobody.seal(b"note"), None);
    assert!(!nobody.has_sealed(b"note", &seal));
    let boot = Machine::of("host", "", &"b".repeat(36), Process::default());
    assert!(boot.seal(b"note").is_some());
}

#[test]
fn a_process_lives_until_it_has_ended() {
    let host = Machine::here();
    assert_eq!(host.life(host.process()), Life::Alive);
    let mut child = Command::new("cat").stdin(Stdio::piped()).spawn().unwrap();
    let pid = child.id();
    let started = system::started(pid).unwrap();
    let other = Process {
        pid,
        started,
        ..host.process().clone()
    };
    assert_eq!(host.life(&other), Life::Alive);
    let later = Process {
        started: started + 1,
        ..other.clone()
    };
    assert_eq!(host.life(&later), Life::Over, "another of the same number");
    child.kill().unwrap();
    while host.life(&other) == Life::Alive {
        std::thread::yield_now();
    }
    assert_eq!(host.life(&other), Life::Over, "a zombie, and then nothing");
    child.wait().unwrap();
    assert_eq!(host.life(&other), Life::Over);
}

#[test]
fn what_cannot_be_looked_for_is_unknown() {
    let host = Machine::here();
    let container = Process {
        namespace: "pid:[1]".to_owned(),
        ..host.process().clone()
    };
    assert_eq!(host.life(&container), Life::Unknown);
    assert_eq!(host.life(&Process::default()), Life::Unknown);
    let earlier = Process {
        boot: "00000000".to_owned(),
        ..container
    };
    assert_eq!(host.life(&earlier), Life::Over, "the machine has rebooted");
}
