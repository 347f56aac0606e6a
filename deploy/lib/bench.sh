# SPDX-License-Identifier: Apache-2.0
# Benches: figures as JSON lines on standard output, everything else on standard error.
# shellcheck shell=bash disable=SC2154

# Name, Maven module, program and argument of the benches that need no testbed.
readonly program_benches="
uart-model      shadow-devices  dev.umbra.shadowdevices.benchmark.UartModelBenchmark
vram-scan       shadow-devices  dev.umbra.shadowdevices.benchmark.VramScanBenchmark
frame-codec     ultracall       dev.umbra.ultracall.benchmark.FrameCodecBenchmark
tenant-memory   cloud-hypervisor dev.umbra.cloudhypervisor.benchmark.TenantMemoryBenchmark
vmi-translate   introspection   dev.umbra.introspection.benchmark.VirtualMemoryBenchmark vmi-translate
vmi-read        introspection   dev.umbra.introspection.benchmark.VirtualMemoryBenchmark vmi-read
vmi-profile     introspection   dev.umbra.introspection.benchmark.ProfileBenchmark
vmi-processes   introspection   dev.umbra.introspection.benchmark.ProcessesBenchmark
console-output  remote-console  dev.umbra.remoteconsole.benchmark.SerialConsoleBenchmark
rfb-encode-zrle   remote-console  dev.umbra.remoteconsole.benchmark.RfbEncodeBenchmark zrle
rfb-encode-tight  remote-console  dev.umbra.remoteconsole.benchmark.RfbEncodeBenchmark tight
rfb-sessions      remote-console  dev.umbra.remoteconsole.benchmark.RfbSessionsBenchmark"
# Memory of machines to look into: a folder that holds one folder for each.
readonly memory_snapshots=${UMBRA_SNAPSHOTS:-$umbra_runtime/memory-snapshots}
readonly start_benches="up-cold up-warm"
readonly testbed_benches="serial-output serial-echo ultracall-roundtrip rfb-latency vmi-pause vmi-overhead"

bench_names() { awk 'NF { printf "%s ", $1 }' <<<"$program_benches"; printf '%s %s' "$start_benches" "$testbed_benches"; }

run_benches() {
    local name names=${*:-$(bench_names)}
    for name in $names; do
        case " $(bench_names) " in
            *" $name "*) ;;
            *) fail "There is no bench '$name'." "They are: $(bench_names)." ;;
        esac
    done
    find_java
    for name in $names; do
        step "Bench $name"
        run_bench "$name"
    done
}

run_bench() {
    case " $start_benches " in
        *" $1 "*) bench_start "$1"; return ;;
    esac
    case " $testbed_benches " in
        *" $1 "*) bench_on_testbed "$1"; return ;;
    esac
    case $1 in
        rfb-encode-*) require_packages tigervnc-standalone-server ;;
        vmi-*) ensure_memory_snapshot ;;
    esac
    # shellcheck disable=SC2046
    bench_program $(awk -v name="$1" '$1 == name { print $2, $3, $4 }' <<<"$program_benches")
}

# Passes the figures on and everything else to standard error.
figures() { awk '/^\{"bench"/ { print; fflush(); next } { print > "/dev/stderr" }'; }

maven_quietly() {
    with_progress "Maven" "$umbra_runtime/log/bench-build.log" "$umbra_root/mvnw" -q -B -f "$umbra_root/pom.xml" "$@" ||
        fail "The bench did not build." "See $umbra_runtime/log/bench-build.log."
}

# bench_program MODULE CLASS [ARGUMENT]
bench_program() {
    local classpath=target/bench.classpath
    maven_quietly -pl "$1" -am test-compile dependency:build-classpath -DincludeScope=test "-Dmdep.outputFile=$classpath"
    "$JAVA_HOME/bin/java" --enable-native-access=ALL-UNNAMED "-Dumbra.snapshots=$memory_snapshots" \
        -cp "$umbra_root/$1/target/test-classes:$umbra_root/$1/target/classes:$(cat "$umbra_root/$1/$classpath")" "${@:2}" | figures
}

ensure_memory_snapshot() {
    [ -z "${UMBRA_SNAPSHOTS:-}" ] || return 0
    with_progress "Memory snapshot" "$umbra_runtime/log/memory-snapshots.log" \
        "$umbra_root/deploy/testbed/build-snapshots" "$memory_snapshots" generic-6.1-300 ||
        fail "The memory snapshot was not built." "See $umbra_runtime/log/memory-snapshots.log."
}

bench_start() {
    down
    case $1 in
        up-cold) up --cold ;;
        up-warm) ensure_snapshot; up ;;
    esac
    printf '{"bench":"%s","value":%d.%03d,"unit":"s","baseline":null,"ratio":null}\n' "$1" \
        $((prompts_after / 1000)) $((prompts_after % 1000))
}

ensure_snapshot() {
    prepare
    snapshot_is_valid || { up --cold; down; }
}

bench_on_testbed() {
    up
    maven_quietly -pl deploy/e2e -am package -DskipTests
    "$JAVA_HOME/bin/java" --enable-native-access=ALL-UNNAMED "-Dumbra.root=$umbra_root" \
        "-Dumbra.https.port=$https_port" "-Dumbra.ssh.port=$ssh_port" "-Dumbra.vnc.port=$vnc_port" \
        -cp "$umbra_root/deploy/e2e/target/classes:$umbra_root/deploy/e2e/target/libraries/*" \
        dev.umbra.e2e.benchmark.Benchmarks "$1" | figures
}
