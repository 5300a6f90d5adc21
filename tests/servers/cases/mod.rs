//! What is looked at. Each case runs z3, looks at what came of it by requests of its own and zfs, and panics where z3 or the server has not
//! done what a backup needs; what a server does otherwise than AWS, without harm, it notes.

mod backups;
mod guards;
mod names;
mod objects;
mod refusals;
mod stored;
mod upkeep;

use crate::place::Place;
use crate::verdict::Seen;

pub struct Case {
    /// As the page calls it.
    pub name: &'static str,
    /// Whether it needs a pool.
    pub pool: bool,
    pub run: fn(&Place, &mut Seen),
}

const fn bucket(name: &'static str, run: fn(&Place, &mut Seen)) -> Case {
    Case {
        name,
        pool: false,
        run,
    }
}

const fn pool(name: &'static str, run: fn(&Place, &mut Seen)) -> Case {
    Case {
        name,
        pool: true,
        run,
    }
}

pub const CASES: [Case; 25] = [
    pool(
        "full and increments, there and back",
        backups::there_and_back,
    ),
    pool("a backup of several parts", backups::several_parts),
    pool("a backup that is killed goes on", backups::goes_on),
    pool(
        "nothing is replaced by a second machine",
        backups::second_machine,
    ),
    bucket("an object in parts, there and back", objects::parts),
    bucket("small objects, and none of nothing", objects::small),
    bucket("what is given up leaves nothing", objects::given_up),
    bucket("odd letters in keys", names::keys),
    bucket("odd slashes and dots in keys", names::slashes),
    bucket("metadata beyond ASCII", names::metadata),
    bucket("more names than a page holds", names::pages),
    bucket("PAYLOAD=sha256", guards::sha256),
    bucket("PAYLOAD=crc32c", guards::crc32c),
    bucket("PAYLOAD=unsigned, by https", guards::unsigned),
    bucket("z3 verify", stored::verify),
    bucket("z3 ls and cat of a whole stream", stored::files),
    pool("z3 cat by ranges", stored::ranges),
    pool("z3 prune", upkeep::prune),
    bucket("s3_mp_cleanup", upkeep::cleanup),
    bucket("storage class", upkeep::class),
    pool("z3 doctor", upkeep::doctor),
    bucket("a wrong secret", refusals::secret),
    bucket("an unknown key", refusals::key),
    bucket("a wrong S3_REGION", refusals::region),
    bucket("a bucket that is not there", refusals::bucket),
];
