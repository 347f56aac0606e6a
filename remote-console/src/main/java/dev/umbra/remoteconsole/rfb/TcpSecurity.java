// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.rfb;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.StandardCharsets;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;

/**
 * Security types of the TCP door: VeNCrypt 0.2 with X509Plain, with X509None where clients' certificates are
 * checked, and VncAuth where one machine is configured for it.
 *
 * <p>What breaks it: bytes that came in the clear taken as if they had come through TLS. Whoever sends more than the choice of the
 * subtype before TLS has begun is refused.
 */
final class TcpSecurity implements RfbSecurity {
    static final int VNC_AUTH = 2;
    static final int VENCRYPT = 19;
    static final int X509_NONE = 260;
    static final int X509_PLAIN = 262;

    private static final int USER_NAME_MAXIMUM = 256;
    private static final int PASSWORD_MAXIMUM = 1024;
    private static final byte[] VENCRYPT_VERSION = {0, 2};

    /** Turns TLS on in the midst of a connection. */
    interface TlsStarter {
        /**
         * Everything from now on is TLS.
         *
         * @param done told once the handshake has succeeded; if it fails the connection is closed
         */
        void startTls(boolean clientCertificateNeeded, Consumer<SSLSession> done);
    }

    private final RfbLogins logins;
    private final Optional<String> vncAuthVm;
    private final List<Integer> subtypes;
    private final TlsStarter tls;
    private final SocketAddress from;
    private RfbSession session;

    TcpSecurity(RfbLogins logins, RfbServerConfig config, TlsStarter tls, SocketAddress from) {
        this.logins = logins;
        this.vncAuthVm = config.vncAuthVm();
        this.subtypes = config.clientCertificates() ? List.of(X509_PLAIN, X509_NONE) : List.of(X509_PLAIN);
        this.tls = tls;
        this.from = from;
    }

    void attach(RfbSession newSession) {
        session = newSession;
    }

    @Override
    public List<Integer> types() {
        return vncAuthVm.isPresent() ? List.of(VENCRYPT, VNC_AUTH) : List.of(VENCRYPT);
    }

    @Override
    public RfbStep begin(int type, RfbHandshake handshake) {
        if (type == VNC_AUTH) {
            VncChallenge challenge = new VncChallenge();
            handshake.send(challenge.challenge());
            return in -> answered(in, challenge, handshake);
        }
        handshake.send(VENCRYPT_VERSION);
        return in -> version(in, handshake);
    }

    private RfbStep answered(ByteBuf in, VncChallenge challenge, RfbHandshake handshake) {
        if (in.readableBytes() < VncChallenge.SIZE) {
            return null;
        }
        byte[] answer = new byte[VncChallenge.SIZE];
        in.readBytes(answer);
        challenge.answer(answer);
        logins.byChallenge(vncAuthVm.orElseThrow(), challenge, from, grant -> decide(grant, handshake));
        return RfbStep.WAIT;
    }

    private RfbStep version(ByteBuf in, RfbHandshake handshake) throws RfbProtocolException {
        if (in.readableBytes() < VENCRYPT_VERSION.length) {
            return null;
        }
        if (in.readByte() != VENCRYPT_VERSION[0] || in.readByte() != VENCRYPT_VERSION[1]) {
            handshake.send((byte) 1);
            throw new RfbProtocolException("not VeNCrypt 0.2");
        }
        ByteBuf offer = Unpooled.buffer().writeByte(0).writeByte(subtypes.size());
        subtypes.forEach(offer::writeInt);
        handshake.send(offer);
        return sub -> subtype(sub, handshake);
    }

    private RfbStep subtype(ByteBuf in, RfbHandshake handshake) throws RfbProtocolException {
        if (in.readableBytes() < Integer.BYTES) {
            return null;
        }
        int subtype = in.readInt();
        if (!subtypes.contains(subtype)) {
            handshake.send((byte) 0);
            throw new RfbProtocolException("VeNCrypt subtype was not offered");
        }
        if (in.isReadable()) {
            throw new RfbProtocolException("bytes before TLS");
        }
        handshake.send((byte) 1);
        boolean byCertificate = subtype == X509_NONE;
        tls.startTls(
                byCertificate,
                secured -> session.proceed(
                        () -> byCertificate ? certificate(secured, handshake) : in2 -> plain(in2, handshake)));
        return RfbStep.WAIT;
    }

    private RfbStep certificate(SSLSession secured, RfbHandshake handshake) {
        try {
            List<X509Certificate> chain = Arrays.stream(secured.getPeerCertificates())
                    .<X509Certificate>mapMulti(TcpSecurity::keepX509)
                    .toList();
            logins.byCertificate(serverName(secured), chain, from, grant -> decide(grant, handshake));
            return RfbStep.WAIT;
        } catch (SSLPeerUnverifiedException anonymous) {
            return handshake.denied();
        }
    }

    private static void keepX509(Certificate certificate, Consumer<X509Certificate> kept) {
        if (certificate instanceof X509Certificate x509) {
            kept.accept(x509);
        }
    }

    private static Optional<String> serverName(SSLSession secured) {
        return secured instanceof ExtendedSSLSession extended
                ? extended.getRequestedServerNames().stream()
                        .flatMap(
                                name -> name instanceof SNIHostName host ? Stream.of(host.getAsciiName()) : Stream.of())
                        .findFirst()
                : Optional.empty();
    }

    private RfbStep plain(ByteBuf in, RfbHandshake handshake) throws RfbProtocolException {
        if (in.readableBytes() < 2 * Integer.BYTES) {
            return null;
        }
        int userLength = in.getInt(in.readerIndex());
        int passwordLength = in.getInt(in.readerIndex() + Integer.BYTES);
        if (userLength < 0
                || userLength > USER_NAME_MAXIMUM
                || passwordLength < 0
                || passwordLength > PASSWORD_MAXIMUM) {
            throw new RfbProtocolException("user name or password too long");
        }
        if (in.readableBytes() < 2 * Integer.BYTES + userLength + passwordLength) {
            return null;
        }
        in.skipBytes(2 * Integer.BYTES);
        String userName = in.readString(userLength, StandardCharsets.UTF_8);
        byte[] bytes = new byte[passwordLength];
        in.readBytes(bytes);
        in.setZero(in.readerIndex() - passwordLength, passwordLength);
        CharBuffer decoded = StandardCharsets.UTF_8.decode(ByteBuffer.wrap(bytes));
        char[] password = new char[decoded.remaining()];
        decoded.get(password);
        Arrays.fill(decoded.array(), '\0');
        Arrays.fill(bytes, (byte) 0);
        logins.byPassword(userName, password, from, grant -> decide(grant, handshake));
        return RfbStep.WAIT;
    }

    private void decide(Optional<RfbGrant> grant, RfbHandshake handshake) {
        session.proceed(() -> grant.isPresent() ? handshake.granted(grant.get(), false) : handshake.denied());
    }
}
