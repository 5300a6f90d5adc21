# Sourced by the scripts beside it: what the test servers have in common. Needs bash, coreutils and curl.

# The secret holds letters that configuration files, shells and URLs like to trip over; AWS hands out such secrets.
export Z3T_KEY_ID=Z3TESTKEY0000000001
export Z3T_SECRET='s3cret/with+odd#letters=and%more;0000001'
export Z3T_BUCKET=z3test
export Z3T_REGION=us-east-1

# The version is in the path, so that a newer SeaweedFS is installed beside the old one.
seaweedfs_version=4.48
seaweedfs_venv=${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/z3-tests/seaweedfs-$seaweedfs_version
weed=$seaweedfs_venv/bin/weed
# The same of moto, and of what its S3 needs and it does not ask for by itself.
moto_version=5.2.5
moto_venv=${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/z3-tests/moto-$moto_version

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
# to tell the server.
s3() {
    local method=$1 url=$2 empty=e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
    shift 2
    curl -s --max-time 5 -X "$method" --aws-sigv4 "aws:amz:$Z3T_REGION:s3" --user "$Z3T_KEY_ID:$Z3T_SECRET" \
        -H "x-amz-content-sha256: $empty" "$@" "$url"
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
