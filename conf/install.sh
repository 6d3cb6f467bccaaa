# The steps of an installation, see steps.sh.
#
# shellcheck shell=sh
# shellcheck disable=SC2154 # the plan sets the variables that are only read here

# --- Looking before anything is touched ---

original=no
original_enabled=yes
stopped_original=no
selinux_file=$install_dir/duoproxy.cil
selinux_needs=
runtime_changed=no
service_group=

# The program needs glibc 2.27: that is what the runtime was built against.
require_glibc() {
    require_glibc_found=$(getconf GNU_LIBC_VERSION 2>/dev/null | awk '{ print $2 }') || require_glibc_found=
    if [ -z "$require_glibc_found" ]; then
        require_glibc_found=$(ldd --version 2>/dev/null | awk 'NR == 1 && tolower($0) ~ /glibc|gnu libc/ { print $NF }') ||
            require_glibc_found=
    fi
    [ -n "$require_glibc_found" ] ||
        fail 69 "Nothing was changed: this system has no glibc (musl?); the program needs glibc $1.$2 or newer"
    printf '%s\n' "$require_glibc_found" | awk -F . -v major="$1" -v minor="$2" '
        { exit !($1 + 0 > major || ($1 + 0 == major && $2 + 0 >= minor)) }' ||
        fail 69 "Nothing was changed: this system has glibc $require_glibc_found; the program needs $1.$2 or newer"
}

# The program has to be there and to run here.
require_program() {
    if [ ! -f "$1" ] || [ ! -r "$1" ]; then
        fail 69 "Nothing was changed: the program to install can't be read: $1"
    fi
    # Where it lies, programs may be forbidden (noexec). The copy is tried again, so only other failures count.
    if [ -x "$1" ]; then
        try_program "$1"
    fi
}

try_program() {
    try_program_code=0
    try_program_says=$("$1" version 2>&1) || try_program_code=$?
    case $try_program_code in
    0) ;;
    126) [ "$1" = "$binary" ] ||
        fail 69 "The program can't be started in $bin_dir: is its file system mounted noexec, or made for another machine?" ;;
    *) fail 69 "The program doesn't run on this machine ($(uname -m), exit code $try_program_code): $try_program_says" ;;
    esac
}

# The places where things go have to be what they should be.
require_places() {
    require_places_path=$install_dir
    while [ "$require_places_path" != / ]; do
        if present "$require_places_path" && [ ! -d "$require_places_path" ]; then
            fail 1 "Nothing was changed: $require_places_path is no directory"
        fi
        require_places_path=$(dirname "$require_places_path")
    done
    [ ! -L "$install_dir" ] ||
        fail 64 "Nothing was changed: $install_dir is a link; give the directory it leads to: $(readlink "$install_dir")"
    for require_places_path in "$bin_dir" "$conf_dir" "$run_dir" "$log_dir"; do
        if present "$require_places_path" && [ ! -d "$require_places_path" ]; then
            fail 1 "Nothing was changed: $require_places_path is no directory"
        fi
    done
    if [ -d "$program" ]; then fail 1 "Nothing was changed: $program is a directory"; fi
}

# Users and groups that exist already have to be fit for it.
require_accounts() {
    if getent passwd "$service_user" >/dev/null; then
        [ "$(id -u "$service_user")" -ne 0 ] || fail 64 "Nothing was changed: $service_user is root under another name"
        [ "$(id -g "$service_user")" -ne 0 ] || fail 64 "Nothing was changed: the group of $service_user is root's"
        [ "$(id -gn "$service_user")" != "$log_group" ] ||
            fail 64 "Nothing was changed: $log_group is the own group of $service_user; readers of the log could read the secrets"
    fi
}

# Finds out what is here already: an installation of ours, the original, or nothing.
examine() {
    if [ ! -f "$receipt" ]; then
        for examine_path in "$bin_dir/authproxy" "$control" "$install_dir/usr/local" "$install_dir/uninstall"; do
            if present "$examine_path"; then original=yes; fi
        done
    fi
    find_running
    if [ "$original" = yes ]; then
        tell_note "There is an installation of the original in $install_dir; it is $([ "$running" = no ] && echo "not ")running"
        if systemd_runs && [ -e "$unit_file" ]; then
            case $(systemctl is-enabled "$service" 2>/dev/null) in
            disabled | masked) original_enabled=no ;;
            esac
        fi
    fi
}

