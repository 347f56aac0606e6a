// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.view;

/** State of a socket: those of TCP, which the kernel uses for other kinds too ({@code net/tcp_states.h}). */
public enum SocketState {
    /** Nothing the kernel would write. */
    UNKNOWN,
    ESTABLISHED,
    SYN_SENT,
    SYN_RECEIVED,
    FIN_WAIT1,
    FIN_WAIT2,
    TIME_WAIT,
    CLOSE,
    CLOSE_WAIT,
    LAST_ACK,
    LISTEN,
    CLOSING,
    /** A connection that waits for its third segment; {@code /proc} shows it as {@link #SYN_RECEIVED}. */
    NEW_SYN_RECEIVED;

    private static final SocketState[] STATES = values();

    static SocketState of(int state) {
        return state > 0 && state < STATES.length ? STATES[state] : UNKNOWN;
    }
}
