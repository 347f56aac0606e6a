// SPDX-License-Identifier: Apache-2.0
package dev.umbra.ultracall;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/** Whatever arrives, the decoder answers with a frame, with patience or with a reason; a frame has one encoding. */
class FrameReaderFuzzTest {
    @FuzzTest(maxDuration = "5s")
    void anyBytes(byte[] input) {
        MemorySegment bytes = MemorySegment.ofArray(input);
        for (Direction direction : Direction.values()) {
            FrameReader reader = new FrameReader(direction);
            long offset = 0;
            try {
                int length;
                while ((length = reader.wrap(bytes, offset, input.length - offset)) != 0) {
                    byte[] encoded = FrameCodec.encode(reader.toFrame());
                    if (!Arrays.equals(encoded, Arrays.copyOfRange(input, (int) offset, (int) offset + length))) {
                        throw new AssertionError("two encodings of one frame: " + reader.type());
                    }
                    offset += length;
                }
            } catch (FrameException e) {
                if (e.reason() == null) {
                    throw new AssertionError("no reason");
                }
            }
        }
    }
}
