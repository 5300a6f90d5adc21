//! What `make install` lays, as it is used afterwards: by cron, by a shell, and by who wants it gone again.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::{ENV, Run, Server, Z3, programs};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Lays this build's z3 below a directory of this corner, or takes it away, as `make` does.
fn lay(verb: &str, z3: &Z3) -> PathBuf {
    let prefix = z3.dir().join("prefix");
    let mut command = Command::new(root().join("contrib/lay"));
    let program = programs().join("z3");
    let status = command
        .arg(verb)
        .arg(program)
        .arg(&prefix)
        .status()
        .unwrap();
    assert!(status.success(), "{verb}");
    prefix
}

/// Every file and link below a directory.
fn files(below: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(below).unwrap() {
        let entry = entry.unwrap();
        match entry.file_type().unwrap().is_dir() {
            true => found.extend(files(&entry.path())),
            false => found.push(entry.path()),
        }
    }
    found
}

#[test]
fn what_is_laid_is_taken_away_and_nothing_else() {
    let z3 = Z3::new("lay");
    let prefix = lay("install", &z3);
    let theirs = prefix.join("share/man/man1/other.1");
    fs::write(&theirs, "").unwrap();
    for name in [
        "bin/pput",
        "share/man/man5/z3.conf.5.gz",
        "share/doc/z3-backup/LICENSE",
    ] {
        assert!(prefix.join(name).exists(), "{name}");
    }
    let unit = prefix.join("lib/systemd/system/z3-backup.service");
    let start = format!("ExecStart={}/bin/z3 backup --all", prefix.display());
    assert!(fs::read_to_string(unit).unwrap().contains(&start));
    lay("uninstall", &z3);
    assert_eq!(files(&prefix), [theirs]);
}

/// Who has the tarball alone has no `make uninstall`.
#[test]
fn what_came_in_a_tarball_goes_by_the_readmes_words() {
    let z3 = Z3::new("tarball");
    let laid = lay("install", &z3);
    let theirs = laid.join("share/man/man1/other.1");
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let mut quoted = readme.split('`');
    let words = quoted.find(|words| words.starts_with("tar -tzf")).unwrap();
    let tarball = words.split(' ').nth(2).unwrap();
    let words = words.replace("/usr/local", &laid.to_string_lossy());
    let packed = format!(
        "tar --transform 's|^prefix|z3-0|' -czf {tarball} prefix && touch {}",
        theirs.display()
    );
    z3.shell(&format!("cd {} && {packed} && {words}", z3.dir().display()))
        .run()
        .expect_ok();
    assert_eq!(files(&laid), [theirs]);
}

/// What the links of a page name, but other sites and places within the page.
fn links(page: &str) -> impl Iterator<Item = &str> {
    let targets = page.split("](").skip(1);
    let targets = targets.filter_map(|rest| rest.split([')', '#']).next());
    targets.filter(|target| !target.is_empty() && !target.contains("://"))
}

#[test]
fn what_the_laid_pages_link_to_lies_beside_them() {
    let z3 = Z3::new("links");
    let pages = lay("install", &z3).join("share/doc/z3-backup");
    let mut followed = 0;
    for page in files(&pages) {
        if page.extension().is_none_or(|extension| extension != "md") {
            continue;
        }
        let text = fs::read_to_string(&page).unwrap();
        // How to work on z3 is for who has its sources.
        for link in links(&text).filter(|link| *link != "CONTRIBUTING.md") {
            let target = page.parent().unwrap().join(link);
            assert!(target.exists(), "{}: {link}", page.display());
            followed += 1;
        }
    }
    assert!(followed > 20, "{followed}");
}

/// The line that the README has for `/etc/cron.d`.
fn cron_line() -> String {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let example = fs::read_to_string(root().join("contrib/cron/z3-backup")).unwrap();
    let lines = readme.lines().map(str::trim);
    let mut lines = lines.filter(|line| line.starts_with("15 3 * * *"));
    let line = lines.next().unwrap().to_owned();
    assert!(example.lines().any(|one| one == line), "{line}");
    line
}

