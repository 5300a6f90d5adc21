# What the scripts beside it share: `. contrib/package/lib.sh`, from the root of the project.
# shellcheck shell=bash
set -euo pipefail
umask 022
export PATH=$PATH:$HOME/.cargo/bin

die() {
    echo "$(basename "$0"): $*" >&2
    exit 1
}

# need PROGRAM PACKAGE: says what is missing, and where it is from.
need() {
    command -v "$1" >/dev/null || die "$1 is missing: apt-get install $2"
}

version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
# One date for everything, that of the last commit: the same source makes the same bytes.
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
export SOURCE_DATE_EPOCH version
out=${OUT:-target/dist}
arch=${ARCH:-x86_64}
os=${OS:-linux}
tools=${XDG_CACHE_HOME:-$HOME/.cache}/z3-dist
# The glibc of CentOS 7 and of Ubuntu 14.04: whoever has that or a newer one can run what we build.
glibc=2.17
case $os in
linux) target=$arch-unknown-linux-gnu ;;
freebsd) target=$arch-unknown-freebsd ;;
*) die "OS=$os: linux or freebsd" ;;
esac
binary=$out/build/$target/release/z3

# What was made, so that whoever fetches it can see that it came whole. Other sums want another signature.
sums() {
    rm -f "$out/SHA256SUMS.minisig"
    (cd "$out" && find . -maxdepth 1 -type f ! -name SHA256SUMS -printf '%f\n' | LC_ALL=C sort | xargs sha256sum >SHA256SUMS)
}
