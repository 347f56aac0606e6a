// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.event;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;

/**
 * Events over TLS as RFC 5425 has it: each message with its length before it. The receiver proves its name; the connection is
 * kept, and made anew for the next attempt when it breaks. Syslog has no acknowledgement, so what was written into a connection
 * that was already dead is lost; a receiver that has closed it in order is noticed before the next message.
 */
final class SyslogTls implements EventSink {
    private final String host;
    private final int port;
    private final int facility;
    private final String hostName;
    private final Duration timeout;
    private final SSLContext trust;
    private SSLSocket connection;

    SyslogTls(String host, int port, int facility, String hostName, Duration timeout, SSLContext trust) {
        this.host = host;
        this.port = port;
        this.facility = facility;
        this.hostName = hostName;
        this.timeout = timeout;
        this.trust = trust;
    }

    @Override
    public void deliver(SecurityEvent event, String line) throws IOException {
        String message = SyslogMessage.of(event, line, facility, hostName);
        try {
            if (connection != null && closedByReceiver()) {
                close();
            }
            if (connection == null) {
                connection = connect();
            }
            connection.getOutputStream().write((message.length() + " " + message).getBytes(StandardCharsets.US_ASCII));
            connection.getOutputStream().flush();
        } catch (IOException failure) {
            close();
            throw failure;
        }
    }

    private SSLSocket connect() throws IOException {
        int milliseconds = Math.toIntExact(timeout.toMillis());
        Socket plain = new Socket();
        try {
            plain.connect(new InetSocketAddress(host, port), milliseconds);
            SSLSocket made = (SSLSocket) trust.getSocketFactory().createSocket(plain, host, port, true);
            SSLParameters parameters = made.getSSLParameters();
            parameters.setEndpointIdentificationAlgorithm("HTTPS");
            parameters.setProtocols(new String[] {"TLSv1.3", "TLSv1.2"});
            made.setSSLParameters(parameters);
            made.setSoTimeout(milliseconds);
            made.startHandshake();
            return made;
        } catch (IOException failure) {
            plain.close();
            throw failure;
        }
    }

    /** Receivers send nothing, so whatever there is to read is the end. */
    private boolean closedByReceiver() throws IOException {
        connection.setSoTimeout(1);
        try {
            return connection.getInputStream().read() < 0;
        } catch (SocketTimeoutException open) {
            return false;
        } finally {
            connection.setSoTimeout(Math.toIntExact(timeout.toMillis()));
        }
    }

    @Override
    public void close() {
        try {
            if (connection != null) {
                connection.close();
            }
        } catch (IOException alreadyBroken) {
            // It is given up in any case.
        } finally {
            connection = null;
        }
    }
}
