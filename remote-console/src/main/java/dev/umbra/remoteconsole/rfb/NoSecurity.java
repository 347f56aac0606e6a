// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.rfb;

import java.util.List;

/**
 * Security type None: the transport has found out already who the client is.
 *
 * @param grant what it may open
 */
record NoSecurity(RfbGrant grant) implements RfbSecurity {
    static final int NUMBER = 1;

    @Override
    public List<Integer> types() {
        return List.of(NUMBER);
    }

    @Override
    public RfbStep begin(int type, RfbHandshake handshake) {
        return handshake.granted(grant, true);
    }
}
