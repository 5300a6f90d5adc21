# fish completion of z3, pput, z3_get, z3_ssh_sync and s3_mp_cleanup. Commands, options and what follows them are read from
# --help; datasets and snapshots come from zfs. The bucket is never asked.

# The options of a help, each with the first line of its description.
function __z3_options
    $argv --help 2>/dev/null | string replace -rf '^  (?:-\w, )?(--[a-z0-9-]+) +(.*)' '$1\t$2'
end

function __z3_commands
    z3 --help 2>/dev/null | sed -n '/^Commands:/,/^$/s/^  \([a-z]\{1,\}\)  *\(.*\)/\1\t\2/p'
end

function __z3_names_of_commands
    __z3_commands | string replace -r '\t.*' ''
end

function __z3_command
    set -l names (__z3_names_of_commands)
    for word in (commandline -opc)[2..-1]
        contains -- $word $names; and echo $word; and return
    end
end

function __z3_usage
    z3 (__z3_command) --help 2>/dev/null | string split0 | string replace -r '(?s)\n\n.*' ''
end

function __z3_words
    set -l command (__z3_command)
    __z3_options z3 $command
    test -n "$command"; and __z3_options z3
end

function __z3_datasets
    zfs list -H -o name 2>/dev/null
end

# The snapshots of the dataset that was named: `zfs list` of names alone is its fast way.
function __z3_snapshots
    set -l words (commandline -opc)
    set -l at (contains -i -- --dataset $words); or return
    zfs list -H -t snapshot -o name -s name -d 1 $words[(math $at + 1)] 2>/dev/null | string replace -r '.*@' ''
end

function __z3_takes
    set -l command (__z3_command)
    test -n "$command"; and string match -q -- "*$argv[1]*" (__z3_usage)
end

complete -c z3 -f
complete -c z3 -n 'test -z "$(__z3_command)"' -a '(__z3_commands)'
complete -c z3 -n 'string match -q -- "-*" (commandline -ct)' -a '(__z3_words)'
for option in dataset filesystem to scratch exclude
    complete -c z3 -l $option -xa '(__z3_datasets)'
end
complete -c z3 -l snapshot -xa '(__z3_snapshots)'
complete -c z3 -l compressor -xa 'none pigz1 pigz4 gzip zstd gpg'
complete -c z3 -l level -xa 'list data receive'
complete -c z3 -l tier -xa 'standard bulk expedited'
for option in config stream prometheus
    complete -c z3 -l $option -rF
end
complete -c z3 -n '__z3_takes DATASET; and test (__z3_command) != restore' -a '(__z3_datasets)'
complete -c z3 -n '__z3_takes SNAPSHOT' -a '(__z3_snapshots)'
for program in pput z3_get z3_ssh_sync s3_mp_cleanup
    complete -c $program -n 'string match -q -- "-*" (commandline -ct)' -a "(__z3_options $program)"
    complete -c $program -l config -rF
end
