//! Estimates and the commands that are run.

use super::*;
use crate::name::Source;
use crate::receive_options::ReceiveOptions;
use crate::send_flags::SendFlags;

/// The estimate of a session, or the error's text.
fn estimated(session: &str, of: &str, from: Option<&str>) -> Result<u64, String> {
    let local = listed(session, "tank/spam").unwrap().pop().unwrap();
    let from = from.map(snapshot).map(Source::Snapshot);
    let cmd = Send {
        snapshot: &snapshot(of),
        from: from.as_ref(),
        flags: SendFlags::NONE,
    }
    .estimate_cmd();
    // The session's command lines are typed without the quotes that nothing needs.
    let session = session.replace("-nvP tank/spam@third", "-nvP 'tank/spam@third'");
    estimate_in(replay(&session, &cmd), &local).map_err(|error| error.to_string())
}

#[test]
fn estimates_of_three_versions() {
    let (first, second, third) = ("tank/spam@z-first", "tank/spam@a second", "tank/spam@third");
    // zfs-fuse cannot tell: it gives what the snapshot refers to.
    let expected = [
        [510_616, 110_704, 624],
        [510_616, 110_192, 624],
        [626_688, 626_688, 626_688],
    ];
    for (session, [full, increment, unchanged]) in SESSIONS.into_iter().zip(expected) {
        assert_eq!(estimated(session, third, None), Ok(full));
        assert_eq!(estimated(session, second, Some(first)), Ok(increment));
        assert_eq!(estimated(session, third, Some(second)), Ok(unchanged));
    }
}

#[test]
fn an_estimate_is_found_in_noise_and_never_0() {
    let local = LocalSnapshot::named("a");
    let answer = |stdout: &str, stderr: &str| {
        let captured = Captured {
            stdout: stdout.into(),
            stderr: stderr.into(),
        };
        estimate_in(Ok(captured), &local).unwrap()
    };
    let sized = "full\tt@a\t381408\nsize\t381408\n";
    assert_eq!(answer(sized, "WARNING: could not send x\n"), 381_408);
    assert_eq!(answer(&format!("{sized}WARNING: size\t7\n"), ""), 381_408);
    assert_eq!(
        answer("size of x\t9\nsize\tlarge\nsize 8\n", sized),
        381_408
    );
    assert_eq!(
        answer("full\tsize\t99\n", ""),
        1,
        "nothing known, not even referenced"
    );
    assert_eq!(answer("size\t0\n", ""), 1);
    let missing = replay(
        SESSIONS[0],
        &Cmd::new("zfs").args(["send", "-nvP", "tank/spam@nosuch"]),
    );
    let error = estimate_in(missing, &local).unwrap_err().to_string();
    assert!(error.ends_with("cannot open 'tank/spam@nosuch': dataset does not exist"));
}

fn send(snapshot: &Snapshot, from: Option<&Source>) -> Cmd {
    flagged("", snapshot, from)
}

fn flagged(letters: &str, snapshot: &Snapshot, from: Option<&Source>) -> Cmd {
    let flags = SendFlags::parse(letters).unwrap();
    Send {
        snapshot,
        from,
        flags,
    }
    .cmd()
}

fn received(target: &Snapshot, force: bool, keep: bool) -> Cmd {
    let receive = Receive {
        target: target.clone(),
        force,
        keep,
        options: ReceiveOptions::default(),
    };
    receive.cmd()
}

#[test]
fn what_is_said_of_properties_stands_before_the_target_and_can_be_pasted() {
    let set = [("mountpoint", "/a b"), ("u:x", "it's")];
    let set = set.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let receive = Receive {
        target: snapshot("tank/a@b"),
        force: true,
        keep: false,
        options: ReceiveOptions::new(&set, &["quota".to_owned()]).unwrap(),
    };
    let text = r"zfs recv -u -F -o 'mountpoint=/a b' -o 'u:x=it'\''s' -x quota tank/a@b";
    assert_eq!(receive.cmd().to_string(), text);
}

#[test]
fn commands_print_as_the_original_printed_them() {
    let (a, b) = (Source::Snapshot(snapshot("tank/a@a")), snapshot("tank/a@b"));
    let marked = Source::Bookmark(dataset("tank/a").bookmark("a: .-_").unwrap());
    for (cmd, text) in [
        (send(&b, None), "zfs send 'tank/a@b'"),
        (send(&b, Some(&a)), "zfs send -i 'tank/a@a' 'tank/a@b'"),
        (
            send(&b, Some(&marked)),
            "zfs send -i 'tank/a#a: .-_' 'tank/a@b'",
        ),
        (flagged("w", &b, None), "zfs send -w 'tank/a@b'"),
        (
            flagged("cL", &b, Some(&a)),
            "zfs send -Lc -i 'tank/a@a' 'tank/a@b'",
        ),
        (recv_cmd(&b), "zfs recv -u tank/a@b"),
        (received(&b, true, false), "zfs recv -u -F tank/a@b"),
        (received(&b, true, true), "zfs recv -s -u -F tank/a@b"),
        (recv_cmd(&snapshot("t/x y@b")), "zfs recv -u 't/x y@b'"),
        (mount_cmd(&dataset("tank/a")), "zfs mount tank/a"),
    ] {
        assert_eq!(cmd.to_string(), text);
        assert_eq!(Host::Local.cmd(cmd.clone()), cmd);
    }
}

#[test]
fn arguments_survive_the_remote_shell() {
    let remote = Host::Ssh {
        remote: "-oProxyCommand=x".into(),
    };
    let cmd = remote.cmd(send(&snapshot("t/a b@c"), None));
    assert_eq!(
        cmd.to_string(),
        r"ssh -C -- -oProxyCommand=x 'sudo -n zfs send '\''t/a b@c'\'''"
    );
    // As sshd does it: the words after the destination go to a shell.
    let words = ["it's", "$HOME", "a  b", "`x`", "\\"];
    let cmd = remote.cmd(Cmd::new("printf").arg("%s|").args(words));
    let shell = "ssh() { shift 3; eval \"$*\"; }; sudo() { shift; \"$@\"; };";
    let script = format!("{shell} {cmd}");
    let output = Command::new("sh").args(["-c", &script]).output().unwrap();
    assert_eq!(
        String::from_utf8(output.stdout).unwrap(),
        words.map(|word| format!("{word}|")).concat()
    );
}
