# SPDX-License-Identifier: Apache-2.0
# How the launcher speaks: steps, progress, failures. Everything goes to stderr, so that stdout stays for results.
# shellcheck shell=bash disable=SC2154,SC2034

say() { printf '%s\n' "$*" >&2; }

step() { printf '==> %s\n' "$*" >&2; }

# fail SENTENCE REMEDY
fail() {
    printf 'umbra: %s\n' "$1" >&2
    [ $# -lt 2 ] || printf '       %s\n' "$2" >&2
    exit 1
}

# Shows a moving clock beside TEXT while the command runs; its output goes to LOG and is shown when it fails.
# with_progress TEXT LOG COMMAND...
with_progress() {
    local text=$1 log=$2 status=0 started=$SECONDS
    shift 2
    mkdir -p "$(dirname "$log")"
    "$@" >"$log" 2>&1 &
    local child=$!
    while kill -0 "$child" 2>/dev/null; do
        show_clock "$text" "$started"
        sleep 0.5
    done
    wait "$child" || status=$?
    end_clock "$text" "$started" "$status"
    [ "$status" -eq 0 ] || tail -n 25 "$log" >&2
    return "$status"
}

show_clock() {
    if [ -t 2 ]; then
        printf '\r    %s ... %d s ' "$1" $((SECONDS - $2)) >&2
    elif [ $(((SECONDS - $2) % 15)) -eq 14 ] && [ "${last_clock:-}" != "$SECONDS" ]; then
        last_clock=$SECONDS
        printf '    %s ... %d s\n' "$1" $((SECONDS - $2)) >&2
    fi
}

end_clock() {
    local result="done"
    [ "${3:-0}" -eq 0 ] || result=failed
    [ ! -t 2 ] || printf '\r' >&2
    printf '    %s: %s after %d s\n' "$1" "$result" $((SECONDS - $2)) >&2
}

# Waits until the command succeeds. wait_until TEXT SECONDS COMMAND...
wait_until() {
    local text=$1 limit=$2 started=$SECONDS
    shift 2
    until "$@"; do
        if [ $((SECONDS - started)) -ge "$limit" ]; then
            end_clock "$text" "$started" 1
            return 1
        fi
        show_clock "$text" "$started"
        sleep 0.2
    done
    end_clock "$text" "$started" 0
}
