# bash completion of z3, pput, z3_get, z3_ssh_sync and s3_mp_cleanup. Commands, options and what follows them are read from
# --help, so that nothing has to be kept in step; datasets and snapshots come from zfs. The bucket is never asked.

# The words that a section of a help begins its lines with: _z3_words Options z3 backup
_z3_words() {
    local section=$1
    shift
    "$@" --help 2>/dev/null |
        sed -n "/^$section:/,/^\$/s/^  \(-[a-z], \)\{0,1\}\([a-z-][a-z0-9_-]*\).*/\2/p"
}

# What the usage has behind an option: nothing for a switch.
_z3_value() {
    local option=$1
    shift
    "$@" --help 2>/dev/null | sed '/^$/q' | tr '\n' ' ' |
        sed -n "s/.*[[ ]$option \([A-Za-z][A-Za-z|=.]*\).*/\1/p"
}

_z3_datasets() {
    zfs list -H -o name 2>/dev/null
}

# The snapshots of a dataset: `zfs list` of names alone is its fast way.
_z3_snapshots() {
    [ -n "$1" ] && zfs list -H -t snapshot -o name -s name -d 1 "$1" 2>/dev/null | sed 's/.*@//'
}

# What an option takes.
_z3_values() {
    case $1 in
    --dataset | --filesystem | --to | --scratch | --exclude) _z3_datasets ;;
    --snapshot) _z3_snapshots "$dataset" ;;
    --compressor) printf '%s\n' none pigz1 pigz4 gzip zstd gpg ;;
    *) case $2 in *'|'*) printf '%s\n' "$2" | tr '|' '\n' ;; esac ;;
    esac
}

# What stands by itself: a command, else what its usage names.
_z3_arguments() {
    local usage
    if [ "$program" = z3 ] && [ -z "$command" ]; then
        _z3_words Commands z3
        return
    fi
    usage=$("${base[@]}" --help 2>/dev/null | sed '/^$/q')
    case $usage in *DATASET*) [ "$program" = z3 ] && [ "$command" != restore ] && _z3_datasets ;; esac
    case $usage in *SNAPSHOT*) _z3_snapshots "$dataset" ;; esac
}

_z3() {
    local line=${COMP_LINE:0:COMP_POINT} words=() base=() cur='' program command='' dataset='' before='' word value choice
    # Cut at blanks: COMP_WORDS is cut at the @ and : of snapshots as well.
    read -ra words <<<"$line"
    case $line in
    *[[:space:]]) ;;
    *) cur=${words[${#words[@]} - 1]} words=("${words[@]:0:${#words[@]} - 1}") ;;
    esac
    program=${words[0]##*/} base=("${words[0]}")
    for word in "${words[@]:1}"; do
        case $before in
        --dataset | --filesystem) dataset=$word ;;
        -*) ;;
        *) case $program:$command:$word in z3::-*) ;; z3::*) command=$word base+=("$word") ;; esac ;;
        esac
        case $word in
        -*) value=$(_z3_value "$word" "${base[@]}") && [ -n "$value" ] || value=$(_z3_value "$word" "${words[0]}") ;;
        *) value='' ;;
        esac
        before=''
        [ -n "$value" ] && before=$word
    done
    case $before:$value in
    *:FILE)
        mapfile -t COMPREPLY < <(compgen -f -- "$cur")
        compopt -o filenames 2>/dev/null
        return 0
        ;;
    -*) choice=$(_z3_values "$before" "$value") ;;
    *) case $cur in
        -*) choice=$(_z3_words Options "${base[@]}"; _z3_words Options "${words[0]}") ;;
        *) choice=$(_z3_arguments) ;;
        esac ;;
    esac
    mapfile -t COMPREPLY < <(compgen -W "$choice" -- "$cur" | sort -u)
    # readline replaces only what stands behind the last of its own word breaks.
    local own=${COMP_WORDS[COMP_CWORD]}
    case $own in [:=@]) own='' ;; esac
    COMPREPLY=("${COMPREPLY[@]#"${cur%"$own"}"}")
}

complete -F _z3 z3 pput z3_get z3_ssh_sync s3_mp_cleanup
