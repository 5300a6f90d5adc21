//! Properties of datasets, and flags of `zfs send`.

use super::super::flags::known;
use super::super::receive::ReceiveUsage;
use super::*;
use crate::send_flags::SendFlags;

#[test]
fn a_property_keeps_its_tabs_and_line_feeds() {
    let said = "type\tfilesystem\t-\ncompression\tlz4\tlocal\natime\toff\tinherited from tank\tx\n\
                volsize\t8388608\tlocal\nmy:note\ta\tb\n\nc\treceived\nmy:empty\t\tlocal\ncut\toff";
    let own: Vec<_> = Properties::read(said).own().collect();
    let own: Vec<_> = own
        .iter()
        .map(|one| (one.name.as_str(), one.value.as_str(), one.source.as_str()))
        .collect();
    // What follows the source "inherited from" is the name of a dataset, which has no tab.
    assert_eq!(
        own,
        [
            ("compression", "lz4", "local"),
            (
                "atime",
                "off\tinherited from tank\tx\nvolsize\t8388608",
                "local"
            ),
            ("my:note", "a\tb\n\nc", "received"),
            ("my:empty", "", "local"),
        ]
    );
}

#[test]
fn a_user_cannot_say_what_zfs_says() {
    let faked = "encryption\taes-256-gcm\t-\nkeystatus\tunavailable\t-\nencryptionroot\ttank/e\t-\n\
                 my:own\tx\tlocal\nencryption\toff\t-\nkeystatus\tavailable\t-\n";
    let properties = Properties::read(faked);
    assert!(properties.encrypted() && properties.locked());
    assert_eq!(properties.encryption_root(), Some("tank/e"));
    for plain in [
        "",
        "type\tvolume\t-\n",
        "encryption\toff\tdefault\nkeystatus\t-\t-\n",
    ] {
        let properties = Properties::read(plain);
        assert!(!properties.encrypted() && !properties.locked());
        assert_eq!(properties.encryption_root(), None);
    }
}

const OPENZFS: &str = "missing snapshot argument\nusage:\n\
    \tsend [-DLPbcehnpsVvw] [-i|-I snapshot]\n\t     [-R [-X dataset[,dataset]...]]     <snapshot>\n\
    \tsend [-DnVvPLecw] [-i snapshot|bookmark] <filesystem|volume|snapshot>\n\
    \tsend [-DnPpVvLec] [-i bookmark|snapshot] --redact <bookmark> <snapshot>\n\
    \tsend [-nVvPe] -t <receive_resume_token>\n";
const OF_0_7: &str = "usage:\n\tsend [-DnPpRvLec] [-[iI] snapshot] <snapshot>\n\
    \tsend [-nvPLec] [-i snapshot|bookmark] <filesystem|volume|snapshot>\n";

#[test]
fn a_zfs_says_which_flags_it_has() {
    let fuse = ZFS_FUSE.replace("2> ", "");
    let answer = |usage: &str, letters| {
        let answer = known(usage, SendFlags::parse(letters).unwrap());
        answer.map_err(|error| error.to_string())
    };
    for (usage, letters, lacking) in [
        (OPENZFS, "Lcew", ""),
        (OF_0_7, "Lce", ""),
        (
            OF_0_7,
            "Lw",
            "zfs send -Lw: this zfs has no -w, its usage is 'send [-nvPLec] [-i snapshot|bookmark]",
        ),
        (
            &fuse,
            "Lc",
            "zfs send -Lc: this zfs has no -Lc, its usage is 'send [-RDp] [-[iI] snapshot] <snapshot>'",
        ),
        (
            "",
            "c",
            "zfs send -c: this zfs has no -c, its usage is 'unknown'",
        ),
    ] {
        match answer(usage, letters) {
            Ok(()) => assert_eq!(lacking, "", "{usage}"),
            Err(told) => assert!(!lacking.is_empty() && told.starts_with(lacking), "{told}"),
        }
    }
}

#[test]
fn a_zfs_says_what_its_receive_knows() {
    let of_2_3 = "missing snapshot argument\nusage:\n\treceive [-vMnsFhu] [-o <property>=<value>] ... [-x <property>]\n\t    <filesystem|volume|snapshot>\n\treceive -A <filesystem|volume>\n";
    let of_2_3 = ReceiveUsage(of_2_3.to_owned());
    assert!(of_2_3.keeps_partial() && of_2_3.has_options());
    for other in [
        "usage:\n\treceive [-vnFu] <filesystem|volume|snapshot>\n\treceive [-vnFu] [-d | -e] <filesystem>\n",
        "receive -s\n",
        "",
    ] {
        let usage = ReceiveUsage(other.to_owned());
        assert!(!usage.keeps_partial() && !usage.has_options(), "{other}");
    }
}