/// Cron's environment has the PATH of Debian's `crontab(5)` and nothing else of ours: a bare `z3` is not found there.
#[test]
fn the_line_for_cron_makes_a_backup() {
    let z3 = Z3::new("cron");
    let prefix = lay("install", &z3);
    z3.dataset.create().write("a", b"spam").snapshot("daily-1");
    let conf = z3.file(
        "z3.conf",
        format!(
            "[main]\nBUCKET={}\nS3_KEY_ID={}\nS3_SECRET={}\nS3_ENDPOINT={}\nS3_REGION={}\nS3_PREFIX={}\n[fs:{}]\nSNAPSHOT_PREFIX=daily\n",
            ENV.bucket, ENV.key_id, ENV.secret, Server::Rgw.endpoint(), ENV.region, z3.prefix, z3.dataset.name
        ),
    );
    fs::set_permissions(&conf, fs::Permissions::from_mode(0o600)).unwrap();
    let line = cron_line();
    let (_, command) = line.split_once("root  ").unwrap();
    let command = command.replace("/usr/local", &prefix.to_string_lossy());
    by_cron(&conf, &["-c", &command]);
    assert_eq!(z3.keys(), [format!("{}@daily-1", z3.dataset.name)]);
    z3.dataset.snapshot("daily-2");
    let daily = prefix.join("share/doc/z3-backup/examples/periodic");
    by_cron(&conf, &[&daily.to_string_lossy()]);
    assert_eq!(z3.keys().len(), 2);
}

/// What a shell of cron's runs, with nothing to mail.
fn by_cron(conf: &Path, arguments: &[&str]) {
    let told = Run::program("/usr/bin/env")
        .args(["-i", "PATH=/usr/bin:/bin", "LOGNAME=root", "HOME=/root"])
        .args([format!("Z3_CONFIG={}", conf.display())])
        .args(["/bin/sh"])
        .args(arguments)
        .run()
        .expect_ok();
    assert_eq!(
        (told.text(), told.stderr.as_str()),
        ("", ""),
        "nothing to mail"
    );
}

/// What bash offers when TAB is pressed at the end of a line.
fn offered(z3: &Z3, line: &str) -> Vec<String> {
    let script = format!(
        "source {}/contrib/completions/z3.bash\n\
         COMP_LINE='{line}' COMP_POINT=${{#COMP_LINE}}\n\
         read -ra COMP_WORDS <<<\"${{COMP_LINE//[:@]/ & }}\"\n\
         case $COMP_LINE in *' ') COMP_WORDS+=('') ;; esac\n\
         COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))\n\
         _z3\nprintf '%s\\n' \"${{COMPREPLY[@]}}\"\n",
        root().display()
    );
    let told = z3.shell(&script).run().expect_ok();
    assert_eq!(told.stderr, "", "{line}");
    told.text().lines().map(str::to_owned).collect()
}

#[test]
fn bash_completes_from_help_and_from_zfs() {
    let z3 = Z3::new("bash");
    z3.dataset.create();
    for name in ["daily:1", "daily:2", "weekly"] {
        z3.dataset.snapshot(name);
    }
    let name = &z3.dataset.name;
    let (start, rest) = name.split_at(name.len() - 2);
    let case = |line: &str, expected: &[&str]| {
        let offered = offered(&z3, line);
        assert_eq!(offered, expected, "{line}");
    };
    case("z3 ba", &["backup"]);
    case("z3 backup --f", &["--full", "--full-every"]);
    case(
        "z3 backup --sn",
        &["--snapshot", "--snapshot-glob", "--snapshot-prefix"],
    );
    case("pput --es", &["--estimated"]);
    case("z3 verify --level re", &["receive"]);
    case("z3 backup --compressor z", &["zstd"]);
    case(&format!("z3 --dataset {start}"), &[name]);
    case(&format!("z3 backup {start}"), &[name]);
    assert!(!rest.is_empty());
    // readline cuts at the colon: what stands before it is not offered again.
    case(&format!("z3 --dataset {name} restore daily:"), &["1", "2"]);
    case(&format!("z3 --dataset {name} restore w"), &["weekly"]);
    case(
        &format!("z3 --dataset {name} backup --snapshot w"),
        &["weekly"],
    );
    // A file, and a value that nothing is known of.
    case("z3 --config /etc/hostna", &["/etc/hostname"]);
    case("z3 prune --keep-daily ", &[""]);
}

/// No option of a help is unknown to fish's file, which names those that take a file or a dataset.
#[test]
fn the_options_that_completions_name_are_there() {
    let z3 = Z3::new("named");
    let help = |command: &str| {
        z3.says(
            [command, "--help"]
                .into_iter()
                .filter(|word| !word.is_empty()),
        )
    };
    let all: String = ["", "backup", "restore", "thaw", "verify"]
        .map(help)
        .concat();
    let fish = fs::read_to_string(root().join("contrib/completions/z3.fish")).unwrap();
    let lines = || fish.lines();
    let named = lines().filter_map(|line| line.strip_prefix("complete")?.split(" -l ").nth(1));
    let named = named.filter_map(|rest| rest.split(' ').next());
    let listed = lines().filter_map(|line| line.strip_prefix("for option in "));
    let options = named.chain(listed.flat_map(str::split_whitespace));
    for option in options.filter(|option| *option != "$option") {
        let known = all.contains(&format!("--{option}")) || option == "filesystem";
        assert!(known, "--{option}");
    }
}
