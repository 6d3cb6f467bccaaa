# What the scripts of install and uninstall are made of. Each step looks first and changes only what isn't so yet.
#
# lib/install/script.ts puts this behind the plan's values; it is no program of its own. There is no `local` in POSIX,
# so every function has variables of its own name. There are no temporary files either: a run that finds nothing to do
# leaves no trace.
#
# shellcheck shell=sh

umask 077
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export PATH

changed=no
explained=no
step='the beginning'

# --- Telling ---

begin() {
    step=$1
}

tell_change() {
    changed=yes
    printf '  changed  %s\n' "$1"
}

tell_kept() {
    printf '  as is    %s\n' "$1"
}

tell_note() {
    printf '  note     %s\n' "$1"
}

# fail CODE TEXT...: the script ends here.
fail() {
    fail_code=$1
    shift
    printf 'duoproxy: %s\n' "$*" >&2
    explained=yes
    exit "$fail_code"
}

at_exit() {
    at_exit_code=$?
    trap - EXIT
    if [ "$at_exit_code" -ne 0 ] && [ "$explained" = no ]; then
        printf 'duoproxy: Stopped with an error, see above, at this step: %s\n' "$step" >&2
        at_exit_code=1
    fi
    if [ "$at_exit_code" -ne 0 ]; then after_failure; fi
    exit "$at_exit_code"
}

start_work() {
    trap at_exit EXIT
    trap 'exit 1' HUP INT TERM
}

# --- Looking before anything is touched ---

require_root() {
    [ "$(id -u)" -eq 0 ] || fail 77 "This has to run as root: pipe the script into sudo sh, or run the command with sudo"
}

require_tools() {
    require_tools_missing=
    for require_tools_name in "$@"; do
        command -v "$require_tools_name" >/dev/null 2>&1 || require_tools_missing="$require_tools_missing $require_tools_name"
    done
    [ -z "$require_tools_missing" ] || fail 69 "Nothing was changed: these programs are missing:$require_tools_missing"
}

present() {
    [ -e "$1" ] || [ -L "$1" ]
}

systemd_runs() {
    [ -d /run/systemd/system ] && command -v systemctl >/dev/null 2>&1
}

# Sets running to unit, self (started by authproxyctl) or no.
find_running() {
    running=no
    if systemd_runs && systemctl is-active --quiet "$service"; then
        running=unit
    elif [ -r "$pid_file" ]; then
        find_running_pid=$(head -n 1 "$pid_file" | tr -dc '0-9')
        if [ -n "$find_running_pid" ] && [ -r "/proc/$find_running_pid/cmdline" ] &&
            tr '\000' '\n' <"/proc/$find_running_pid/cmdline" | grep -Fq -e "$install_dir/"; then
            running=self
        fi
    fi
}

# --- The receipt: what was put here, a line an item, its fields parted by tabs ---

checksum() {
    sha256sum <"$1" | cut -d ' ' -f 1
}

tab=$(printf '\t')

# recorded KIND ITEM: is there such a line?
recorded() {
    [ -f "$receipt" ] && KIND=$1 ITEM=$2 awk -F '\t' '
        $1 == ENVIRON["KIND"] && $2 == ENVIRON["ITEM"] { found = 1 }
        END { exit !found }' "$receipt"
}

# record KIND ITEM VALUE: adds the line, in the place of an older one about the same item.
record() {
    record_line=$1$tab$2$tab$3
    if [ -f "$receipt" ] && grep -Fqx -e "$record_line" "$receipt"; then return 0; fi
    rewrite_receipt "$1" "$2" "$record_line"
}

# forget KIND ITEM
forget() {
    recorded "$1" "$2" || return 0
    rewrite_receipt "$1" "$2" ''
}

rewrite_receipt() {
    {
        if [ -f "$receipt" ]; then
            KIND=$1 ITEM=$2 awk -F '\t' '!($1 == ENVIRON["KIND"] && $2 == ENVIRON["ITEM"])' "$receipt"
        else
            printf 'duoproxy-receipt\t1\n'
        fi
        if [ -n "$3" ]; then printf '%s\n' "$3"; fi
    } >"$receipt.new"
    # uninstall is planned by whoever calls it; there is no secret in here.
    chmod 644 "$receipt.new"
    mv -f -- "$receipt.new" "$receipt"
}
