//! Volumes: a block device instead of files.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::thread::sleep;
use std::time::Duration;

use crate::support::{Z3, noise};

/// The block devices of volumes, by their numbers: not every machine has udev, which would name them.
fn devices() -> BTreeSet<PathBuf> {
    let entries = fs::read_dir("/dev").unwrap().flatten();
    let is_whole = |path: &PathBuf| {
        let name = path.file_name().unwrap().to_str().unwrap();
        name.strip_prefix("zd")
            .is_some_and(|number| number.parse::<u32>().is_ok())
    };
    entries.map(|entry| entry.path()).filter(is_whole).collect()
}

/// The device that appears by this.
pub fn device_of(make: impl FnOnce()) -> PathBuf {
    let before = devices();
    make();
    for _ in 0..200 {
        if let Some(new) = devices().difference(&before).next() {
            return new.clone();
        }
        sleep(Duration::from_millis(100));
    }
    panic!("no new device in /dev");
}

#[test]
fn a_volume_comes_back_to_the_last_byte() {
    let z3 = Z3::new("volume");
    let device = device_of(|| {
        z3.create(&["-V", "8M"]);
    });
    let mut content = noise(8 << 20, 3);
    content[2 << 20..].fill(0);
    for (number, snapshot) in ["a", "b", "c"].into_iter().enumerate() {
        content[number << 20..][..5000].copy_from_slice(&noise(5000, number as u64));
        fs::write(&device, &content).unwrap();
        fs::File::open(&device).unwrap().sync_all().unwrap();
        z3.dataset.snapshot(snapshot);
    }
    z3.says(["backup"]);
    z3.expect_chain("pigz1", &["a", "b", "c"]);
    z3.expect_verified(3);
    let cat = z3.z3(["cat", "c"]).env("PATH", "/nonexistent");
    assert!(cat.run().expect_ok().stdout == content);
    let guids = z3.guids();
    z3.dataset.destroy();
    let device = device_of(|| {
        // Where there is nothing yet, and onto the volume that is there.
        for snapshot in ["a", "c"] {
            let ended = z3.z3(["restore", snapshot]).run().expect_ok();
            assert_eq!((ended.text(), ended.stderr.as_str()), ("", ""));
        }
    });
    assert_eq!(z3.guids(), guids);
    assert!(fs::read(device).unwrap() == content);
}
