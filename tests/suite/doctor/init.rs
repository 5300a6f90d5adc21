//! A first configuration.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::support::Z3;

#[test]
fn a_first_configuration_is_written_once() {
    let z3 = Z3::new("doctor-init");
    let path = z3.dir().join("etc/z3/z3.conf");
    let init = || {
        z3.z3(["--config", path.to_str().unwrap(), "doctor", "--init"])
            .run()
    };
    assert!(init().expect_ok().text().contains("fill in BUCKET"));
    assert_eq!(
        fs::metadata(&path).unwrap().permissions().mode() & 0o777,
        0o600
    );
    let sample = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/z3.conf.sample"));
    assert_eq!(fs::read_to_string(&path).unwrap(), sample.unwrap());
    fs::write(&path, "[main]\n").unwrap();
    assert!(init().expect_status(1).stderr.contains("file exists"));
    assert_eq!(fs::read_to_string(&path).unwrap(), "[main]\n");
}