# A configuration with errors must not take the place of a proxy that works.
check_present_configuration() {
    present "$config" || return 0
    check_present_code=0
    check_present_says=$("$binary" check --config "$config" 2>&1) || check_present_code=$?
    # Where the program can't be started from, the copy is asked later, at the start.
    [ "$check_present_code" -ne 126 ] || return 0
    # Of a proxy that is still to be set up, the errors are no news.
    if [ "$original" = yes ] || { [ "$check_present_code" -ne 0 ] && [ "$running" != no ]; }; then
        printf '%s\n' "$check_present_says" | sed 's/^/    /'
    fi
    [ "$check_present_code" -ne 0 ] || return 0
    if [ "$original" = yes ]; then
        fail 78 "Nothing was changed, the original is as it was: this version can't serve its $config yet, see above"
    elif [ "$running" != no ]; then
        fail 78 "Nothing was changed, the proxy runs as before: $config has errors, see above"
    fi
    tell_note "The proxy can't be started yet, its configuration has errors: $config"
}

after_failure() {
    if [ "$stopped_original" = yes ]; then
        printf 'duoproxy: The original is stopped. Put right what is named above and run this again; or go back:\n' >&2
        printf '  %s uninstall --script --install-dir %s | sh\n' "'$binary'" "'$install_dir'" >&2
    fi
}

# --- Changing ---

# set_attributes PATH OWNER GROUP MODE: says what was different.
set_attributes() {
    set_attributes_now=$(stat -c '%U:%G %a' -- "$1")
    if [ "$set_attributes_now" = "$2:$3 $4" ]; then return 0; fi
    # What was here before us gets its attributes back by uninstall.
    if ! recorded attributes "$1" && ! recorded directory "$1" && ! recorded config "$1" &&
        ! recorded key "$1" && ! recorded log "$1" && ! recorded file "$1"; then
        record attributes "$1" "$set_attributes_now"
    fi
    chown -- "$2:$3" "$1"
    chmod -- "$4" "$1"
    tell_change "$1 belongs to $2:$3 now, mode $4 (before: $set_attributes_now)"
}

# A link that root made is somebody's decision. One that the service user could make would lead root anywhere.
accept_link() {
    [ "$(stat -c '%u' -- "$1")" -eq 0 ] || fail 1 "$1 is a link that isn't root's; remove it"
    tell_note "$1 is a link to $(readlink "$1"), which is left as it is"
}

# make_directory PATH OWNER GROUP MODE
make_directory() {
    if [ -L "$1" ]; then
        accept_link "$1"
    elif [ -d "$1" ]; then
        # A log directory elsewhere may serve others too.
        if [ "$1" = "$log_dir" ] && [ "${1#"$install_dir"/}" = "$1" ] && ! recorded directory "$1"; then
            tell_note "$1 was there before and stays as it is: $(stat -c '%U:%G %a' -- "$1")"
            return 0
        fi
        set_attributes "$@"
    else
        make_parents "$1"
        mkdir -- "$1"
        chown -- "$2:$3" "$1"
        chmod -- "$4" "$1"
        tell_change "$1"
        record directory "$1" created
    fi
}

# The directories above a path, as ordinary ones of root's.
make_parents() {
    make_parents_path=$(dirname "$1")
    set --
    while [ ! -d "$make_parents_path" ]; do
        set -- "$make_parents_path" "$@"
        make_parents_path=$(dirname "$make_parents_path")
    done
    for make_parents_path in "$@"; do
        mkdir -- "$make_parents_path"
        chmod 755 "$make_parents_path"
        tell_change "$make_parents_path"
        if [ -d "$install_dir" ]; then record directory "$make_parents_path" created; fi
    done
}

# The first of all directories: the receipt lies in it, so what was made above it is written down afterwards.
make_installation_directory() {
    make_installation_above=$install_dir
    set --
    while make_installation_above=$(dirname "$make_installation_above") && [ ! -d "$make_installation_above" ]; do
        set -- "$@" "$make_installation_above"
    done
    make_directory "$install_dir" root root 755
    for make_installation_above in "$@"; do record directory "$make_installation_above" created; done
    record install version "$version"
    record install service-user "$service_user"
    record install log-group "$log_group"
}

