# The steps of a removal, see steps.sh.
#
# shellcheck shell=sh
# shellcheck disable=SC2154 # the plan sets the variables that are only read here

after_failure() {
    :
}

stop_service() {
    find_running
    case $running in
    unit) systemctl stop "$service" ;;
    self) if [ -x "$control" ]; then "$control" stop; fi ;;
    no)
        tell_kept "the proxy isn't running"
        return 0
        ;;
    esac
    tell_change "The proxy is stopped"
}

# disable_service HOW: as it was enabled.
disable_service() {
    case $1 in
    systemd)
        if command -v systemctl >/dev/null 2>&1; then
            systemctl disable "$service" >/dev/null 2>&1 || tell_note "systemctl couldn't disable $service"
        fi
        ;;
    init)
        if command -v update-rc.d >/dev/null 2>&1; then
            rm -f -- "$init_script"
            update-rc.d duoauthproxy remove
        elif command -v chkconfig >/dev/null 2>&1; then
            chkconfig --del duoauthproxy
        elif command -v rc-update >/dev/null 2>&1; then
            rc-update del duoauthproxy default
        fi
        ;;
    esac
    forget enabled "$service"
    tell_change "$service doesn't start with the machine any more"
}

# remove_file PATH CHECKSUM: only what install put there, as it put it there.
remove_file() {
    if ! present "$1"; then
        tell_kept "$1 is gone already"
    elif [ -L "$1" ] || [ ! -f "$1" ] || [ "$(checksum "$1")" != "$2" ]; then
        tell_note "$1 was changed since it was installed, and stays"
        return 0
    else
        rm -f -- "$1"
        tell_change "$1 is removed"
    fi
    forget file "$1"
}

# remove_link PATH TARGET
remove_link() {
    if [ -L "$1" ] && [ "$(readlink "$1")" = "$2" ]; then
        rm -f -- "$1"
        tell_change "$1 is removed"
    elif present "$1"; then
        tell_note "$1 isn't the link that was installed, and stays"
        return 0
    fi
    forget link "$1"
}

# restore_file SAVED ORIGINAL: what was there before us goes back, where its place is free.
restore_file() {
    if ! present "$1"; then
        tell_kept "$1 is gone already"
    elif present "$2"; then
        tell_note "$2 is taken, so what was there before stays in $1"
        return 0
    else
        cp -pP -- "$1" "$2"
        rm -f -- "$1"
        tell_change "$2 is what it was before the installation"
    fi
    forget saved "$1"
}

# restore_attributes PATH OWNER:GROUP MODE
restore_attributes() {
    if [ -e "$1" ] && [ ! -L "$1" ] && [ "$(stat -c '%U:%G %a' -- "$1")" != "$2 $3" ]; then
        if chown -- "$2" "$1" 2>/dev/null; then
            chmod -- "$3" "$1"
            tell_change "$1 belongs to $2 again, mode $3"
        else
            tell_note "$1 belonged to $2, which isn't known here any more"
        fi
    fi
    forget attributes "$1"
}

# purge_file KIND PATH: configuration, key and logs, whatever stands in them by now.
purge_file() {
    if [ -L "$2" ] || { present "$2" && [ ! -f "$2" ]; }; then
        tell_note "$2 isn't the file that was installed, and stays"
        return 0
    elif [ -e "$2" ]; then
        rm -f -- "$2"
        tell_change "$2 is removed"
    fi
    forget "$1" "$2"
}

# purge_rotated PATH: what logrotate made of a log, in a directory that was made for it.
purge_rotated() {
    for purge_rotated_path in "$1".[0-9]*; do
        case ${purge_rotated_path#"$1".} in
        *[!0-9.gzxbst]*) continue ;;
        esac
        if [ -f "$purge_rotated_path" ] && [ ! -L "$purge_rotated_path" ]; then
            rm -f -- "$purge_rotated_path"
            tell_change "$purge_rotated_path is removed"
        fi
    done
}

remove_module() {
    if command -v semodule >/dev/null 2>&1 && semodule -l | grep -q "^$1\$"; then
        semodule -r "$1"
        tell_change "SELinux module $1 is removed"
    fi
    forget selinux "$1"
}

remove_user() {
    if getent passwd "$1" >/dev/null; then
        userdel -- "$1"
        tell_change "user $1 is removed"
    fi
    forget user "$1"
}

remove_group() {
    # userdel removes a user's own group with it.
    if getent group "$1" >/dev/null; then
        remove_group_says=$(groupdel -- "$1" 2>&1) || {
            tell_note "group $1 stays: $remove_group_says"
            return 0
        }
        tell_change "group $1 is removed"
    fi
    forget group "$1"
}

# The pid file is the control script's, and gone after a stop.
remove_pid_file() {
    if [ -f "$pid_file" ] && [ ! -L "$pid_file" ]; then rm -f -- "$pid_file"; fi
}

remove_directory() {
    if [ -L "$1" ] || ! [ -d "$1" ]; then
        forget directory "$1"
    elif rmdir -- "$1" 2>/dev/null; then
        tell_change "$1 is removed"
        forget directory "$1"
    else
        tell_kept "$1, which isn't empty"
    fi
}

reload_systemd() {
    if systemd_runs; then systemctl daemon-reload; fi
}

# What is kept stays on the receipt, so that a later uninstall --purge finds it.
close_receipt() {
    [ -f "$receipt" ] || return 0
    if DIR=$install_dir awk -F '\t' '
        $1 == "duoproxy-receipt" || $1 == "install" || $1 == "edited" { next }
        $1 == "directory" && index(ENVIRON["DIR"] "/", $2 "/") == 1 { next }
        { left = 1 }
        END { exit !left }' "$receipt"; then
        return 0
    fi
    # The directories above it are the last to go.
    close_receipt_dirs=$(DIR=$install_dir awk -F '\t' '
        $1 == "directory" && index(ENVIRON["DIR"] "/", $2 "/") == 1 { print length($2) "\t" $2 }' "$receipt" |
        sort -rn | cut -f 2)
    rm -f -- "$receipt"
    printf '%s\n' "$close_receipt_dirs" | while IFS= read -r close_receipt_dir; do
        if [ -n "$close_receipt_dir" ] && rmdir -- "$close_receipt_dir" 2>/dev/null; then
            tell_change "$close_receipt_dir is removed"
        fi
    done
}

finish() {
    if [ "$changed" = no ]; then echo "Nothing had to be changed."; else echo "Done."; fi
    if [ -d "$install_dir" ]; then echo "What is left is in $install_dir."; fi
}
