// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.ssh;

/**
 * What the SSH door has counted since it was opened.
 *
 * @param connections connections now
 * @param connectionsRefused connections refused because there were too many
 * @param loginsFailed wrong passwords
 * @param loginsThrottled attempts refused unseen after too many failures
 */
public record SerialSshServerCounters(
        long connections, long connectionsRefused, long loginsFailed, long loginsThrottled) {}
