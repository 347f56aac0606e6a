// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.rfb;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * From the first byte to the client's initialisation message (RFC 6143, sections 7.1 to 7.3.1). Every message has a fixed or a
 * bounded length. Versions 3.7 and 3.8 are spoken; older ones let the server alone choose the security type and are refused.
 */
final class RfbHandshake {
    private static final byte[] VERSION = "RFB 003.008\n".getBytes(StandardCharsets.US_ASCII);
    private static final String VERSION_START = "RFB 003.";
    private static final int FIRST_WITH_RESULT = 8;
    private static final int FIRST_WITH_CHOICE = 7;

    private final RfbTransport transport;
    private final RfbSecurity security;
    private final RfbSession session;
    private int minorVersion;

    RfbHandshake(RfbTransport transport, RfbSecurity security, RfbSession session) {
        this.transport = transport;
        this.security = security;
        this.session = session;
    }

    /** Sends the server's version. */
    RfbStep begin() {
        send(VERSION);
        return this::version;
    }

    /** The client has proved who it is. */
    RfbStep granted(RfbGrant grant, boolean byNoSecurity) {
        if (!byNoSecurity || minorVersion >= FIRST_WITH_RESULT) {
            send(new byte[Integer.BYTES]);
        }
        return in -> initialisation(in, grant);
    }

    /** The client has not. The answer is the same whatever was wrong. */
    RfbStep denied() {
        ByteBuf answer = Unpooled.buffer().writeInt(1);
        if (minorVersion >= FIRST_WITH_RESULT) {
            reason(answer, "not permitted");
        }
        transport.send(answer);
        session.loginFailed();
        return RfbStep.WAIT;
    }

    void send(byte... bytes) {
        transport.send(Unpooled.copiedBuffer(bytes));
    }

    void send(ByteBuf message) {
        transport.send(message);
    }

    private RfbStep version(ByteBuf in) throws RfbProtocolException {
        if (in.readableBytes() < VERSION.length) {
            return null;
        }
        String text = in.readString(VERSION.length, StandardCharsets.US_ASCII);
        if (!text.startsWith(VERSION_START) || !text.endsWith("\n")) {
            throw new RfbProtocolException("not RFB 3");
        }
        minorVersion = minorVersion(text);
        if (minorVersion < FIRST_WITH_CHOICE) {
            ByteBuf refusal = Unpooled.buffer().writeInt(0);
            reason(refusal, "RFB 3.8 is needed");
            transport.send(refusal);
            throw new RfbProtocolException("version too old");
        }
        List<Integer> types = security.types();
        ByteBuf offer = Unpooled.buffer().writeByte(types.size());
        types.forEach(offer::writeByte);
        transport.send(offer);
        return this::choice;
    }

    private static int minorVersion(String text) throws RfbProtocolException {
        try {
            return Integer.parseUnsignedInt(text.substring(VERSION_START.length(), text.length() - 1));
        } catch (NumberFormatException malformed) {
            throw new RfbProtocolException("not RFB 3");
        }
    }

    private RfbStep choice(ByteBuf in) throws RfbProtocolException {
        if (!in.isReadable()) {
            return null;
        }
        int type = in.readUnsignedByte();
        if (!security.types().contains(type)) {
            throw new RfbProtocolException("security type was not offered");
        }
        return security.begin(type, this);
    }

    private RfbStep initialisation(ByteBuf in, RfbGrant grant) {
        if (!in.isReadable()) {
            return null;
        }
        in.skipBytes(1);
        return session.start(grant);
    }

    private static void reason(ByteBuf out, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        out.writeInt(bytes.length).writeBytes(bytes);
    }
}
