// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.benchmark;

import dev.umbra.remoteconsole.graphical.GraphicalConsole;
import dev.umbra.remoteconsole.graphical.GraphicalRole;
import dev.umbra.remoteconsole.rfb.RfbGrant;
import dev.umbra.remoteconsole.rfb.RfbPower;
import dev.umbra.remoteconsole.rfb.RfbSession;
import dev.umbra.remoteconsole.rfb.RfbSessionConfig;
import dev.umbra.remoteconsole.rfb.RfbSessionCounters;
import dev.umbra.remoteconsole.rfb.RfbTransport;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;

/** A session over a plain socket, without login or TLS, so that nothing but RFB is measured. */
record LoopbackTransport(Socket socket) implements RfbTransport {
    /** Serves one client until it goes. */
    static void serve(Socket socket, GraphicalConsole console) throws IOException {
        socket.setTcpNoDelay(true);
        RfbGrant grant = new RfbGrant("tenant", "vm", console, true, RfbPower.NONE);
        try (RfbSession session = RfbSession.preAuthenticated(
                grant,
                GraphicalRole.WRITER,
                "bench",
                RfbSessionConfig.defaults(),
                new RfbSessionCounters(),
                new LoopbackTransport(socket))) {
            session.begin();
            byte[] buffer = new byte[4096];
            int count;
            while ((count = socket.getInputStream().read(buffer)) > 0) {
                session.receive(Unpooled.wrappedBuffer(buffer, 0, count));
            }
        }
    }

    @Override
    public void send(ByteBuf bytes) {
        try {
            OutputStream out = socket.getOutputStream();
            bytes.readBytes(out, bytes.readableBytes());
        } catch (IOException gone) {
            close();
        } finally {
            bytes.release();
        }
    }

    @Override
    public boolean isWritable() {
        return true;
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException gone) {
            System.err.println(gone.getMessage());
        }
    }
}
