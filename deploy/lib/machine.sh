# SPDX-License-Identifier: Apache-2.0
# The emulated machine: start, stop, snapshot. Needs $umbra_root and $umbra_runtime.
# shellcheck shell=bash disable=SC2154,SC2034

readonly machine_memory=1152   # MiB of the emulated host
readonly cloud_memory=704      # MiB of the cloud VM
readonly cloud_vcpus=${UMBRA_CLOUD_VCPUS:-2}
readonly tenant_pages=128      # 2 MiB pages for two tenant VMs of 128 MiB
readonly tenant_vms="tenant-a tenant-b"
readonly kept_ports="l1-shell l1-pseudo-device l1-com2-tenant-a l1-com2-tenant-b l1-vnc-tenant-a"

machine_memory_file() {
    printf '/dev/shm/umbra-%s.memory' "$(printf '%s' "$umbra_runtime" | cksum | cut -d' ' -f1)"
}

# A process number may have gone to somebody else: ours has our folder in its command line.
process_runs() {
    local pid
    pid=$(cat "$1" 2>/dev/null) && [ -n "$pid" ] &&
        tr '\0' ' ' 2>/dev/null <"/proc/$pid/cmdline" | grep -qF "$umbra_runtime"
}

machine_runs() { process_runs "$umbra_runtime/run/machine.pid"; }

# stop_process PIDFILE SECONDS: asks, then insists.
stop_process() {
    local pid waited=0
    process_runs "$1" || { rm -f "$1"; return 0; }
    pid=$(cat "$1")
    kill "$pid"
    while kill -0 "$pid" 2>/dev/null && [ $waited -lt $(($2 * 10)) ]; do
        waited=$((waited + 1))
        sleep 0.1
    done
    ! kill -0 "$pid" 2>/dev/null || kill -KILL "$pid"
    rm -f "$1"
}

build_images() {
    with_progress "images of the testbed" "$umbra_runtime/log/images.log" \
        "$umbra_root/deploy/testbed/build-images" "$umbra_root" "$umbra_runtime/build" ||
        fail "The images could not be built." "See $umbra_runtime/log/images.log."
}

# write_seed VM USER PASSWORD-HASH [SECRET]: the disk from which a tenant VM learns who it is.
write_seed() {
    local folder
    folder=$(mktemp -d "$umbra_runtime/seed.XXXXXX")
    (
        umask 077
        printf '%s\n' "$1" >"$folder/hostname"
        printf '%s\n' "$2" >"$folder/user"
        printf '%s\n' "$3" >"$folder/password-hash"
        [ -z "${4:-}" ] || printf '%s\n' "$4" >"$folder/enrolment-secret"
        tar -C "$folder" --owner=0 --group=0 --numeric-owner --mode=0600 -b 128 -cf "$umbra_runtime/run/seed-$1.img" .
    )
    rm -rf "$folder"
}

start_port_keeper() {
    local run=$umbra_runtime/run port arguments=()
    stop_process "$run/port-keeper.pid" 2
    for port in $kept_ports; do
        rm -f "$run/$port.in" "$run/$port.out"
        mkfifo -m 600 "$run/$port.in" "$run/$port.out"
        arguments+=("$run/$port=$run/$port.sock")
    done
    setsid "$umbra_runtime/build/tools/port-keeper" "${arguments[@]}" >"$umbra_runtime/log/port-keeper.log" 2>&1 </dev/null 9>&- &
    echo $! >"$run/port-keeper.pid"
}

# Emulation everywhere, unless hardware nesting is proven to work here. UMBRA_ACCELERATOR=tcg|kvm decides otherwise.
accelerator() {
    if [ -n "${UMBRA_ACCELERATOR:-}" ]; then
        printf '%s' "$UMBRA_ACCELERATOR"
    elif "$umbra_runtime/build/tools/nesting-probe" >/dev/null 2>&1; then
        printf kvm
    else
        printf tcg
    fi
}

accelerator_arguments() {
    case $(accelerator) in
        kvm) printf '%s\n' -accel kvm -cpu host ;;
        # No vgif: emulated, it makes tenant VMs fail.
        *) printf '%s\n' -accel tcg,thread=multi -cpu EPYC-v1,+svm ;;
    esac
}

