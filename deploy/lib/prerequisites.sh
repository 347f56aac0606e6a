# SPDX-License-Identifier: Apache-2.0
# Debian packages the testbed is built from and run with; installs them as root, names them otherwise.
# shellcheck shell=bash disable=SC2154,SC2034

readonly testbed_packages="qemu-system-x86 qemu-utils seabios busybox-static squashfs-tools cpio zstd kmod grub-common grub-pc-bin gcc libc6-dev make
    linux-headers-cloud-amd64 linux-headers-amd64 xz-utils openssl openssh-client socat curl jq"

missing_packages() {
    local package
    for package in "$@"; do
        dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || printf '%s ' "$package"
    done
}

# require_packages PACKAGE...
require_packages() {
    local missing
    command -v dpkg-query >/dev/null || fail "This system has no dpkg." "The testbed is built from Debian packages: use Debian 12 or later."
    missing=$(missing_packages "$@")
    [ -n "$missing" ] || return 0
    [ "$(id -u)" -eq 0 ] || fail "Packages are missing: $missing" "Run: sudo apt-get install --no-install-recommends $missing"
    step "Installing $missing"
    # shellcheck disable=SC2086
    with_progress "apt-get" "$umbra_runtime/log/apt.log" install_packages $missing ||
        fail "Packages could not be installed." "See $umbra_runtime/log/apt.log, then try again."
}

install_packages() {
    export DEBIAN_FRONTEND=noninteractive
    apt-get install -y --no-install-recommends "$@" ||
        { apt-get update && apt-get install -y --no-install-recommends "$@"; }
}

# Sets JAVA_HOME to a JDK 25.
find_java() {
    local candidate
    for candidate in "${JAVA_HOME:-}" /usr/lib/jvm/temurin-25-jdk-* /usr/lib/jvm/*25* /opt/java/*25*; do
        if [ -x "$candidate/bin/javac" ] && grep -q '^JAVA_VERSION="25' "$candidate/release" 2>/dev/null; then
            export JAVA_HOME=$candidate
            return 0
        fi
    done
    fail "No JDK 25 was found." "Install one (for example package temurin-25-jdk of packages.adoptium.net) or set JAVA_HOME."
}
