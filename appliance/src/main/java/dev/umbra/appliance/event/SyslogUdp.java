// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.event;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;

/** Events as datagrams of RFC 5426, one each. Nobody says whether they arrive, and everybody on the way reads them. */
final class SyslogUdp implements EventSink {
    /** What fits into one datagram of UDP over IPv4. */
    private static final int LARGEST = 65_507;

    private final String host;
    private final int port;
    private final int facility;
    private final String hostName;
    private DatagramSocket socket;

    SyslogUdp(String host, int port, int facility, String hostName) {
        this.host = host;
        this.port = port;
        this.facility = facility;
        this.hostName = hostName;
    }

    @Override
    public void deliver(SecurityEvent event, String line) throws IOException {
        byte[] message = SyslogMessage.of(event, line, facility, hostName).getBytes(StandardCharsets.US_ASCII);
        if (message.length > LARGEST) {
            throw new UndeliverableException("the event does not fit into a datagram");
        }
        InetSocketAddress receiver = new InetSocketAddress(host, port);
        if (receiver.isUnresolved()) {
            throw new IOException("the receiver's name is not known");
        }
        if (socket == null) {
            socket = new DatagramSocket();
        }
        socket.send(new DatagramPacket(message, message.length, receiver));
    }

    @Override
    public void close() {
        if (socket != null) {
            socket.close();
            socket = null;
        }
    }
}