# nohz=off highres=off: the emulator loses the wake-up of a timer now and then; a periodic tick repairs that at the next one.
kernel_command_line() {
    printf '%s ' console=ttyS0 umbra.level=0 "umbra.ports=$((3 + $(wc -w <<<"$kept_ports")))" \
        "umbra.cloud_vcpus=$cloud_vcpus" "umbra.cloud_memory=$cloud_memory" "umbra.tenant_pages=$tenant_pages" \
        "hugepages=$((cloud_memory / 2))" nohz=off highres=off mitigations=off tsc=reliable no_timer_check \
        random.trust_cpu=on 8250.nr_uarts=1 loglevel=6 "${UMBRA_KERNEL_ARGUMENTS:-}"
}

# port_arguments PORT CHARDEV-OPTIONS
port_arguments() {
    printf '%s\n' -chardev "$2,id=$1" -device "virtserialport,chardev=$1,name=${3:-$1}"
}

machine_arguments() {
    local run=$umbra_runtime/run build=$umbra_runtime/build vm port
    accelerator_arguments
    printf '%s\n' -name umbra-testbed \
        -machine q35,memory-backend=ram,hpet=off,vmport=off,usb=off,smm=off -smp 1 -m "$machine_memory" \
        -object "memory-backend-file,id=ram,size=${machine_memory}M,share=on,mem-path=$(machine_memory_file)" \
        -display none -nodefaults -no-user-config -monitor none -no-reboot \
        -qmp "unix:$run/machine.qmp,server=on,wait=off" \
        -chardev "file,id=console,path=$run/l0-console.log" -serial chardev:console \
        -kernel "$build/vmlinuz" -initrd "$build/initrd.host.img" -append "$(kernel_command_line)" \
        -drive "if=virtio,file=$build/root.squashfs,format=raw,readonly=on"
    for vm in $tenant_vms; do
        printf '%s\n' -drive "if=virtio,file=$run/seed-$vm.img,format=raw,readonly=on"
    done
    printf '%s\n' -drive "if=virtio,id=snapshots,file=$umbra_runtime/snapshot/machine.qcow2,format=qcow2" \
        -device virtio-serial-pci,max_ports=16
    port_arguments l0-ultracall "socket,path=$run/l0-ultracall.sock,server=on,wait=off" dev.umbra.ultracall
    port_arguments l0-shell "socket,path=$run/l0-shell.sock,server=on,wait=off"
    port_arguments l1-console "file,path=$run/l1-console.log"
    for port in $kept_ports; do
        port_arguments "$port" "pipe,path=$run/$port"
    done
}

# start_machine [EXTRA QEMU ARGUMENT...]
start_machine() {
    local arguments
    mkdir -p "$umbra_runtime/run" "$umbra_runtime/log" "$umbra_runtime/snapshot"
    rm -f "$umbra_runtime/run/"l?-console.log "$umbra_runtime/run/machine.qmp"
    [ -f "$umbra_runtime/snapshot/machine.qcow2" ] ||
        qemu-img create -q -f qcow2 "$umbra_runtime/snapshot/machine.qcow2" 1G
    start_port_keeper
    mapfile -t arguments < <(machine_arguments)
    setsid qemu-system-x86_64 "${arguments[@]}" "$@" >"$umbra_runtime/log/machine.log" 2>&1 </dev/null 9>&- &
    echo $! >"$umbra_runtime/run/machine.pid"
    while [ ! -S "$umbra_runtime/run/machine.qmp" ] && kill -0 $! 2>/dev/null; do sleep 0.1; done
    # It looks at its disks after that.
    sleep 0.2
    machine_runs || fail "The emulated machine did not start: $(tail -n 1 "$umbra_runtime/log/machine.log")" \
        "See $umbra_runtime/log/machine.log."
}

stop_machine() {
    stop_process "$umbra_runtime/run/machine.pid" 5
    stop_process "$umbra_runtime/run/port-keeper.pid" 2
    rm -f "$(machine_memory_file)"
}
