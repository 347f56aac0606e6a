# SPDX-License-Identifier: Apache-2.0
# Snapshots: the memory of the machine together with the state of the appliance that served it. Neither is of use
# without the other, since the journals say which of the machine's frames were applied.
# shellcheck shell=bash disable=SC2154,SC2034

readonly snapshot_tag=warm

# Names what a snapshot depends on.
snapshot_key() {
    {
        cat "$umbra_runtime/build/hash"
        machine_arguments
        dpkg-query -W -f '${Version}' qemu-system-x86
    } | sha256sum | cut -d' ' -f1
}

snapshot_is_valid() {
    [ -d "$umbra_runtime/snapshot/state" ] &&
        [ "$(snapshot_key)" = "$(cat "$umbra_runtime/snapshot/key" 2>/dev/null)" ]
}

forget_snapshot() {
    rm -rf "$umbra_runtime/snapshot/state" "$umbra_runtime/snapshot/key" "$umbra_runtime/snapshot/machine.qcow2"
}

# machine_monitor COMMAND: runs a command of QEMU's monitor and prints its answer.
machine_monitor() {
    local line answered=
    coproc monitor { socat - "UNIX-CONNECT:$umbra_runtime/run/machine.qmp"; }
    # shellcheck disable=SC2154
    {
        printf '{"execute":"qmp_capabilities"}\n'
        printf '{"execute":"human-monitor-command","id":"umbra","arguments":{"command-line":"%s"}}\n' "$1"
    } >&"${monitor[1]}"
    while read -r line <&"${monitor[0]}"; do
        [[ $line == *'"id": "umbra"'* ]] || continue
        answered=$line
        break
    done
    kill "$monitor_PID" 2>/dev/null || true
    wait "$monitor_PID" 2>/dev/null || true
    printf '%s\n' "$answered"
    [[ $answered == *'"return": '* ]]
}

# Stops the machine while its processor is idle: QEMU's emulator cannot restore one that was stopped inside a guest.
halt_machine() {
    local attempt
    for attempt in {1..200}; do
        machine_monitor stop >/dev/null || return 1
        case $(machine_monitor "info registers") in *HLT=1*) return 0 ;; esac
        machine_monitor cont >/dev/null || return 1
        sleep 0.0$((attempt % 9 + 1))
    done
    return 1
}

# Saves the stopped machine and the state of the appliance, which must not be running.
save_snapshot() {
    rm -rf "$umbra_runtime/snapshot/state" "$umbra_runtime/snapshot/key"
    cp -a --sparse=always "$umbra_runtime/state" "$umbra_runtime/snapshot/state"
    [[ $(machine_monitor "savevm $snapshot_tag") == *'"return": ""'* ]] || return 1
    snapshot_key >"$umbra_runtime/snapshot/key"
}

restore_state() {
    rm -rf "$umbra_runtime/state"
    cp -a --sparse=always "$umbra_runtime/snapshot/state" "$umbra_runtime/state"
}
