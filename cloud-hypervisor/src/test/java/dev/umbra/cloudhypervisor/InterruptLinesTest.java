// SPDX-License-Identifier: Apache-2.0
package dev.umbra.cloudhypervisor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.umbra.ultracall.Direction;
import dev.umbra.ultracall.FrameReader;
import dev.umbra.ultracall.FrameWriter;
import java.lang.foreign.MemorySegment;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

class InterruptLinesTest {
    @Property(tries = 300)
    void hostSeesTheLastLevelAndAnEdgeForEveryLineThatRoseWhileItWasTold(@ForAll int[] changes) throws Exception {
        InterruptLines lines = new InterruptLines();
        boolean[] wanted = new boolean[16];
        boolean[] host = new boolean[16];
        boolean[] fell = new boolean[16];
        send(lines, host, new int[16]);
        for (int change : changes) {
            int irq = change & 15;
            boolean level = (change & 16) != 0;
            fell[irq] |= wanted[irq] && !level && host[irq];
            wanted[irq] = level;
            lines.set(irq, level);
            if ((change & 0x60) == 0) {
                int[] edges = new int[16];
                boolean[] before = host.clone();
                send(lines, host, edges);
                for (int line = 0; line < 16; line++) {
                    assertThat(host[line]).isEqualTo(wanted[line]);
                    boolean edge = wanted[line] && (!before[line] || fell[line]);
                    assertThat(edges[line]).isEqualTo(edge ? 1 : 0);
                }
                fell = new boolean[16];
                assertThat(lines.changed()).isFalse();
            }
        }
    }

    private static void send(InterruptLines lines, boolean[] host, int[] edges) throws Exception {
        MemorySegment buffer = MemorySegment.ofArray(new byte[8192]);
        FrameWriter writer = new FrameWriter(buffer, () -> {});
        lines.send(writer, 1, 1);
        FrameReader reader = new FrameReader(Direction.TO_HYPERVISOR);
        for (long offset = 0; offset < writer.position(); ) {
            offset += reader.wrap(buffer, offset, writer.position() - offset);
            var line = (dev.umbra.ultracall.Frame.InterruptLine) reader.toFrame();
            if (line.level() && !host[line.irq()]) {
                edges[line.irq()]++;
            }
            host[line.irq()] = line.level();
        }
    }
}