make_group() {
    if getent group "$1" >/dev/null; then
        tell_kept "group $1"
    else
        groupadd --system -- "$1"
        record group "$1" created
        tell_change "group $1"
    fi
}

make_user() {
    if getent passwd "$1" >/dev/null; then
        tell_kept "user $1"
        case $(getent passwd "$1" | cut -d : -f 7) in
        */nologin | */false) ;;
        *) tell_note "user $1 was there before and has a shell; the proxy needs none" ;;
        esac
    else
        make_user_shell=/bin/false
        for make_user_try in /usr/sbin/nologin /sbin/nologin; do
            if [ -x "$make_user_try" ]; then make_user_shell=$make_user_try; fi
        done
        # Its own group, which alone may read the configuration.
        if getent group "$1" >/dev/null; then
            useradd --system --no-create-home --no-log-init --home-dir "$install_dir" --shell "$make_user_shell" \
                --gid "$1" -- "$1"
        else
            useradd --system --no-create-home --no-log-init --home-dir "$install_dir" --shell "$make_user_shell" \
                --user-group -- "$1"
            record group "$1" created
        fi
        record user "$1" created
        tell_change "user $1"
    fi
    service_group=$(id -gn "$1")
}

# Moves what isn't ours, or not as we left it, out of the way: once under its name, then with a number.
save_aside() {
    present "$1" || return 0
    save_aside_kind=saved
    if recorded file "$1"; then
        save_aside_kind=edited
        if [ -f "$1" ] && [ ! -L "$1" ] && grep -Fqx -e "file$tab$1$tab$(checksum "$1")" "$receipt"; then return 0; fi
    fi
    if [ ! -d "$saved_dir" ]; then make_directory "$saved_dir" root root 700; fi
    save_aside_to=$saved_dir/$(basename "$1")
    save_aside_number=1
    while present "$save_aside_to"; do
        save_aside_number=$((save_aside_number + 1))
        save_aside_to=$saved_dir/$(basename "$1").$save_aside_number
    done
    cp -pP -- "$1" "$save_aside_to"
    # Only what was there before the first of ours goes back at the end.
    record "$save_aside_kind" "$save_aside_to" "$1"
    tell_change "$1 was not ours or was changed: it is kept as $save_aside_to"
}

# put_file CONTENT PATH MODE: a file of root's, exchanged in one step, since it may be running or be read. CONTENT is the
# function that prints what goes in.
put_file() {
    if [ -d "$2" ] && [ ! -L "$2" ]; then fail 1 "$2 is a directory"; fi
    if [ -f "$2" ] && [ ! -L "$2" ] && "$1" | cmp -s - "$2"; then
        if [ "$(stat -c '%U:%G %a' -- "$2")" = "root:root $3" ]; then
            tell_kept "$2"
        else
            set_attributes "$2" root root "$3"
        fi
    else
        save_aside "$2"
        make_parents "$2"
        put_file_new=$2.duoproxy-new
        rm -f -- "$put_file_new"
        "$1" >"$put_file_new"
        chown root:root "$put_file_new"
        chmod "$3" "$put_file_new"
        if [ "$2" = "$program" ]; then try_program "$put_file_new"; fi
        mv -f -- "$put_file_new" "$2"
        runtime_changed=yes
        tell_change "$2"
    fi
    record file "$2" "$(checksum "$2")"
}

content_program() {
    cat -- "$binary"
}

# The one file that is never written to once it is there, whatever it is.
put_configuration() {
    if ! present "$config"; then
        put_configuration_new=$config.duoproxy-new
        rm -f -- "$put_configuration_new"
        content_configuration >"$put_configuration_new"
        chown "root:$service_group" "$put_configuration_new"
        chmod 640 "$put_configuration_new"
        # ln fails if somebody was faster, where mv would overwrite.
        ln -- "$put_configuration_new" "$config"
        rm -f -- "$put_configuration_new"
        record config "$config" created
        tell_change "$config"
        return 0
    fi
    if [ -L "$config" ]; then
        tell_note "$config is a link to $(readlink "$config"), which is left as it is"
    elif [ -f "$config" ]; then
        tell_kept "$config"
        set_attributes "$config" root "$service_group" 640
    else
        fail 1 "$config is neither a file nor a link"
    fi
    if ! content_configuration | cmp -s - "$config"; then
        put_configuration_before=$runtime_changed
        put_file content_configuration "$config.new" 640
        # Nothing that runs reads it.
        runtime_changed=$put_configuration_before
    fi
}

