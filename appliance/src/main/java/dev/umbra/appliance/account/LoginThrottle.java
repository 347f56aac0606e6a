// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.account;

import java.time.Duration;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Counts failed logins in fixed windows, per account and address and per address alone. An account is never locked for the whole
 * world: whoever knows a tenant's name could otherwise lock the tenant out. Memory is bounded; a flood from many addresses forgets
 * the oldest entries first.
 */
final class LoginThrottle {
    private record Window(long startedMillis, int failures) {}

    private final LoginProperties limits;
    private final InstantSource clock;
    private final Map<String, Window> windows;

    LoginThrottle(LoginProperties limits, InstantSource clock) {
        this.limits = limits;
        this.clock = clock;
        this.windows = new LinkedHashMap<>() {
            @Override
            protected boolean removeEldestEntry(Map.Entry<String, Window> eldest) {
                return size() > limits.rememberedFailures();
            }
        };
    }

    /** Whether an attempt is refused without looking at the password. */
    synchronized boolean refuses(String account, String address) {
        return failures(address) >= limits.failuresPerAddress()
                || failures(pair(account, address)) >= limits.failuresPerAccount();
    }

    /** Counts a failure; true if it is the one that reaches a limit. */
    synchronized boolean failed(String account, String address) {
        int byAddress = add(address);
        int byAccount = add(pair(account, address));
        return byAddress == limits.failuresPerAddress() || byAccount == limits.failuresPerAccount();
    }

    synchronized void succeeded(String account, String address) {
        windows.remove(pair(account, address));
    }

    Duration window() {
        return limits.window();
    }

    private static String pair(String account, String address) {
        return address + ' ' + account;
    }

    private int failures(String key) {
        Window window = windows.get(key);
        return window == null || expired(window) ? 0 : window.failures;
    }

    private int add(String key) {
        Window window = windows.get(key);
        Window next = window == null || expired(window)
                ? new Window(clock.millis(), 1)
                : new Window(window.startedMillis, window.failures + 1);
        windows.remove(key);
        windows.put(key, next);
        return next.failures;
    }

    private boolean expired(Window window) {
        return clock.millis() - window.startedMillis >= limits.window().toMillis();
    }
}
