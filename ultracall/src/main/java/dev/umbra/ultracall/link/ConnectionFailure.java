// SPDX-License-Identifier: Apache-2.0
package dev.umbra.ultracall.link;

/** A connection cannot go on; the link drops it and attaches anew. */
final class ConnectionFailure extends Exception {
    ConnectionFailure(String message) {
        super(message, null, false, false);
    }
}