# The key of `duoproxy encrypt`: without it no protected value can be opened again, so it is never replaced.
make_key() {
    if ! present "$key"; then
        make_key_new=$key.duoproxy-new
        rm -f -- "$make_key_new"
        make_key_text=$(head -c 32 /dev/urandom | base64 | tr -d '\n')
        [ "${#make_key_text}" -eq 44 ] || fail 1 "No key could be made from /dev/urandom"
        printf 'duoproxy-key-v1:%s\n' "$make_key_text" >"$make_key_new"
        make_key_text=
        chown "$service_user:$service_group" "$make_key_new"
        chmod 400 "$make_key_new"
        ln -- "$make_key_new" "$key"
        rm -f -- "$make_key_new"
        record key "$key" created
        tell_change "$key"
    elif [ -L "$key" ]; then
        tell_note "$key is a link to $(readlink "$key"), which is left as it is"
    else
        tell_kept "$key"
        set_attributes "$key" "$service_user" "$service_group" 400
    fi
}

# The daemon can't open files: whoever starts it opens its logs, as root.
make_log() {
    if [ -L "$1" ]; then
        accept_link "$1"
    elif [ -e "$1" ]; then
        [ -f "$1" ] || fail 1 "$1 is no file"
        tell_kept "$1"
        set_attributes "$1" root "$log_group" 640
    else
        # Without following a link that appears in between.
        (set -C && : >"$1")
        chown "root:$log_group" "$1"
        chmod 640 "$1"
        record log "$1" created
        tell_change "$1"
    fi
}

# The service has to be able to read its files, also those that were here before.
check_readable() {
    as_service=
    if setpriv --help 2>/dev/null | grep -q -e --init-groups; then
        setpriv --reuid="$service_user" --regid="$service_group" --init-groups test -r "$config" || as_service=no
    elif command -v runuser >/dev/null 2>&1; then
        runuser -u "$service_user" -- test -r "$config" || as_service=no
    fi
    if [ "$as_service" = no ]; then
        tell_note "$service_user can't read $config: look at the owner and mode of the file and of the directories above"
    fi
}

stop_original() {
    [ "$original" = yes ] || return 0
    case $running in
    unit) systemctl stop "$service" ;;
    self) if [ -x "$control" ]; then "$control" stop; fi ;;
    no) return 0 ;;
    esac
    stopped_original=yes
    runtime_changed=yes
    tell_change "The original is stopped"
}

# A name on the PATH, unless something else has it.
put_link() {
    if [ -L "$1" ] && [ "$(readlink "$1")" = "$2" ]; then
        tell_kept "$1"
    elif present "$1"; then
        tell_note "$1 is something else and stays; the program is $2"
    else
        make_parents "$1"
        ln -s -- "$2" "$1"
        record link "$1" "$2"
        tell_change "$1 -> $2"
    fi
}

put_unit() {
    put_unit_before=absent
    if [ -f "$unit_file" ]; then put_unit_before=$(checksum "$unit_file"); fi
    put_file content_unit "$unit_file" 644
    if systemd_runs && [ "$put_unit_before" != "$(checksum "$unit_file")" ]; then systemctl daemon-reload; fi
}

