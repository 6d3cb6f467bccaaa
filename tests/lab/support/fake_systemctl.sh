#!/bin/sh
# The part of systemctl that the scripts of an installation use, for roots in which no systemd runs. It starts what the
# unit's ExecStart= names, as its user, and keeps its state in /run/fake. Every call is written down.
mkdir -p /run/fake
echo "$*" >>/run/fake/calls
unit_file=/etc/systemd/system/duoauthproxy.service
wants=/etc/systemd/system/multi-user.target.wants/duoauthproxy.service
pid() { cat /run/fake/pid 2>/dev/null || echo 0; }
alive() { [ "$(pid)" != 0 ] && [ -n "$(tr -d '\000' 2>/dev/null </proc/"$(pid)"/cmdline)" ]; }
stop() {
    alive || return 0
    kill "$(pid)"
    while alive; do sleep 0.05; done
    rm -f /run/fake/pid
}
start() {
    user=$(sed -n 's/^User=//p' "$unit_file")
    command=$(sed -n 's/^ExecStart=//p' "$unit_file")
    out=$(sed -n 's/^StandardOutput=append://p' "$unit_file")
    err=$(sed -n 's/^StandardError=append://p' "$unit_file")
    [ -n "$user" ] || user=root
    eval "set -- $command"
    (
        exec </dev/null >>"${out:-/dev/null}" 2>>"${err:-/dev/null}"
        exec setpriv --reuid="$user" --regid="$(id -g "$user")" --init-groups setsid "$@"
    ) &
    echo $! >/run/fake/pid
    sleep 0.1
}
case $1 in
is-active) alive ;;
is-enabled) if [ -L "$wants" ]; then echo enabled; else echo disabled && false; fi ;;
enable) mkdir -p "${wants%/*}" && ln -sf "$unit_file" "$wants" ;;
disable) rm -f "$wants" ;;
daemon-reload) ;;
start) alive || start ;;
stop) stop ;;
restart) stop && start ;;
show)
    case $2 in
    --property=MainPID) if alive; then echo "MainPID=$(pid)"; else echo MainPID=0; fi ;;
    --property=ActiveState) if alive; then echo ActiveState=active; else echo ActiveState=inactive; fi ;;
    --property=SubState) if alive; then echo SubState=running; else echo SubState=dead; fi ;;
    --property=ExecMainStatus) echo ExecMainStatus=78 ;;
    esac
    ;;
*) exit 1 ;;
esac
