# SPDX-License-Identifier: Apache-2.0
# The appliance: build, configuration, start, and what the launcher asks of its API.
# shellcheck shell=bash disable=SC2154,SC2034

readonly https_port=${UMBRA_HTTPS_PORT:-8443}
readonly ssh_port=${UMBRA_SSH_PORT:-2222}
readonly vnc_port=${UMBRA_VNC_PORT:-5900}
readonly appliance_jar=$umbra_root/appliance/target/umbra-appliance.jar
readonly appliance_folder=$umbra_runtime/build/appliance
readonly java_options="-Xms96m -Xmx640m -XX:+UseSerialGC -XX:TieredStopAtLevel=4 -XX:+ExitOnOutOfMemoryError
    --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow"

appliance_runs() { process_runs "$umbra_runtime/run/appliance.pid"; }

# True when a source is newer than the last good build.
sources_changed() {
    local stamp=$umbra_runtime/build/appliance.stamp
    [ -f "$appliance_jar" ] && [ -f "$stamp" ] || return 0
    [ -n "$(find "$umbra_root" -mindepth 1 \( -name target -o -name .umbra -o -name .git -o -name e2e -o -name test \) -prune -o \
        \( -name pom.xml -o -path '*/src/main/*' -o -name '*.h' \) -type f -newer "$stamp" -print -quit)" ]
}

build_appliance() {
    local stamp=$umbra_runtime/build/appliance.stamp
    sources_changed || return 0
    step "Building the services"
    mkdir -p "$umbra_runtime/build"
    touch "$stamp.new"
    with_progress "Maven" "$umbra_runtime/log/build.log" \
        "$umbra_root/mvnw" -q -B -f "$umbra_root/pom.xml" -pl appliance -am package -DskipTests ||
        fail "The services did not build." "See $umbra_runtime/log/build.log."
    mv "$stamp.new" "$stamp"
}

# Unpacks the jar and lets the JVM remember its classes: the appliance then starts in a third of the time.
unpack_appliance() {
    local sum
    sum=$(cksum <"$appliance_jar")
    [ "$sum" != "$(cat "$appliance_folder/sum" 2>/dev/null)" ] || return 0
    rm -rf "$appliance_folder"
    with_progress "services unpacked and trained for a fast start" "$umbra_runtime/log/training.log" train_appliance ||
        fail "The appliance could not be unpacked." "See $umbra_runtime/log/training.log."
    echo "$sum" >"$appliance_folder/sum"
}

train_appliance() {
    local scratch
    scratch=$(mktemp -d)
    "$JAVA_HOME/bin/java" -Djarmode=tools -jar "$appliance_jar" extract --destination "$appliance_folder" || return 1
    # Without the cache the appliance only starts more slowly.
    # shellcheck disable=SC2086
    "$JAVA_HOME/bin/java" $java_options -XX:AOTCacheOutput="$appliance_folder/appliance.aot" \
        -Dspring.context.exit=onRefresh -jar "$appliance_folder/umbra-appliance.jar" --server.port=0 --umbra.ssh.port=0 --umbra.vnc.port=0 \
        "--umbra.state-directory=$scratch" || true
    rm -rf "$scratch"
}

hash_password() {
    # shellcheck disable=SC2086
    credential "$1.password" | "$JAVA_HOME/bin/java" -Xshare:auto $java_options -jar "$appliance_jar" hash-password
}

# Password hashes are slow by intent, so they are made once.
account_hashes() {
    local account file=$umbra_runtime/state/password-hashes
    if [ ! -s "$file" ] || [ "$(credentials_file)" -nt "$file" ]; then
        (
            umask 077
            for account in alice bob operator administrator; do
                printf '%s %s\n' "$account" "$(hash_password "$account")" || exit 1
            done >"$file.new"
            mv "$file.new" "$file"
        ) || fail "The passwords could not be hashed." "Run: java -jar $appliance_jar hash-password"
    fi
    cat "$file"
}

hash_of() { sed -n "s/^$1 //p" <<<"$2"; }

write_appliance_configuration() {
    local hashes run=$umbra_runtime/run file=$umbra_runtime/state/umbra.yaml account
    hashes=$(account_hashes)
    (
        umask 077
        cat >"$file" <<YAML
server:
  port: $https_port
umbra:
  state-directory: $umbra_runtime/state/appliance
  service-name: Umbra testbed
  ssh:
    port: $ssh_port
  vnc:
    port: $vnc_port
  hosts:
    - name: testbed
      relay-socket: $run/l0-ultracall.sock
      pseudo-device-socket: $run/l1-pseudo-device.sock
      memory-file: $(machine_memory_file)
      memory-address-space: host
  accounts:
    tenants:
YAML
        for account in alice bob; do
            cat >>"$file" <<YAML
      - name: $account
        password-hash: "$(hash_of $account "$hashes")"
        public-keys: ["$(cat "$umbra_runtime/state/console-key.pub")"]
YAML
        done
        cat >>"$file" <<YAML
    operators:
      - name: operator
        password-hash: "$(hash_of operator "$hashes")"
    administrators:
      - name: administrator
        password-hash: "$(hash_of administrator "$hashes")"
YAML
    )
}

port_is_taken() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

