// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.rfb;

/** The client did what RFB does not allow, or what is not allowed here. Never carries what it sent. */
final class RfbProtocolException extends Exception {
    RfbProtocolException(String detail) {
        super(detail);
    }
}