# On a fresh host the service starts with the machine. Who switches that off later is not overruled.
enable_service() {
    if recorded enabled "$service"; then
        tell_kept "start with the machine"
    elif command -v systemctl >/dev/null 2>&1; then
        if [ "$original_enabled" = no ]; then
            tell_note "$service was not enabled and stays so: systemctl enable $service"
            record enabled "$service" kept
        else
            enable_says=$(systemctl enable "$service" 2>&1) || fail 1 "systemctl couldn't enable $service: $enable_says"
            record enabled "$service" systemd
            tell_change "$service starts with the machine"
        fi
    elif [ -d "$(dirname "$init_script")" ]; then
        if ! { [ -L "$init_script" ] && [ "$(readlink "$init_script")" = "$control" ]; } && present "$init_script"; then
            save_aside "$init_script"
            rm -f -- "$init_script"
        fi
        put_link "$init_script" "$control"
        if command -v update-rc.d >/dev/null 2>&1; then
            update-rc.d duoauthproxy defaults
        elif command -v chkconfig >/dev/null 2>&1; then
            chkconfig --add duoauthproxy
        elif command -v rc-update >/dev/null 2>&1; then
            rc-update add duoauthproxy default
        fi
        record enabled "$service" init
        tell_change "$init_script starts it with the machine"
    else
        tell_note "There is neither systemd nor /etc/init.d: start the proxy with $control start"
    fi
}

# Is a module needed? Nothing has to be allowed: systemd starts what lies in a directory bin below /opt (bin_t by
# default) in a domain without limits. Only labels may be missing: for the logs, that systemd opens and logrotate cuts,
# and for the program, if it lies where files have another type. A module in CIL carries labels, and needs no tools to
# be built.
label_for_selinux() {
    case $1 in
    no)
        tell_kept "SELinux (--enable-selinux no)"
        return 0
        ;;
    auto)
        if ! command -v getenforce >/dev/null 2>&1 || [ "$(getenforce)" != Enforcing ]; then
            tell_kept "SELinux: it doesn't enforce here"
            return 0
        fi
        ;;
    esac
    if ! command -v semodule >/dev/null 2>&1 || ! command -v restorecon >/dev/null 2>&1; then
        tell_note "SELinux: semodule or restorecon is missing, so nothing was labelled (package policycoreutils)"
        return 0
    fi
    selinux_needs=
    for label_need in program logs; do
        case $label_need in
        program) label_path=$program label_type=bin_t ;;
        logs) label_path=$main_log label_type=var_log_t ;;
        esac
        # A module of ours that is there already answers for itself, so what it holds is needed. Without matchpathcon
        # the module may say what is so anyway, which does no harm.
        if [ -f "$selinux_file" ] && grep -q ":$label_type:\| $label_type " "$selinux_file"; then
            selinux_needs="$selinux_needs $label_need"
        else
            case $(matchpathcon -n "$label_path" 2>/dev/null) in
            *:"$label_type":*) ;;
            *) selinux_needs="$selinux_needs $label_need" ;;
            esac
        fi
    done
    if [ -z "$selinux_needs" ]; then
        tell_kept "SELinux: the labels by default are right, no module is needed"
    elif content_selinux_module | cmp -s - "$selinux_file" && semodule -l | grep -q "^$selinux_module"; then
        tell_kept "SELinux module $selinux_module"
    else
        put_file content_selinux_module "$selinux_file" 644
        semodule -i "$selinux_file"
        record selinux "$selinux_module" created
        tell_change "SELinux module $selinux_module"
    fi
    restorecon -R -- "$install_dir"
    for label_path in "$log_dir" "$unit_file" "$logrotate_file"; do
        if present "$label_path"; then restorecon -R -- "$label_path"; fi
    done
}

content_selinux_module() {
    for content_selinux_need in $selinux_needs; do "content_selinux_$content_selinux_need"; done
}

# What ran goes on with the new program; what didn't run isn't started.
restart_service() {
    if [ "$running" = no ]; then return 0; fi
    if [ "$runtime_changed" = no ]; then
        tell_kept "the running proxy"
    elif [ "$original" = yes ]; then
        "$control" start
        stopped_original=no
        tell_change "The new proxy runs in the original's place"
    else
        "$control" restart
        tell_change "The proxy was restarted"
    fi
}

finish() {
    if [ "$changed" = no ]; then
        echo "Nothing had to be changed."
    else
        echo "Done."
    fi
    if [ "$running" = no ]; then
        echo "Next: put your settings into $config, then run"
        echo "  $program check --config $config"
        echo "  $control start"
    fi
    if [ "$original" = yes ]; then
        echo "The original's program stays in $install_dir (bin, usr). Back to it: duoproxy uninstall."
    fi
}
