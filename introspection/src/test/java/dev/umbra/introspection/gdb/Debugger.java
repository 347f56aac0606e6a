// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.gdb;

import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;

/** The other side of the protocol, which says also what no debugger would. */
final class Debugger implements Closeable {
    private final Socket socket = new Socket();
    private final InputStream input;

    Debugger(SocketAddress server) throws IOException {
        socket.connect((InetSocketAddress) server);
        input = new BufferedInputStream(socket.getInputStream());
    }

    static String packet(String payload) {
        int sum = payload.chars().sum() & 0xff;
        return "$" + payload + String.format("#%02x", sum);
    }

    /** Sends a packet, waits for its acknowledgement, and gives the answer. */
    String ask(String payload) throws IOException {
        write(packet(payload));
        int acknowledgement = acknowledgement();
        if (acknowledgement != '+') {
            throw new IOException("refused with " + acknowledgement);
        }
        return answer();
    }

    void write(String bytes) throws IOException {
        socket.getOutputStream().write(bytes.getBytes(StandardCharsets.ISO_8859_1));
    }

    int acknowledgement() throws IOException {
        return input.read();
    }

    /** The payload of the next packet, whose checksum is right. */
    String answer() throws IOException {
        if (input.read() != '$') {
            throw new IOException("no packet");
        }
        StringBuilder payload = new StringBuilder();
        for (int next = input.read(); next != '#'; next = input.read()) {
            if (next < 0) {
                throw new IOException("the stream ends in a packet");
            }
            payload.append((char) next);
        }
        String checksum = new String(input.readNBytes(2), StandardCharsets.US_ASCII);
        if (!packet(payload.toString()).endsWith("#" + checksum)) {
            throw new IOException("wrong checksum " + checksum);
        }
        return payload.toString();
    }

    boolean ended() throws IOException {
        return input.read() < 0;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
