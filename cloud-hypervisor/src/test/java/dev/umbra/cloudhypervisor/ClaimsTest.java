// SPDX-License-Identifier: Apache-2.0
package dev.umbra.cloudhypervisor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.umbra.ultracall.Direction;
import dev.umbra.ultracall.Frame;
import dev.umbra.ultracall.FrameException;
import dev.umbra.ultracall.FrameReader;
import dev.umbra.ultracall.FrameWriter;
import dev.umbra.ultracall.MemoryFrame;
import dev.umbra.ultracall.PortClaim;
import dev.umbra.ultracall.Protocol;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class ClaimsTest {
    private static final int PAGE = Protocol.PAGE_SIZE;

    private final Claims claims = new Claims();

    /** Whatever L0 held before, it holds afterwards what the devices want, and what stays claimed was never given up. */
    @Property
    void whatIsToldReplacesWhateverWasHeld(
            @ForAll @Size(max = 8) List<@IntRange(max = 0xfff) Integer> changes, @ForAll long held)
            throws FrameException {
        Claims made = new Claims();
        BitSet wanted = new BitSet();
        for (int change : changes) {
            int base = change & 63;
            int length = (change >> 6 & 15) + 1;
            made.memory((long) base * PAGE, (long) length * PAGE, change < 0x800);
            wanted.set(base, base + length, change < 0x800);
        }
        BitSet pages = BitSet.valueOf(new long[] {held});
        BitSet stays = (BitSet) wanted.clone();
        stays.and(pages);
        for (Frame frame : told(made)) {
            MemoryFrame.ClaimMemory claim = (MemoryFrame.ClaimMemory) frame;
            int from = (int) (claim.base() / PAGE);
            pages.set(from, (int) Math.min(from + claim.length() / PAGE, 128), claim.claimed());
            BitSet lost = (BitSet) stays.clone();
            lost.andNot(pages);
            assertThat(lost.isEmpty()).isTrue();
        }
        assertThat(pages).isEqualTo(wanted);
    }

    @Test
    void portsAreToldInTheOrderTheyWereClaimed() throws FrameException {
        claims.ports(0x60, 1, PortClaim.SERVED);
        claims.ports(0xcf8, 8, PortClaim.OBSERVED);
        claims.ports(0x60, 5, PortClaim.NONE);

        assertThat(told(claims))
                .filteredOn(Frame.ClaimPorts.class::isInstance)
                .extracting(frame -> ((Frame.ClaimPorts) frame).base())
                .containsExactly(0xcf8, 0x60);
        assertThat(claims.changed()).isFalse();
        claims.ports(0x60, 5, PortClaim.NONE);
        assertThat(claims.changed()).isFalse();
    }

    @Test
    void whatL0WouldRefuseIsRefusedHere() {
        assertThatThrownBy(() -> claims.memory(1, PAGE, true)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> claims.memory(-PAGE, PAGE, true)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> claims.memory(0, 0, true)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> claims.memory(PAGE, Protocol.MEMORY_END, true))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> claims.ports(0xffff, 2, PortClaim.SERVED))
                .isInstanceOf(IllegalArgumentException.class);
        for (int range = 0; range < 8; range++) {
            claims.memory(2L * range * PAGE, PAGE, true);
        }
        assertThatThrownBy(() -> claims.memory(100 * PAGE, PAGE, true)).isInstanceOf(IllegalStateException.class);
        claims.memory(15 * PAGE, PAGE, true);
    }

    private static List<Frame> told(Claims claims) throws FrameException {
        MemorySegment buffer = MemorySegment.ofArray(new byte[8192]);
        FrameWriter writer = new FrameWriter(buffer, () -> {});
        claims.send(writer, 1, 1);
        FrameReader reader = new FrameReader(Direction.TO_HYPERVISOR);
        List<Frame> frames = new ArrayList<>();
        for (long offset = 0; offset < writer.position(); ) {
            offset += reader.wrap(buffer, offset, writer.position() - offset);
            frames.add(reader.toFrame());
        }
        return frames;
    }
}
