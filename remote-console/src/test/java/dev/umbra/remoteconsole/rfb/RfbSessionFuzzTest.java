// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.rfb;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.umbra.remoteconsole.graphical.GraphicalRole;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

/** Whatever a client sends from the first byte on, it is obeyed or the session ends; nothing else comes out. */
class RfbSessionFuzzTest {
    private static final Machine machine = new Machine(64, 32);

    @FuzzTest(maxDuration = "20s")
    void fuzz_client_bytes(FuzzedDataProvider data) {
        Silence transport = new Silence();
        RfbSession session = RfbSession.preAuthenticated(
                machine.grant(), GraphicalRole.WRITER, "fuzz", machine.config, machine.counters, transport);
        session.begin();
        if (data.consumeBoolean()) {
            session.receive(Unpooled.copiedBuffer(
                    new byte[] {'R', 'F', 'B', ' ', '0', '0', '3', '.', '0', '0', '8', '\n', 1, 1}));
        }
        while (data.remainingBytes() > 0) {
            session.receive(Unpooled.wrappedBuffer(data.consumeBytes(data.consumeInt(1, 64))));
        }
        session.close();
        assertThat(transport.greeting).isEqualTo("RFB 003.008\n");
        assertThat(transport.empty).as("a message without bytes").isFalse();
    }

    /** Takes everything; keeps what comes first. */
    private static final class Silence implements RfbTransport {
        private volatile String greeting;
        private volatile boolean empty;

        @Override
        public void send(ByteBuf bytes) {
            if (greeting == null) {
                greeting = bytes.toString(US_ASCII);
            }
            empty |= !bytes.isReadable();
            bytes.release();
        }

        @Override
        public boolean isWritable() {
            return true;
        }

        @Override
        public void close() {}
    }
}
