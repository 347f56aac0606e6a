# SPDX-License-Identifier: Apache-2.0
# Accounts of the testbed. Made once with random passwords, kept in state/credentials (a Java properties file).
# shellcheck shell=bash disable=SC2154,SC2034

credentials_file() { printf '%s/state/credentials' "$umbra_runtime"; }

# credential KEY
credential() { sed -n "s/^$1=//p" "$(credentials_file)"; }

random_password() { openssl rand -base64 18 | tr '+/' '-_'; }

owner_of() { [ "$1" = tenant-a ] && echo alice || echo bob; }

guest_user_of() { printf 'user-%s' "${1#tenant-}"; }

prepare_credentials() {
    local account vm
    mkdir -p "$umbra_runtime/state"
    chmod 700 "$umbra_runtime/state"
    [ ! -f "$(credentials_file)" ] || return 0
    step "Making accounts with random passwords: $(credentials_file)"
    (
        umask 077
        {
            echo "# Accounts of the web page, the API and the consoles over SSH"
            for account in alice bob operator administrator; do
                echo "$account.password=$(random_password)"
            done
            echo "# Users inside the tenant VMs"
            for vm in $tenant_vms; do
                echo "$vm.owner=$(owner_of "$vm")"
                echo "$vm.user=$(guest_user_of "$vm")"
                echo "$vm.password=$(random_password)"
            done
        } >"$(credentials_file).new"
        ssh-keygen -q -t ed25519 -N '' -C umbra-console -f "$umbra_runtime/state/console-key" </dev/null
        mv "$(credentials_file).new" "$(credentials_file)"
    )
}
