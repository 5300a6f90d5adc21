#!/bin/sh
# Stands first in PATH under the name of a program (zfs, pigz, gpg, ssh, ...) and runs the real one, or lets it fail by script:
#   SHIM_zfs='send cut=100000 end=1'       the first word is the first argument that is meant, * for any; then, in any order
#     cut=N      after N bytes of the real output, end
#     stall=N    after N bytes of the real output, hang
#     end=S      end with this status, or by this signal (KILL, TERM, ...), after what there is of output; 1 unless given
#     sleep=S    wait so many seconds first
#     say=TEXT   a word to stderr
#     to=FILE    do it only while FILE is absent, and create it: the second time all is well
#   SHIM_LOG=FILE                          each call is appended: name and arguments
# A `zfs send -n` sends nothing and is never meant.
name=${0##*/}
PATH=${PATH#*:}
[ -z "$SHIM_LOG" ] || printf '%s %s\n' "$name" "$*" >>"$SHIM_LOG"
eval "script=\$SHIM_$name"

meant=${script%% *}
[ -n "$script" ] && { [ "$meant" = '*' ] || [ "$meant" = "$1" ]; } || exec "$name" "$@"
case $2 in -n* | -vn*) exec "$name" "$@" ;; esac
cut= stall= end=1 sleep= say= to=
set -f
for word in ${script#"$meant"}; do
    case $word in
    cut=* | stall=* | end=* | sleep=* | say=* | to=*) eval "${word%%=*}=\${word#*=}" ;;
    *) echo "shim: what is '$word'?" >&2 && exit 99 ;;
    esac
done
if [ -n "$to" ]; then
    [ ! -e "$to" ] || exec "$name" "$@"
    : >"$to"
fi
[ -z "$sleep" ] || sleep "$sleep"
[ -z "$say" ] || echo "$say" >&2
if [ -n "$cut$stall" ]; then
    # The real one dies by SIGPIPE, and its own words about that are not of this story.
    "$name" "$@" 2>/dev/null | head -c "$cut$stall"
    [ -z "$stall" ] || exec sleep 100000
else
    "$name" "$@"
fi
case $end in
[0-9]*) exit "$end" ;;
*) kill -"$end" $$ ;;
esac
