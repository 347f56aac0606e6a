// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.ssh;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;

/**
 * How the SSH door is set up.
 *
 * @param host address to listen on, such as {@code 0.0.0.0}
 * @param port TCP port, 0 for any free one
 * @param hostKeyFile private host key in OpenSSH format; made at first start, readable by its owner only
 * @param loginTimeout time to log in within
 * @param idleTimeout a session without a keystroke for this long is closed; zero for never
 * @param keepAliveInterval time between probes of a client; one that leaves a probe unanswered for three intervals is gone
 * @param endOfInputGrace a writer whose input has ended stays until there was no output for this long
 * @param inputPatience input is dropped when the tenant has read none of it for this long
 * @param maximumConnections connections at once, at most
 * @param maximumStrangers connections of one address that have not logged in yet, at most
 * @param failuresPerAddress failed logins of one address before it has to wait
 * @param failuresPerVm failed passwords for one virtual machine before passwords for it have to wait
 * @param failureWindow how long they have to wait
 */
public record SerialSshServerConfig(
        String host,
        int port,
        Path hostKeyFile,
        Duration loginTimeout,
        Duration idleTimeout,
        Duration keepAliveInterval,
        Duration endOfInputGrace,
        Duration inputPatience,
        int maximumConnections,
        int maximumStrangers,
        int failuresPerAddress,
        int failuresPerVm,
        Duration failureWindow) {
    public SerialSshServerConfig {
        Objects.requireNonNull(host, "host");
        Objects.requireNonNull(hostKeyFile, "hostKeyFile");
        if (port < 0 || port > 65_535) {
            throw new IllegalArgumentException("port out of range");
        }
        requirePositive("loginTimeout", loginTimeout);
        requirePositive("keepAliveInterval", keepAliveInterval);
        requirePositive("endOfInputGrace", endOfInputGrace);
        requirePositive("inputPatience", inputPatience);
        requirePositive("failureWindow", failureWindow);
        if (idleTimeout.isNegative()) {
            throw new IllegalArgumentException("idleTimeout must not be negative");
        }
        if (maximumConnections < 1 || maximumStrangers < 1 || failuresPerAddress < 1 || failuresPerVm < 1) {
            throw new IllegalArgumentException("limits must be positive");
        }
    }

    /** The usual limits, on all addresses. */
    public static SerialSshServerConfig defaults(int port, Path hostKeyFile) {
        return new SerialSshServerConfig(
                "0.0.0.0",
                port,
                hostKeyFile,
                Duration.ofSeconds(60),
                Duration.ZERO,
                Duration.ofSeconds(30),
                Duration.ofSeconds(10),
                Duration.ofSeconds(30),
                256,
                16,
                10,
                50,
                Duration.ofMinutes(1));
    }

    private static void requirePositive(String name, Duration value) {
        if (!value.isPositive()) {
            throw new IllegalArgumentException(name + " must be positive");
        }
    }
}
