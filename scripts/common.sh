# Shell functions shared by the scripts of the Makefile. Sourced by bash, from the project's root.
# shellcheck shell=bash

# A failure inside a function is told by the trap of `step`.
set -o errtrace

BUILD=.build
STAMPS=$BUILD/stamps

# The environment of another project must not lead uv or the service astray.
unset VIRTUAL_ENV PYTHONPATH PYTHONHOME
# The machine's own Python, never one that uv would download.
export UV_PYTHON_DOWNLOADS=never

step_number=0
step_total=${step_total:-0}

# say SENTENCE: one line to the person who waits.
say() { printf '%s\n' "$*" >&2; }

# fail SENTENCE: say what is wrong and what to do, and stop.
fail() {
    say "Erreur : $*"
    exit 1
}

# step TITLE COMMAND...: number the step, run it, say how long it took.
step() {
    local title=$1 start=$EPOCHREALTIME
    shift
    step_number=$((step_number + 1))
    say "[$step_number/$step_total] $title…"
    # No `||` here: bash would then ignore `set -e` in the whole function that is called.
    trap '((BASH_SUBSHELL)) || say "[$step_number/$step_total] $title : échec"' ERR
    "$@"
    trap - ERR
    say "[$step_number/$step_total] $title : $(seconds_since "$start") s"
}

# seconds_since START: seconds, with one decimal, since $EPOCHREALTIME was START.
seconds_since() {
    # The locale may write the decimals after a comma.
    local tenths=$(((${EPOCHREALTIME//[.,]/} - ${1//[.,]/}) / 100000))
    printf '%d,%d' $((tenths / 10)) $((tenths % 10))
}

# fingerprint FILE...: one hash of the names and contents of files (folders are walked through).
fingerprint() {
    find "$@" -type f -not -path '*/node_modules/*' -not -path '*/dist/*' -print0 |
        LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum | cut -d ' ' -f 1
}

# up_to_date NAME KEY: tell whether step NAME was last done with that key.
up_to_date() { [[ -f $STAMPS/$1 && $(<"$STAMPS/$1") == "$2" ]]; }

# done_with NAME KEY: remember that step NAME was done with that key.
done_with() {
    mkdir -p "$STAMPS"
    printf '%s' "$2" >"$STAMPS/$1"
}

# stop_clusters FOLDER: stop the private clusters under a folder, even without the virtual
# environment. A pid file is believed only if the process is a postgres in that very data folder.
stop_clusters() {
    [[ -d $1 ]] || return 0
    local data pid
    while read -r data; do
        pid=$(head -n 1 "$data/postmaster.pid" 2>/dev/null || true)
        [[ $pid =~ ^[0-9]+$ && $(readlink "/proc/$pid/exe") == */postgres* &&
            /proc/$pid/cwd -ef $data ]] || continue
        # SIGINT is PostgreSQL's "fast" shutdown.
        kill -INT "$pid"
        timeout 60 tail --pid="$pid" -s 0.05 -f /dev/null || kill -QUIT "$pid"
    done < <(find "$1" -maxdepth 4 -type d -name donnees; sheltered_data "$1")
}

# sheltered_data FOLDER: list the data folders that clusters under a folder keep outside of it.
sheltered_data() {
    outside_folders "$1" | while read -r folder; do
        [[ ! -d $folder/donnees ]] || printf '%s\n' "$folder/donnees"
    done
}

# outside_folders FOLDER: list what clusters under a folder made elsewhere (see cluster_place.py).
# Only names of the two shapes the project makes are believed.
outside_folders() {
    find "$1" -maxdepth 4 -type f -name emplacements -exec cat {} + |
        grep -E '^(/var/lib/atlas-internet-citoyen/[0-9a-f]{12}(/socket)?|/tmp/atlas-internet-citoyen-[0-9a-f]{12})$' ||
        true
}
