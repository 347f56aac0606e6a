// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.rfb;

import java.util.List;

/** How a client proves who it is (RFC 6143, section 7.2, and VeNCrypt). */
interface RfbSecurity {
    /** The numbers of the security types to offer, most wanted first. */
    List<Integer> types();

    /** The step after the client has chosen one of them. */
    RfbStep begin(int type, RfbHandshake handshake) throws RfbProtocolException;
}
