# SPDX-License-Identifier: Apache-2.0
# What every level does at this moment, on standard output: for a failure that nobody watched.
# shellcheck shell=bash disable=SC2154

# in_machine LEVEL COMMANDS: what root there gets printed, within some seconds.
in_machine() {
    (printf '%s\n' "$2"; sleep 6) | timeout 15 socat -t 1 - "UNIX-CONNECT:$umbra_runtime/run/$1-shell.sock" || echo "no answer of $1"
}

# inside VM PATH FILTER: what introspection sees in a tenant VM; nothing that the tenant has to answer.
inside() {
    api "$(credential "$1.owner")" GET "/vms/$1/introspection/$2" | jq -r "$3" || echo "$2: not seen"
}

# The virtual processors of a tenant VM as its own hypervisor has them: where they are, and which interrupts wait.
processors_in_l1() {
    in_machine l1 "(echo '{\"execute\":\"qmp_capabilities\"}'
        for query in 'info registers -a' 'info lapic 0' 'info lapic 1'; do
            echo '{\"execute\":\"human-monitor-command\",\"arguments\":{\"command-line\":\"'\"\$query\"'\"}}'
        done; sleep 1) | timeout 3 socket-terminal /run/tenants/$1.qmp | sed 's/\\\\r\\\\n/\\n/g' |
        grep -E 'RIP=|HLT=|^(Timer|ISR|IRR|LVTT)' | cut -c 1-120"
}

diagnose_tenant() {
    local owner
    owner=$(credential "$1.owner")
    echo "--- $1: $(api "$owner" GET "/vms/$1" | jq -c '{state, resets} + (.counters | {entries, ultracalls} + with_entries(select(.key | test("queue|pause|lost|wait|withdrawn|interrupt|nudge|halt"))))')"
    api "$owner" GET "/vms/$1/vcpus" | jq -c '.vcpus[]? | {vcpu, exact, cpl, rip, rsp, cr3}' || echo "no registers"
    processors_in_l1 "$1"
    api "$owner" POST "/vms/$1/introspection/scans" '{"mode":"live","detection":false}' >/dev/null || echo "no scan"
    sleep 8
    inside "$1" 'processes?limit=1000' '.facts[] | select(.kernelThread | not) |
        "\(.pid) \(.ppid) \(.name) \(.state) \(.terminal // "-") \(.userTime)+\(.systemTime)"'
    inside "$1" 'threads?limit=1000' '.facts[] | select(.state == "running" or .state == "disk-sleep") | "\(.tid // .pid) \(.name) \(.state)"'
    inside "$1" 'log?limit=1000' '[.facts[] | "\(.time) \(.text)"][-12:][]'
}

diagnose() {
    local vm
    date -u
    uptime
    if machine_runs; then
        echo "--- L0"
        in_machine l0 'uptime; top -b -n 1 | head -n 9 | cut -c 1-110; dmesg | tail -n 8 | cut -c 1-160'
        echo "--- L1"
        in_machine l1 'uptime; top -b -n 1 | head -n 9 | cut -c 1-110; dmesg | tail -n 8 | cut -c 1-160'
    else
        echo "the machine does not run"
    fi
    if appliance_runs; then
        ask_appliance administrator /actuator/prometheus |
            grep -E '^umbra_(service|link)_.*(nudge|pulse|target|failure|unserved|lost|overflow)' | cut -d ' ' -f 1,2 || echo "no metrics"
        for vm in $tenant_vms; do diagnose_tenant "$vm"; done
    else
        echo "the appliance does not run"
    fi
    echo "--- the appliance's log"
    tail -n 12 "$umbra_runtime/log/appliance.log" |
        jq -Rr 'fromjson? // {message: .} | "\(."@timestamp" // "") \(.log.level // "") \(.message)"' | cut -c 1-160
}
