// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.kernel;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Numbers in copies of a machine's memory. */
final class LittleEndian {
    private static final VarHandle SHORT = MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private LittleEndian() {}

    static int u16(byte[] bytes, int place) {
        return (short) SHORT.get(bytes, place) & 0xffff;
    }

    static int u32(byte[] bytes, int place) {
        return (int) INT.get(bytes, place);
    }

    static long u64(byte[] bytes, int place) {
        return (long) LONG.get(bytes, place);
    }
}
