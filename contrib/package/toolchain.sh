# The compilers of contrib/package, each of its own version and in a folder of its own ($tools): `. contrib/package/toolchain.sh`
# behind lib.sh. Nothing is installed on the machine, and rustup's toolchain stays as it is.
# shellcheck shell=bash disable=SC2154
ziglang=0.17.1 zigbuild=0.24.1

# zig's C compiler and linker, from PyPI.
with_zig() {
    if [ ! -x "$tools/zig/bin/cargo-zigbuild" ]; then
        python3 -m venv "$tools/zig" || die "python3 cannot make a venv: apt-get install python3-venv"
        "$tools/zig/bin/pip" install -q "ziglang==$ziglang" "cargo-zigbuild==$zigbuild" ||
            die "pip could not install zig; its words are above"
    fi
    export PATH=$tools/zig/bin:$PATH
}

# Debian's Rust for browsers: with a standard library for arm64, and the source of it for systems that Debian has none for. 200 MB
# to fetch, 1.2 GB unpacked. Which version is served changes with browsers' needs; BUILDINFO has it.
with_rust_web() {
    local rust=$tools/rust-web
    [ -e "$rust/ready" ] || unpacked "$rust" rustc-web libstd-rust-web-dev libstd-rust-web-dev:arm64 rust-web-src
    export RUSTC=$rust/root/usr/bin/rustc LD_LIBRARY_PATH=$rust/root/usr/lib/x86_64-linux-gnu
}

# unpacked FOLDER PACKAGE...: Debian's packages in FOLDER/root, not installed; with the libraries that Rust's compiler needs, except
# those that every machine with a C compiler has.
unpacked() {
    local folder=$1 file
    shift
    need apt-get apt
    rm -rf "$folder"
    mkdir -p "$folder/debs" "$folder/lists/partial" "$folder/archives/partial"
    cat >"$folder/apt.conf" <<C
APT::Architectures {"amd64"; "arm64";};
APT::Sandbox::User "root";
Dir::State::Lists "$folder/lists";
Dir::Cache::Archives "$folder/archives";
C
    (
        export APT_CONFIG=$folder/apt.conf
        apt-get update -q
        packages=("$@")
        case " $* " in *" rustc-web "*) mapfile -t -O "$#" packages < <(rust_libraries) ;; esac
        cd "$folder/debs" && apt-get download -q "${packages[@]}"
    ) || die "apt could not fetch $*; its words are above"
    for file in "$folder"/debs/*.deb; do dpkg -x "$file" "$folder/root"; done
    rm -rf "$folder/debs" "$folder/lists" "$folder/archives"
    touch "$folder/ready"
}

# The compiler is in a library whose name has the version, and stands on LLVM.
rust_libraries() {
    local std
    std=$(apt-cache depends libstd-rust-web-dev | sed -n 's/.*Depends: \(libstd-rust-web-[0-9.]*\).*/\1/p' | head -n 1)
    apt-cache depends --recurse --no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances "$std" |
        grep '^[a-z]' | sort -u | grep -v '^libc6\|^libgcc-\|^gcc-\|^libstdc++'
}
