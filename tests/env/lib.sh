# Sourced by the scripts beside it: what the test servers have in common. Needs bash, coreutils and curl.

# The secret holds letters that configuration files, shells and URLs like to trip over; AWS hands out such secrets.
export Z3T_KEY_ID=Z3TESTKEY0000000001
export Z3T_SECRET='s3cret/with+odd#letters=and%more;0000001'
export Z3T_BUCKET=z3test
export Z3T_REGION=us-east-1
# Swift's own users are ACCOUNT:USER, and Garage takes keys of a form of its own; all others have the two above.
export Z3T_SWIFT_KEY_ID=z3:tests
export Z3T_GARAGE_KEY_ID=GK00112233445566778899aabb
export Z3T_GARAGE_SECRET=00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff

# What no distribution has lies here. The version is in the path, so that a newer one is installed beside the old one.
installed=${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/z3-tests
seaweedfs_version=4.48
seaweedfs_venv=$installed/seaweedfs-$seaweedfs_version
weed=$seaweedfs_venv/bin/weed
moto_version=5.2.5
moto_venv=$installed/moto-$moto_version
ministack_version=1.5.33
ministack_venv=$installed/ministack-$ministack_version
garage_version=2.5.0
garage=$installed/garage-$garage_version/bin/garage
# Not a later one: those want a newer compiler than z3 does.
s3s_fs_version=0.14.1
s3s_fs=$installed/s3s-fs-$s3s_fs_version/bin/s3s-fs

# cron and sudo leave these out, and here the servers live.
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin

die() {
    echo "${0##*/}: $*" >&2
    exit 1
}

# apt_get ARGUMENTS: apt-get that waits 5 minutes for another package manager (apt itself waits for dpkg's lock, and not for that of
# its lists), and whose words are shown only if it fails.
apt_get() {
    local log status=0 end=$((SECONDS + 300))
    log=$(mktemp)
    while ! LC_ALL=C DEBIAN_FRONTEND=noninteractive apt-get -y -qq -o DPkg::Lock::Timeout=300 "$@" </dev/null >"$log" 2>&1; do
        if [ $SECONDS -ge $end ] || ! grep -q 'Could not get lock' "$log"; then
            cat "$log" >&2
            status=1
            break
        fi
        sleep 1
    done
    rm -f "$log"
    return $status
}

# s3 METHOD URL [curl's arguments]: one signed S3 request without a body. curl signs the digest of the body, and leaves it to us
# to tell the server. The key stands in the URL: only there may it hold a colon, as Swift's does.
s3() {
    local method=$1 url=$2 empty=e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
    shift 2
    curl -s --max-time 5 -X "$method" --aws-sigv4 "aws:amz:$Z3T_REGION:s3" -H "x-amz-content-sha256: $empty" "$@" \
        "${url/:\/\//://$(escaped "$Z3T_KEY_ID"):$(escaped "$Z3T_SECRET")@}"
}

# escaped TEXT: as it may stand in a URL.
escaped() {
    local at
    for ((at = 0; at < ${#1}; at++)); do
        case ${1:at:1} in
        [A-Za-z0-9]) printf %s "${1:at:1}" ;;
        *) printf %%%02X "'${1:at:1}" ;;
        esac
    done
}

# s3_status METHOD URL [curl's arguments]: the same; prints the HTTP status, 000 without an answer.
s3_status() {
    s3 "$@" -o /dev/null -w '%{http_code}' || true
}

# A pid alone may belong to somebody else by the time it is killed; with its start time it cannot.
started() {
    local stat fields
    stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 0
    read -ra fields <<<"${stat##*) }"
    [ "${fields[0]}" = Z ] || echo "${fields[19]}"
}

# spawn DIR NAME COMMAND...: a server in a session of its own (Ctrl-C is not meant for it), with DIR/NAME.pid and DIR/NAME.log.
spawn() {
    local dir=$1 name=$2
    shift 2
    setsid "$@" </dev/null >>"$dir/$name.log" 2>&1 &
    echo "$! $(started $!)" >"$dir/$name.pid"
    disown
}

# alive DIR NAME: is that server still the one that was started?
alive() {
    local pid start
    [ -f "$1/$2.pid" ] && read -r pid start <"$1/$2.pid" && [ -n "$start" ] && [ "$(started "$pid")" = "$start" ]
}

# stop DIR NAME SECONDS: asks it to end, and kills it when the time is over.
stop() {
    local pid start try
    [ -f "$1/$2.pid" ] || return 0
    read -r pid start <"$1/$2.pid"
    if alive "$1" "$2"; then kill -TERM "$pid" 2>/dev/null || true; fi
    for ((try = 0; try < $3 * 20; try++)); do
        alive "$1" "$2" || break
        sleep 0.05
    done
    if alive "$1" "$2"; then kill -KILL "$pid" 2>/dev/null || true; fi
    rm -f "$1/$2.pid"
}

# make_bucket DIR NAME URL: waits until server NAME answers and the bucket is there; fails with the server's last words.
make_bucket() {
    local status end=$((SECONDS + 30))
    while :; do
        status=$(s3_status PUT "$3/$Z3T_BUCKET")
        case $status in 200 | 204 | 409) return 0 ;; esac
        if ! alive "$1" "$2" || [ $SECONDS -ge $end ]; then
            tail -qn 15 "$1/$2.log" >&2
            die "$2 does not answer at $3 (last status $status); its log is above"
        fi
        sleep 0.05
    done
}

# remove_sockets PORT: those of the SeaweedFS at PORT, which no flag keeps out of /tmp.
remove_sockets() {
    local port
    for port in $(($1 + 2)) $(($1 + 4)) $(($1 + 6)) $(($1 + 7)); do rm -f /tmp/seaweedfs-*-grpc-$port.sock; done
}
