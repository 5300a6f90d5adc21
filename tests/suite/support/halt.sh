# Runs the real program, and stands still on the way:
#   HALT_zfs='AT PATTERN'    in a call whose arguments match the pattern: before it, after BYTES of its output, or after all of it
#                            and before its exit (AT: before, BYTES, after)
#   HALT=FILE                says so by FILE.reached, and waits for FILE.open, or for the end of whoever started it
# An estimate (zfs send -n) is never meant.
name=${0##*/}
eval "halt=\$HALT_$name"
pattern=${halt#* }
case "$*" in
'send -n'*) halt= ;;
$pattern) ;;
*) halt= ;;
esac
stand() {
    : >"$HALT.reached"
    while [ ! -e "$HALT.open" ] && kill -0 $$ && kill -0 $PPID; do sleep 0.01; done 2>/dev/null
}
case ${halt%% *} in
before) stand && exec "$name" "$@" ;;
after)
    "$name" "$@"
    status=$?
    stand
    exit $status
    ;;
'') exec "$name" "$@" ;;
*) "$name" "$@" | { head -c "${halt%% *}" && stand && cat; } ;;
esac
