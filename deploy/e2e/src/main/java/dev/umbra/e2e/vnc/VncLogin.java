// SPDX-License-Identifier: Apache-2.0
package dev.umbra.e2e.vnc;

import dev.umbra.e2e.testbed.ApplianceApi;
import dev.umbra.e2e.testbed.Testbed;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;

/**
 * The way into a VNC server, up to the client's initialisation: by VeNCrypt with name and password, the server's certificate
 * checked against the testbed's authority; or without a login where the server wants none.
 */
final class VncLogin {
    private static final String HOST = "127.0.0.1";
    private static final byte[] VERSION = "RFB 003.008\n".getBytes(StandardCharsets.US_ASCII);
    private static final int NONE = 1;
    private static final int VENCRYPT = 19;
    private static final int X509_PLAIN = 262;
    private static final int CONNECT_MILLIS = 10_000;
    private static final int LONGEST_TEXT = 4096;

    private VncLogin() {}

    static Socket byPassword(Testbed testbed, String vm, String user) throws IOException {
        Socket plain = new Socket();
        try {
            plain.connect(new InetSocketAddress(HOST, testbed.vncPort()), CONNECT_MILLIS);
            plain.setTcpNoDelay(true);
            SSLSocket secured = secure(plain, testbed);
            logIn(secured, user, testbed.password(testbed.owner(vm)));
            return secured;
        } catch (IOException | RuntimeException failure) {
            plain.close();
            throw failure;
        }
    }

    static void withoutPassword(InputStream input, OutputStream output) throws IOException {
        DataInputStream in = new DataInputStream(input);
        DataOutputStream out = new DataOutputStream(output);
        choose(in, out, NONE, "a login is wanted");
        requireGrant(in);
    }

    private static void choose(DataInputStream in, DataOutputStream out, int type, String otherwise)
            throws IOException {
        String version = new String(in.readNBytes(VERSION.length), StandardCharsets.US_ASCII);
        if (!version.startsWith("RFB 003.008")) {
            throw new IOException("the server speaks '" + version.strip() + "'");
        }
        out.write(VERSION);
        byte[] types = in.readNBytes(in.readUnsignedByte());
        require(new String(types, StandardCharsets.ISO_8859_1).indexOf(type) >= 0, otherwise);
        out.writeByte(type);
    }

    /** Not a byte more may be read from the plain stream than the negotiation has. */
    private static SSLSocket secure(Socket plain, Testbed testbed) throws IOException {
        DataInputStream in = new DataInputStream(plain.getInputStream());
        DataOutputStream out = new DataOutputStream(plain.getOutputStream());
        choose(in, out, VENCRYPT, "no VeNCrypt is offered");
        require(in.readUnsignedShort() == 2, "another version of VeNCrypt");
        out.writeShort(2);
        require(in.readUnsignedByte() == 0, "the version of VeNCrypt is refused");
        boolean offered = false;
        for (int left = in.readUnsignedByte(); left > 0; left--) {
            offered |= in.readInt() == X509_PLAIN;
        }
        require(offered, "no login by password is offered");
        out.writeInt(X509_PLAIN);
        require(in.readUnsignedByte() == 1, "the login by password is refused");
        SSLSocket secured = (SSLSocket)
                ApplianceApi.trusting(testbed).getSocketFactory().createSocket(plain, HOST, testbed.vncPort(), true);
        SSLParameters parameters = secured.getSSLParameters();
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        secured.setSSLParameters(parameters);
        secured.startHandshake();
        return secured;
    }

    private static void logIn(Socket secured, String user, String password) throws IOException {
        DataInputStream in = new DataInputStream(secured.getInputStream());
        ByteArrayOutputStream message = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(message);
        out.writeInt(user.length());
        out.writeInt(password.length());
        out.writeBytes(user);
        out.writeBytes(password);
        secured.getOutputStream().write(message.toByteArray());
        requireGrant(in);
    }

    private static void requireGrant(DataInputStream in) throws IOException {
        if (in.readInt() != 0) {
            throw new IOException("the login is refused: "
                    + new String(in.readNBytes(Math.min(in.readInt(), LONGEST_TEXT)), StandardCharsets.UTF_8));
        }
    }

    private static void require(boolean condition, String otherwise) throws IOException {
        if (!condition) {
            throw new IOException(otherwise);
        }
    }
}