start_appliance() {
    local port
    for port in "$https_port" "$ssh_port" "$vnc_port"; do
        ! port_is_taken "$port" ||
            fail "Port $port is in use by another program." "Set UMBRA_HTTPS_PORT, UMBRA_SSH_PORT or UMBRA_VNC_PORT to a free one."
    done
    [ ! -f "$umbra_runtime/log/appliance.log" ] || mv "$umbra_runtime/log/appliance.log" "$umbra_runtime/log/appliance.log.1"
    # shellcheck disable=SC2086
    setsid "$JAVA_HOME/bin/java" $java_options -XX:AOTCache="$appliance_folder/appliance.aot" -Xlog:aot=off -Xlog:cds=off \
        -jar "$appliance_folder/umbra-appliance.jar" \
        "--spring.config.additional-location=file:$umbra_runtime/state/umbra.yaml" \
        >"$umbra_runtime/log/appliance.log" 2>&1 </dev/null 9>&- &
    echo $! >"$umbra_runtime/run/appliance.pid"
}

# The innermost cause in the last stack trace of the log.
last_cause() {
    local cause
    cause=$(sed -n 's/.*Caused by: [^: ]*: \([^\\"]*\).*/\1/p' "$umbra_runtime/log/appliance.log" | tail -n 1)
    echo "${cause:-no cause in its log}"
}

appliance_answers() {
    appliance_runs || fail "The appliance ended while it was starting: $(last_cause)." "See $umbra_runtime/log/appliance.log."
    curl -s -k -o /dev/null --max-time 2 "https://127.0.0.1:$https_port/actuator/health"
}

wait_for_appliance() {
    wait_until "appliance" 60 appliance_answers ||
        fail "The appliance does not answer on port $https_port." "See $umbra_runtime/log/appliance.log."
}

stop_appliance() { stop_process "$umbra_runtime/run/appliance.pid" 10; }

authority_file() { printf '%s/state/appliance/certificates/authority.pem' "$umbra_runtime"; }

# api ACCOUNT METHOD PATH [JSON]: prints the body; fails on an HTTP error. The password does not show in the process list.
api() {
    local body=()
    [ -z "${4:-}" ] || body=(-H 'Content-Type: application/json' --data "$4")
    ask_appliance "$1" "/api/v1$3" -X "$2" "${body[@]}" -H 'Accept: application/json'
}

# ask_appliance ACCOUNT PATH [CURL-ARGUMENT...]
ask_appliance() {
    curl -s -f --max-time 10 --cacert "$(authority_file)" "${@:3}" \
        -K <(printf 'user = "%s:%s"\n' "$1" "$(credential "$1.password")") "https://127.0.0.1:$https_port$2"
}

# A one-time secret for the VM, of a new record or of the one it has.
enrolment_secret() {
    local owner
    owner=$(credential "$1.owner")
    if [ "$(vm_state "$1")" = none ]; then
        api "$owner" POST /vms "{\"name\":\"$1\"}" | jq -er .secret
    else
        api "$owner" POST "/vms/$1/secret" '{"release":true}' | jq -er .secret
    fi
}

vm_state() { api "$(credential "$1.owner")" GET "/vms/$1" 2>/dev/null | jq -er .state 2>/dev/null || echo none; }

write_seeds() {
    local vm secret
    for vm in $tenant_vms; do
        secret=$(enrolment_secret "$vm") ||
            fail "The appliance gave no enrolment secret for $vm." "See $umbra_runtime/log/appliance.log."
        write_seed "$vm" "$(credential "$vm.user")" "$(credential "$vm.password" | openssl passwd -6 -stdin)" "$secret"
    done
}

# console_ssh VM [SSH ARGUMENT...]
console_ssh() {
    local vm=$1
    shift
    ssh -p "$ssh_port" -i "$umbra_runtime/state/console-key" -o IdentitiesOnly=yes -o BatchMode=yes \
        -o StrictHostKeyChecking=accept-new -o "UserKnownHostsFile=$umbra_runtime/state/known-hosts" \
        -o LogLevel=ERROR -o EscapeChar='~' "$@" "$vm@127.0.0.1"
}

# Why the VM's QEMU, or that of the cloud VM it runs in, ended each time; they are started anew.
ends_of() {
    { cat "$umbra_runtime/run/"l[01]-console.log 2>/dev/null || true; } | tr -d '\r' | sed -nE "s/.*umbra: ($1|the cloud VM) ended: //p"
}

vm_is_served() { case $(vm_state "$1") in enrolled | paused | disputed) ;; *) sleep 1; return 1 ;; esac; }

# console_shows_login VM ENDS: true when a press of Enter on the VM's console is answered with a login prompt. Fails when the
# VM has ended that often.
console_shows_login() {
    local vm=$1 text='' found=1
    machine_runs || fail "The emulated machine ended: $(tail -n 1 "$umbra_runtime/log/machine.log")" \
        "Run ./umbra up --cold; if that fails too, see $umbra_runtime/log/machine.log."
    [ "$(ends_of "$vm" | wc -l)" -lt "$2" ] ||
        fail "The VM $vm ends again and again: $(ends_of "$vm" | tail -n 1)." "See $umbra_runtime/run/l0-console.log and l1-console.log."
    case $(vm_state "$vm") in none | unclaimed | gone) sleep 1; return 1 ;; esac
    coproc console { console_ssh "$vm" -T 2>/dev/null; }
    # shellcheck disable=SC2154
    local reader=${console[0]} writer=${console[1]} process=$console_PID
    # What the console printed before does not count.
    while IFS= read -r -t 0.7 -n 4096 text <&"$reader"; do :; done 2>/dev/null
    { printf '\r' >&"$writer"; } 2>/dev/null || true
    while IFS= read -r -t 4 -d ':' text <&"$reader"; do
        [[ $text != *"$vm login" ]] || { found=0; break; }
    done 2>/dev/null
    kill "$process" 2>/dev/null || true
    wait "$process" 2>/dev/null || true
    return $found
}
